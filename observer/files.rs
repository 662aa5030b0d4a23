//! Reads and writes of pipes, sockets and other files that a thread waits for.
//!
//! Under a schedule, a thread whose file is not ready waits in the table for any event at a file, and asks the
//! kernel again when it is chosen. Every write, read and close is such an event.

use core::ffi::{c_int, c_short, c_uint, c_void};
use core::ptr::null;

use crate::log::{is_printing, stream};
use crate::pauses::{INPUT, pausing, pipe};
use crate::scheduled::{End, Scheduled, reach_point, scheduled};
use crate::system::{
    EAGAIN, EINTR, FileStatus, KeptErrno, Time, bytes_at, errno, instead_of, real, set_errno,
};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, NEVER, Wait};
use crate::transfers::Message;
use crate::waits::{TIME_OVER, waits};
use crate::{timerfds, transfers};

/// `struct pollfd`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Polled {
    file: c_int,
    events: c_short,
    came: c_short,
}

pub(crate) const READABLE: c_short = 1;
pub(crate) const WRITABLE: c_short = 4;

type Poll = unsafe extern "C" fn(*mut Polled, u64, c_int) -> c_int;

/// Whether a file can be read or written without a wait, or has an error.
pub(crate) fn is_ready(file: c_int, events: c_short) -> bool {
    let mut polled = Polled {
        file,
        events,
        came: 0,
    };
    // SAFETY: the function has this type; there is one file.
    unsafe { real!(poll as Poll)(&mut polled, 1, 0) != 0 }
}

/// Waits until a file is ready that the kernel makes so in a moment of real time.
pub(crate) fn wait_for_kernel(file: c_int) {
    let mut polled = Polled {
        file,
        events: READABLE,
        came: 0,
    };
    // SAFETY: the function has this type; there is one file.
    unsafe { real!(poll as Poll)(&mut polled, 1, 100) };
}

/// Whether calls that use this file return instead of waiting.
pub(crate) fn returns_at_once(file: c_int) -> bool {
    type Control = unsafe extern "C" fn(c_int, c_int, ...) -> c_int;
    const F_GETFL: c_int = 3;
    const O_NONBLOCK: c_int = 0o4000;
    // SAFETY: the function has this type; F_GETFL takes no third argument.
    let flags = unsafe { real!(fcntl as Control)(file, F_GETFL) };
    flags & O_NONBLOCK != 0
}

/// The time-out of a socket's reads or writes in nanoseconds (SO_RCVTIMEO and SO_SNDTIMEO, socket(7)).
fn timeout_of(file: c_int, events: c_short) -> Option<u64> {
    type Option_ = unsafe extern "C" fn(c_int, c_int, c_int, *mut Time, *mut u32) -> c_int;
    const SOL_SOCKET: c_int = 1;
    const SO_RCVTIMEO: c_int = 20;
    const SO_SNDTIMEO: c_int = 21;
    let option = if events == READABLE {
        SO_RCVTIMEO
    } else {
        SO_SNDTIMEO
    };
    let mut time = Time::of_nanos(0);
    let mut bytes = size_of::<Time>() as u32;
    // SAFETY: the function has this type; `struct timeval` has two numbers, as a `Time` has.
    let failed =
        unsafe { real!(getsockopt as Option_)(file, SOL_SOCKET, option, &mut time, &mut bytes) };
    // The second number is in microseconds.
    let nanos = Time {
        nanos: time.nanos.saturating_mul(1000),
        ..time
    }
    .to_nanos()?;
    (failed == 0 && nanos > 0).then_some(nanos)
}

/// Waits under a schedule until a call can use a file. Returns false and sets `errno` if its time-out or a signal comes
/// first.
pub(crate) fn wait_until_ready(scheduled: Scheduled, file: c_int, events: c_short) -> bool {
    let kept = KeptErrno::new();
    let failed = wait_for_file(scheduled, file, events);
    drop(kept);
    failed.map(set_errno).is_none()
}

