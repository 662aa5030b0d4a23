//! Whether other programs can have changed what came of a run.

use std::time::Duration;

use crate::exec::{Excess, Made, RunError};

/// Whether something else can have changed its wall time: it waited for a processor for more than 3% of
/// it, and for more than a process that starts may.
pub(super) fn is_disturbed(wall: Duration, delay: Duration) -> bool {
    delay > (wall * 3 / 100).max(Duration::from_millis(4))
}

/// Whether that can have changed a run's result. `shared`: another program ran beside it.
pub(super) fn was_disturbed(result: &Result<Made, RunError>, shared: bool) -> bool {
    match result {
        Ok(made) => is_disturbed(made.transcript.wall, made.delay),
        // It may have run out of time because others kept the processors.
        Err(RunError::Stopped {
            excess: Excess::Time,
            limits,
            delay,
            ..
        }) => shared && is_disturbed(limits.timeout, *delay),
        // What it left may have been about to end.
        Err(RunError::Left { .. }) => shared,
        Err(_) => false,
    }
}
