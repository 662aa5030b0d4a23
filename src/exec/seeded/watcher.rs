//! The thread of the supervisor that watches a schedule.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::Waiting;
use super::deadlock::waiting;
use super::memory::Kernel;
use super::signals::{bury, send};
use super::task::{Task, is_dead, is_gone};
use super::token::shared::{Locked, Shared};
use super::token::table::Obstacle;
use super::token::thread::{self as row, State};
use crate::exec::program::kill_group;

/// The time between two looks at the thread with the token, in microseconds.
const LOOK: u64 = 2000;
/// The time between two looks whether a process is dead that is about to end.
const END: u64 = 30;
/// The number of looks in a row at which a thread sleeps until it is known to wait in a call that is not emulated.
const ASLEEP: u32 = 2;
/// The number of looks in a row at which a thread is gone, but not its process, until it counts as ended.
const GONE: u32 = 10;
/// The processor time that a thread may use until it loses the token.
const SLICE: Duration = Duration::from_millis(100);
/// The number of looks in a row at which those outside do nothing until the clock goes on without them.
const IDLE: u32 = 3;
/// The virtual time in which processes that the program has left running may end by themselves.
const LINGER: Duration = Duration::from_millis(50);
/// The number of looks in a row at which nobody can go on until that is a deadlock; and if somebody waits for a file, as
/// something outside of the program may happen to it.
const STUCK: u32 = 15;
const STUCK_AT_FILES: u32 = 100;

type Table = Locked<'static, Kernel>;

/// The thread that watches.
#[derive(Debug)]
pub(super) struct Watcher {
    shared: &'static Shared,
    /// The program's first process.
    program: u32,
    /// Whether the first process has ended.
    pub(super) has_ended: bool,
    is_over: Arc<AtomicBool>,
    /// The last look at the thread with the token.
    last: Look,
    /// The processor time of each thread outside, by place.
    outside: HashMap<usize, Duration>,
    /// The number of looks in a row at which nobody had the token and nothing has happened.
    quiet: u32,
    /// The events until the last look at which nobody had the token.
    last_events: (u32, u32, u64),
    /// The earliest time of the next look at threads of which none can go on.
    next_look: Instant,
    /// Whether a process was killed while it changed the table.
    pub(super) is_broken: bool,
    /// The threads that wait for each other, if nobody can go on.
    pub(super) deadlock: Vec<Waiting>,
}

/// A look at the thread with the token.
#[derive(Debug, Default)]
struct Look {
    /// The number of scheduling points before.
    points: u64,
    /// The processor time of the thread at the first look since then, and at the last.
    first: Duration,
    last: Duration,
    asleep: u32,
}

/// Whether a thread was killed while it changed the table. The lock of one that has changed nothing is freed.
pub(super) fn is_lock_broken(shared: &Shared) -> bool {
    let user = shared.locked_by();
    // A thread may have released the lock and ended since.
    user.is_some_and(|id| is_gone(id) && shared.locked_by() == user && !shared.free::<Kernel>(id))
}

impl Watcher {
    /// Prepares to watch the program whose first process has this id, until `is_over`.
    pub(super) fn new(shared: &'static Shared, program: u32, is_over: Arc<AtomicBool>) -> Watcher {
        Watcher {
            shared,
            program,
            is_over,
            has_ended: false,
            last: Look::default(),
            outside: HashMap::new(),
            quiet: 0,
            last_events: (0, 0, 0),
            next_look: Instant::now(),
            is_broken: false,
            deadlock: Vec::new(),
        }
    }

    /// Watches, and returns itself with what it has seen.
    pub(super) fn watch(mut self) -> Watcher {
        while !self.is_over.load(SeqCst) {
            let calls = self.shared.calls();
            let wait = match self.shared.try_lock::<Kernel>() {
                Some(table) => self.look(table),
                None => {
                    self.look_for_broken_lock();
                    LOOK
                }
            };
            self.shared.wait_for_call::<Kernel>(calls, wait);
        }
        self
    }

    /// Nobody can use the table any more if its lock is broken.
    fn look_for_broken_lock(&mut self) {
        if !self.is_broken && is_lock_broken(self.shared) {
            self.is_broken = true;
            self.kill();
        }
    }

    /// Looks once, and returns the time until the next look.
    fn look(&mut self, mut table: Table) -> u64 {
        if table.is_out_of_time() || table.obstacle() != Obstacle::None {
            if !self.has_ended {
                drop(table);
                self.kill();
            }
            return LOOK;
        }
        if let Some(process) = table.ending() {
            if !self.has_died(process) {
                return END;
            }
            self.bury(&mut table, process);
            if table.holder().is_none() {
                table.resume();
            }
            return LOOK;
        }
        let holder = table.holder();
        if holder.is_none_or(|place| !table.thread(place).is_busy) {
            // From outside of the program.
            table.interrupt(None);
        }
        if holder.is_none()
            && let Some(timer) = table.take_due_timer()
        {
            send(&mut table, timer, self.shared.are_children_handled());
            table.resume();
            return LOOK;
        }
        match holder {
            Some(place) => self.look_at_holder(table, place),
            None => self.look_for_somebody(table),
        }
        LOOK
    }

