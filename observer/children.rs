//! Started processes under a schedule. A child runs when it has come into the table and gets the token, so its parent
//! keeps the token until then. A thread that waits for a child waits in the table for any
//! end of a process.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use crate::memory::joined;
use crate::scheduled::{Scheduled, scheduled, until};
use crate::starts::fork;
use crate::system::{
    Descriptor, KeptErrno, READ, Time, errno, instead_of, process_id, real, set_errno,
};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, NEVER, Wait};

/// The flag of waitpid(2) and the like by which they do not wait.
pub(crate) const WNOHANG: c_int = 1;

/// Calls a function that waits for the end of a process. `attempt` does not wait, and returns `None` if none has ended.
pub(crate) fn waiting<T>(call: impl FnOnce() -> T, mut attempt: impl FnMut() -> Option<T>) -> T {
    let mut emulated = || {
        let scheduled = scheduled()?;
        loop {
            if let Some(result) = attempt() {
                return Some(result);
            }
            let table = scheduled.table()?;
            scheduled.wait(table, Wait::for_(Awaited::Children, 0));
        }
    };
    emulated().unwrap_or_else(call)
}

/// The step in which a thread looks whether something has happened, in microseconds of real time.
const STEP: u64 = 20;
/// The number of steps after which a process that has not come into the table is looked at, and the number after which
/// it is taken for one without the observer.
const LOOK: u32 = 250;
const STRANGER: u32 = 20_000;
/// The number of steps for which a killed process may take to die.
const DYING: [u32; 2] = [500, STRANGER];

/// Keeps the token until a started process is in the table, is dead, or turns out to be without the observer.
pub(crate) fn wait_until_known(scheduled: Scheduled, process: u32) {
    let _errno = KeptErrno::new();
    let mut steps = 0;
    scheduled.keeping(|| {
        let is_known = || {
            let table = scheduled.table();
            table.is_none_or(|table| table.find(process, |_| true).is_some())
        };
        let is_settled = || {
            steps += 1;
            is_known()
                || is_dead(process)
                // The kernel maps the loader a while after it lets the parent go on.
                || (steps == 2 * LOOK && runs_without_loader(process))
        };
        let is_settled = until(STEP, STRANGER, is_settled);
        if (!is_settled || (steps == 2 * LOOK && !is_dead(process)))
            && !is_known()
            && let Some(mut table) = scheduled.table()
        {
            table.add_stranger(process);
        }
    });
    scheduled.point(Asking::Plainly);
}

/// A file of a process in /proc, up to the end of `room`.
fn read_about<'a>(process: u32, file: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
    type Read = unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize;
    let digits = crate::actor::Digits::of(process);
    let path = joined(&[b"/proc/", digits.as_bytes(), b"/", file]).ok()?;
    let path = core::ffi::CStr::from_bytes_until_nul(&path).ok()?;
    let file = Descriptor::open(path, READ)?;
    // SAFETY: the function has this type, and there is so much room.
    let read = unsafe { real!(read as Read)(file.number(), room.as_mut_ptr().cast(), room.len()) };
    room.get(..usize::try_from(read).ok()?)
}

/// Whether a process is dead or gone, so that its files are closed.
fn is_dead(process: u32) -> bool {
    let mut room = [0; 512];
    match read_about(process, b"stat", &mut room) {
        // The name of the program, in parentheses, may have some of its own.
        Some(text) => match text.iter().rposition(|&byte| byte == b')') {
            Some(end) => matches!(text.get(end + 2), Some(b'Z' | b'X') | None),
            None => true,
        },
        None => true,
    }
}

/// Whether a process runs a program that is not linked at run time, into which nothing can be preloaded.
fn runs_without_loader(process: u32) -> bool {
    let mut room = [0; 8192];
    let text = read_about(process, b"maps", &mut room);
    text.is_some_and(|text| !text.is_empty() && !text.windows(4).any(|part| part == b"/ld-"))
}

/// The process that a call has started.
pub(crate) fn started(process: c_int) {
    if let (Some(scheduled), Ok(process)) = (scheduled(), u32::try_from(process)) {
        wait_until_known(scheduled, process);
    }
}