/// The same; returns the number of the error.
fn wait_for_file(scheduled: Scheduled, file: c_int, events: c_short) -> Option<c_int> {
    if is_ready(file, events) || returns_at_once(file) {
        return None;
    }
    let mut deadline = NEVER;
    if let (Some(nanos), Some(mut table)) = (timeout_of(file, events), scheduled.table()) {
        deadline = table.deadline_in(nanos);
    }
    while !is_ready(file, events) {
        let table = scheduled.table()?;
        if table.now() >= deadline {
            return Some(EAGAIN);
        }
        let wait = Wait::for_(Awaited::Files, file.unsigned_abs().into());
        match scheduled.wait(table, wait.with_deadline(deadline)) {
            End::Interrupted { restarts } if !restarts || deadline != NEVER => {
                return (!is_ready(file, events)).then_some(EINTR);
            }
            _ => {}
        }
    }
    None
}

/// Notes that something has happened at a file.
pub(crate) fn note_event() {
    if let Some(mut table) = scheduled().and_then(|scheduled| scheduled.table()) {
        table.note_file_event();
    }
}

/// Notes that a call has failed, perhaps because nothing has come.
fn note_vain() {
    if errno() == EAGAIN
        && let Some(scheduled) = scheduled()
    {
        scheduled.look_in_vain();
    }
}

/// The flag of recv(2), send(2) and the like by which they do not wait.
pub(crate) const MSG_DONTWAIT: c_int = 0x40;

/// Calls a function that reads from a socket with these flags.
fn receiving(file: c_int, how: c_int, call: impl FnOnce() -> isize) -> isize {
    if how & MSG_DONTWAIT == 0 {
        return reading(file, call);
    }
    let result = changing(call);
    if result < 0 {
        note_vain();
    }
    result
}

/// Calls a function that writes to a socket with these flags.
fn sending(file: c_int, how: c_int, call: impl FnOnce() -> isize) -> isize {
    if how & MSG_DONTWAIT == 0 {
        return writing(file, call);
    }
    let result = changing(call);
    let is_vain = result < 0 && errno() == EAGAIN;
    reach(is_vain);
    result
}

/// A scheduling point after a write. If it was in vain, others come first: they may make room.
fn reach(is_vain: bool) {
    if let Some(scheduled) = scheduled() {
        scheduled.point(if is_vain {
            Asking::Yielding
        } else {
            Asking::Plainly
        });
    }
}

/// Calls a function that reads from a file, or accepts a connection.
pub(crate) fn reading<T: From<i8> + PartialOrd>(file: c_int, call: impl FnOnce() -> T) -> T {
    let call = || {
        if let Some(scheduled) = scheduled()
            && !wait_until_ready(scheduled, file, READABLE)
        {
            return T::from(-1);
        }
        let result = call();
        if result >= T::from(0) {
            // A writer may wait for room, and a peer for the connection.
            note_event();
        } else {
            note_vain();
        }
        result
    };
    waits();
    match pipe(file) {
        Some(pipe) => pausing((INPUT, pipe), call, |_| (INPUT, pipe)),
        None => call(),
    }
}

/// Calls a function that writes to a file.
pub(crate) fn writing<T: From<i8> + PartialOrd>(file: c_int, call: impl FnOnce() -> T) -> T {
    let Some(scheduled) = scheduled() else {
        return call();
    };
    let is_output = stream(file).is_some();
    if is_output {
        // The point of a print was before std locked the stream.
        if !is_printing() {
            reach_point();
        }
    } else if !wait_until_ready(scheduled, file, WRITABLE) {
        return T::from(-1);
    }
    // The supervisor reads the output, sooner or later.
    let result = if is_output {
        scheduled.keeping(call)
    } else {
        call()
    };
    let _errno = KeptErrno::new();
    note_event();
    if !is_output {
        reach(result < T::from(0) && errno() == EAGAIN);
    }
    result
}

