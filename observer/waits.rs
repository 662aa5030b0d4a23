//! Waits for other threads or processes: for a lock, a message, an answer. They may affect the order of the lines
//! that a thread prints afterwards.

use core::ffi::{c_int, c_long, c_void};
use core::sync::atomic::Ordering::Relaxed;

use crate::layout::{kind, why};
use crate::log::log;
use crate::pauses::{Pause, pausing, pipe, wakes};
use crate::process::actor;
use crate::system::{errno, instead_of};

/// Logs that this thread waits, once between two prints.
fn waits() {
    if let Some(actor) = actor()
        && !actor.has_waited.load(Relaxed)
        // A wait for the lock of a stream is part of printing.
        && actor.depth.get() == 0
    {
        actor.has_waited.store(true, Relaxed);
        log(actor, kind::WAIT, 0, &[]);
    }
}

/// The number of futex(2), on which std's locks and channels wait.
const FUTEX: c_long = if cfg!(target_arch = "x86_64") {
    202
} else {
    98
};
const FUTEX_WAIT: c_long = 0;
const FUTEX_WAKE: c_long = 1;
const FUTEX_WAIT_BITSET: c_long = 9;
const FUTEX_WAKE_BITSET: c_long = 10;
/// The operation without its flags.
const FUTEX_OPERATION: c_long = 0x7f;

/// The pause of a call that timed out.
const TIME_OVER: Pause = (why::SLEEP, 0);

/// Whether the thread's last call failed with a time-out.
fn is_time_over() -> bool {
    const ETIMEDOUT: c_int = 110;
    errno() == ETIMEDOUT
}

instead_of! {
    /// syscall(2). It takes any number of arguments; a system call has at most six.
    fn syscall(number: c_long, a: c_long, b: c_long, c: c_long, d: c_long, e: c_long, f: c_long) -> c_long = |call| {
        if number != FUTEX {
            return call();
        }
        match b & FUTEX_OPERATION {
            FUTEX_WAIT | FUTEX_WAIT_BITSET => {
                waits();
                let lock = (why::LOCK, a as u64);
                pausing(lock, call, |&failed| {
                    if failed != 0 && is_time_over() { TIME_OVER } else { lock }
                })
            }
            FUTEX_WAKE | FUTEX_WAKE_BITSET => {
                wakes(a as u64);
                call()
            }
            _ => call(),
        }
    }
}

/// Calls a function that reads, or waits until something can be read.
fn reading<T>(file: c_int, call: impl FnOnce() -> T) -> T {
    waits();
    match pipe(file) {
        Some(pipe) => pausing((why::INPUT, pipe), call, |_| (why::INPUT, pipe)),
        None => call(),
    }
}

/// Calls a function that waits for one of several files, at most `time` milliseconds: it returns 0 when they are
/// over, and does not wait if `time` is 0.
fn choosing(time: c_int, call: impl FnOnce() -> c_int) -> c_int {
    waits();
    if time == 0 {
        return call();
    }
    const SOME_INPUT: Pause = (why::INPUT, 0);
    pausing(SOME_INPUT, call, |&ready| {
        if ready == 0 { TIME_OVER } else { SOME_INPUT }
    })
}

instead_of! {
    /// read(2).
    fn read(file: c_int, into: *mut c_void, bytes: usize) -> isize = |call| reading(file, call)
}

instead_of! {
    /// recv(2).
    fn recv(file: c_int, into: *mut c_void, bytes: usize, how: c_int) -> isize = |call| reading(file, call)
}

instead_of! {
    /// accept4(2).
    fn accept4(file: c_int, name: *mut c_void, room: *mut u32, how: c_int) -> c_int = |call| reading(file, call)
}

instead_of! {
    /// poll(2).
    fn poll(files: *mut c_void, count: u64, time: c_int) -> c_int = |call| choosing(time, call)
}

instead_of! {
    /// epoll_wait(2).
    fn epoll_wait(file: c_int, events: *mut c_void, most: c_int, time: c_int) -> c_int = |call| choosing(time, call)
}
