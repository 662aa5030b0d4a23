//! Waits for other threads or processes: for a lock, a message, an answer. They may affect the order of the lines
//! that a thread prints afterwards. Here is syscall(2), by which std and most crates wait and wake; files are in
//! `files`.

use core::ffi::{c_int, c_long};
use core::sync::atomic::Ordering::Relaxed;

use crate::clocks;
use crate::futexes::{self, OPERATION};

use crate::layout::{kind, why};
use crate::log::log;
use crate::pauses::{Pause, pausing, wakes};
use crate::process::actor;
use crate::scheduled::scheduled;
use crate::signals;
use crate::system::{Time, errno, instead_of};

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

/// The numbers of system calls.
#[cfg(target_arch = "x86_64")]
mod number {
    use core::ffi::c_long;

    pub(super) const SCHED_YIELD: c_long = 24;
    pub(super) const NANOSLEEP: c_long = 35;
    pub(super) const FUTEX: c_long = 202;
    pub(super) const CLOCK_GETTIME: c_long = 228;
    pub(super) const CLOCK_NANOSLEEP: c_long = 230;
    pub(super) const GETRANDOM: c_long = 318;
    pub(super) const FORKS: &[c_long] = &[56, 57, 58, 435];
    pub(super) const KILL: c_long = 62;
    pub(super) const TKILL: c_long = 200;
    pub(super) const TGKILL: c_long = 234;
}

/// The numbers of system calls.
#[cfg(not(target_arch = "x86_64"))]
mod number {
    use core::ffi::c_long;

    pub(super) const SCHED_YIELD: c_long = 124;
    pub(super) const NANOSLEEP: c_long = 101;
    pub(super) const FUTEX: c_long = 98;
    pub(super) const CLOCK_GETTIME: c_long = 113;
    pub(super) const CLOCK_NANOSLEEP: c_long = 115;
    pub(super) const GETRANDOM: c_long = 278;
    pub(super) const FORKS: &[c_long] = &[220, 435];
    pub(super) const KILL: c_long = 129;
    pub(super) const TKILL: c_long = 130;
    pub(super) const TGKILL: c_long = 131;
}

/// The number of pidfd_send_signal(2), on all processors.
const PIDFD_SEND_SIGNAL: c_long = 424;

/// The pause of a call that timed out.
pub(crate) const TIME_OVER: Pause = (why::SLEEP, 0);

/// Whether the thread's last call failed with a time-out.
fn is_time_over() -> bool {
    const ETIMEDOUT: c_int = 110;
    errno() == ETIMEDOUT
}

/// The call as one of the C library's functions, which are emulated under a schedule; `None`: it is none of these.
///
/// # Safety
/// The arguments obey the rules of syscall(2).
unsafe fn emulated(
    call: c_long,
    [a, b, c, d, ..]: futexes::Arguments,
    real: impl FnOnce() -> c_long,
) -> Option<c_long> {
    let scheduled = scheduled()?;
    // SAFETY: the caller guarantees it.
    let result = unsafe {
        match call {
            number::CLOCK_GETTIME => clocks::clock_gettime(a as c_int, b as *mut Time),
            number::NANOSLEEP => clocks::nanosleep(a as *const Time, b as *mut Time),
            number::CLOCK_NANOSLEEP => {
                clocks::clock_nanosleep(a as c_int, b as c_int, c as *const Time, d as *mut Time)
            }
            number::KILL => signals::kill(a as c_int, b as c_int),
            number::TKILL | number::TGKILL | PIDFD_SEND_SIGNAL => {
                let real = || real() as c_int;
                return Some(
                    match call {
                        number::TKILL => signals::to_thread(scheduled, a as u32, b as c_int, real),
                        number::TGKILL => signals::to_thread(scheduled, b as u32, c as c_int, real),
                        _ => signals::to_file(scheduled, a as c_int, b as c_int, real),
                    }
                    .into(),
                );
            }
            _ if number::FORKS.contains(&call) => {
                // Nobody notes what it starts.
                scheduled.leak();
                let started = real();
                if started == 0 {
                    scheduled.abandon();
                }
                return Some(started);
            }
            number::SCHED_YIELD => clocks::sched_yield(),
            number::GETRANDOM => {
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
        if number != number::FUTEX {
            // SAFETY: the arguments are the caller's.
            return unsafe { emulated(number, arguments, call) }.unwrap_or_else(call);
        }
        let call = || {
            // SAFETY: the arguments are the caller's.
            let emulated = scheduled().and_then(|scheduled| unsafe { futexes::futex(scheduled, arguments) });
            emulated.unwrap_or_else(call)
        };
        match b & OPERATION {
            futexes::WAIT | futexes::WAIT_BITSET => {
                waits();
                let lock = (why::LOCK, a as u64);
                pausing(lock, call, |&failed| {
                    if failed != 0 && is_time_over() { TIME_OVER } else { lock }
                })
            }
            futexes::WAKE | futexes::WAKE_BITSET => {
                wakes(a as u64);
                call()
            }
            _ => call(),
        }
    }
}
