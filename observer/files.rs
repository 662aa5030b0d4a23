//! Reads and writes of pipes, sockets and other files that a thread waits for.
//!
//! Under a schedule, a thread whose file is not ready waits in the table for any event at a file, and asks the
//! kernel again when it is chosen. Every write, read and close is such an event.

use core::ffi::{c_int, c_short, c_uint, c_void};
use core::ptr::null;

use crate::log::{is_printing, stream};
use crate::pauses::{INPUT, pausing, pipe};
use crate::scheduled::{Scheduled, reach_point, scheduled};
use crate::system::{EAGAIN, FileStatus, KeptErrno, Time, errno, instead_of, real, set_errno};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, NEVER, Wait};
use crate::waits::{TIME_OVER, waits};

/// `struct pollfd`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Polled {
    file: c_int,
    events: c_short,
    came: c_short,
}

const READABLE: c_short = 1;
const WRITABLE: c_short = 4;

type Poll = unsafe extern "C" fn(*mut Polled, u64, c_int) -> c_int;

/// Whether a file can be read or written without a wait, or has an error.
fn is_ready(file: c_int, events: c_short) -> bool {
    let mut polled = Polled {
        file,
        events,
        came: 0,
    };
    // SAFETY: the function has this type; there is one file.
    unsafe { real!(poll as Poll)(&mut polled, 1, 0) != 0 }
}

/// Whether calls that use this file return instead of waiting.
fn returns_at_once(file: c_int) -> bool {
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

/// Waits under a schedule until a call can use a file. Returns false if its time-out comes first.
fn wait_until_ready(scheduled: Scheduled, file: c_int, events: c_short) -> bool {
    let _errno = KeptErrno::new();
    if is_ready(file, events) || returns_at_once(file) {
        return true;
    }
    let mut deadline = NEVER;
    if let (Some(nanos), Some(mut table)) = (timeout_of(file, events), scheduled.table()) {
        deadline = table.deadline_in(nanos);
    }
    while !is_ready(file, events) {
        let Some(table) = scheduled.table() else {
            return true;
        };
        if table.now() >= deadline {
            return false;
        }
        let wait = Wait::for_(Awaited::Files, file.unsigned_abs().into());
        scheduled.wait(table, wait.with_deadline(deadline));
    }
    true
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
const MSG_DONTWAIT: c_int = 0x40;

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
fn reading<T: From<i8> + PartialOrd>(file: c_int, call: impl FnOnce() -> T) -> T {
    let call = || {
        if let Some(scheduled) = scheduled()
            && !wait_until_ready(scheduled, file, READABLE)
        {
            set_errno(EAGAIN);
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
        set_errno(EAGAIN);
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
const PART: usize = 4096;

/// Whether so many bytes are written in parts under a schedule, as the whole could block in the kernel.
pub(crate) fn is_written_in_parts(file: c_int, bytes: usize) -> bool {
    let _errno = KeptErrno::new();
    bytes > PART
        && scheduled().is_some()
        && stream(file).is_none()
        && FileStatus::of(file).is_some_and(|status| status.is_awaited())
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
            let ready = attempt();
            if ready != 0 {
                return Some(ready);
            }
            let table = scheduled.table()?;
            if table.now() >= deadline {
                return Some(0);
            }
            scheduled.wait(table, Wait::for_(Awaited::Files, 0).with_deadline(deadline));
        }
    };
    waits();
    if nanos == 0 {
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
    fn read(file: c_int, into: *mut c_void, bytes: usize) -> isize = |call| reading(file, call)
}

instead_of! {
    /// recv(2).
    fn recv(file: c_int, into: *mut c_void, bytes: usize, how: c_int) -> isize = |call| receiving(file, how, call)
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
emulated! { writing writev(file: c_int, parts: *const c_void, count: c_int) -> isize }
emulated! { writing connect(file: c_int, name: *const c_void, length: u32) -> c_int }
emulated! { changing shutdown(file: c_int, how: c_int) -> c_int }
emulated! { changing close(file: c_int) -> c_int }
emulated! { changing close_range(first: c_uint, last: c_uint, how: c_int) -> c_int }
emulated! { changing dup2(file: c_int, to: c_int) -> c_int }
emulated! { changing dup3(file: c_int, to: c_int, how: c_int) -> c_int }
emulated! { changing fclose(file: *mut c_void) -> c_int }

instead_of! {
    /// recvfrom(2).
    fn recvfrom(file: c_int, into: *mut c_void, bytes: usize, how: c_int, name: *mut c_void, room: *mut u32) -> isize = |call| {
        if scheduled().is_some() { receiving(file, how, call) } else { call() }
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
    fn send(file: c_int, from: *const c_void, bytes: usize, how: c_int) -> isize = |call| sending(file, how, call)
}

instead_of! {
    /// sendto(2).
    fn sendto(file: c_int, from: *const c_void, bytes: usize, how: c_int, name: *const c_void, length: u32) -> isize = |call| {
        sending(file, how, call)
    }
}

instead_of! {
    /// sendmsg(2).
    fn sendmsg(file: c_int, message: *const c_void, how: c_int) -> isize = |call| sending(file, how, call)
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