/// The most bytes that a pipe or socket takes at once if it can be written at all: a page, PIPE_BUF (pipe(7)).
pub(crate) const PART: usize = 4096;

/// Whether so many bytes are written in parts under a schedule, as the whole could block in the kernel.
pub(crate) fn is_written_in_parts(file: c_int, bytes: usize) -> bool {
    let _errno = KeptErrno::new();
    bytes > PART
        && scheduled().is_some()
        && stream(file).is_none()
        && FileStatus::of(file).is_some_and(|status| status.is_awaited())
        // The parts of a message would be messages.
        && !transfers::has_messages(file)
}

/// Writes bytes in parts, each given by its start and length; returns the number of written ones, as write(2) does.
pub(crate) fn in_parts(bytes: usize, mut write: impl FnMut(usize, usize) -> isize) -> isize {
    let mut written = 0;
    while written < bytes {
        let length = PART.min(bytes - written);
        match usize::try_from(write(written, length)) {
            Ok(count) => {
                written += count;
                if count < length {
                    break;
                }
            }
            Err(_) if written == 0 => return -1,
            Err(_) => break,
        }
    }
    written as isize
}

/// Calls a function after which other threads may find files changed.
fn changing<T>(call: impl FnOnce() -> T) -> T {
    let result = call();
    note_event();
    result
}

/// Calls a function that waits for one of several files, at most `nanos` ([`NEVER`]: without an end). `attempt` does not
/// wait; both return 0 if no file is ready.
pub(crate) fn choosing(
    nanos: u64,
    call: impl FnOnce() -> c_int,
    mut attempt: impl FnMut() -> c_int,
) -> c_int {
    let mut emulated = || {
        let scheduled = scheduled()?;
        let deadline = match nanos {
            NEVER => NEVER,
            nanos => scheduled.table()?.deadline_in(nanos),
        };
        loop {
            let next = timerfds::expire(scheduled);
            let ready = attempt();
            if ready != 0 {
                return Some(ready);
            }
            let table = scheduled.table()?;
            if table.now() >= deadline {
                return Some(0);
            }
            let wait = Wait::for_(Awaited::Files, 0).with_deadline(deadline.min(next));
            if let End::Interrupted { .. } = scheduled.wait(table, wait) {
                let ready = attempt();
                if ready == 0 {
                    set_errno(EINTR);
                    return Some(-1);
                }
                return Some(ready);
            }
        }
    };
    waits();
    if nanos == 0 {
        scheduled().map(timerfds::expire);
        let ready = call();
        if let (0, Some(scheduled)) = (ready, scheduled()) {
            scheduled.look_in_vain();
        }
        return ready;
    }
    const SOME_INPUT: crate::pauses::Pause = (INPUT, 0);
    pausing(
        SOME_INPUT,
        || emulated().unwrap_or_else(call),
        |&ready| if ready == 0 { TIME_OVER } else { SOME_INPUT },
    )
}

/// A number of milliseconds in nanoseconds; negative ones are without an end.
fn of_millis(millis: c_int) -> u64 {
    u64::try_from(millis).map_or(NEVER, |millis| millis * 1_000_000)
}

/// A time in nanoseconds; null is without an end.
///
/// # Safety
/// The time is null or can be read.
unsafe fn of_time(time: *const Time) -> u64 {
    if time.is_null() {
        return NEVER;
    }
    // SAFETY: the caller guarantees it. The real call reports an invalid time.
    unsafe { *time }.to_nanos().unwrap_or(0)
}

instead_of! {
    /// read(2).
    fn read(file: c_int, into: *mut c_void, bytes: usize) -> isize = |call| {
        // SAFETY: the arguments are the caller's.
        unsafe { timerfds::read(file, into, bytes) }.unwrap_or_else(|| reading(file, call))
    }
}

instead_of! {
    /// recv(2).
    fn recv(file: c_int, into: *mut c_void, bytes: usize, how: c_int) -> isize = |call| {
        // SAFETY: the arguments are the caller's.
        let all = unsafe { transfers::receive_all(file, into, bytes, how) };
        all.unwrap_or_else(|| receiving(file, how, call))
    }
}

