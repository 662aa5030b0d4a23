//! Noise: whether other programs may have changed the result of an execution.

use std::time::Duration;

use crate::exec::{Excess, Finished, RunError};
use crate::transcript::Timing;

/// Returns whether waiting for a processor can have changed the wall time noticeably: by more than 3%, and by more
/// than the delay that starting a process causes.
pub fn is_noisy(wall: Duration, delay: Duration) -> bool {
    delay > (wall * 3 / 100).max(Duration::from_millis(4))
}

/// Returns whether other programs may have changed the result. `shared`: another of our programs ran at the same
/// time.
pub(super) fn may_have_changed(result: &Result<Finished, RunError>, shared: bool) -> bool {
    match result {
        Ok(finished) => is_noisy(finished.transcript.wall, finished.delay),
        // The time-out may have expired because other programs occupied the processors.
        Err(RunError::Stopped {
            excess: Excess::Time,
            limits,
            delay,
            ..
        }) => shared && is_noisy(limits.timeout, *delay),
        // The remaining processes may have been about to end.
        Err(RunError::LeftRunning { .. }) => shared,
        Err(_) => false,
    }
}

/// Marks the timing of an execution as noisy or clean.
pub(super) fn with_timing(
    mut result: Result<Finished, RunError>,
    is_noisy: bool,
) -> Result<Finished, RunError> {
    if let Ok(finished) = &mut result {
        finished.transcript.timing = if is_noisy {
            Timing::Noisy
        } else {
            Timing::Clean
        };
    }
    result
}
