//! Waits for other threads or processes: for a lock, a message, an answer. They may affect the order of the lines
//! that a thread prints afterwards. Here is syscall(2), by which std and most crates wait and wake; files are in
//! `files`.

use core::ffi::{c_int, c_long};
use core::sync::atomic::Ordering::Relaxed;

use crate::clocks;
use crate::futexes;

use crate::layout::{kind, why};
use crate::log::log;
use crate::numbers::{call, futex};
use crate::pauses::{Pause, pausing, wakes};
use crate::process::actor;
use crate::scheduled::scheduled;
use crate::system::{ETIMEDOUT, Time, errno, instead_of};

/// Logs that this thread waits, once between two prints.
pub(crate) fn waits() {
    if let Some(actor) = actor()
        && !actor.has_waited.load(Relaxed)
        // A wait for the lock of a stream is part of printing.
        && actor.depth.get() == 0
    {
        actor.has_waited.store(true, Relaxed);
        log(actor, kind::WAIT, 0, &[]);
    }
}

/// The pause of a call that timed out.
pub(crate) const TIME_OVER: Pause = (why::SLEEP, 0);

/// Whether the thread's last call failed with a time-out.
fn is_time_over() -> bool {
    errno() == ETIMEDOUT
}

/// The call as one of the C library's functions, which are emulated under a schedule; `None`: it is none of these.
///
/// # Safety
/// The arguments obey the rules of syscall(2).
unsafe fn emulated(number: c_long, [a, b, c, d, ..]: futexes::Arguments) -> Option<c_long> {
    let scheduled = scheduled()?;
    // SAFETY: the caller guarantees it.
    let result = unsafe {
        match number {
            call::CLOCK_GETTIME => clocks::clock_gettime(a as c_int, b as *mut Time),
            call::NANOSLEEP => clocks::nanosleep(a as *const Time, b as *mut Time),
            call::CLOCK_NANOSLEEP => {
                clocks::clock_nanosleep(a as c_int, b as c_int, c as *const Time, d as *mut Time)
            }
            call::SCHED_YIELD => clocks::sched_yield(),
            call::GETRANDOM => {
                return clocks::random(scheduled, a as *mut _, b as usize)
                    .map(|bytes| bytes as c_long);
            }
            _ => return None,
        }
    };
    Some(result.into())
}

instead_of! {
    /// syscall(2). It takes any number of arguments; a system call has at most six.
    fn syscall(number: c_long, a: c_long, b: c_long, c: c_long, d: c_long, e: c_long, f: c_long) -> c_long = |call| {
        let arguments = [a, b, c, d, e, f];
        if number != call::FUTEX {
            // SAFETY: the arguments are the caller's.
            return unsafe { emulated(number, arguments) }.unwrap_or_else(call);
        }
        let call = || {
            // SAFETY: the arguments are the caller's.
            let emulated = scheduled().and_then(|scheduled| unsafe { futexes::futex(scheduled, arguments) });
            emulated.unwrap_or_else(call)
        };
        match b & futex::OPERATION {
            futex::WAIT | futex::WAIT_BITSET => {
                waits();
                let lock = (why::LOCK, a as u64);
                pausing(lock, call, |&failed| {
                    if failed != 0 && is_time_over() { TIME_OVER } else { lock }
                })
            }
            futex::WAKE | futex::WAKE_BITSET => {
                wakes(a as u64);
                call()
            }
            _ => call(),
        }
    }
}