instead_of! {
    /// accept4(2).
    fn accept4(file: c_int, name: *mut c_void, room: *mut u32, how: c_int) -> c_int = |call| reading(file, call)
}

/// Functions that read or write, and are not logged.
macro_rules! emulated {
    (reading $name:ident($file:ident: c_int $(, $argument:ident: $type:ty)*) -> $returned:ty) => {
        instead_of! {
            /// A function that reads, or accepts a connection.
            fn $name($file: c_int $(, $argument: $type)*) -> $returned = |call| {
                if scheduled().is_some() { reading($file, call) } else { call() }
            }
        }
    };
    (writing $name:ident($file:ident: c_int $(, $argument:ident: $type:ty)*) -> $returned:ty) => {
        instead_of! {
            /// A function that writes.
            fn $name($file: c_int $(, $argument: $type)*) -> $returned = |call| writing($file, call)
        }
    };
    (changing $name:ident($($argument:ident: $type:ty),*) -> $returned:ty) => {
        instead_of! {
            /// A function after which another thread may find its file ready.
            fn $name($($argument: $type),*) -> $returned = |call| changing(call)
        }
    };
}

emulated! { reading readv(file: c_int, parts: *const c_void, count: c_int) -> isize }
emulated! { reading accept(file: c_int, name: *mut c_void, room: *mut u32) -> c_int }
emulated! { changing shutdown(file: c_int, how: c_int) -> c_int }
emulated! { changing close_range(first: c_uint, last: c_uint, how: c_int) -> c_int }
emulated! { changing fclose(file: *mut c_void) -> c_int }

/// Functions that close a file, if it is open.
macro_rules! closing {
    ($name:ident($($argument:ident),*) closes $file:ident) => {
        instead_of! {
            /// A function that closes a file.
            fn $name($($argument: c_int),*) -> c_int = |call| {
                timerfds::forget($file);
                changing(call)
            }
        }
    };
}

closing! { close(file) closes file }
closing! { dup2(file, to) closes to }
closing! { dup3(file, to, how) closes to }

instead_of! {
    /// recvfrom(2).
    fn recvfrom(file: c_int, into: *mut c_void, bytes: usize, how: c_int, name: *mut c_void, room: *mut u32) -> isize = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's. The peer of a stream has no name here.
        let all = unsafe { transfers::receive_all(file, into, bytes, how) };
        all.unwrap_or_else(|| receiving(file, how, call))
    }
}

instead_of! {
    /// recvmsg(2).
    fn recvmsg(file: c_int, message: *mut c_void, how: c_int) -> isize = |call| {
        if scheduled().is_some() { receiving(file, how, call) } else { call() }
    }
}

instead_of! {
    /// send(2).
    fn send(file: c_int, from: *const c_void, bytes: usize, how: c_int) -> isize = |call| {
        // SAFETY: the arguments are the caller's.
        let sent = unsafe { transfers::send_all(file, from, bytes, how) };
        sent.unwrap_or_else(|| sending(file, how, call))
    }
}

instead_of! {
    /// sendto(2).
    fn sendto(file: c_int, from: *const c_void, bytes: usize, how: c_int, name: *const c_void, length: u32) -> isize = |call| {
        // SAFETY: the caller passes an address or null.
        unsafe { note_peer(bytes_at(name, length as usize)) };
        sending(file, how, call)
    }
}

/// Notes that a socket is about to have a peer outside of this machine.
fn note_peer(address: &[u8]) {
    if leads_outside(address)
        && let Some(scheduled) = scheduled()
    {
        scheduled.leak();
    }
}

