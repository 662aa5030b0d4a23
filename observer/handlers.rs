//! The program's signal handlers under a schedule.
//!
//! The kernel runs a handler in any thread, at any time, also in one that waits for the token. So the observer installs
//! a handler of its own, which runs the program's only in a thread that has the token. Otherwise it notes the signal; the
//! thread's wait ends, and the handler runs when the thread gets the token.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};

use crate::actor::{Actor, UNSCHEDULED};
use crate::ids;
use crate::process::{actor, process};
use crate::system::{instead_of, real, thread_id};
use crate::token::effect::CHILD;
use crate::token::shared::Shared;

/// `siginfo_t`.
type Told = [u64; 16];
/// `sigset_t`.
type Set = [u64; 16];

/// `struct sigaction` of 64-bit Linux.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Action {
    handler: usize,
    mask: Set,
    flags: c_int,
    restorer: usize,
}

impl Action {
    /// The signal is ignored.
    pub(crate) const IGNORES: Action = Action {
        handler: IGNORE,
        mask: [0; 16],
        flags: 0,
        restorer: 0,
    };
}

const SIGNALS: usize = 65;
/// The first signal that is queued each time it comes (signal(7)).
const FIRST_QUEUED: c_int = 32;

const SA_SIGINFO: c_int = 4;
const SA_RESTART: c_int = 0x1000_0000;
const SA_NODEFER: c_int = 0x4000_0000;
const SA_RESETHAND: c_int = 0x8000_0000_u32 as c_int;
/// SIG_DFL and SIG_IGN, after which handlers begin.
const IGNORE: usize = 1;

/// A handler of the program's.
struct Handler {
    function: AtomicUsize,
    flags: AtomicI32,
    mask: AtomicU64,
    /// The number of times that it is still to run after the next time.
    again: AtomicU32,
    /// The information for its next run.
    told: UnsafeCell<Told>,
}

// SAFETY: `told` is written and read by threads of which one runs at a time.
unsafe impl Sync for Handler {}

impl Handler {
    const fn none() -> Handler {
        Handler {
            function: AtomicUsize::new(0),
            flags: AtomicI32::new(0),
            mask: AtomicU64::new(0),
            again: AtomicU32::new(0),
            told: UnsafeCell::new([0; 16]),
        }
    }

    /// The handler of a signal; `None`: the kernel sends it to a thread for what that thread does itself, or there is no
    /// such signal.
    fn of(signal: c_int) -> Option<&'static Handler> {
        static HANDLERS: [Handler; SIGNALS] = [const { Handler::none() }; SIGNALS];
        match signal {
            // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS
            4..=8 | 11 | 31 | ..=0 => None,
            _ => HANDLERS.get(usize::try_from(signal).ok()?),
        }
    }

    /// Runs the handler.
    ///
    /// # Safety
    /// It has a function, which may run now, and the arguments are those of a handler.
    unsafe fn run(&self, signal: c_int, told: *mut Told, context: *mut c_void) {
        type Simple = unsafe extern "C" fn(c_int);
        type Informed = unsafe extern "C" fn(c_int, *mut Told, *mut c_void);
        let function = self.function.load(SeqCst);
        if self.flags.load(SeqCst) & SA_SIGINFO == 0 {
            // SAFETY: sigaction(2) got this handler without SA_SIGINFO.
            unsafe { core::mem::transmute::<usize, Simple>(function)(signal) }
        } else {
            // SAFETY: sigaction(2) got this handler with SA_SIGINFO.
            unsafe { core::mem::transmute::<usize, Informed>(function)(signal, told, context) }
        }
    }
}

/// The calling thread and its place in a schedule.
fn thread() -> Option<(&'static Actor, &'static Shared, usize)> {
    let actor = actor()?;
    let place = actor.place.load(SeqCst);
    let shared = process()?.schedule?;
    (place != UNSCHEDULED).then_some((actor, shared, place as usize))
}

/// The handler that the kernel knows.
///
/// # Safety
/// The kernel calls it.
unsafe extern "C" fn arrives(signal: c_int, told: *mut Told, context: *mut c_void) {
    let Some(handler) = Handler::of(signal) else {
        return;
    };
    if let Some((actor, shared, place)) = thread() {
        shared.note_signal(place);
        let has_lock = || shared.locked_by() == Some(thread_id());
        if actor.is_away.load(SeqCst) || has_lock() {
            // SAFETY: the kernel passes the information, and nobody reads it before the bit is set.
            unsafe { *handler.told.get() = *told };
            let bit = 1 << (signal - 1);
            let before = actor.signals.fetch_or(bit, SeqCst);
            if before & bit != 0 && signal >= FIRST_QUEUED {
                handler.again.fetch_add(1, SeqCst);
            }
            return;
        }
    }
    // SAFETY: the arguments are the kernel's, and the thread runs.
    unsafe {
        ids::translate_sender(told.cast());
        handler.run(signal, told, context);
    }
}

/// Room for a `ucontext_t`: a handler that runs later gets one of zeros.
#[repr(C, align(16))]
struct Context(UnsafeCell<[u8; 4096]>);

