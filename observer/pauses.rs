//! Pauses of threads: their times, their reasons, and the threads that end them. They are logged only on the tool's
//! request.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::SeqCst;

use crate::actor::Actor;
use crate::children::{self, WNOHANG};
use crate::layout::{kind, why};
use crate::log::log;
use crate::process::{actor, process};
use crate::scheduled::scheduled;
use crate::system::{FileStatus, KeptErrno, instead_of, pthread_self, real};
use crate::threads;
use crate::token::thread::NEVER;

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

pub(crate) const SLEEP: Pause = (why::SLEEP, 0);
const CHILD: Pause = (why::CHILD, 0);
/// The reason of a wait for input.
pub(crate) const INPUT: u8 = why::INPUT;

/// The pause of a wait that returned this process id; 0 or less: no process has ended.
fn ended(process: c_int) -> Pause {
    (why::CHILD, u64::try_from(process).unwrap_or(0))
}

instead_of! {
    /// pthread_join(3).
    fn pthread_join(thread: usize, returned: *mut *mut c_void) -> c_int = |call| {
        let end = (why::THREAD, thread as u64);
        pausing(end, || threads::joining(thread, NEVER, call), |_| end)
    }
}

/// The result of a call that has looked for the end of a process; `None`: its thread is to wait.
fn came_or_vain(result: c_int, has_come: bool, how: c_int) -> Option<c_int> {
    if !has_come
        && how & WNOHANG != 0
        && let Some(scheduled) = scheduled()
    {
        scheduled.look_in_vain();
    }
    (has_come || how & WNOHANG != 0).then_some(result)
}

type Wait4 = unsafe extern "C" fn(c_int, *mut c_int, c_int, *mut c_void) -> c_int;

/// Calls wait4(2) or one of its kin, which has these arguments.
///
/// # Safety
/// They obey its rules.
unsafe fn waiting(
    (process, status, how, used): (c_int, *mut c_int, c_int, *mut c_void),
    call: impl FnOnce() -> c_int,
) -> c_int {
    let attempt = || {
        // SAFETY: the function has this type; the caller guarantees the rest.
        let ended = unsafe { real!(wait4 as Wait4)(process, status, how | WNOHANG, used) };
        came_or_vain(ended, ended != 0, how)
    };
    let call = || children::waiting(call, attempt);
    pausing(CHILD, call, |&process| ended(process))
}

instead_of! {
    /// waitpid(2).
    fn waitpid(process: c_int, status: *mut c_int, how: c_int) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        unsafe { waiting((process, status, how, null_mut()), call) }
    }
}

instead_of! {
    /// wait4(2).
    fn wait4(process: c_int, status: *mut c_int, how: c_int, used: *mut c_void) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        unsafe { waiting((process, status, how, used), call) }
    }
}

instead_of! {
    /// wait3(2).
    fn wait3(status: *mut c_int, how: c_int, used: *mut c_void) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        unsafe { waiting((-1, status, how, used), call) }
    }
}

instead_of! {
    /// wait(2).
    fn wait(status: *mut c_int) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        unsafe { waiting((-1, status, 0, null_mut()), call) }
    }
}

instead_of! {
    /// waitid(2). On 64-bit Linux, the process is the fifth number of `siginfo_t`.
    fn waitid(kind: c_int, id: u32, told: *mut c_int, how: c_int) -> c_int = unsafe |real| {
        let attempt = || {
            if !told.is_null() {
                // SAFETY: the caller lets the function write a whole `siginfo_t`. The call writes no process if none
                // has ended.
                unsafe { *told.add(4) = 0 };
            }
            // SAFETY: the arguments are the caller's.
            let failed = unsafe { real(kind, id, told, how | WNOHANG) };
            // SAFETY: as above.
            let has_ended = told.is_null() || unsafe { *told.add(4) } != 0;
            came_or_vain(failed, failed != 0 || has_ended, how)
        };
        // SAFETY: the arguments are the caller's.
        let call = || children::waiting(|| unsafe { real(kind, id, told, how) }, attempt);
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
