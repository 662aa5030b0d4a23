//! Clocks and sleeps. Under a schedule, clocks show the virtual time and sleeps wait for it. Random bytes and the
//! number of processors, too, are then those of the schedule: they decide what a program does next.

use core::ffi::{c_int, c_uint, c_void};

use crate::ids;
use crate::pauses::{SLEEP, pausing};
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{EINTR, EINVAL, ESRCH, Time, instead_of, set_errno};
use crate::token::table::{Asking, START};
use crate::token::thread::Wait;

const CLOCK_REALTIME: c_int = 0;
const CLOCK_PROCESS_CPUTIME_ID: c_int = 2;
const CLOCK_THREAD_CPUTIME_ID: c_int = 3;
const CLOCK_REALTIME_COARSE: c_int = 5;
const CLOCK_TAI: c_int = 11;

/// The time of day at the start of a run under a schedule, in nanoseconds since 1970: 21 September 2026, 14:13:20.
const DAY: u64 = 1_790_000_000 * 1_000_000_000;

const SECOND: u64 = 1_000_000_000;

/// Whether a clock shows the time of day.
fn shows_day(clock: c_int) -> bool {
    matches!(clock, CLOCK_REALTIME | CLOCK_REALTIME_COARSE | CLOCK_TAI)
}

/// The virtual time by a clock; `None`: the clock measures processor time.
fn read(scheduled: Scheduled, clock: c_int) -> Option<u64> {
    if matches!(clock, CLOCK_PROCESS_CPUTIME_ID | CLOCK_THREAD_CPUTIME_ID) || clock < 0 {
        return None;
    }
    let (now, yields) = scheduled.table()?.read_clock(scheduled.place);
    if yields {
        scheduled.point(Asking::Reading);
    }
    Some(if shows_day(clock) {
        now - START + DAY
    } else {
        now
    })
}

/// The virtual time of the monotonic clock at which another clock shows this time.
pub(crate) fn on_virtual(clock: c_int, nanos: u64) -> u64 {
    if shows_day(clock) {
        nanos.saturating_sub(DAY - START)
    } else {
        nanos
    }
}

/// The same by an unknown clock, which shows this time: the day is far from the time since the machine's start.
pub(crate) fn on_virtual_of(nanos: u64, now: u64) -> u64 {
    let clock = if nanos / 2 < now { 1 } else { CLOCK_REALTIME };
    on_virtual(clock, nanos)
}

/// Sleeps for so many nanoseconds of virtual time, and returns the rest if a signal was handled. `None`: a signal has
/// interrupted the thread in a call of its own.
fn sleep_for(scheduled: Scheduled, nanos: u64) -> Option<u64> {
    let mut table = scheduled.table()?;
    let end = table.now().saturating_add(nanos);
    let deadline = table.late(end);
    match scheduled.wait(table, Wait::until(deadline)) {
        // Never nothing: the sleep was interrupted.
        End::Interrupted { .. } => Some(end.saturating_sub(scheduled.table()?.now()).max(1)),
        End::Come | End::TimedOut => Some(0),
    }
}

/// clock_nanosleep(2) by the virtual clock.
///
/// # Safety
/// `left` is null or can be written.
unsafe fn sleep_by(
    scheduled: Scheduled,
    (clock, how): (c_int, c_int),
    time: Time,
    left: *mut Time,
) -> Option<c_int> {
    const ABSOLUTE: c_int = 1;
    let Some(nanos) = time.to_nanos() else {
        return Some(EINVAL);
    };
    if how & ABSOLUTE == 0 {
        let rest = sleep_for(scheduled, nanos)?;
        if rest > 0 && !left.is_null() {
            // SAFETY: the caller guarantees it.
            unsafe { *left = Time::of_nanos(rest) };
        }
        return Some(if rest > 0 { EINTR } else { 0 });
    }
    let mut table = scheduled.table()?;
    let deadline = table.late(on_virtual(clock, nanos));
    Some(match scheduled.wait(table, Wait::until(deadline)) {
        End::Interrupted { .. } => EINTR,
        End::Come | End::TimedOut => 0,
    })
}

instead_of! {
    /// nanosleep(2).
    fn nanosleep(time: *const Time, left: *mut Time) -> c_int = |call| {
        let emulated = || {
            let scheduled = scheduled()?;
            // SAFETY: the arguments are the caller's.
            let failed = unsafe { sleep_by(scheduled, (1, 0), *time, left) }?;
            if failed != 0 {
                set_errno(failed);
            }
            Some(if failed == 0 { 0 } else { -1 })
        };
        pausing(SLEEP, || emulated().unwrap_or_else(call), |_| SLEEP)
    }
}

