//! Pauses of threads: their times, their reasons, and the threads that end them. They are logged only on the tool's
//! request.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::sync::atomic::Ordering::SeqCst;

use crate::actor::Actor;
use crate::layout::{kind, why};
use crate::log::log;
use crate::process::{actor, process};
use crate::system::{FileStatus, KeptErrno, Time, instead_of, pthread_self};

/// A reason, one of [`why`], and the awaited object: a lock's address, a thread's handle, a process's id or a pipe's
/// number; 0 if unknown.
pub(crate) type Pause = (u8, u64);

/// Whether pauses are logged.
pub(crate) fn are_logged() -> bool {
    process().is_some_and(|process| process.control.pauses.load(SeqCst) > 0)
}

/// The calling thread, if another of its events is to be logged.
fn logged_actor() -> Option<&'static Actor> {
    let one_less = |left: u32| left.checked_sub(1);
    let pauses = &process()?.control.pauses;
    pauses.fetch_update(SeqCst, SeqCst, one_less).ok()?;
    // A wait for the lock of a stream is part of printing.
    actor().filter(|actor| actor.depth.get() == 0)
}

/// Calls a function that may block. `came` gives the pause by the function's result.
pub(crate) fn pausing<T>(
    (why, about): Pause,
    call: impl FnOnce() -> T,
    came: impl FnOnce(&T) -> Pause,
) -> T {
    let Some(actor) = are_logged().then(logged_actor).flatten() else {
        return call();
    };
    log(actor, kind::PAUSES, why, &about.to_ne_bytes());
    let result = call();
    let (why, about) = came(&result);
    log(actor, kind::GOES_ON, why, &about.to_ne_bytes());
    result
}

/// Logs that the threads waiting at an address are about to be woken. After that, they may end the program
/// before this thread logs anything.
pub(crate) fn wakes(address: u64) {
    if let Some(actor) = are_logged().then(logged_actor).flatten() {
        log(actor, kind::WAKES, 0, &address.to_ne_bytes());
    }
}

/// The number of a file that a thread can wait for; `None` for other files, and if pauses are not logged.
pub(crate) fn pipe(file: c_int) -> Option<u64> {
    if !are_logged() {
        return None;
    }
    let _errno = KeptErrno::new();
    let status = FileStatus::of(file)?;
    status.is_awaited().then_some(status.inode)
}

/// Logs a write to a pipe before it happens.
pub(crate) fn feeds(file: c_int) {
    if let Some(pipe) = pipe(file)
        && let Some(actor) = logged_actor()
    {
        log(actor, kind::FEEDS, 0, &pipe.to_ne_bytes());
    }
}

const SLEEP: Pause = (why::SLEEP, 0);
const CHILD: Pause = (why::CHILD, 0);

/// The pause of a wait that returned this process id; 0 or less: no process has ended.
fn ended(process: c_int) -> Pause {
    (why::CHILD, u64::try_from(process).unwrap_or(0))
}

instead_of! {
    /// nanosleep(2).
    fn nanosleep(time: *const Time, left: *mut Time) -> c_int = |call| {
        pausing(SLEEP, call, |_| SLEEP)
    }
}

instead_of! {
    /// clock_nanosleep(2).
    fn clock_nanosleep(clock: c_int, how: c_int, time: *const Time, left: *mut Time) -> c_int = |call| {
        pausing(SLEEP, call, |_| SLEEP)
    }
}

instead_of! {
    /// pthread_join(3).
    fn pthread_join(thread: usize, returned: *mut *mut c_void) -> c_int = |call| {
        let end = (why::THREAD, thread as u64);
        pausing(end, call, |_| end)
    }
}

instead_of! {
    /// waitpid(2).
    fn waitpid(process: c_int, status: *mut c_int, how: c_int) -> c_int = |call| {
        pausing(CHILD, call, |&process| ended(process))
    }
}

instead_of! {
    /// wait4(2).
    fn wait4(process: c_int, status: *mut c_int, how: c_int, used: *mut c_void) -> c_int = |call| {
        pausing(CHILD, call, |&process| ended(process))
    }
}

instead_of! {
    /// waitid(2). On 64-bit Linux, the process is the fifth number of `siginfo_t`.
    fn waitid(kind: c_int, id: u32, told: *mut c_int, how: c_int) -> c_int = |call| {
        pausing(CHILD, call, |&failed| {
            if failed == 0 && !told.is_null() {
                // SAFETY: a successful call has written the whole `siginfo_t`.
                ended(unsafe { *told.add(4) })
            } else {
                CHILD
            }
        })
    }
}

instead_of! {
    /// pthread_setname_np(3), which std calls in the named thread.
    fn pthread_setname_np(thread: usize, name: *const c_char) -> c_int = |call| {
        if let Some(actor) = actor()
            && are_logged()
            && thread == pthread_self()
        {
            // SAFETY: the caller passes a text that ends with a NUL.
            log(actor, kind::NAMED, 0, unsafe { CStr::from_ptr(name) }.to_bytes());
        }
        call()
    }
}
