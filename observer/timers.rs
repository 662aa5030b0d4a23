//! Timers that send signals, under a schedule: they are in the table, and the supervisor sends their signals.

use core::ffi::{c_int, c_uint};

use crate::clocks::on_virtual_of;
use crate::scheduled::{Scheduled, scheduled};
use crate::system::{Time, instead_of, process_id};
use crate::token::table::Obstacle;
use crate::token::thread::NEVER;
use crate::token::timers::{ALARM, Timer};

const SIGALRM: c_int = 14;
const SECOND: u64 = 1_000_000_000;
const MICROSECOND: u64 = 1000;

/// `struct itimerspec` or `struct itimerval`: the interval, and the first time.
type Spec = [Time; 2];

/// Sets a timer to these nanoseconds: the interval, and the time from now on, 0 to disarm it. Returns them as they were.
fn set(
    scheduled: Scheduled,
    number: u64,
    signal: c_int,
    [interval, first]: [u64; 2],
) -> Option<[u64; 2]> {
    let mut table = scheduled.table()?;
    let process = process_id();
    let before = table.timers.get(process, number);
    let deadline = match first {
        0 => NEVER,
        nanos => table.deadline_in(nanos),
    };
    let timer = Timer {
        process,
        signal,
        number,
        deadline,
        interval,
    };
    if !table.timers.set(timer) {
        table.give_up(Obstacle::Timer);
        table.call_supervisor();
    }
    Some(rest(before, table.now()))
}

/// The interval of a timer and the time until it ends.
fn rest(timer: Option<Timer>, now: u64) -> [u64; 2] {
    timer
        .filter(|timer| timer.deadline != NEVER)
        .map_or([0, 0], |timer| {
            [timer.interval, timer.deadline.saturating_sub(now).max(1)]
        })
}

/// The interval of a timer and the time until it ends.
fn get(scheduled: Scheduled, number: u64) -> Option<[u64; 2]> {
    let table = scheduled.table()?;
    Some(rest(table.timers.get(process_id(), number), table.now()))
}

instead_of! {
    /// alarm(2).
    fn alarm(seconds: c_uint) -> c_uint = |call| {
        let to = [0, u64::from(seconds) * SECOND];
        let before = scheduled().and_then(|scheduled| set(scheduled, ALARM, SIGALRM, to));
        // Never 0 for a timer that was set.
        before.map_or_else(call, |[_, rest]| rest.div_ceil(SECOND) as c_uint)
    }
}

instead_of! {
    /// ualarm(3).
    fn ualarm(micros: c_uint, interval: c_uint) -> c_uint = |call| {
        let to = [interval, micros].map(|micros| u64::from(micros) * MICROSECOND);
        let before = scheduled().and_then(|scheduled| set(scheduled, ALARM, SIGALRM, to));
        before.map_or_else(call, |[_, rest]| (rest / MICROSECOND) as c_uint)
    }
}

/// A `struct itimerval`, which has microseconds, in nanoseconds.
fn of_micros(spec: Spec) -> Option<[u64; 2]> {
    let [interval, first] = spec.map(|time| {
        Time {
            nanos: time.nanos.saturating_mul(1000),
            ..time
        }
        .to_nanos()
    });
    Some([interval?, first?])
}

/// Writes the times of a timer, where `unit` is 1, or 1000 for a `struct itimerval`.
///
/// # Safety
/// `into` is null or can be written.
unsafe fn tell(into: *mut Spec, times: [u64; 2], unit: i64) {
    // SAFETY: the caller guarantees it.
    if let Some(into) = unsafe { into.as_mut() } {
        *into = times.map(Time::of_nanos).map(|time| Time {
            nanos: time.nanos / unit,
            ..time
        });
    }
}

const ITIMER_REAL: c_int = 0;

