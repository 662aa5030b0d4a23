//! Ids that pass through files: handles of processes, owners of files and locks, peers of sockets, and the folders of
//! processes in /proc.
//!
//! Under a schedule, a path with a virtual id leads to the process. A file that contains ids is an obstacle: the program
//! would read the kernel's.

use core::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};

use crate::actor::Digits;
use crate::children::read_about;
use crate::ids::{are_virtual, fails, give_up, kernels, kernels_receiver, shown};
use crate::memory::joined;
use crate::numbers::call;
use crate::starts::{posix_spawn, posix_spawnp};
use crate::system::{EBADF, EINVAL, ESRCH, FileStatus, errno, instead_of, process_id, real};
use crate::token::ids::LOWEST;
use crate::token::table::Obstacle;
use crate::transfers::controlling as controlling_locks;

type Call = unsafe extern "C" fn(c_long, c_long, c_long) -> c_long;

#[cfg_attr(preloaded, unsafe(no_mangle))]
/// pidfd_open(2). Older C libraries don't have it.
pub extern "C" fn pidfd_open(process: c_int, how: c_uint) -> c_int {
    match kernels(process) {
        // SAFETY: the type is that of syscall(2), for a call that takes two numbers.
        Some(process) => unsafe {
            real!(syscall as Call)(call::PIDFD_OPEN, process.into(), how.into()) as c_int
        },
        None => fails(ESRCH),
    }
}

#[cfg_attr(preloaded, unsafe(no_mangle))]
/// pidfd_getpid(3). Older C libraries don't have it, but std looks for it.
pub extern "C" fn pidfd_getpid(file: c_int) -> c_int {
    if FileStatus::of(file).is_none() {
        return fails(EBADF);
    }
    let mut room = [0; 1024];
    let Ok(path) = joined(&[b"fdinfo/", Digits::of(file.unsigned_abs()).as_bytes()]) else {
        return fails(EINVAL);
    };
    let path = CStr::from_bytes_until_nul(&path).unwrap_or_default();
    let text = read_about(process_id(), path.to_bytes(), &mut room);
    let mut lines = text.unwrap_or_default().split(|&byte| byte == b'\n');
    let digits = lines.find_map(|line| line.strip_prefix(b"Pid:"));
    let digits = digits.and_then(|digits| core::str::from_utf8(digits).ok());
    match digits.map(|digits| digits.trim().parse()) {
        Some(Ok(process @ 1..)) => shown(process),
        Some(_) => fails(ESRCH),
        None => fails(EINVAL),
    }
}

/// Starts a process by posix_spawn(3) or posix_spawnp(3), and opens a handle of it.
///
/// # Safety
/// The handle can be written.
unsafe fn spawning(file: *mut c_int, spawn: impl FnOnce(*mut c_int) -> c_int) -> c_int {
    let mut child = 0;
    let failed = spawn(&raw mut child);
    if failed != 0 {
        return failed;
    }
    match pidfd_open(child, 0) {
        handle @ 0.. => {
            // SAFETY: the caller guarantees it.
            unsafe { *file = handle };
            0
        }
        _ => errno(),
    }
}

/// Functions that start a process and return a handle of it. Older C libraries don't have them, but std looks for them.
macro_rules! returns_a_handle {
    ($($name:ident by $spawn:ident;)+) => {$(
        /// A function that starts a process and returns a handle of it.
        ///
        /// # Safety
        /// The caller obeys the rules of the C library's function of this name.
        #[cfg_attr(preloaded, unsafe(no_mangle))]
        pub unsafe extern "C" fn $name(
            file: *mut c_int,
            program: *const c_char,
            files: *const c_void,
            how: *const c_void,
            arguments: *const *const c_char,
            environment: *const *const c_char,
        ) -> c_int {
            // SAFETY: the arguments are the caller's.
            unsafe {
                spawning(file, |child| $spawn(child, program, files, how, arguments, environment))
            }
        }
    )+};
}

returns_a_handle! {
    pidfd_spawn by posix_spawn;
    pidfd_spawnp by posix_spawnp;
}

/// `struct flock`.
#[repr(C)]
#[derive(Debug)]
struct Lock {
    kind: [i16; 2],
    range: [i64; 2],
    process: c_int,
}

/// `struct f_owner_ex`.
#[repr(C)]
#[derive(Debug)]
struct Owner {
    kind: c_int,
    id: c_int,
}

type Control = unsafe extern "C" fn(c_int, c_int, c_long) -> c_int;

