//! The start, the end and the join of threads under a schedule.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::actor::Actor;
use crate::clocks::on_virtual;
use crate::process::process;
use crate::scheduled::{End, leave, scheduled};
use crate::system::{EBUSY, ETIMEDOUT, Time, instead_of, process_id, real};
use crate::token::table::Table;
use crate::token::thread::{Awaited, NEVER, State, Wait};

// SAFETY: these are the types of the C library's functions.
unsafe extern "C" {
    fn pthread_attr_getdetachstate(how: *const c_void, state: *mut c_int) -> c_int;
    fn pthread_key_create(key: *mut u32, end: Option<extern "C" fn(*mut c_void)>) -> c_int;
    fn pthread_setspecific(key: u32, value: *const c_void) -> c_int;
}

/// The key of the value that outlives all others of a thread.
static LAST: AtomicU32 = AtomicU32::new(u32::MAX);
/// The C library ends the values of a thread in rounds, for an end may set a value again: in this one, the thread leaves.
const LAST_ROUND: u32 = 3;

/// Lets the calling thread leave the schedule after all else that it does.
pub(crate) fn leave_at_end(actor: &'static Actor) {
    if process().is_none_or(|process| process.schedule.is_none()) {
        return;
    }
    if LAST.load(Relaxed) == u32::MAX {
        let mut key = 0;
        // SAFETY: the key can be written, and `ends` takes what is set below.
        if unsafe { pthread_key_create(&mut key, Some(ends)) } == 0 {
            LAST.store(key, Relaxed);
        }
    }
    // SAFETY: the key belongs to this value and is never deleted.
    unsafe { pthread_setspecific(LAST.load(Relaxed), (&raw const *actor).cast()) };
}

/// The end of a thread's value.
extern "C" fn ends(actor: *mut c_void) {
    // SAFETY: the value comes from `leave_at_end`, whose actor is static.
    let actor = unsafe { &*actor.cast::<Actor>() };
    if let Some(process) = process() {
        // The C library has removed it, but other values may still end.
        process.actors.set(actor);
    }
    actor.rounds.increase();
    if actor.rounds.get() < LAST_ROUND {
        leave_at_end(actor);
    } else {
        leave(actor);
    }
}

/// Whether threads with these attributes are never joined.
///
/// # Safety
/// The attributes are null or valid.
pub(crate) unsafe fn is_detached(how: *const c_void) -> bool {
    const DETACHED: c_int = 1;
    let mut state = 0;
    // SAFETY: the caller guarantees it.
    !how.is_null()
        && unsafe { pthread_attr_getdetachstate(how, &mut state) } == 0
        && state == DETACHED
}

/// The place of the thread with this handle.
pub(crate) fn place_of(table: &Table, thread: usize) -> Option<usize> {
    table.find(process_id(), |its| its.handle == thread as u64)
}

/// Calls pthread_join(3) for a thread, when it has ended, at the latest at `deadline`.
pub(crate) fn joining(thread: usize, deadline: u64, call: impl FnOnce() -> c_int) -> c_int {
    if let Some(scheduled) = scheduled()
        && let Some(table) = scheduled.table()
        && let Some(place) = place_of(&table, thread)
    {
        let mut table = Some(table);
        while let Some(its) =
            table.take_if(|table| !matches!(table.thread(place).state, State::Ended | State::Free))
        {
            let wait = Wait::for_(Awaited::Thread, place as u64).with_deadline(deadline);
            if scheduled.wait(its, wait) == End::TimedOut {
                return ETIMEDOUT;
            }
            table = scheduled.table();
        }
        drop(table);
        if let Some(mut table) = scheduled.table() {
            table.forget(place);
        }
        // The thread still has to leave the kernel.
        return scheduled.keeping(call);
    }
    call()
}

type Join = unsafe extern "C" fn(usize, *mut *mut c_void) -> c_int;

instead_of! {
    /// pthread_clockjoin_np(3).
    fn pthread_clockjoin_np(
        thread: usize,
        returned: *mut *mut c_void,
        clock: c_int,
        time: *const Time
    ) -> c_int = |call| {
        // SAFETY: the caller passes a time or null.
        let deadline = match unsafe { time.as_ref() }.map(|time| time.to_nanos()) {
            _ if scheduled().is_none() => return call(),
            None => NEVER,
            Some(Some(nanos)) => on_virtual(clock, nanos),
            Some(None) => return call(),
        };
        // SAFETY: the function has this type; the arguments are the caller's. The thread has ended.
        joining(thread, deadline, || unsafe { real!(pthread_join as Join)(thread, returned) })
    }
}

instead_of! {
    /// pthread_timedjoin_np(3).
    fn pthread_timedjoin_np(thread: usize, returned: *mut *mut c_void, time: *const Time) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        unsafe { pthread_clockjoin_np(thread, returned, 0, time) }
    }
}

instead_of! {
    /// pthread_tryjoin_np(3).
    fn pthread_tryjoin_np(thread: usize, returned: *mut *mut c_void) -> c_int = |call| {
        let Some(scheduled) = scheduled() else {
            return call();
        };
        let has_ended = scheduled.table().and_then(|table| {
            let place = place_of(&table, thread)?;
            Some(table.thread(place).state == State::Ended)
        });
        match has_ended {
            // SAFETY: the function has this type; the arguments are the caller's.
            Some(true) => joining(thread, NEVER, || unsafe { real!(pthread_join as Join)(thread, returned) }),
            Some(false) => {
                scheduled.look_in_vain();
                EBUSY
            }
            None => call(),
        }
    }
}

instead_of! {
    /// pthread_detach(3).
    fn pthread_detach(thread: usize) -> c_int = |call| {
        if let Some(mut table) = scheduled().and_then(|scheduled| scheduled.table())
            && let Some(place) = place_of(&table, thread)
        {
            table.detach(place);
        }
        call()
    }
}
