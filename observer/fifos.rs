//! FIFOs under a schedule. open(2) of one waits until its other end is opened, too: a thread opens it without that wait, and
//! waits in the table.

use core::ffi::{c_char, c_int, c_long, c_uint, c_void};

use crate::files::{READABLE, is_ready, note_event};
use crate::peers::{READS, at};
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{
    Descriptor, EAGAIN, EINTR, ENXIO, FileStatus, KeptErrno, errno, instead_of, real, set_errno,
};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, Wait};

/// The ways to open a file, in the two lowest bits.
const O_ACCMODE: c_int = 3;
const O_RDONLY: c_int = 0;
const O_RDWR: c_int = 2;
const O_NONBLOCK: c_int = 0o4000;
const O_PATH: c_int = 0o10_000_000;
/// The folder of paths that begin in the working directory.
const AT_FDCWD: c_int = -100;

/// Whether open(2) may wait for the other end of this file.
///
/// # Safety
/// The path is null or ends with a NUL.
unsafe fn waits(folder: c_int, path: *const c_char, how: c_int) -> bool {
    if how & O_ACCMODE == O_RDWR || how & (O_NONBLOCK | O_PATH) != 0 || path.is_null() {
        return false;
    }
    let _errno = KeptErrno::new();
    // SAFETY: the caller guarantees it.
    let file = unsafe { Descriptor::open_at(folder, path, O_PATH) };
    file.is_some_and(|file| {
        FileStatus::of(file.number()).is_some_and(|status| status.is_fifo())
            && !is_anonymous(file.number())
    })
}

/// Whether a pipe has no name, so that open(2), which reaches it by /proc or /dev/stdin, does not wait.
fn is_anonymous(file: c_int) -> bool {
    type Status = unsafe extern "C" fn(c_int, *mut [c_long; 32]) -> c_int;
    const PIPEFS_MAGIC: c_long = 0x5049_5045;
    let mut status = [0; 32];
    // SAFETY: the function has this type; `struct statfs` is smaller.
    unsafe { real!(fstatfs as Status)(file, &mut status) == 0 && status[0] == PIPEFS_MAGIC }
}

/// Whether somebody has a FIFO open to write, or has written to it: `file` is open to read.
fn has_writer(file: c_int) -> bool {
    type Pipe = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
    type Tee = unsafe extern "C" fn(c_int, c_int, usize, c_uint) -> isize;
    type Close = unsafe extern "C" fn(c_int) -> c_int;
    const SPLICE_F_NONBLOCK: c_uint = 2;
    if is_ready(file, READABLE) {
        return true;
    }
    // Nobody has closed it, and it is empty. A read would return at once without a writer, and tee(2) does the same, but
    // takes nothing away.
    let mut files = [0; 2];
    // SAFETY: the functions have these types; both files are this function's own.
    unsafe {
        if real!(pipe2 as Pipe)(files.as_mut_ptr(), O_NONBLOCK) != 0 {
            return true;
        }
        let is_awaited =
            real!(tee as Tee)(file, files[1], 1, SPLICE_F_NONBLOCK) < 0 && errno() == EAGAIN;
        for file in files {
            real!(close as Close)(file);
        }
        is_awaited
    }
}

/// Lets reads or writes of a file wait.
fn let_wait(file: c_int) {
    type Control = unsafe extern "C" fn(c_int, c_int, c_long) -> c_int;
    const F_GETFL: c_int = 3;
    const F_SETFL: c_int = 4;
    // SAFETY: the function has this type; neither command takes a pointer.
    unsafe {
        let flags = real!(fcntl as Control)(file, F_GETFL, 0);
        real!(fcntl as Control)(file, F_SETFL, (flags & !O_NONBLOCK).into());
    }
}

