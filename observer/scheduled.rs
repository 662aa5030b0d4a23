//! The calling thread's part in a schedule: it comes to scheduling points, waits, and gives the token away. Where a
//! run has no schedule, all of this does nothing.

use core::ffi::{c_int, c_long};
use core::ptr::null;
use core::sync::atomic::{
    AtomicU32,
    Ordering::{Relaxed, SeqCst},
};

use crate::actor::{Actor, UNSCHEDULED};
use crate::futexes::address_of;
use crate::handlers::run_handlers;
use crate::ids;
use crate::layout::{kind, point};
use crate::log::log_at;
use crate::numbers::{call, futex};
use crate::process::{actor, process};
use crate::system::{ESRCH, KeptErrno, Time, errno, nap, process_id, real, thread_id};
use crate::token::shared::{Futex, Locked, Shared};
use crate::token::table::{Asking, Obstacle};
use crate::token::thread::{Awaited, NEVER, Wait};

/// The calling thread, if the schedule decides when it runs.
#[derive(Clone, Copy)]
pub(crate) struct Scheduled {
    shared: &'static Shared,
    actor: &'static Actor,
    pub(crate) place: usize,
}

/// The number of scheduling points after which the thread with the token looks whether there is still a supervisor.
const LOOK: u64 = 4096;

/// The table of the run, locked.
pub(crate) type Table = Locked<'static, Kernel>;

/// How a wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The awaited event has come.
    Come,
    /// The deadline has passed.
    TimedOut,
    /// A signal was handled. If so wanted, the call goes on waiting (SA_RESTART).
    Interrupted { restarts: bool },
}

/// The calling thread's part in the schedule; `None`: it runs as natively.
pub(crate) fn scheduled() -> Option<Scheduled> {
    let actor = actor()?;
    let place = actor.place.load(Relaxed);
    (place != UNSCHEDULED).then_some(Scheduled {
        shared: process()?.schedule?,
        actor,
        place: place as usize,
    })
}

/// The virtual clock, in nanoseconds, if the calling thread has one.
pub(crate) fn virtual_now() -> Option<u64> {
    Some(scheduled()?.table()?.now())
}

/// A scheduling point: another thread may run before this one goes on.
pub(crate) fn reach_point() {
    if let Some(scheduled) = scheduled() {
        scheduled.point(Asking::Plainly);
    }
}

impl Scheduled {
    /// The locked table. `None`: a signal has interrupted the thread while it had the lock, or its process is about to end.
    pub(crate) fn table(&self) -> Option<Table> {
        let table: Table = self.shared.lock()?;
        // The thread has left the table, and may be killed at any moment: it must change nothing.
        let is_ending = table
            .ending()
            .is_some_and(|process| process == process_id());
        (!is_ending).then_some(table)
    }

    /// A scheduling point.
    pub(crate) fn point(&self, how: Asking) {
        let _errno = KeptErrno::new();
        if let Some(mut table) = self.table() {
            let why = match how {
                Asking::Plainly => point::READY,
                Asking::Yielding | Asking::Reading => point::YIELDS,
            };
            trace(&table, why, None);
            // Signals that were handled so far do not end a stall.
            table.know_signals(self.place);
            table.arrive(self.place, how);
            self.give_away(table, how);
        }
    }

    /// Waits, and tells how the wait has ended.
    pub(crate) fn wait(&self, mut table: Table, wait: Wait) -> End {
        let _errno = KeptErrno::new();
        let why = match wait.awaited {
            Awaited::Time => point::TIME,
            Awaited::Word => point::WORD,
            Awaited::Files => point::FILE,
            Awaited::Children => point::CHILD,
            Awaited::Thread => point::THREAD,
        };
        trace(&table, why, Some(&wait));
        loop {
            table.know_signals(self.place);
            if self.actor.signals.load(SeqCst) != 0 {
                drop(table);
                let restarts = run_handlers(self.actor).unwrap_or(true);
                return End::Interrupted { restarts };
            }
            table.wait(self.place, wait);
            let restarts = self.give_away(table, Asking::Plainly);
            let Some(after) = self.table() else {
                return End::TimedOut;
            };
            let thread = after.thread(self.place);
            match restarts {
                _ if thread.is_woken => return End::Come,
                Some(restarts) => return End::Interrupted { restarts },
                // The signal has run a handler before.
                None if thread.is_interrupted && after.now() < wait.deadline => table = after,
                None => return End::TimedOut,
            }
        }
    }