    fn bury(&mut self, table: &mut Table, process: u32) {
        bury(table, process, self.shared.are_children_handled());
        if process == self.program {
            self.has_ended = true;
            let end = table.now() + LINGER.as_nanos() as u64;
            table.stop_at(end);
        }
    }

    /// Whether a process is dead. Its parent can ask the kernel directly, which is faster than a look into /proc: there,
    /// each file that was read must be forgotten when the process is reaped.
    fn has_died(&self, process: u32) -> bool {
        if process != self.program {
            return is_dead(process);
        }
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let id = Pid::from_raw(process as i32).map(WaitId::Pid);
        // An error means that it was reaped.
        !matches!(id.map(|id| waitid(id, options)), Some(Ok(None)))
    }

    fn look_at_holder(&mut self, mut table: Table, place: usize) {
        let thread = *table.thread(place);
        if self.has_died(thread.process) {
            self.bury(&mut table, thread.process);
            table.resume();
            return;
        }
        if self.shared.has_not_noticed(place) {
            self.shared.remind::<Kernel>(place);
            return;
        }
        if thread.id == 0 {
            // It has not begun.
            return;
        }
        let task = Task::of(thread.process, thread.id);
        let points = table.counts.points;
        if points != self.last.points {
            self.last = Look {
                points,
                first: task.cpu,
                last: task.cpu,
                asleep: 0,
            };
        }
        let is_quiet = matches!(task.state, 'S' | 'T' | 'X') && task.cpu == self.last.last;
        self.last.asleep = if is_quiet { self.last.asleep + 1 } else { 0 };
        self.last.last = task.cpu;
        match task.state {
            // As a rule, its process is about to be dead.
            'X' if self.last.asleep > GONE => {
                table.end(place);
                table.give_back();
            }
            'X' => return,
            _ if thread.is_busy => return,
            _ if self.last.asleep > ASLEEP && task.is_still(thread.process, thread.id) => {
                table.counts.blocked += 1;
                table.revoke();
            }
            _ if task.cpu - self.last.first > SLICE => {
                table.counts.busy += 1;
                table.revoke();
            }
            _ => return,
        }
        table.resume();
    }

    /// Nobody has the token: somebody is outside, or nobody can go on.
    fn look_for_somebody(&mut self, mut table: Table) {
        self.remove_dead(&mut table);
        let outside: Vec<_> = table
            .threads()
            .filter(|(_, thread)| thread.state == State::Outside)
            .map(|(place, thread)| (place, *thread))
            .collect();
        if table
            .threads()
            .all(|(_, thread)| thread.state == State::Ended)
        {
            return;
        }
        if outside.is_empty() {
            self.look_for_deadlock(table);
            return;
        }
        let mut is_busy = false;
        for (place, thread) in outside {
            let task = Task::of(thread.process, thread.id);
            let before = self.outside.insert(place, task.cpu);
            is_busy |=
                thread.is_foreign || !matches!(task.state, 'S' | 'X') || before != Some(task.cpu);
        }
        let is_quiet = !is_busy && table.events() == self.last_events;
        self.quiet = if is_quiet { self.quiet + 1 } else { 0 };
        if self.quiet >= IDLE {
            self.quiet = 0;
            table.resume_without_outsiders();
        } else {
            if is_busy {
                table.pass(LOOK * 1000);
            }
            // Those outside may have done anything.
            table.note_child_event();
            table.resume();
        }
        self.last_events = table.events();
    }

    /// Removes processes and threads that have ended without a word.
    fn remove_dead(&mut self, table: &mut Table) {
        let all: Vec<_> = table
            .threads()
            .filter(|(_, thread)| thread.state != State::Ended)
            .map(|(place, thread)| (place, thread.process, thread.id))
            .collect();
        for (place, process, thread) in all {
            if table.thread(place).state == State::Free {
                // Its process was buried with another thread.
                continue;
            }
            if self.has_died(process) {
                self.bury(table, process);
            } else if thread != 0 && self.quiet > GONE && Task::of(process, thread).state == 'X' {
                table.end(place);
            }
        }
    }

    fn look_for_deadlock(&mut self, mut table: Table) {
        if table.resume() || !self.deadlock.is_empty() {
            return;
        }
        // A thread that looks in vain calls the supervisor at once.
        let now = Instant::now();
        if now < self.next_look {
            return;
        }
        self.next_look = now + Duration::from_micros(LOOK);
        let is_quiet = table.events() == self.last_events;
        self.quiet = if is_quiet { self.quiet + 1 } else { 0 };
        let is_awaited = |kind| {
            let mut threads = table.threads();
            threads.any(|(_, thread)| thread.wait.awaited == kind)
        };
        let is_at_files = is_awaited(row::Awaited::Files);
        if self.quiet > if is_at_files { STUCK_AT_FILES } else { STUCK } {
            self.deadlock = waiting(&table);
            drop(table);
            self.kill();
            return;
        }
        if is_at_files || is_awaited(row::Awaited::Children) {
            // Something may have happened to a file from outside of the program, or a process has ended that had lost the
            // token.
            table.note_child_event();
            table.resume();
        }
        self.last_events = table.events();
    }

    /// Kills the program, with the processes of its group; the supervisor ends the others.
    fn kill(&self) {
        kill_group(self.program);
    }
}
