//! The table in memory that all processes of a run share, with its lock. It is a file without a format: zero bytes
//! are a table without a thread, and the supervisor makes the table before the program starts.

#![cfg_attr(
    not(preloaded),
    expect(unsafe_code, reason = "the lock gives access to what it guards")
)]

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use super::ids::Ids;
use super::table::{Asking, Plan, THREADS, Table};
use super::thread::State;

/// futex(2), which the observer and the tool call differently.
pub trait Futex {
    /// Waits until the word is woken, or for this time; returns at once if it has another value.
    fn wait(word: &AtomicU32, value: u32, micros: u64);
    /// Wakes one thread that waits for the word.
    fn wake(word: &AtomicU32);
    /// The id of the calling thread.
    fn thread() -> u32;
    /// Ends the calling process if the supervisor, a thread with this id, is gone: then nobody gives the token to it or
    /// takes the lock from a dead one. In the supervisor itself, it does nothing.
    fn end_without(_supervisor: u32) {}
}

/// The shared memory.
#[repr(C)]
#[derive(Debug)]
pub struct Shared {
    /// The id of the thread that holds the lock, with [`AWAITED`] if another one waits for it; 0: it is free.
    lock: AtomicU32,
    /// 1 while the thread that holds the lock changes the table.
    is_changing: AtomicU32,
    /// A count that grows when the supervisor gets the token.
    calls: AtomicU32,
    /// For each place of the table: 1 if its thread has got the token and has not noticed.
    go: [AtomicU32; THREADS],
    /// For each place: the number of signals whose handlers its threads have run, or will run.
    signals: [AtomicU32; THREADS],
    /// 1 if a process has installed a handler for the ends of its children.
    handles_children: AtomicU32,
    /// The id of the supervisor's first thread.
    supervisor: AtomicU32,
    /// The virtual ids.
    pub ids: Ids,
    table: UnsafeCell<Table>,
}

/// The lock is awaited.
const AWAITED: u32 = 1 << 31;
/// The number of attempts before a thread sleeps.
const ATTEMPTS: u32 = 100;
/// The time for which a thread sleeps before it tries again, in microseconds.
const NAP: u64 = 2000;
/// The time after which a thread without the token looks whether there is still a supervisor, in microseconds.
const LOOK: u64 = 1_000_000;

// SAFETY: the table is reached only by the thread that holds the lock; all else is atomic.
unsafe impl Sync for Shared {}

/// The locked table. The lock is released at the end of its scope.
#[derive(Debug)]
pub struct Locked<'a, F: Futex> {
    shared: &'a Shared,
    /// Whether the table may have been changed.
    is_changing: bool,
    /// The place of the thread that has got the token.
    chosen: Option<usize>,
    /// Whether the supervisor has got the token.
    calls: bool,
    futex: core::marker::PhantomData<F>,
}

impl Shared {
    /// Begins an execution.
    pub fn begin<F: Futex>(&self, plan: Plan) {
        self.ids.begin(&plan);
        self.supervisor.store(F::thread(), SeqCst);
        if let Some(mut table) = self.lock::<F>() {
            *table = Table::new(plan);
        }
    }

    /// Locks the table. `None`: the calling thread holds the lock already, and was interrupted by a signal.
    pub fn lock<F: Futex>(&self) -> Option<Locked<'_, F>> {
        loop {
            if let Some(locked) = self.lock_soon()? {
                return Some(locked);
            }
            self.end_without_supervisor::<F>();
        }
    }

    /// Locks the table, or gives up after a while: the holder of the lock may have been killed.
    pub fn try_lock<F: Futex>(&self) -> Option<Locked<'_, F>> {
        self.lock_soon()?
    }

    /// The inner `None`: not yet.
    #[expect(clippy::option_option, reason = "two reasons not to have it")]
    fn lock_soon<F: Futex>(&self) -> Option<Option<Locked<'_, F>>> {
        let me = F::thread();
        for attempt in 0..=ATTEMPTS {
            let last = attempt == ATTEMPTS;
            let own = if last { me | AWAITED } else { me };
            match self.lock.compare_exchange(0, own, SeqCst, SeqCst) {
                Ok(_) => {
                    return Some(Some(Locked {
                        shared: self,
                        is_changing: false,
                        chosen: None,
                        calls: false,
                        futex: core::marker::PhantomData,
                    }));
                }
                Err(holder) if holder & !AWAITED == me => return None,
                Err(holder) if last => {
                    let awaited = holder | AWAITED;
                    let noted = self.lock.compare_exchange(holder, awaited, SeqCst, SeqCst);
                    if noted.is_ok() || holder == awaited {
                        F::wait(&self.lock, awaited, NAP);
                    }
                }
                Err(_) => core::hint::spin_loop(),
            }
        }
        Some(None)
    }

    /// Ends the calling process if the supervisor is gone.
    pub fn end_without_supervisor<F: Futex>(&self) {
        F::end_without(self.supervisor.load(SeqCst));
    }

    /// The id of the thread that holds the lock.
    pub fn locked_by(&self) -> Option<u32> {
        let holder = self.lock.load(SeqCst) & !AWAITED;
        (holder != 0).then_some(holder)
    }

    /// Frees the lock that a thread holds which has ended. Returns whether it could: not if the thread was killed while it
    /// changed the table.
    pub fn free<F: Futex>(&self, holder: u32) -> bool {
        if self.locked_by() != Some(holder) || self.is_changing.load(SeqCst) != 0 {
            return false;
        }
        self.lock.store(0, SeqCst);
        F::wake(&self.lock);
        true
    }

    /// Waits until the thread at this place gets the token.
    pub fn wait_for_token<F: Futex>(&self, place: usize) {
        let go = &self.go[place];
        while go.swap(0, SeqCst) == 0 {
            F::wait(go, 0, LOOK);
            if go.load(SeqCst) == 0 {
                self.end_without_supervisor::<F>();
            }
        }
    }

    /// Whether the thread at this place has got the token and has not noticed.
    pub fn has_not_noticed(&self, place: usize) -> bool {
        self.go[place].load(SeqCst) != 0
    }

    /// Wakes the thread at this place, which has got the token.
    pub fn remind<F: Futex>(&self, place: usize) {
        F::wake(&self.go[place]);
    }

    /// A process begins to handle the ends of its children.
    pub fn handle_children(&self) {
        self.handles_children.store(1, SeqCst);
    }

    /// Whether a process handles the ends of its children.
    pub fn are_children_handled(&self) -> bool {
        self.handles_children.load(SeqCst) != 0
    }

    /// A signal has come for the thread at this place. It needs no lock.
    pub fn note_signal(&self, place: usize) {
        self.signals[place].fetch_add(1, SeqCst);
    }

    /// The count for [`Shared::wait_for_call`].
    pub fn calls(&self) -> u32 {
        self.calls.load(SeqCst)
    }

    /// Wakes the supervisor.
    pub fn call<F: Futex>(&self) {
        self.calls.fetch_add(1, SeqCst);
        F::wake(&self.calls);
    }

    /// Waits until the supervisor has got the token since the count was read, or for this time.
    pub fn wait_for_call<F: Futex>(&self, calls: u32, micros: u64) {
        F::wait(&self.calls, calls, micros);
    }
}

