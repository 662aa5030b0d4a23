//! Waits for other threads or processes: for a lock, a message, an answer. They may affect the order of the lines
//! that a thread prints afterwards. Here is syscall(2), by which std and most crates wait and wake; files are in
//! `files`.

use core::ffi::{c_int, c_long};
use core::sync::atomic::Ordering::Relaxed;

use crate::layout::{kind, why};
use crate::log::log;
use crate::numbers::{call, futex};
use crate::pauses::{Pause, pausing, wakes};
use crate::process::actor;
use crate::scheduled::scheduled;
use crate::system::{ESRCH, ETIMEDOUT, Time, errno, instead_of};
use crate::token::table::Obstacle;
use crate::{clocks, futexes, ids, pauses, peers, signals, starts};

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
            call::KILL => signals::kill(a as c_int, b as c_int),
            call::TGKILL => signals::tgkill(a as c_int, b as c_int, c as c_int),
            call::TKILL => signals::tgkill(ids::getpid(), a as c_int, b as c_int),
            call::WAIT4 => pauses::wait4(a as c_int, b as *mut c_int, c as c_int, d as *mut _),
            call::WAITID => pauses::waitid(a as c_int, b as u32, c as *mut c_int, d as c_int),
            _ => return None,
        }
    };
    Some(result.into())
}

/// A call that takes or returns ids, where the program sees virtual ones; `None`: it is none. `real` does it.
fn with_ids(
    number: c_long,
    [first, rest @ ..]: futexes::Arguments,
    real: impl FnOnce(c_long) -> c_long,
) -> Option<c_long> {
    if !ids::are_virtual() {
        return None;
    }
    let id = first as c_int;
    // SAFETY: these functions take numbers, and accept any.
    let result = unsafe {
        match number {
            call::GETPID => ids::getpid(),
            call::GETPPID => ids::getppid(),
            call::GETTID => ids::gettid(),
            call::GETPGRP => ids::getpgrp(),
            call::GETPGID => ids::getpgid(id),
            call::GETSID => ids::getsid(id),
            call::SETSID => ids::setsid(),
            call::SETPGID => ids::setpgid(id, rest[0] as c_int),
            call::PIDFD_SEND_SIGNAL => {
                let real = || real(first) as c_int;
                signals::to_file(scheduled()?, id, rest[0] as c_int, real)
            }
            call::PIDFD_OPEN => peers::pidfd_open(id, rest[0] as u32),
            call::SCHED_SETAFFINITY | call::SCHED_GETAFFINITY | call::PRLIMIT => {
                return Some(match ids::kernels(id) {
                    Some(id) => real(id.into()),
                    None => ids::fails(ESRCH).into(),
                });
            }
            call::CLONE | call::CLONE3 => {
                ids::give_up(Obstacle::Start);
                return None;
            }
            _ if call::FORKS.contains(&number) => starts::fork(),
            _ => return None,
        }
    };
    Some(result.into())
}

instead_of! {
    /// syscall(2). It takes any number of arguments; a system call has at most six.
    fn syscall(number: c_long, a: c_long, b: c_long, c: c_long, d: c_long, e: c_long, f: c_long) -> c_long = unsafe |real| {
        let arguments = [a, b, c, d, e, f];
        // SAFETY: the arguments are the caller's, but for an id that is the first.
        let with_first = |first| unsafe { real(number, first, b, c, d, e, f) };
        let call = || with_first(a);
        if number != call::FUTEX {
            // SAFETY: the arguments are the caller's.
            let emulated = unsafe { emulated(number, arguments) };
            let emulated = emulated.or_else(|| with_ids(number, arguments, with_first));
            return emulated.unwrap_or_else(call);
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
