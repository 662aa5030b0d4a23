//! A thread in the table: its state, and what it waits for.

/// The deadline of a wait that has none.
pub const NEVER: u64 = u64::MAX;

/// The state of a thread.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is no thread at this place.
    Free,
    /// It could run.
    Ready,
    /// It has the token.
    Running,
    /// It waits, as its [`Wait`] tells.
    Waiting,
    /// It could run, but not before all others wait without a deadline.
    Held,
    /// It has lost the token, because it computes for too long or waits in a call that is not emulated.
    Outside,
    /// It has ended and was not joined yet.
    Ended,
}

/// The object of a wait.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// Only its deadline.
    Time,
    /// A wake-up at the address `key`: a lock, a channel, a condition variable.
    Word,
    /// Any event at a file: the thread looks itself whether it is the right one.
    Files,
    /// Any end of a process: the thread looks itself whether it is the right one.
    Children,
    /// The end of the thread at the place `key` of the table.
    Thread,
}

/// The kind of wake-ups for which a thread waits that wants a robust lock: the end of a thread, which may have it, wakes
/// it, too.
pub const ROBUST: u32 = 1 << 31;

/// A wait.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The kind of its object.
    pub awaited: Awaited,
    /// The object, as [`Awaited`] tells; 0 if it has none.
    pub key: u64,
    /// For [`Awaited::Word`]: the kinds of wake-ups that end it, as bits.
    pub bits: u32,
    /// The kernel's id of the thread that has the awaited lock; 0: it is not known.
    pub owner: u32,
    /// The time at which it ends anyway, in nanoseconds of the virtual clock; [`NEVER`]: it does not.
    pub deadline: u64,
}

impl Wait {
    /// A wait for nothing but the clock.
    pub const fn until(deadline: u64) -> Wait {
        Wait {
            awaited: Awaited::Time,
            key: 0,
            bits: 0,
            owner: 0,
            deadline,
        }
    }

    /// A wait for this, without a deadline.
    pub const fn for_(awaited: Awaited, key: u64) -> Wait {
        Wait {
            awaited,
            key,
            bits: u32::MAX,
            owner: 0,
            deadline: NEVER,
        }
    }

    /// The same with a deadline.
    pub const fn with_deadline(self, deadline: u64) -> Wait {
        Wait { deadline, ..self }
    }
}

/// A thread in the table.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Thread {
    /// Its state.
    pub state: State,
    /// The number of threads that came into the table before it.
    pub number: u32,
    /// The id of its process.
    pub process: u32,
    /// Its own id; 0 until it runs.
    pub id: u32,
    /// Its virtual id.
    pub virtual_id: u32,
    /// The C library's handle of it; 0 for the first thread of a process.
    pub handle: u64,
    /// Its wait, while it waits.
    pub wait: Wait,
    /// Whether the wait has ended otherwise than by its deadline.
    pub is_woken: bool,
    /// Whether a signal has come that ends its wait.
    pub is_interrupted: bool,
    /// Whether it may look once more at the file for which it waits.
    pub may_look: bool,
    /// Whether its process was stopped.
    pub is_stopped: bool,
    /// Whether nobody may join it.
    pub is_detached: bool,
    /// Whether it belongs to a program without the observer: nothing is known of it but its end.
    pub is_foreign: bool,
    /// Whether it is in a call of the observer's own that takes a while, so that it keeps the token.
    pub is_busy: bool,
    /// The count of the signals that have come for it, as far as they have interrupted it.
    pub signals: u32,
    /// The count of events that it knew when it began to wait for one.
    pub known_events: u32,
    /// Its priority, for `Strategy::Pct`.
    pub priority: u64,
    /// The number of times that it has yielded since it last did anything else.
    pub yields: u32,
    /// The number of times that it has read the clock, or looked for something in vain, since it last did anything
    /// else.
    pub clock_reads: u32,
}

impl Thread {
    /// A place in the table without a thread.
    pub const NONE: Thread = Thread {
        state: State::Free,
        number: 0,
        process: 0,
        id: 0,
        virtual_id: 0,
        handle: 0,
        wait: Wait::until(NEVER),
        is_woken: false,
        is_interrupted: false,
        may_look: false,
        is_stopped: false,
        signals: 0,
        is_detached: false,
        is_foreign: false,
        is_busy: false,
        known_events: 0,
        priority: 0,
        yields: 0,
        clock_reads: 0,
    };

    /// Whether it waits for this object and can still be woken.
    pub fn waits_for(&self, awaited: Awaited, key: u64) -> bool {
        self.state == State::Waiting
            && !self.is_woken
            && self.wait.awaited == awaited
            && self.wait.key == key
    }
}