// SAFETY: nobody reads or writes it but handlers, of which one runs at a time.
unsafe impl Sync for Context {}

static CONTEXT: Context = Context(UnsafeCell::new([0; 4096]));

/// Runs the handlers of the signals that have come while the calling thread did not run. Returns whether the interrupted
/// calls go on (SA_RESTART); `None`: no signal has come.
pub(crate) fn run_handlers(actor: &Actor) -> Option<bool> {
    let mut signals = actor.signals.swap(0, SeqCst);
    let mut restarts = None;
    while signals != 0 {
        let signal = signals.trailing_zeros() as c_int + 1;
        signals &= signals - 1;
        let Some(handler) = Handler::of(signal) else {
            continue;
        };
        let flags = handler.flags.load(SeqCst);
        restarts = Some(restarts.unwrap_or(true) && flags & SA_RESTART != 0);
        for _ in 0..=handler.again.swap(0, SeqCst) {
            // SAFETY: the thread has the token, and is in no call of the program's but one that a signal may interrupt.
            unsafe { run_blocked(handler, signal, flags) };
        }
    }
    restarts
}

/// Runs a handler with the signals blocked that it wants blocked.
///
/// # Safety
/// It may run now.
unsafe fn run_blocked(handler: &Handler, signal: c_int, flags: c_int) {
    type Mask = unsafe extern "C" fn(c_int, *const Set, *mut Set) -> c_int;
    const SIG_BLOCK: c_int = 0;
    const SIG_SETMASK: c_int = 2;
    let own = if flags & SA_NODEFER == 0 {
        1 << (signal - 1)
    } else {
        0
    };
    let mut set = [0; 16];
    set[0] = handler.mask.load(SeqCst) | own;
    let mut before = [0; 16];
    // SAFETY: the function has this type, and both sets stay; the caller guarantees the rest.
    unsafe {
        real!(pthread_sigmask as Mask)(SIG_BLOCK, &set, &mut before);
        let mut told = *handler.told.get();
        ids::translate_sender((&raw mut told).cast());
        handler.run(signal, &mut told, CONTEXT.0.get().cast());
        real!(pthread_sigmask as Mask)(SIG_SETMASK, &before, null_mut());
    }
}

instead_of! {
    /// sigaction(2).
    fn sigaction(signal: c_int, new: *const Action, old: *mut Action) -> c_int = unsafe |real| {
        let schedule = process().and_then(|process| process.schedule);
        let (Some(schedule), Some(handler)) = (schedule, Handler::of(signal)) else {
            // SAFETY: the arguments are the caller's.
            return unsafe { real(signal, new, old) };
        };
        let before = (handler.function.load(SeqCst), handler.flags.load(SeqCst));
        // SAFETY: the caller passes an action or null.
        let mut ours = unsafe { new.as_ref() }.copied();
        if let Some(action) = &mut ours
            && action.handler > IGNORE
        {
            handler.function.store(action.handler, SeqCst);
            handler.flags.store(action.flags, SeqCst);
            handler.mask.store(action.mask[0], SeqCst);
            action.handler = arrives as *const () as usize;
            action.flags |= SA_SIGINFO;
            if signal == CHILD {
                schedule.handle_children();
            }
        }
        let ours = ours.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
        // SAFETY: the action stays during the call; the rest is the caller's.
        let failed = unsafe { real(signal, ours, old) };
        if failed != 0 {
            return failed;
        }
        // SAFETY: the caller lets the function write there, or passes null.
        if let Some(old) = unsafe { old.as_mut() }
            && old.handler == arrives as *const () as usize
        {
            let (function, flags) = before;
            (old.handler, old.flags) = (function, old.flags & !SA_SIGINFO | flags & SA_SIGINFO);
        }
        failed
    }
}

/// signal(2) with these flags.
fn signal_by(signal: c_int, handler: usize, mask: u64, flags: c_int) -> usize {
    const FAILED: usize = usize::MAX;
    let mut set = [0; 16];
    set[0] = mask;
    let new = Action {
        handler,
        mask: set,
        flags,
        restorer: 0,
    };
    let mut old = new;
    // SAFETY: both actions stay during the call; the handler is the caller's.
    match unsafe { sigaction(signal, &new, &mut old) } {
        0 => old.handler,
        _ => FAILED,
    }
}

instead_of! {
    /// signal(2).
    fn signal(signal: c_int, handler: usize) -> usize = |call| {
        if process().is_none_or(|process| process.schedule.is_none()) || !(1..SIGNALS as c_int).contains(&signal) {
            return call();
        }
        signal_by(signal, handler, 1 << (signal - 1), SA_RESTART)
    }
}

instead_of! {
    /// signal(2) as of System V.
    fn __sysv_signal(signal: c_int, handler: usize) -> usize = |call| {
        if process().is_none_or(|process| process.schedule.is_none()) || !(1..SIGNALS as c_int).contains(&signal) {
            return call();
        }
        signal_by(signal, handler, 0, SA_RESETHAND | SA_NODEFER)
    }
}