    /// Notes that the thread may wait for something from outside of the program: that is a leak.
    pub(crate) fn leak(&self) {
        let _errno = KeptErrno::new();
        if let Some(mut table) = self.table() {
            table.counts.blocked += 1;
        }
    }

    /// Whether a process of the run handles the ends of its children.
    pub(crate) fn are_children_handled(&self) -> bool {
        self.shared.are_children_handled()
    }

    /// Runs the handlers of signals that have come meanwhile.
    pub(crate) fn handle_signals(&self) {
        run_handlers(self.actor);
    }

    /// Waits until no other thread can go on, at most for so many nanoseconds.
    pub(crate) fn hold(&self, nanos: u64) {
        let _errno = KeptErrno::new();
        if let Some(mut table) = self.table() {
            trace(&table, point::HELD, None);
            table.know_signals(self.place);
            table.hold(self.place, nanos);
            self.give_away(table, Asking::Plainly);
        }
    }

    /// Gives the token away, if it is this thread's or nobody's, and waits until it is this thread's again. Then handlers
    /// of signals run, as [`run_handlers`] does.
    fn give_away(&self, mut table: Table, how: Asking) -> Option<bool> {
        self.actor.is_away.store(true, SeqCst);
        if table.counts.points.is_multiple_of(LOOK) {
            self.shared.end_without_supervisor::<Kernel>();
        }
        if table.holder().is_none_or(|holder| holder == self.place) {
            table.hand_on(Some(self.place), how);
        }
        drop(table);
        wait_for_token(self.shared, self.actor, self.place);
        run_handlers(self.actor)
    }

    /// Calls a function that takes a while, in which the thread keeps the token. Nobody else runs meanwhile.
    pub(crate) fn keeping<T>(&self, call: impl FnOnce() -> T) -> T {
        let busy = |is_busy| {
            if let Some(mut table) = self.table() {
                table.thread_mut(self.place).is_busy = is_busy;
            }
        };
        busy(true);
        let result = call();
        let _errno = KeptErrno::new();
        busy(false);
        result
    }

    /// Adds a thread that this one is about to start. `None`: the table is full.
    pub(crate) fn add_thread(&self) -> Option<usize> {
        let mut table = self.table()?;
        let place = table.add(process_id(), 0);
        match place {
            Some(place) => {
                table.thread_mut(place).virtual_id = self.shared.ids.give();
                table.start_late(place);
            }
            None => {
                table.give_up(Obstacle::Threads);
                table.call_supervisor();
            }
        }
        place
    }

    /// The thread has looked for something in vain, and does not wait for it.
    pub(crate) fn look_in_vain(&self) {
        let _errno = KeptErrno::new();
        let yields = match self.table() {
            Some(mut table) => table.look_in_vain(self.place),
            None => false,
        };
        if yields {
            self.point(Asking::Reading);
        }
    }

    /// The execution cannot go on by its seed: the supervisor ends it.
    pub(crate) fn give_up(&self, obstacle: Obstacle) {
        let _errno = KeptErrno::new();
        if let Some(mut table) = self.table() {
            table.give_up(obstacle);
            table.call_supervisor();
        }
    }
}

/// Logs that the calling thread gives the token away, if the tool asks for it.
fn trace(table: &Table, why: u8, wait: Option<&Wait>) {
    if let (Some(process), Some(actor)) = (process(), actor())
        && process.control.traced != 0
    {
        // A thread is awaited by its place, but the tool knows its id.
        let key = wait.map_or(0, |wait| match wait.awaited {
            Awaited::Thread => table.thread(wait.key as usize).virtual_id.into(),
            Awaited::Word => address_of(wait.key),
            _ => wait.key,
        });
        let deadline = wait.map_or(NEVER, |wait| wait.deadline);
        let deadline = if deadline == NEVER { 0 } else { deadline };
        let mut text = [0; 16];
        text[..8].copy_from_slice(&key.to_ne_bytes());
        text[8..].copy_from_slice(&deadline.to_ne_bytes());
        log_at(table.now(), actor, kind::POINT, why, &text);
    }
}