impl<F: Futex> Locked<'_, F> {
    /// Gives the token to the thread that the table chooses, or to the supervisor, and calls it. `asks` is the calling
    /// thread, if it wants the token back.
    pub fn hand_on(&mut self, asks: Option<usize>, how: Asking) {
        let chosen = self.choose(asks, how);
        self.calls |= chosen.is_none();
        // A thread that gets the token back does not sleep.
        self.give_to(chosen, chosen != asks);
    }

    /// The supervisor gives the token to the thread that the table chooses, or keeps it. Returns whether it has given it
    /// away.
    pub fn resume(&mut self) -> bool {
        let chosen = self.choose(None, Asking::Plainly);
        self.give_to(chosen, true)
    }

    /// As [`Locked::resume`], as if nobody was outside of the schedule.
    pub fn resume_without_outsiders(&mut self) -> bool {
        let chosen = self.choose_without_outsiders();
        self.give_to(chosen, true)
    }

    /// Calls the supervisor, which has the token.
    pub fn call_supervisor(&mut self) {
        self.calls = true;
    }

    /// Ends the waits of threads for which signals have come since the last time: of a process, or of all. Returns
    /// whether there are any.
    pub fn interrupt(&mut self, process: Option<u32>) -> bool {
        let mut is_any = false;
        for place in 0..THREADS {
            let thread = *self.thread(place);
            let is_meant = process.is_none_or(|process| thread.process == process);
            if thread.state != State::Free && is_meant && self.know_signals(place) {
                Table::interrupt(self, place);
                is_any = true;
            }
        }
        is_any
    }

    /// Counts the signals that have come for a thread as known. Returns whether there are any.
    pub fn know_signals(&mut self, place: usize) -> bool {
        let signals = self.shared.signals[place].load(SeqCst);
        let known = &mut self.thread_mut(place).signals;
        core::mem::replace(known, signals) != signals
    }

    fn give_to(&mut self, chosen: Option<usize>, is_asleep: bool) -> bool {
        if let Some(place) = chosen {
            self.shared.go[place].store(1, SeqCst);
        }
        self.chosen = chosen.filter(|_| is_asleep);
        chosen.is_some()
    }
}

impl<F: Futex> Deref for Locked<'_, F> {
    type Target = Table;

    fn deref(&self) -> &Table {
        // SAFETY: the calling thread holds the lock, and this borrow of the guard excludes a mutable one.
        unsafe { &*self.shared.table.get() }
    }
}

impl<F: Futex> DerefMut for Locked<'_, F> {
    fn deref_mut(&mut self) -> &mut Table {
        if !core::mem::replace(&mut self.is_changing, true) {
            self.shared.is_changing.store(1, SeqCst);
        }
        // SAFETY: the calling thread holds the lock, and this borrow of the guard excludes all others.
        unsafe { &mut *self.shared.table.get() }
    }
}

impl<F: Futex> Drop for Locked<'_, F> {
    fn drop(&mut self) {
        if self.is_changing {
            self.shared.is_changing.store(0, SeqCst);
        }
        if self.shared.lock.swap(0, SeqCst) & AWAITED != 0 {
            F::wake(&self.shared.lock);
        }
        // The lock is free: the woken thread need not wait for it.
        if let Some(place) = self.chosen {
            F::wake(&self.shared.go[place]);
        }
        if self.calls {
            self.shared.call::<F>();
        }
    }
}
