//! Started processes under a schedule. A child runs when it has come into the table and gets the token, so its parent
//! keeps the token until then. A thread that waits for a child waits in the table for any
//! end of a process.

use core::ffi::{c_int, c_void};

use crate::memory::joined;
use crate::scheduled::{End, Scheduled, scheduled, until};
use crate::starts::fork;
use crate::stat;
use crate::system::{Descriptor, EINTR, KeptErrno, READ, real, set_errno};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, Wait};

/// The flag of waitpid(2) and the like by which they do not wait.
pub(crate) const WNOHANG: c_int = 1;

/// Calls a function that waits for the end of a process. `attempt` does not wait, and returns `None` if none has ended.
pub(crate) fn waiting(
    call: impl FnOnce() -> c_int,
    mut attempt: impl FnMut() -> Option<c_int>,
) -> c_int {
    let mut emulated = || {
        let scheduled = scheduled()?;
        loop {
            if let Some(result) = attempt() {
                return Some(result);
            }
            let table = scheduled.table()?;
            let end = scheduled.wait(table, Wait::for_(Awaited::Children, 0));
            if end == (End::Interrupted { restarts: false }) {
                // The end of a process comes before the signal that tells it.
                return attempt().or_else(|| {
                    set_errno(EINTR);
                    Some(-1)
                });
            }
        }
    };
    emulated().unwrap_or_else(call)
}

/// The step in which a thread looks whether something has happened, in microseconds of real time.
pub(crate) const STEP: u64 = 20;
/// The number of steps after which a process that has not come into the table is looked at, and the number after which
/// it is taken for one without the observer.
const LOOK: u32 = 250;
const STRANGER: u32 = 20_000;

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
pub(crate) fn read_about<'a>(process: u32, file: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
    type Read = unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize;
    let digits = crate::actor::Digits::of(process);
    let path = joined(&[b"/proc/", digits.as_bytes(), b"/", file]).ok()?;
    let path = core::ffi::CStr::from_bytes_until_nul(&path).ok()?;
    let file = Descriptor::open(path, READ)?;
    // SAFETY: the function has this type, and there is so much room.
    let read = unsafe { real!(read as Read)(file.number(), room.as_mut_ptr().cast(), room.len()) };
    room.get(..usize::try_from(read).ok()?)
}

/// Reads the file `stat` of a process; `None`: the process is gone.
fn with_stat<T>(process: u32, read: impl FnOnce(&[u8]) -> T) -> Option<T> {
    read_about(process, b"stat", &mut [0; 512]).map(read)
}

/// The state of a process, as a letter (proc_pid_stat(5)); `None`: it is gone.
pub(crate) fn state(process: u32) -> Option<u8> {
    with_stat(process, stat::state)?
}

/// The parent of a process.
pub(crate) fn parent(process: u32) -> Option<u32> {
    with_stat(process, stat::parent)?
}

/// Whether a process is dead or gone, so that its files are closed.
pub(crate) fn is_dead(process: u32) -> bool {
    with_stat(process, stat::has_ended).unwrap_or(true)
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
