//! Calls that move much between files, or lock them, under a schedule: the kernel would do them while the thread sleeps.

use core::ffi::{c_int, c_uint, c_void};

use crate::files::{
    self, READABLE, WRITABLE, note_event, reading, returns_at_once, wait_until_ready, writing,
};
use crate::pauses;
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{EACCES, EAGAIN, EINTR, errno, instead_of, real, set_errno};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, Wait};

/// Whether a file is a socket of a stream.
fn is_stream(file: c_int) -> bool {
    type Option_ = unsafe extern "C" fn(c_int, c_int, c_int, *mut c_int, *mut u32) -> c_int;
    const SOL_SOCKET: c_int = 1;
    const SO_TYPE: c_int = 3;
    const SOCK_STREAM: c_int = 1;
    let (mut kind, mut bytes) = (0, 4);
    // SAFETY: the function has this type, and the option is a number.
    let failed =
        unsafe { real!(getsockopt as Option_)(file, SOL_SOCKET, SO_TYPE, &mut kind, &mut bytes) };
    failed == 0 && kind == SOCK_STREAM
}

/// send(2) of more than a socket may take at once. The kernel would wait until it has taken all.
///
/// # Safety
/// The arguments obey the rules of send(2).
pub(crate) unsafe fn send_all(
    file: c_int,
    from: *const c_void,
    bytes: usize,
    how: c_int,
) -> Option<isize> {
    type Send = unsafe extern "C" fn(c_int, *const c_void, usize, c_int) -> isize;
    const MSG_DONTWAIT: c_int = 0x40;
    let scheduled = scheduled()?;
    if bytes <= files::PART || how & MSG_DONTWAIT != 0 || !is_stream(file) || returns_at_once(file)
    {
        return None;
    }
    let mut sent = 0;
    while sent < bytes {
        let is_ready = wait_until_ready(scheduled, file, WRITABLE);
        // SAFETY: the function has this type; the caller guarantees the rest.
        let send = || unsafe {
            let rest = from.cast::<u8>().add(sent).cast();
            real!(send as Send)(file, rest, bytes - sent, how | MSG_DONTWAIT)
        };
        match is_ready.then(send) {
            Some(count) if count >= 0 => {
                sent += count as usize;
                note_event();
                scheduled.point(Asking::Plainly);
            }
            Some(_) if errno() == EAGAIN => scheduled.point(Asking::Yielding),
            _ if sent > 0 => break,
            _ => return Some(-1),
        }
    }
    Some(sent as isize)
}

/// Calls a function that moves bytes from a file to another.
fn moving(from: c_int, to: c_int, call: impl FnOnce() -> isize) -> isize {
    match scheduled() {
        Some(scheduled) if !wait_until_ready(scheduled, from, READABLE) => -1,
        Some(_) => {
            let moved = writing(to, call);
            note_event();
            moved
        }
        None => call(),
    }
}

instead_of! {
    /// splice(2).
    fn splice(from: c_int, start: *mut i64, to: c_int, at: *mut i64, bytes: usize, how: c_uint) -> isize = |call| {
        moving(from, to, call)
    }
}

instead_of! {
    /// tee(2).
    fn tee(from: c_int, to: c_int, bytes: usize, how: c_uint) -> isize = |call| moving(from, to, call)
}

instead_of! {
    /// sendfile(2).
    fn sendfile(to: c_int, from: c_int, start: *mut i64, bytes: usize) -> isize = |call| moving(from, to, call)
}

instead_of! {
    /// sendfile(2), on 64-bit Linux the same.
    fn sendfile64(to: c_int, from: c_int, start: *mut i64, bytes: usize) -> isize = |call| moving(from, to, call)
}

instead_of! {
    /// eventfd_read(3).
    fn eventfd_read(file: c_int, into: *mut u64) -> c_int = |call| {
        if scheduled().is_some() { reading(file, call) } else { call() }
    }
}

instead_of! {
    /// eventfd_write(3).
    fn eventfd_write(file: c_int, number: u64) -> c_int = |call| {
        pauses::feeds(file);
        writing(file, call)
    }
}

/// Locks a file. `attempt` does not wait.
fn locking(call: impl FnOnce() -> c_int, mut attempt: impl FnMut() -> c_int) -> c_int {
    let mut emulated = |scheduled: Scheduled| loop {
        let result = attempt();
        if result == 0 || !matches!(errno(), EAGAIN | EACCES) {
            return Some(result);
        }
        // Unlocking and closing are noted as events.
        let wait = Wait::for_(Awaited::Files, 0);
        if scheduled.wait(scheduled.table()?, wait) == (End::Interrupted { restarts: false }) {
            set_errno(EINTR);
            return Some(-1);
        }
    };
    let result = scheduled().and_then(&mut emulated).unwrap_or_else(call);
    if result == 0 {
        note_event();
    }
    result
}

instead_of! {
    /// flock(2).
    fn flock(file: c_int, how: c_int) -> c_int = unsafe |real| {
        const LOCK_NB: c_int = 4;
        let call = |how| move || {
            // SAFETY: the function accepts any arguments.
            unsafe { real(file, how) }
        };
        if how & LOCK_NB != 0 {
            return call(how)();
        }
        locking(call(how), call(how | LOCK_NB))
    }
}

/// Calls fcntl(2) with a command, and waits for a lock if it is to.
pub(crate) fn controlling(command: c_int, mut call: impl FnMut(c_int) -> c_int) -> c_int {
    // F_SETLKW, F_OFD_SETLKW, each one more than the command that does not wait
    const WAITING: [c_int; 2] = [7, 38];
    if WAITING.contains(&command) && scheduled().is_some() {
        return locking(|| -1, || call(command - 1));
    }
    let result = call(command);
    if result == 0 && WAITING.contains(&(command + 1)) {
        note_event();
    }
    result
}

instead_of! {
    /// lockf(3).
    fn lockf(file: c_int, command: c_int, bytes: i64) -> c_int = unsafe |real| {
        const F_LOCK: c_int = 1;
        const F_TLOCK: c_int = 2;
        let call = |command| move || {
            // SAFETY: the function accepts any arguments.
            unsafe { real(file, command, bytes) }
        };
        match command {
            F_LOCK => locking(call(command), call(F_TLOCK)),
            _ => {
                let result = call(command)();
                if result == 0 {
                    note_event();
                }
                result
            }
        }
    }
}