/// fcntl(2), with ids translated.
///
/// # Safety
/// The arguments obey the rules of `control`, which is fcntl(2).
unsafe fn controlling(control: Control, file: c_int, command: c_int, argument: c_long) -> c_int {
    const F_GETLK: c_int = 5;
    const F_SETOWN: c_int = 8;
    const F_GETOWN: c_int = 9;
    const F_SETOWN_EX: c_int = 15;
    const F_GETOWN_EX: c_int = 16;
    const F_OFD_GETLK: c_int = 36;
    // SAFETY: the arguments are the caller's, and the command says what a pointer among them leads to.
    unsafe {
        let call = |argument| control(file, command, argument);
        match command {
            F_GETLK | F_OFD_GETLK => {
                let result = call(argument);
                if let (0, Some(lock)) = (result, (argument as *mut Lock).as_mut()) {
                    lock.process = shown(lock.process);
                }
                result
            }
            F_SETOWN => match kernels_receiver(argument as c_int) {
                Some(owner) => call(owner.into()),
                None => fails(ESRCH),
            },
            F_GETOWN => match call(argument) {
                -1 => -1,
                group @ ..0 => -shown(-group),
                process => shown(process),
            },
            F_SETOWN_EX => match (argument as *const Owner).as_ref() {
                Some(owner) => match kernels(owner.id) {
                    Some(id) => {
                        let owner = Owner { id, ..*owner };
                        call(&raw const owner as c_long)
                    }
                    None => fails(ESRCH),
                },
                None => call(argument),
            },
            F_GETOWN_EX => {
                let result = call(argument);
                if let (0, Some(owner)) = (result, (argument as *mut Owner).as_mut()) {
                    owner.id = shown(owner.id);
                }
                result
            }
            _ => controlling_locks(command, |command| control(file, command, argument)),
        }
    }
}

instead_of! {
    /// fcntl(2), which takes one argument more or none.
    fn fcntl(file: c_int, command: c_int, argument: c_long) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        unsafe { controlling(real, file, command, argument) }
    }
}

instead_of! {
    /// fcntl(2) with another name.
    fn fcntl64(file: c_int, command: c_int, argument: c_long) -> c_int = unsafe |_real| {
        // SAFETY: the arguments are the caller's; older C libraries have only this name.
        unsafe { controlling(real!(fcntl as Control), file, command, argument) }
    }
}

const SOL_SOCKET: c_int = 1;

instead_of! {
    /// getsockopt(2).
    fn getsockopt(file: c_int, level: c_int, option: c_int, value: *mut c_int, length: *mut u32) -> c_int = |call| {
        const SO_PEERCRED: c_int = 17;
        let failed = call();
        if (failed, level, option) == (0, SOL_SOCKET, SO_PEERCRED) && !value.is_null() {
            // SAFETY: a successful call has written the process there, and two numbers more.
            unsafe { *value = shown(*value) };
        }
        failed
    }
}

instead_of! {
    /// setsockopt(2).
    fn setsockopt(file: c_int, level: c_int, option: c_int, value: *const c_int, length: u32) -> c_int = |call| {
        const SO_PASSCRED: c_int = 16;
        if (level, option) == (SOL_SOCKET, SO_PASSCRED) {
            // Messages to this socket have the kernel's ids from now on.
            give_up(Obstacle::Ids);
        }
        call()
    }
}

instead_of! {
    /// signalfd(2). The signals that are read there have the kernel's ids of their senders.
    fn signalfd(file: c_int, signals: *const c_void, how: c_int) -> c_int = |call| {
        give_up(Obstacle::Ids);
        call()
    }
}

/// A path below /proc.
#[derive(Debug, PartialEq, Eq)]
struct About<'a> {
    /// The process in whose folder it is, by its id, and the rest of the path.
    process: Option<(c_int, &'a [u8])>,
    /// Whether it leads to the kernel's ids of processes of the run.
    has_ids: bool,
}

fn about(path: &[u8]) -> Option<About<'_>> {
    let below = path.strip_prefix(b"/proc")?;
    if !matches!(below.first(), None | Some(b'/')) {
        return None;
    }
    let mut parts = below
        .split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty());
    let Some(folder) = parts.next() else {
        return Some(About {
            process: None,
            has_ids: true,
        });
    };
    let is_told = matches!(parts.next(), Some(b"stat" | b"status" | b"task" | b"sched"));
    let is_own = matches!(folder, b"self" | b"thread-self");
    let id: Option<u32> = core::str::from_utf8(folder)
        .ok()
        .and_then(|id| id.parse().ok());
    let id = id.filter(|id| (LOWEST..=i32::MAX as u32).contains(id));
    let start = below
        .windows(folder.len())
        .position(|part| part == folder)?;
    Some(About {
        process: id.map(|id| (id as c_int, &below[start + folder.len()..])),
        has_ids: is_told && (is_own || id.is_some()),
    })
}

