//! Calls that move much between files, or lock them, under a schedule: the kernel would do them while the thread sleeps.

use core::ffi::{c_int, c_uint, c_void};

use crate::files::{
    self, MSG_DONTWAIT, READABLE, WRITABLE, is_written_in_parts, note_event, reading, recv,
    returns_at_once, send, wait_until_ready, writing,
};
use crate::log::write;
use crate::pauses;
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{EACCES, EAGAIN, EINTR, errno, instead_of, real, set_errno};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, Wait};

const SOCK_STREAM: c_int = 1;

/// Whether a file is a socket of a stream.
fn is_stream(file: c_int) -> bool {
    type_of(file) == Some(SOCK_STREAM)
}

/// Whether a file is a socket whose writes are messages.
pub(crate) fn has_messages(file: c_int) -> bool {
    type_of(file).is_some_and(|kind| kind != SOCK_STREAM)
}

/// The type of a socket (socket(2)); `None`: the file is none.
fn type_of(file: c_int) -> Option<c_int> {
    type Option_ = unsafe extern "C" fn(c_int, c_int, c_int, *mut c_int, *mut u32) -> c_int;
    const SOL_SOCKET: c_int = 1;
    const SO_TYPE: c_int = 3;
    let (mut kind, mut bytes) = (0, 4);
    // SAFETY: the function has this type, and the option is a number.
    let failed =
        unsafe { real!(getsockopt as Option_)(file, SOL_SOCKET, SO_TYPE, &mut kind, &mut bytes) };
    (failed == 0).then_some(kind)
}

/// `struct iovec`.
#[repr(C)]
#[derive(Debug)]
pub struct Part {
    start: *const c_void,
    bytes: usize,
}

/// Writes parts one after another; returns the number of written bytes, as writev(2) does.
fn in_turn(parts: &[Part], mut write: impl FnMut(&Part) -> isize) -> isize {
    let mut written = 0;
    for part in parts {
        match usize::try_from(write(part)) {
            Ok(bytes) => {
                written += bytes;
                if bytes < part.bytes {
                    break;
                }
            }
            Err(_) if written == 0 => return -1,
            Err(_) => break,
        }
    }
    written as isize
}

/// The parts that a program passes.
///
/// # Safety
/// There are so many, or the pointer is null.
unsafe fn parts_at<'a>(parts: *const Part, count: usize) -> &'a [Part] {
    if parts.is_null() {
        return &[];
    }
    // SAFETY: the caller guarantees it.
    unsafe { core::slice::from_raw_parts(parts, count) }
}

fn bytes_of(parts: &[Part]) -> usize {
    parts.iter().map(|part| part.bytes).sum()
}

instead_of! {
    /// writev(2).
    fn writev(file: c_int, parts: *const Part, count: c_int) -> isize = |call| {
        // SAFETY: the arguments are the caller's. The real call reports an invalid count.
        let all = unsafe { parts_at(parts, usize::try_from(count).unwrap_or(0)) };
        if is_written_in_parts(file, bytes_of(all)) {
            // SAFETY: each part is the caller's.
            in_turn(all, |part| unsafe { write(file, part.start, part.bytes) })
        } else {
            writing(file, call)
        }
    }
}

/// `struct msghdr`.
#[repr(C)]
#[derive(Debug)]
pub struct Message {
    name: *const c_void,
    name_bytes: u32,
    parts: *const Part,
    count: usize,
    control: *const c_void,
    control_bytes: usize,
    flags: c_int,
}

/// sendmsg(2) of more than a socket may take at once, and of nothing but bytes.
///
/// # Safety
/// The arguments obey the rules of sendmsg(2).
pub(crate) unsafe fn send_parts(file: c_int, message: *const Message, how: c_int) -> Option<isize> {
    scheduled()?;
    // SAFETY: the caller guarantees it.
    let message = unsafe { message.as_ref() }?;
    // SAFETY: the same.
    let parts = unsafe { parts_at(message.parts, message.count) };
    let is_plain = message.control_bytes == 0 && is_stream(file);
    if bytes_of(parts) <= files::PART || !is_plain || how & MSG_DONTWAIT != 0 {
        return None;
    }
    // SAFETY: each part is the caller's.
    Some(in_turn(parts, |part| unsafe {
        send(file, part.start, part.bytes, how)
    }))
}

/// recv(2) with the flag by which it waits for all bytes. The kernel would wait for each that is missing.
///
/// # Safety
/// The arguments obey the rules of recv(2).
pub(crate) unsafe fn receive_all(
    file: c_int,
    into: *mut c_void,
    bytes: usize,
    how: c_int,
) -> Option<isize> {
    const MSG_PEEK: c_int = 2;
    const MSG_WAITALL: c_int = 0x100;
    scheduled()?;
    if how & (MSG_WAITALL | MSG_PEEK | MSG_DONTWAIT) != MSG_WAITALL || !is_stream(file) {
        return None;
    }
    let mut received = 0;
    while received < bytes {
        // SAFETY: the rest is the caller's.
        let count = unsafe {
            let rest = into.cast::<u8>().add(received).cast();
            recv(file, rest, bytes - received, how & !MSG_WAITALL)
        };
        match usize::try_from(count) {
            Ok(0) => break,
            Ok(count) => received += count,
            Err(_) if received == 0 => return Some(-1),
            Err(_) => break,
        }
    }
    Some(received as isize)
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