/// Opens a FIFO by `attempt`, which does not wait, and waits for its other end.
fn open_both(scheduled: Scheduled, is_read: bool, attempt: impl Fn() -> c_int) -> Option<c_int> {
    let mut file = attempt();
    if file >= 0 {
        note_event();
    }
    loop {
        if file < 0 && errno() != ENXIO {
            return Some(file);
        }
        if file >= 0 && (!is_read || has_writer(file)) {
            let_wait(file);
            scheduled.point(Asking::Plainly);
            return Some(file);
        }
        let wait = Wait::for_(Awaited::Files, 0);
        if scheduled.wait(scheduled.table()?, wait) == (End::Interrupted { restarts: false }) {
            if file >= 0 {
                // SAFETY: the file was opened here.
                unsafe { crate::files::close(file) };
            }
            set_errno(EINTR);
            return Some(-1);
        }
        if file < 0 {
            file = attempt();
            if file >= 0 {
                note_event();
            }
        }
    }
}

type OpenAt = unsafe extern "C" fn(c_int, *const c_char, c_int, c_uint) -> c_int;

/// Opens a file by `call`, or a FIFO in the table.
///
/// # Safety
/// The arguments obey the rules of openat(2).
unsafe fn opening(
    (folder, path): (c_int, *const c_char),
    how: c_int,
    mode: c_uint,
    call: impl FnOnce() -> c_int,
) -> c_int {
    // SAFETY: the caller guarantees it.
    let scheduled = scheduled().filter(|_| unsafe { waits(folder, path, how) });
    let opened = scheduled.and_then(|scheduled| {
        open_both(scheduled, how & O_ACCMODE == O_RDONLY, || {
            // SAFETY: the function has this type; the caller guarantees the rest.
            unsafe { real!(openat as OpenAt)(folder, path, how | O_NONBLOCK, mode) }
        })
    });
    opened.unwrap_or_else(call)
}

/// Functions that open a file by a path.
macro_rules! opens {
    ($($name:ident($($folder:ident: c_int)?) in $in:expr;)+) => {$(
        instead_of! {
            /// A function that opens a file.
            fn $name($($folder: c_int,)? path: *const c_char, how: c_int, mode: c_uint) -> c_int = unsafe |real| {
                // SAFETY: the arguments are the caller's, but for the path, which ends with a NUL.
                unsafe {
                    at(path, READS, |path| {
                        opening(($in, path), how, mode, || real($($folder,)? path, how, mode))
                    })
                }
            }
        }
    )+};
}

opens! {
    open() in AT_FDCWD;
    open64() in AT_FDCWD;
    openat(folder: c_int) in folder;
    openat64(folder: c_int) in folder;
}

/// fopen(3) of a FIFO.
///
/// # Safety
/// The arguments obey its rules.
unsafe fn open_stream(path: *const c_char, how: *const c_char) -> Option<*mut c_void> {
    type Open = unsafe extern "C" fn(c_int, *const c_char) -> *mut c_void;
    const O_WRONLY: c_int = 1;
    const O_CLOEXEC: c_int = 0o2_000_000;
    // SAFETY: the caller guarantees it: the first letter is the way to open the file.
    unsafe {
        let text = core::ffi::CStr::from_ptr(how).to_bytes();
        let way = match text {
            _ if text.contains(&b'+') => O_RDWR,
            [b'r', ..] => O_RDONLY,
            _ => O_WRONLY,
        };
        if scheduled().is_none() || !waits(AT_FDCWD, path, way) {
            return None;
        }
        let closes = if text.contains(&b'e') { O_CLOEXEC } else { 0 };
        let file = open(path, way | closes, 0);
        if file < 0 {
            return Some(core::ptr::null_mut());
        }
        Some(real!(fdopen as Open)(file, how))
    }
}

macro_rules! opens_stream {
    ($($name:ident),+) => {$(
        instead_of! {
            /// A function that opens a stream.
            fn $name(path: *const c_char, how: *const c_char) -> *mut c_void = unsafe |real| {
                // SAFETY: the arguments are the caller's, but for the path, which ends with a NUL.
                unsafe {
                    at(path, READS, |path| open_stream(path, how).unwrap_or_else(|| real(path, how)))
                }
            }
        }
    )+};
}

opens_stream! { fopen, fopen64 }
