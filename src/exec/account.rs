//! The account of a running program: what it has printed and used so far.

use std::io;
use std::time::{Duration, Instant};

use super::family;
use super::job::{Excess, Limits, Message, Observed, Usage};
use super::output::Output;
use super::sampler::{Activity, STIRRED, Sampler};
use crate::transcript::Line;
use crate::transcript::lines::Piece;

/// How much processor time is worth a message.
const WORTH_TELLING: Duration = Duration::from_millis(8);

/// What a program has printed and used so far.
#[derive(Debug)]
pub struct Account {
    start: Instant,
    output: Output,
    sampler: Sampler,
    told: Usage,
    looked_at: Instant,
    look_at: Instant,
    /// Whether the program has written something since it was looked at.
    is_stirred: bool,
}

impl Account {
    /// Of the program with this process id, started at this time, and what it may print.
    pub fn open(pid: u32, limits: Limits, start: Instant) -> Account {
        let sampler = Sampler::of(pid);
        let look_at = start + sampler.wait();
        Account {
            start,
            output: Output::of(pid, limits),
            sampler,
            told: Usage::default(),
            looked_at: start,
            look_at,
            is_stirred: false,
        }
    }

    /// When the system is to be asked the next time.
    pub fn look_at(&self) -> Instant {
        self.look_at
    }

    /// Takes what the program has written.
    ///
    /// # Errors
    /// It was too much.
    pub fn take(&mut self, piece: &Piece<'_>) -> Result<(), Excess> {
        if !self.is_stirred {
            self.is_stirred = true;
            // At once, for we are awake, but not each time that it writes.
            let soon = Instant::now().max(self.looked_at + STIRRED);
            self.look_at = self.look_at.min(soon);
        }
        self.output.take(piece)
    }

    /// Asks the system what the program uses, and tells how much of the processors it is when that is worth
    /// it. Returns what it may have done since it was asked before.
    ///
    /// # Errors
    /// Nobody hears it.
    pub fn look(&mut self) -> io::Result<Activity> {
        let activity = self.sampler.look();
        // What has written something and goes on may be about to start something.
        let goes_on = self.is_stirred && !self.sampler.is_asleep();
        let wait = match goes_on {
            true => self.sampler.wait().min(STIRRED),
            false => self.sampler.wait(),
        };
        self.is_stirred = false;
        self.looked_at = Instant::now();
        self.look_at = self.looked_at + wait;
        let (cpu, delay) = self.sampler.cpu_and_delay();
        if cpu.saturating_sub(self.told.cpu) >= WORTH_TELLING {
            self.told = Usage {
                at: self.start.elapsed(),
                cpu,
                delay,
            };
            Message::Used(self.told).tell()?;
        }
        Ok(activity)
    }

    /// The last look, when the program has ended and was not waited for.
    pub fn look_back(&mut self) {
        self.sampler.look_back();
    }

    /// Closes it: the lines, how many sequences of bytes in them were no UTF-8, and what the system told.
    pub fn close(self) -> (Vec<Line>, usize, Observed) {
        let observed = self.sampler.finish(family::of_what_ended());
        let (lines, replaced) = self.output.into_lines();
        (lines, replaced, observed)
    }
}