/// Whether an address is one of another machine.
fn leads_outside(address: &[u8]) -> bool {
    const AF_INET: u16 = 2;
    const AF_INET6: u16 = 10;
    let Some((family, rest)) = address.split_first_chunk::<2>() else {
        return false;
    };
    // Loopback addresses, those of this machine, and IPv4 within IPv6.
    match (u16::from_ne_bytes(*family), rest) {
        (AF_INET, [_, _, address @ .., _, _, _, _, _, _, _, _]) => {
            !matches!(address, [127, ..] | [0, 0, 0, 0])
        }
        (AF_INET6, [_, _, _, _, _, _, address @ .., _, _, _, _]) => !matches!(
            address,
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 | 1]
                | [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, ..]
        ),
        _ => false,
    }
}

/// Whether the process to which a local socket is connected is outside of the run.
fn is_connected_outside(scheduled: Scheduled, file: c_int) -> bool {
    type Option_ = unsafe extern "C" fn(c_int, c_int, c_int, *mut [u32; 3], *mut u32) -> c_int;
    const SOL_SOCKET: c_int = 1;
    const SO_PEERCRED: c_int = 17;
    let (mut peer, mut bytes) = ([0; 3], 12);
    // SAFETY: the function has this type; `struct ucred` has three numbers.
    let failed = unsafe {
        real!(getsockopt as Option_)(file, SOL_SOCKET, SO_PEERCRED, &mut peer, &mut bytes)
    };
    let is_known = |process| {
        scheduled
            .table()
            .is_none_or(|table| table.find(process, |_| true).is_some())
    };
    failed == 0 && peer[0] != 0 && !is_known(peer[0])
}

instead_of! {
    /// connect(2).
    fn connect(file: c_int, name: *const c_void, length: u32) -> c_int = |call| {
        // SAFETY: the caller passes an address.
        unsafe { note_peer(bytes_at(name, length as usize)) };
        let failed = writing(file, call);
        if let Some(scheduled) = scheduled().filter(|_| failed == 0) {
            let _errno = KeptErrno::new();
            if is_connected_outside(scheduled, file) {
                scheduled.leak();
            }
        }
        failed
    }
}

instead_of! {
    /// sendmsg(2).
    fn sendmsg(file: c_int, message: *const Message, how: c_int) -> isize = |call| {
        // SAFETY: the arguments are the caller's.
        let sent = unsafe { transfers::send_parts(file, message, how) };
        sent.unwrap_or_else(|| sending(file, how, call))
    }
}

type Ppoll = unsafe extern "C" fn(*mut Polled, u64, *const Time, *const c_void) -> c_int;
const AT_ONCE: Time = Time::ZERO;

instead_of! {
    /// poll(2).
    fn poll(files: *mut Polled, count: u64, time: c_int) -> c_int = |call| {
        // SAFETY: the function has this type, and the arguments are the caller's.
        choosing(of_millis(time), call, || unsafe { real!(poll as Poll)(files, count, 0) })
    }
}

instead_of! {
    /// ppoll(2).
    fn ppoll(files: *mut Polled, count: u64, time: *const Time, mask: *const c_void) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the function has this type, and the arguments are the caller's.
        let attempt = || unsafe { real!(ppoll as Ppoll)(files, count, &AT_ONCE, mask) };
        // SAFETY: the caller passes a time or null.
        choosing(unsafe { of_time(time) }, call, attempt)
    }
}

/// `fd_set`.
type Files = [u64; 16];
type Select = unsafe extern "C" fn(
    c_int,
    *mut Files,
    *mut Files,
    *mut Files,
    *const Time,
    *const c_void,
) -> c_int;

instead_of! {
    /// pselect(2).
    fn pselect(
        count: c_int,
        readable: *mut Files,
        writable: *mut Files,
        failing: *mut Files,
        time: *const Time,
        mask: *const c_void
    ) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        let sets = [readable, writable, failing];
        // SAFETY: each is null or the caller's.
        let asked = sets.map(|set| unsafe { set.as_ref() }.copied());
        let attempt = || {
            for (set, asked) in sets.into_iter().zip(asked) {
                // SAFETY: as above; an attempt has overwritten it.
                if let (Some(set), Some(asked)) = (unsafe { set.as_mut() }, asked) {
                    *set = asked;
                }
            }
            // SAFETY: the function has this type, and the arguments are the caller's.
            unsafe { real!(pselect as Select)(count, readable, writable, failing, &AT_ONCE, mask) }
        };
        // SAFETY: the caller passes a time or null.
        choosing(unsafe { of_time(time) }, call, attempt)
    }
}