/// Takes up a place for the first thread of a process, and waits for the token. Behind exec(2) the thread has it. `given`
/// is the virtual id that the parent has given to the process.
pub(crate) fn enter(first: &Actor, given: Option<u32>) {
    let Some(shared) = process().and_then(|process| process.schedule) else {
        return;
    };
    let virtual_id = ids::enter(&shared.ids, given);
    let Some(mut table) = shared.lock::<Kernel>() else {
        return;
    };
    let (process, thread) = (process_id(), thread_id());
    let (place, has_token) = match table.continue_behind_exec(process, thread) {
        Some(place) => (Some(place), table.holder() == Some(place)),
        None => (table.add(process, thread), false),
    };
    let Some(place) = place else {
        table.give_up(Obstacle::Threads);
        table.call_supervisor();
        return;
    };
    table.thread_mut(place).virtual_id = virtual_id;
    first.place.store(place as u32, Relaxed);
    if has_token {
        return;
    }
    first.is_away.store(true, SeqCst);
    if table.holder().is_none() && table.ending().is_none() {
        table.hand_on(None, Asking::Plainly);
    }
    drop(table);
    wait_for_token(shared, first, place);
    run_handlers(first);
}

/// Waits for the token, however long signals for the thread are noted and not handled.
fn wait_for_token(shared: &Shared, actor: &Actor, place: usize) {
    actor.is_away.store(true, SeqCst);
    shared.wait_for_token::<Kernel>(place);
    actor.is_away.store(false, SeqCst);
}

/// Takes up the place that the parent has given to a started thread, and waits for the token.
pub(crate) fn enter_thread(actor: &Actor, place: usize) {
    actor.place.store(place as u32, Relaxed);
    if let Some(scheduled) = scheduled() {
        if let Some(mut table) = scheduled.table() {
            let thread = table.thread_mut(place);
            thread.id = thread_id();
            ids::bind_thread(&scheduled.shared.ids, thread.virtual_id);
        }
        wait_for_token(scheduled.shared, actor, place);
        run_handlers(actor);
    }
}

/// The calling thread ends: it gives the token away for good.
pub(crate) fn leave(actor: &Actor) {
    let Some(scheduled) = scheduled() else {
        return;
    };
    if let Some(mut table) = scheduled.table() {
        actor.place.store(UNSCHEDULED, Relaxed);
        let has_token = table.holder() == Some(scheduled.place);
        scheduled
            .shared
            .ids
            .end(table.thread(scheduled.place).virtual_id);
        table.end(scheduled.place);
        if has_token {
            table.hand_on(None, Asking::Plainly);
        }
    }
}

/// The process of the calling thread ends: the supervisor gets the token.
pub(crate) fn leave_process(actor: &Actor) {
    let Some(scheduled) = scheduled() else {
        return;
    };
    if let Some(mut table) = scheduled.table() {
        actor.place.store(UNSCHEDULED, Relaxed);
        table.begin_to_end(process_id());
        if table.ending().is_some() {
            table.call_supervisor();
        }
    }
}

/// futex(2) in memory that processes share.
#[derive(Debug)]
pub(crate) struct Kernel;

/// syscall(2), with the arguments of futex(2).
type Call = unsafe extern "C" fn(c_long, *const AtomicU32, c_long, u32, *const Time) -> c_long;

impl Futex for Kernel {
    fn wait(word: &AtomicU32, value: u32, micros: u64) {
        let time = Time::of_micros(micros);
        // SAFETY: the type is that of syscall(2); the word stays, and the time can be read.
        unsafe { real!(syscall as Call)(call::FUTEX, word, futex::WAIT, value, &time) };
    }

    fn wake(word: &AtomicU32) {
        // SAFETY: as above; the kernel reads nothing at the address.
        unsafe { real!(syscall as Call)(call::FUTEX, word, futex::WAKE, 1, null()) };
    }

    fn thread() -> u32 {
        thread_id()
    }

    fn end_without(supervisor: u32) {
        const SIGKILL: c_int = 9;
        let _errno = KeptErrno::new();
        if send(supervisor, 0) == ESRCH {
            send(process_id(), SIGKILL);
        }
    }
}

/// Sends a signal, or none, to a process. Returns the number of the error, 0 if there is none.
fn send(process: u32, signal: c_int) -> c_int {
    type Kill = unsafe extern "C" fn(c_int, c_int) -> c_int;
    // SAFETY: the type is that of kill(2).
    let failed = unsafe { real!(kill as Kill)(process as c_int, signal) };
    if failed == 0 { 0 } else { errno() }
}

/// Waits, in steps of `micros`, until something is so, at most so many times. Returns whether it is.
pub(crate) fn until(micros: u64, times: u32, mut is_so: impl FnMut() -> bool) -> bool {
    for _ in 0..times {
        if is_so() {
            return true;
        }
        nap(micros);
    }
    is_so()
}
