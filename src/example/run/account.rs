//! The account of a running program: what it has printed and used so far.
//!
//! Its supervisor keeps it together with those who read its output. Each wakes for something of its own, and
//! every waking takes a processor from programs that compute: so who is awake writes it down himself.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::family;
use super::job::{Excess, Limits, Message, Observed, Usage};
use super::output::Output;
use super::sampler::Sampler;
use crate::transcript::Line;
use crate::transcript::lines::Piece;

/// How much processor time is worth a message.
const WORTH_TELLING: Duration = Duration::from_millis(8);

/// An account that several threads keep.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<Account>>);

impl Shared {
    /// The account, whoever broke off while holding it.
    pub fn lock(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a program has printed and used so far.
#[derive(Debug)]
pub struct Account {
    start: Instant,
    output: Option<Output>,
    sampler: Sampler,
    told: Usage,
    look_at: Instant,
}

impl Account {
    /// Of the program with this process id, started at this time, and what it may print.
    pub fn open(pid: u32, limits: Limits, start: Instant) -> Shared {
        let sampler = Sampler::of(pid);
        let look_at = start + sampler.wait();
        Shared(Arc::new(Mutex::new(Account {
            start,
            output: Some(Output::of(pid, limits)),
            sampler,
            told: Usage::default(),
            look_at,
        })))
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
        // Without one: it was closed.
        self.output
            .as_mut()
            .map_or(Ok(()), |output| output.take(piece))
    }

    /// Asks the system what the program uses, and tells how much of the processors it is when that is worth
    /// it. Returns whether that must be done again earlier than was planned before.
    ///
    /// # Errors
    /// Nobody hears it.
    pub fn look(&mut self) -> io::Result<bool> {
        self.sampler.look();
        let planned = std::mem::replace(&mut self.look_at, Instant::now() + self.sampler.wait());
        let (cpu, delay) = self.sampler.cpu_and_delay();
        if cpu.saturating_sub(self.told.cpu) >= WORTH_TELLING {
            self.told = Usage {
                at: self.start.elapsed(),
                cpu,
                delay,
            };
            Message::Used(self.told).tell()?;
        }
        Ok(self.look_at < planned)
    }

    /// The last look, when the program has ended and was not waited for.
    pub fn look_back(&mut self) {
        self.sampler.look();
    }

    /// Closes it: the lines, how many sequences of bytes in them were no UTF-8, and what the system told.
    pub fn close(&mut self) -> (Vec<Line>, usize, Observed) {
        let (lines, replaced) = self
            .output
            .take()
            .map(Output::into_lines)
            .unwrap_or_default();
        let observed = self.sampler.finish(family::of_what_ended());
        (lines, replaced, observed)
    }
}
