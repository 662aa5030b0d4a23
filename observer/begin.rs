//! The start and the end of a process.

use core::ffi::{CStr, c_char, c_int};

use crate::actor::{Actor, Path};
use crate::frames::std_library;
use crate::hold::{Moment, delay, hold};
use crate::ids::log_kernel_id;
use crate::layout::kind;
use crate::log::log;
use crate::memory::{OutOfMemory, Published, c_text_of, leak};
use crate::pauses::are_logged;
use crate::process::{Process, VARIABLE, actor};
use crate::scheduled::{enter, leave_process};
use crate::system::{FileStatus, executable, instead_of, program};
use crate::threads::leave_at_end;
use core::sync::atomic::Ordering::SeqCst;

// SAFETY: these are the types of the C library's functions.
unsafe extern "C" {
    fn getenv(name: *const c_char) -> *const c_char;
    fn unsetenv(name: *const c_char) -> c_int;
}

/// The first thread of this process.
static FIRST: Published<Actor> = Published::nothing();

#[cfg(preloaded)]
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

#[cfg(preloaded)]
#[used]
#[unsafe(link_section = ".fini_array")]
static END: extern "C" fn() = end;

const LOADER: [&CStr; 2] = [c"LD_PRELOAD", c"LD_LIBRARY_PATH"];

/// Runs before `main`. It removes the observer's variables from the environment, which a program may print.
#[cfg_attr(not(preloaded), expect(dead_code, reason = "only the loader calls it"))]
extern "C" fn begin() {
    // SAFETY: before `main` there is one thread, and it changes no variable before the last use of this one.
    let Some(value) = (unsafe { variable(VARIABLE) }) else {
        return;
    };
    let mut parts = value.to_bytes().splitn(2, |&byte| byte == b' ');
    let (Some(path), Some(folder)) = (parts.next(), parts.next()) else {
        return;
    };
    let mut parts = path.splitn(2, |&byte| byte == b':');
    let path = parts.next().unwrap_or_default();
    let given = parts
        .next()
        .and_then(|id| str::from_utf8(id).ok()?.parse().ok());
    // SAFETY: as above.
    let [Ok(preload), Ok(libraries)] = LOADER.map(|name| unsafe { entry(name) }) else {
        return;
    };
    let Some((process, first)) = open(path, folder, [preload, libraries]) else {
        return;
    };
    for name in [VARIABLE, LOADER[0], LOADER[1]] {
        // SAFETY: the name ends with a NUL, and there is no other thread.
        unsafe { unsetenv(name.as_ptr()) };
    }
    leave_at_end(first);
    enter(first, given);
    first_starts(process, first);
}

/// The value of an environment variable.
///
/// # Safety
/// No thread may change the variable while the value is in use.
unsafe fn variable(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: the name ends with a NUL.
    let value = unsafe { getenv(name.as_ptr()) };
    // SAFETY: a value that is not null ends with a NUL; the caller guarantees that it stays.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) })
}

/// A copy of the environment's entry `NAME=value`.
///
/// # Safety
/// No thread may change the variable during the call.
unsafe fn entry(name: &CStr) -> Result<&'static CStr, OutOfMemory> {
    // SAFETY: the caller guarantees it.
    let value = unsafe { variable(name) }.unwrap_or_default();
    c_text_of(&[name.to_bytes(), b"=", value.to_bytes()])
}

/// Begins the observation of the process, with the calling thread as its first one, under this path.
pub(crate) fn open(
    path: &[u8],
    folder: &[u8],
    loader: [&'static CStr; 2],
) -> Option<(&'static Process, &'static Actor)> {
    let process = leak(Process::open(folder, loader)?).ok()?;
    let first = leak(Actor::new(Path::of(&[path]), process.control.seed)).ok()?;
    process.publish(first);
    FIRST.set(first);
    if path == b"0" {
        for (stream, file) in process.control.files.iter().enumerate() {
            if let Some(status) = FileStatus::of(stream as c_int + 1) {
                file.device.store(status.device, SeqCst);
                file.inode.store(status.inode, SeqCst);
            }
        }
    }
    Some((process, first))
}

/// Logs the start of a process, and delays or holds it.
pub(crate) fn first_starts(process: &Process, first: &Actor) {
    log_process(first);
    delay(process.control, first);
    hold(process.control, first, Moment::Start);
}

/// Logs the start of the process that continues after fork(2).
pub(crate) fn child_starts(first: &'static Actor, given: Option<u32>) {
    FIRST.set(first);
    leave_at_end(first);
    enter(first, given);
    log_process(first);
}

fn log_process(first: &Actor) {
    let room = &mut [0; 1024];
    let executable = executable(room).unwrap_or_default();
    log(first, kind::EXECUTABLE, 0, executable);
    if are_logged()
        && let Some((address, path)) = std_library()
    {
        let path = path.to_bytes();
        let mut text = [0; 8 + 1024];
        text[..8].copy_from_slice(&address.to_ne_bytes());
        if let Some(place) = text.get_mut(8..8 + path.len()) {
            place.copy_from_slice(path);
            log(first, kind::STD_LIBRARY, 0, &text[..8 + path.len()]);
        }
    }
    log(first, kind::PROCESS, 0, program());
    log_kernel_id(first);
}

/// Runs after `main`, or when a thread calls exit(3).
#[cfg_attr(
    not(any(preloaded, test)),
    expect(dead_code, reason = "only the loader calls it")
)]
pub(crate) extern "C" fn end() {
    if let Some(first) = FIRST.get() {
        log(first, kind::ENDS, 0, &[]);
        leave_process(actor().unwrap_or(first));
    }
}

/// Ends the process without its destructors.
fn ends_at_once() {
    if let Some(actor) = actor() {
        leave_process(actor);
    }
}

instead_of! {
    /// _exit(2). It does not return.
    fn _exit(status: c_int) -> c_int = |call| {
        ends_at_once();
        call()
    }
}

instead_of! {
    /// _Exit(3). It does not return.
    #[cfg_attr(not(preloaded), expect(non_snake_case, reason = "it is the function's name"))]
    fn _Exit(status: c_int) -> c_int = |call| {
        ends_at_once();
        call()
    }
}
