//! The number of executions of a check.

use std::num::NonZero;
use std::time::Duration;

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
}
