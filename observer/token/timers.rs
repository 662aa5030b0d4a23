//! Timers by the virtual clock, whose signals the supervisor sends.

use super::thread::NEVER;

/// The highest number of timers at one time.
const TIMERS: usize = 64;

/// The number of a process's timer that alarm(2) and setitimer(2) set.
pub const ALARM: u64 = 0;

/// A timer of a process.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Its process; 0: there is no timer here.
    pub process: u32,
    /// The signal that the process gets; 0: none.
    pub signal: i32,
    /// Its number among those of the process.
    pub number: u64,
    /// The time at which it ends, in nanoseconds of the virtual clock; [`NEVER`]: it is not set.
    pub deadline: u64,
    /// The time after which it ends again; 0: it ends once.
    pub interval: u64,
}

/// All timers of a run.
#[repr(C)]
#[derive(Debug)]
pub struct Timers([Timer; TIMERS]);

impl Timers {
    /// No timer.
    pub const NONE: Timers = Timers(
        [Timer {
            process: 0,
            signal: 0,
            number: 0,
            deadline: NEVER,
            interval: 0,
        }; TIMERS],
    );

    /// A process's timer with this number.
    pub fn get(&self, process: u32, number: u64) -> Option<Timer> {
        let fits = |timer: &&Timer| timer.process == process && timer.number == number;
        self.0.iter().find(fits).copied()
    }

    /// Sets a timer. Returns false if there is no place for it.
    pub fn set(&mut self, timer: Timer) -> bool {
        let is_same = |its: &Timer| its.process == timer.process && its.number == timer.number;
        let place = self.0.iter().position(is_same);
        let place = place.or_else(|| self.0.iter().position(|its| its.process == 0));
        if let Some(place) = place {
            self.0[place] = timer;
        }
        place.is_some()
    }

    /// Removes the timers of a process with a number from this one on.
    pub fn remove_from(&mut self, process: u32, first: u64) {
        for timer in &mut self.0 {
            if timer.process == process && timer.number >= first {
                timer.process = 0;
            }
        }
    }

    /// Removes a timer.
    pub fn remove(&mut self, process: u32, number: u64) {
        for timer in &mut self.0 {
            if timer.process == process && timer.number == number {
                timer.process = 0;
            }
        }
    }

    /// The earliest deadline; [`NEVER`]: no timer is set.
    pub fn earliest(&self) -> u64 {
        let set = self.0.iter().filter(|timer| timer.process != 0);
        set.map(|timer| timer.deadline).min().unwrap_or(NEVER)
    }

    /// A timer that has ended by this time. It is set again if it has an interval.
    pub fn take_due(&mut self, now: u64) -> Option<Timer> {
        let set = self.0.iter_mut().filter(|timer| timer.process != 0);
        let first = set.min_by_key(|timer| timer.deadline)?;
        if first.deadline > now {
            return None;
        }
        let due = *first;
        first.deadline = match first.interval {
            0 => NEVER,
            interval => first.deadline.saturating_add(interval),
        };
        Some(due)
    }
}