instead_of! {
    /// select(2). Unlike the kernel, it does not write the rest of the time.
    fn select(
        count: c_int,
        readable: *mut Files,
        writable: *mut Files,
        failing: *mut Files,
        time: *mut Time
    ) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the caller passes a time, with microseconds, or null.
        let time = unsafe { time.as_ref() }.map(|time| Time { nanos: time.nanos.saturating_mul(1000), ..*time });
        let time = time.as_ref().map_or(null(), core::ptr::from_ref);
        // SAFETY: the arguments are the caller's.
        unsafe { pselect(count, readable, writable, failing, time, null()) }
    }
}

type Epoll = unsafe extern "C" fn(c_int, *mut c_void, c_int, c_int, *const c_void) -> c_int;

/// An attempt of epoll_pwait(2) that does not wait.
///
/// # Safety
/// The arguments obey the function's rules.
unsafe fn epoll(file: c_int, events: *mut c_void, most: c_int, mask: *const c_void) -> c_int {
    // SAFETY: the function has this type; the caller guarantees the rest.
    unsafe { real!(epoll_pwait as Epoll)(file, events, most, 0, mask) }
}

instead_of! {
    /// epoll_wait(2).
    fn epoll_wait(file: c_int, events: *mut c_void, most: c_int, time: c_int) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        choosing(of_millis(time), call, || unsafe { epoll(file, events, most, null()) })
    }
}

instead_of! {
    /// epoll_pwait(2).
    fn epoll_pwait(file: c_int, events: *mut c_void, most: c_int, time: c_int, mask: *const c_void) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        choosing(of_millis(time), call, || unsafe { epoll(file, events, most, mask) })
    }
}

instead_of! {
    /// epoll_pwait2(2).
    fn epoll_pwait2(file: c_int, events: *mut c_void, most: c_int, time: *const Time, mask: *const c_void) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's.
        let attempt = || unsafe { epoll(file, events, most, mask) };
        // SAFETY: the caller passes a time or null.
        choosing(unsafe { of_time(time) }, call, attempt)
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;
    use std::vec::Vec;

    use super::leads_outside;

    /// `struct sockaddr_in` or `struct sockaddr_in6`.
    fn bytes(address: &str) -> Vec<u8> {
        match address.parse().unwrap() {
            SocketAddr::V4(address) => {
                let mut bytes = 2_u16.to_ne_bytes().to_vec();
                bytes.extend(address.port().to_be_bytes());
                bytes.extend(address.ip().octets());
                bytes.extend([0; 8]);
                bytes
            }
            SocketAddr::V6(address) => {
                let mut bytes = 10_u16.to_ne_bytes().to_vec();
                bytes.extend(address.port().to_be_bytes());
                bytes.extend([0; 4]);
                bytes.extend(address.ip().octets());
                bytes.extend([0; 4]);
                bytes
            }
        }
    }

    #[test]
    fn an_address_is_of_this_machine_or_not() {
        for (address, is_outside) in [
            ("127.0.0.1:80", false),
            ("127.1.2.3:80", false),
            ("0.0.0.0:80", false),
            ("192.0.2.1:80", true),
            ("[::1]:80", false),
            ("[::]:80", false),
            ("[::ffff:127.0.0.1]:80", false),
            ("[2001:db8::1]:80", true),
        ] {
            assert_eq!(leads_outside(&bytes(address)), is_outside, "{address}");
        }
        assert!(!leads_outside(&[]));
        assert!(!leads_outside(b"\x01\x00/tmp/socket"));
    }
}
