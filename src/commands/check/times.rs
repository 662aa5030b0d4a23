//! The number of executions of a check.

use std::num::NonZero;
use std::time::Duration;

use super::checked::{Checked, CheckedRun};

/// The number of runs of a check that ends early: enough for sleeping programs to sleep together.
const BATCH: usize = 8;

/// How often runs are executed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// The executions in all, the native one included, of a run that cannot be seeded.
    pub(super) repeat: NonZero<usize>,
    /// The seeds of a run that can be.
    pub(super) seeds: usize,
    /// The number of the first of them.
    pub(super) first_seed: u64,
    /// The time during which further seeds are begun.
    pub(super) seeding: Duration,
    /// The end of the check.
    pub(super) until: Until,
}

/// The end of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Every run is checked.
    Complete,
    /// A recording does not hold.
    FirstError,
}

impl Times {
    /// The number of runs, out of so many, that are executed side by side before the check may end.
    pub(super) fn batch(&self, all: usize) -> usize {
        match self.until {
            // Each batch would begin further seeds for as long.
            Until::FirstError if self.seeding.is_zero() => BATCH,
            Until::Complete | Until::FirstError => all.max(1),
        }
    }

    /// Returns whether the check ends with these findings.
    pub(super) fn end_with(&self, checked: &Checked) -> bool {
        self.until == Until::FirstError && checked.runs.iter().any(CheckedRun::has_error)
    }
}