/// Calls a function with a path. `is_read`: the program reads what is there, and does not only look whether it exists.
///
/// # Safety
/// The path is null or ends with a NUL.
pub(crate) unsafe fn at<T>(
    path: *const c_char,
    is_read: bool,
    call: impl FnOnce(*const c_char) -> T,
) -> T {
    if path.is_null() || !are_virtual() {
        return call(path);
    }
    // SAFETY: the caller guarantees it.
    let Some(about) = about(unsafe { CStr::from_ptr(path) }.to_bytes()) else {
        return call(path);
    };
    if about.has_ids && is_read {
        give_up(Obstacle::Ids);
    }
    let Some((id, rest)) = about.process else {
        return call(path);
    };
    let digits = kernels(id).map(|id| Digits::of(id.unsigned_abs()));
    let digits = digits.as_ref().map_or(&b"gone"[..], Digits::as_bytes);
    match joined(&[b"/proc/", digits, rest]) {
        Ok(path) => call(path.as_ptr().cast()),
        Err(_) => call(path),
    }
}

/// Functions with a path among their arguments; `reads` and `looks` say what they do there.
macro_rules! with_paths {
    ($($how:ident $name:ident($($before:ident: $first:ty,)? #$path:ident $(, $after:ident: $type:ty)*) -> $returned:ty;)+) => {$(
        instead_of! {
            /// A function with a path among its arguments, in which ids are translated.
            fn $name($($before: $first,)? $path: *const c_char $(, $after: $type)*) -> $returned = unsafe |real| {
                // SAFETY: the arguments are the caller's, but for the path, which ends with a NUL.
                unsafe { at($path, $how, |path| real($($before,)? path $(, $after)*)) }
            }
        }
    )+};
}

pub(crate) const READS: bool = true;
const LOOKS: bool = false;

with_paths! {
    READS opendir(#path) -> *mut c_void;
    READS readlinkat(folder: c_int, #path, into: *mut c_char, bytes: usize) -> isize;
    READS realpath(#path, into: *mut c_char) -> *mut c_char;
    READS chdir(#path) -> c_int;
    LOOKS access(#path, how: c_int) -> c_int;
    LOOKS faccessat(folder: c_int, #path, how: c_int, flags: c_int) -> c_int;
    LOOKS stat(#path, into: *mut c_void) -> c_int;
    LOOKS stat64(#path, into: *mut c_void) -> c_int;
    LOOKS lstat(#path, into: *mut c_void) -> c_int;
    LOOKS lstat64(#path, into: *mut c_void) -> c_int;
    LOOKS fstatat(folder: c_int, #path, into: *mut c_void, how: c_int) -> c_int;
    LOOKS fstatat64(folder: c_int, #path, into: *mut c_void, how: c_int) -> c_int;
    LOOKS statx(folder: c_int, #path, how: c_int, which: c_uint, into: *mut c_void) -> c_int;
}

instead_of! {
    /// readlink(2). The target of `/proc/self` is an id.
    fn readlink(path: *const c_char, into: *mut c_char, bytes: usize) -> isize = unsafe |real| {
        if !path.is_null() && are_virtual() {
            // SAFETY: the caller passes a text that ends with a NUL.
            let path = unsafe { CStr::from_ptr(path) }.to_bytes();
            if matches!(path, b"/proc/self" | b"/proc/thread-self") {
                give_up(Obstacle::Ids);
            }
        }
        // SAFETY: the arguments are the caller's, but for the path, which ends with a NUL.
        unsafe { at(path, READS, |path| real(path, into, bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{About, about};

    #[test]
    fn paths_lead_to_processes_or_to_ids() {
        let ids = |process| {
            Some(About {
                process,
                has_ids: true,
            })
        };
        let process = |process| {
            Some(About {
                process,
                has_ids: false,
            })
        };
        for (path, expected) in [
            ("/procs", None),
            ("proc/1", None),
            ("/proc", ids(None)),
            ("/proc/", ids(None)),
            ("/proc/self/status", ids(None)),
            ("/proc/thread-self/stat", ids(None)),
            ("/proc/self/maps", process(None)),
            ("/proc/meminfo", process(None)),
            // The kernel's ids mean what they say.
            ("/proc/17/status", process(None)),
            ("/proc/5000001", process(Some((5_000_001, &b""[..])))),
            ("/proc/5000001/fd/3", process(Some((5_000_001, b"/fd/3")))),
            ("/proc//5000001/task/5", ids(Some((5_000_001, b"/task/5")))),
        ] {
            assert_eq!(about(path.as_bytes()), expected, "{path}");
        }
    }
}