instead_of! {
    /// clock_nanosleep(2).
    fn clock_nanosleep(clock: c_int, how: c_int, time: *const Time, left: *mut Time) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        let emulated = || unsafe { sleep_by(scheduled()?, (clock, how), *time, left) };
        pausing(SLEEP, || emulated().unwrap_or_else(call), |_| SLEEP)
    }
}

instead_of! {
    /// usleep(3).
    fn usleep(micros: c_uint) -> c_int = |call| {
        let emulated = || sleep_for(scheduled()?, u64::from(micros) * 1000);
        match emulated() {
            None => call(),
            Some(0) => 0,
            Some(_) => {
                set_errno(EINTR);
                -1
            }
        }
    }
}

instead_of! {
    /// sleep(3).
    fn sleep(seconds: c_uint) -> c_uint = |call| {
        let emulated = || sleep_for(scheduled()?, u64::from(seconds) * SECOND);
        emulated().map_or_else(call, |rest| (rest / SECOND) as c_uint)
    }
}

instead_of! {
    /// clock_gettime(2).
    fn clock_gettime(clock: c_int, time: *mut Time) -> c_int = |call| {
        match scheduled().and_then(|scheduled| read(scheduled, clock)) {
            Some(now) => {
                // SAFETY: the caller lets the function write there.
                unsafe { *time = Time::of_nanos(now) };
                0
            }
            None => call(),
        }
    }
}

instead_of! {
    /// gettimeofday(2): `struct timeval` has microseconds.
    fn gettimeofday(time: *mut Time, zone: *mut c_void) -> c_int = |call| {
        match scheduled().and_then(|scheduled| read(scheduled, CLOCK_REALTIME)) {
            Some(now) if !time.is_null() => {
                let Time { seconds, nanos } = Time::of_nanos(now);
                // SAFETY: the caller lets the function write there.
                unsafe { *time = Time { seconds, nanos: nanos / 1000 } };
                0
            }
            _ => call(),
        }
    }
}

instead_of! {
    /// time(2).
    fn time(seconds: *mut i64) -> i64 = |call| {
        match scheduled().and_then(|scheduled| read(scheduled, CLOCK_REALTIME)) {
            Some(now) => {
                let now = Time::of_nanos(now).seconds;
                if !seconds.is_null() {
                    // SAFETY: the caller lets the function write there.
                    unsafe { *seconds = now };
                }
                now
            }
            None => call(),
        }
    }
}

instead_of! {
    /// timespec_get(3) of C11, which knows one clock.
    fn timespec_get(time: *mut Time, base: c_int) -> c_int = |call| {
        const TIME_UTC: c_int = 1;
        match scheduled().filter(|_| base == TIME_UTC).and_then(|scheduled| read(scheduled, CLOCK_REALTIME)) {
            Some(now) => {
                // SAFETY: the caller lets the function write there.
                unsafe { *time = Time::of_nanos(now) };
                base
            }
            None => call(),
        }
    }
}

instead_of! {
    /// sched_yield(2).
    fn sched_yield() -> c_int = |call| {
        match scheduled() {
            Some(scheduled) => {
                scheduled.point(Asking::Yielding);
                0
            }
            None => call(),
        }
    }
}

/// Fills bytes with random ones of the schedule.
pub(crate) fn random(scheduled: Scheduled, into: *mut c_void, bytes: usize) -> Option<isize> {
    let mut table = scheduled.table()?;
    for at in 0..bytes {
        let byte = (table.random() >> 24) as u8;
        // SAFETY: the caller lets the function write so many bytes.
        unsafe { into.cast::<u8>().add(at).write(byte) };
    }
    isize::try_from(bytes).ok()
}

instead_of! {
    /// getrandom(2).
    fn getrandom(into: *mut c_void, bytes: usize, how: c_uint) -> isize = |call| {
        let emulated = scheduled().and_then(|scheduled| random(scheduled, into, bytes));
        emulated.unwrap_or_else(call)
    }
}

instead_of! {
    /// sched_getaffinity(2).
    fn sched_getaffinity(thread: c_int, bytes: usize, set: *mut c_void) -> c_int = unsafe |real| {
        let Some(thread) = ids::kernels(thread) else {
            return ids::fails(ESRCH);
        };
        let table = scheduled().and_then(|scheduled| scheduled.table());
        let table = table.filter(|_| bytes > 0);
        let Some(processors) = table.map(|table| table.processors()) else {
            // SAFETY: the arguments are the caller's, but for the id.
            return unsafe { real(thread, bytes, set) };
        };
        // SAFETY: the caller lets the function write so many bytes.
        unsafe {
            set.cast::<u8>().write_bytes(0, bytes);
            set.cast::<u8>().write((1 << processors) - 1);
        }
        0
    }
}