instead_of! {
    /// kill(2). Nobody may die with the lock of the table, so the caller holds it until the process is dead.
    fn kill(process: c_int, signal: c_int) -> c_int = |call| {
        const SIGKILL: c_int = 9;
        const SIGTERM: c_int = 15;
        let Some(scheduled) = scheduled() else {
            return call();
        };
        let killed = u32::try_from(process).unwrap_or(0);
        if !matches!(signal, SIGKILL | SIGTERM) || killed == 0 || killed == process_id() {
            return call();
        }
        let Some(mut table) = scheduled.table() else {
            return call();
        };
        table.thread_mut(scheduled.place).is_busy = true;
        let failed = call();
        let _errno = KeptErrno::new();
        // A handler may catch SIGTERM.
        let steps = DYING[usize::from(signal == SIGKILL)];
        if failed == 0 && until(STEP, steps, || is_dead(killed)) {
            table.bury(killed);
        }
        table.thread_mut(scheduled.place).is_busy = false;
        drop(table);
        scheduled.point(Asking::Plainly);
        failed
    }
}

/// Waits until a signal comes, as the end of a child sends one. `attempt` does not wait; it returns -1 and sets `errno`
/// otherwise than to `none` if there was a signal.
fn waiting_for_signal(
    call: impl FnOnce() -> c_int,
    none: c_int,
    deadline: u64,
    mut attempt: impl FnMut() -> c_int,
) -> c_int {
    let mut emulated = || {
        let scheduled = scheduled()?;
        loop {
            let result = attempt();
            if result > 0 || (result < 0 && errno() != none) {
                return Some(result);
            }
            let table = scheduled.table()?;
            if table.now() >= deadline {
                set_errno(EAGAIN);
                return Some(-1);
            }
            let wait = Wait::for_(Awaited::Children, 0).with_deadline(deadline);
            scheduled.wait(table, wait);
        }
    };
    emulated().unwrap_or_else(call)
}

const EAGAIN: c_int = 11;
const AT_ONCE: Time = Time::ZERO;

instead_of! {
    /// sigsuspend(2), in which shells wait for their children.
    fn sigsuspend(mask: *const c_void) -> c_int = |call| {
        type Ppoll = unsafe extern "C" fn(*mut c_void, u64, *const Time, *const c_void) -> c_int;
        // SAFETY: the function has this type; without files it only lets signals through, and returns 0 if none came.
        let attempt = || unsafe { real!(ppoll as Ppoll)(null_mut(), 0, &AT_ONCE, mask) };
        waiting_for_signal(call, 0, NEVER, attempt)
    }
}

instead_of! {
    /// sigtimedwait(2).
    fn sigtimedwait(signals: *const c_void, told: *mut c_void, time: *const Time) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        let call = || unsafe { real(signals, told, time) };
        // SAFETY: as above.
        let attempt = || unsafe { real(signals, told, &AT_ONCE) };
        // SAFETY: the caller passes a time or null.
        let nanos = unsafe { time.as_ref() }.map(|time| time.to_nanos());
        let deadline = match (nanos, scheduled().and_then(|scheduled| scheduled.table())) {
            (None, _) => NEVER,
            (Some(Some(nanos)), Some(mut table)) => table.deadline_in(nanos),
            _ => return call(),
        };
        waiting_for_signal(call, EAGAIN, deadline, attempt)
    }
}

/// Whether vfork(2) is to be fork(2): the child of vfork shares the parent's memory, and so its place in the table.
#[cfg_attr(
    not(preloaded),
    expect(dead_code, reason = "only the preloaded object has it")
)]
extern "C" fn vfork_to_call() -> *const c_void {
    type Fork = unsafe extern "C" fn() -> c_int;
    if scheduled().is_some() {
        fork as *const c_void
    } else {
        // SAFETY: the function has this type.
        unsafe { real!(vfork as Fork) as *const c_void }
    }
}

/// vfork(2). It returns twice into the same frame, so it must be jumped to.
///
/// # Safety
/// The caller obeys the rules of vfork(2).
#[cfg(all(preloaded, target_arch = "x86_64"))]
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn vfork() -> c_int {
    core::arch::naked_asm! {
        "sub rsp, 8",
        "call {to_call}",
        "add rsp, 8",
        "jmp rax",
        to_call = sym vfork_to_call,
    }
}

/// vfork(2). It returns twice into the same frame, so it must be jumped to.
///
/// # Safety
/// The caller obeys the rules of vfork(2).
#[cfg(all(preloaded, target_arch = "aarch64"))]
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn vfork() -> c_int {
    core::arch::naked_asm! {
        "stp x29, x30, [sp, #-16]!",
        "bl {to_call}",
        "mov x9, x0",
        "ldp x29, x30, [sp], #16",
        "br x9",
        to_call = sym vfork_to_call,
    }
}
