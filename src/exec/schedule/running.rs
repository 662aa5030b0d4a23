//! A run while it is being made, and where it stands.

use std::time::{Duration, Instant};

use crate::exec::{Supervised, Usage};

/// After so long without a word of its use of processors, a program uses none.
const SILENCE: Duration = Duration::from_millis(100);

/// A run that is being made.
pub(super) struct Running {
    /// Tells this attempt from others of the same run.
    pub(super) id: u64,
    /// Which run it is: its number among all tasks.
    pub(super) task: usize,
    pub(super) lane: Lane,
    /// Whether another program was running at some time while this one was.
    pub(super) shared: bool,
    /// How many that sleep were running when it started.
    pub(super) sleeping: usize,
    /// What it was last told to have used.
    pub(super) usage: Usage,
    /// How many cores it kept busy, and when that was told.
    pub(super) demand: (f64, Instant),
    /// Ends the program when it goes.
    pub(super) _supervised: Supervised,
}

/// What a run may share the machine with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// With all others: it may sleep.
    Unknown,
    /// It computes: with no more others that do than there are cores.
    Computing,
    /// With none.
    Alone,
}

impl Running {
    /// How many cores it keeps busy.
    pub(super) fn demand(&self) -> f64 {
        let (cores, told) = self.demand;
        if told.elapsed() < SILENCE { cores } else { 0.0 }
    }
}
