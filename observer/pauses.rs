//! Pauses of threads: their times, their reasons, and the threads that end them. They are logged only on the tool's
//! request.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::SeqCst;

use crate::actor::Actor;
use crate::children::{self, WNOHANG};
use crate::frames::Frames;
use crate::ids;
use crate::layout::{kind, why};
use crate::log::log;
use crate::process::{actor, process};
use crate::scheduled::scheduled;
use crate::system::{ECHILD, FileStatus, KeptErrno, instead_of, pthread_self, real};
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
    log_pause(actor, why, about);
    let result = call();
    let (why, about) = came(&result);
    log(actor, kind::GOES_ON, why, &about.to_ne_bytes());
    result
}

/// The highest number of waits of a thread whose frames are logged: a picture doesn't show more.
const FRAMED: u32 = 200;

/// Logs the begin of a pause, with the functions that the thread is in if they tell what it waits for.
fn log_pause(actor: &Actor, why: u8, about: u64) {
    let is_told = matches!(why, why::LOCK | why::INPUT);
    let frames = if is_told && actor.framed.get() < FRAMED {
        actor.framed.increase();
        let _errno = KeptErrno::new();
        // The unwinder may call functions that would be scheduling points.
        actor.unscheduled(Frames::here)
    } else {
        Frames::NONE
    };
    let mut text = [0; 8 * (Frames::MOST + 1)];
    let numbers = [about]
        .into_iter()
        .chain(frames.addresses().iter().copied());
    for (bytes, number) in text.chunks_exact_mut(8).zip(numbers) {
        bytes.copy_from_slice(&number.to_ne_bytes());
    }
    let length = 8 * (1 + frames.addresses().len());
    log(actor, kind::PAUSES, why, &text[..length]);
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

/// The program has asked for the end of a child, and has learned of this one, if it is greater than 0; `is_over` says
/// that it cannot ask again. Returns the child's id as the program knows it.
fn reaped(child: c_int, is_over: bool) -> c_int {
    if is_over
        && child > 0
        && let Some(actor) = actor()
    {
        log(actor, kind::REAPS, 0, &[]);
    }
    ids::ended(child, is_over)
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

/// wait4(2), by which the other functions of its kind are done, too.
///
/// # Safety
/// The arguments obey its rules.
unsafe fn waiting(process: c_int, status: *mut c_int, how: c_int, used: *mut c_void) -> c_int {
    let Some(process) = ids::kernels_receiver(process) else {
        return ids::fails(ECHILD);
    };
    let mut own_status = 0;
    let status = if status.is_null() {
        &raw mut own_status
    } else {
        status
    };
    let wait = |how| {
        // SAFETY: the function has this type; the caller guarantees the rest.
        let ended = unsafe { real!(wait4 as Wait4)(process, status, how, used) };
        // SAFETY: the caller lets the function write there.
        let is_over = ended > 0 && is_end(unsafe { *status });
        reaped(ended, is_over)
    };
    let attempt = || {
        let ended = wait(how | WNOHANG);
        came_or_vain(ended, ended != 0, how)
    };
    let call = || children::waiting(|| wait(how), attempt);
    pausing(CHILD, call, |&process| ended(process))
}

/// Whether a child with this status has ended, rather than stopped or gone on.
fn is_end(status: c_int) -> bool {
    const STOPPED: c_int = 0x7f;
    const GOES_ON: c_int = 0xffff;
    status & 0xff != STOPPED && status != GOES_ON
}

instead_of! {
    /// waitpid(2).
    fn waitpid(process: c_int, status: *mut c_int, how: c_int) -> c_int = unsafe |_real| {
        // SAFETY: the arguments are the caller's.
        unsafe { waiting(process, status, how, null_mut()) }
    }
}

instead_of! {
    /// wait4(2).
    fn wait4(process: c_int, status: *mut c_int, how: c_int, used: *mut c_void) -> c_int = unsafe |_real| {
        // SAFETY: the arguments are the caller's.
        unsafe { waiting(process, status, how, used) }
    }
}

instead_of! {
    /// wait3(2).
    fn wait3(status: *mut c_int, how: c_int, used: *mut c_void) -> c_int = |call| {
        if !ids::are_virtual() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        unsafe { waiting(-1, status, how, used) }
    }
}

instead_of! {
    /// wait(2).
    fn wait(status: *mut c_int) -> c_int = |call| {
        if !ids::are_virtual() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        unsafe { waiting(-1, status, 0, null_mut()) }
    }
}

/// The kernel's id for the second argument of waitid(2), of which the first is this.
fn awaited(kind: c_int, id: u32) -> Option<u32> {
    const P_PID: c_int = 1;
    const P_PGID: c_int = 2;
    let id = id as c_int;
    let id = match kind {
        P_PID => ids::kernels(id),
        P_PGID => ids::kernels_group(id),
        _ => Some(id),
    };
    id.map(|id| id as u32)
}

/// Translates the child that waitid(2) has reported, if any, and returns its id.
///
/// # Safety
/// It has written a whole `siginfo_t`: on 64-bit Linux, its third number says what has happened, and its fifth is the
/// process.
unsafe fn told(told: *mut c_int, how: c_int) -> c_int {
    const WNOWAIT: c_int = 0x0100_0000;
    /// CLD_EXITED, CLD_KILLED, CLD_DUMPED
    const ENDS: core::ops::RangeInclusive<c_int> = 1..=3;
    // SAFETY: the caller guarantees it.
    unsafe {
        let is_over = how & WNOWAIT == 0 && ENDS.contains(&*told.add(2));
        let child = told.add(4);
        *child = reaped(*child, is_over);
        *child
    }
}

instead_of! {
    /// waitid(2).
    fn waitid(kind: c_int, id: u32, info: *mut c_int, how: c_int) -> c_int = unsafe |real| {
        let Some(id) = awaited(kind, id) else {
            return ids::fails(ECHILD);
        };
        // As large as a `siginfo_t`.
        let mut own = [0; 32];
        let info = if info.is_null() && ids::are_virtual() { own.as_mut_ptr() } else { info };
        let attempt = || {
            if !info.is_null() {
                // SAFETY: the caller lets the function write a whole `siginfo_t`. The call writes no process if none
                // has ended.
                unsafe { *info.add(4) = 0 };
            }
            // SAFETY: the arguments are the caller's, but for the id.
            let failed = unsafe { real(kind, id, info, how | WNOHANG) };
            // SAFETY: as above.
            let has_ended = info.is_null() || unsafe { *info.add(4) } != 0;
            came_or_vain(failed, failed != 0 || has_ended, how)
        };
        let call = || {
            let mut child = 0;
            // SAFETY: the arguments are the caller's, but for the id.
            let failed = children::waiting(|| unsafe { real(kind, id, info, how) }, attempt);
            if failed == 0 && !info.is_null() {
                // SAFETY: a successful call has written the whole `siginfo_t`.
                child = unsafe { told(info, how) };
            }
            (failed, child)
        };
        pausing(CHILD, call, |&(_, child)| ended(child)).0
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