instead_of! {
    /// setitimer(2).
    fn setitimer(which: c_int, new: *const Spec, old: *mut Spec) -> c_int = |call| {
        let Some(scheduled) = scheduled() else {
            return call();
        };
        // SAFETY: the caller passes a timer or null.
        let to = unsafe { new.as_ref() }.copied().and_then(of_micros);
        match to {
            Some(to) if which == ITIMER_REAL => {
                let before = set(scheduled, ALARM, SIGALRM, to).unwrap_or_default();
                // SAFETY: the caller lets the function write there, or passes null.
                unsafe { tell(old, before, 1000) };
                0
            }
            Some([_, first]) if first > 0 => {
                scheduled.give_up(Obstacle::Timer);
                call()
            }
            _ => call(),
        }
    }
}

instead_of! {
    /// getitimer(2).
    fn getitimer(which: c_int, into: *mut Spec) -> c_int = |call| {
        match scheduled().filter(|_| which == ITIMER_REAL).and_then(|scheduled| get(scheduled, ALARM)) {
            Some(times) => {
                // SAFETY: the caller lets the function write there.
                unsafe { tell(into, times, 1000) };
                0
            }
            None => call(),
        }
    }
}

/// `struct sigevent`: the value, the signal, and the way.
#[repr(C)]
pub struct Event {
    value: usize,
    signal: c_int,
    way: c_int,
}

/// The number of a timer in the table; its handle may be 0.
fn number_of(timer: usize) -> u64 {
    timer as u64 + ALARM + 1
}

/// The signal of a timer that cannot be emulated.
const UNKNOWN: c_int = -1;

instead_of! {
    /// timer_create(2).
    fn timer_create(clock: c_int, event: *const Event, timer: *mut usize) -> c_int = |call| {
        const SIGEV_SIGNAL: c_int = 0;
        const SIGEV_NONE: c_int = 1;
        let made = call();
        if let Some(scheduled) = scheduled().filter(|_| made == 0) {
            // SAFETY: the caller passes an event or null.
            let signal = match unsafe { event.as_ref() } {
                // Clocks of processor time.
                _ if matches!(clock, 2 | 3) || clock < 0 => UNKNOWN,
                None => SIGALRM,
                Some(Event { way: SIGEV_SIGNAL, signal, .. }) => *signal,
                Some(Event { way: SIGEV_NONE, .. }) => 0,
                Some(_) => UNKNOWN,
            };
            // SAFETY: a successful call has written the timer.
            set(scheduled, number_of(unsafe { *timer }), signal, [0, 0]);
        }
        made
    }
}

instead_of! {
    /// timer_settime(2).
    fn timer_settime(timer: usize, how: c_int, new: *const Spec, old: *mut Spec) -> c_int = |call| {
        const ABSOLUTE: c_int = 1;
        let emulated = || {
            let scheduled = scheduled()?;
            // SAFETY: the caller passes a timer.
            let [interval, first] = unsafe { *new }.map(Time::to_nanos);
            let (interval, mut first) = (interval?, first?);
            let table = scheduled.table()?;
            let known = table.timers.get(process_id(), number_of(timer))?;
            if how & ABSOLUTE != 0 && first > 0 {
                first = on_virtual_of(first, table.now()).saturating_sub(table.now()).max(1);
            }
            drop(table);
            if known.signal == UNKNOWN && first > 0 {
                scheduled.give_up(Obstacle::Timer);
            }
            let before = set(scheduled, known.number, known.signal, [interval, first])?;
            // SAFETY: the caller lets the function write there, or passes null.
            unsafe { tell(old, before, 1) };
            Some(0)
        };
        emulated().unwrap_or_else(call)
    }
}

instead_of! {
    /// timer_gettime(2).
    fn timer_gettime(timer: usize, into: *mut Spec) -> c_int = |call| {
        match scheduled().and_then(|scheduled| get(scheduled, number_of(timer))) {
            Some(times) => {
                // SAFETY: the caller lets the function write there.
                unsafe { tell(into, times, 1) };
                0
            }
            None => call(),
        }
    }
}

instead_of! {
    /// timer_delete(2).
    fn timer_delete(timer: usize) -> c_int = |call| {
        if let Some(mut table) = scheduled().and_then(|scheduled| scheduled.table()) {
            table.timers.remove(process_id(), number_of(timer));
        }
        call()
    }
}
