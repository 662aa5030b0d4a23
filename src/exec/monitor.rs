//! The monitor of a running program: its output and the resources that it has used so far.

use std::io;
use std::time::{Duration, Instant};

use super::job::{CpuUsage, Excess, Limits, Message, ResourceUsage};
use super::output::Output;
use super::process_tree;
use super::sampler::{Activity, Sampler, WRITING};
use crate::transcript::lines::{Piece, Printed};

/// The processor time after which a message is sent.
const CPU_STEP: Duration = Duration::from_millis(8);

/// The time until the first sample of a seeded execution.
const SELDOM: Duration = Duration::from_millis(50);

/// The output and resource usage of a running program so far.
#[derive(Debug)]
pub struct Monitor {
    start: Instant,
    output: Output,
    sampler: Sampler,
    last_sent: CpuUsage,
    last_sample: Instant,
    next_sample: Instant,
    /// Whether the program has written since the last sample.
    has_written: bool,
}

impl Monitor {
    /// Starts monitoring the program with this process id, started at this time.
    pub fn new(pid: u32, limits: Limits, start: Instant) -> Monitor {
        let sampler = Sampler::new(pid);
        let next_sample = start + sampler.wait();
        Monitor {
            start,
            output: Output::new(pid, limits),
            sampler,
            last_sent: CpuUsage::default(),
            last_sample: start,
            next_sample,
            has_written: false,
        }
    }

    /// Samples later for the first time: a seeded execution has ended by then, as a rule, and nobody wants its counts.
    pub fn seldom(mut self) -> Monitor {
        self.next_sample = self.start + SELDOM;
        self
    }

    /// The time at which [`Monitor::sample`] is due.
    pub fn next_sample(&self) -> Instant {
        self.next_sample
    }

    /// Adds a piece of output.
    ///
    /// # Errors
    /// The output exceeds a limit.
    pub fn add(&mut self, piece: &Piece<'_>) -> Result<(), Excess> {
        if !self.has_written {
            self.has_written = true;
            // This process is awake anyway; but not after each write of a program that writes often.
            let soon = Instant::now().max(self.last_sample + WRITING);
            self.next_sample = self.next_sample.min(soon);
        }
        self.output.add(piece)
    }

    /// Samples the program's resource usage, and sends a message when its processor time has grown enough.
    /// Returns the program's activity since the previous sample.
    ///
    /// # Errors
    /// The message cannot be sent.
    pub fn sample(&mut self) -> io::Result<Activity> {
        let activity = self.sampler.sample();
        // A program that has written and is still running may be about to start a thread or process.
        let is_active = self.has_written && !self.sampler.is_asleep();
        let wait = if is_active {
            self.sampler.wait().min(WRITING)
        } else {
            self.sampler.wait()
        };
        self.has_written = false;
        self.last_sample = Instant::now();
        self.next_sample = self.last_sample + wait;
        let (cpu, delay) = self.sampler.cpu_and_delay();
        if cpu.saturating_sub(self.last_sent.cpu) >= CPU_STEP {
            self.last_sent = CpuUsage {
                at: self.start.elapsed(),
                cpu,
                delay,
            };
            Message::Used(self.last_sent).send()?;
        }
        Ok(activity)
    }

    /// Takes the last sample, after the program has ended and before it is reaped.
    pub fn sample_at_end(&mut self) {
        self.sampler.sample_at_end();
    }

    /// Returns the output and the resources used.
    pub fn finish(self) -> (Printed, ResourceUsage) {
        let resources = self.sampler.finish(process_tree::usage_of_reaped());
        (self.output.finish(self.sampler.printers()), resources)
    }
}
