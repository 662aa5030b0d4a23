//! The attempts at a launch.

use crate::exec::job::Channel;
use crate::exec::outcome::{failure, warn_of_failure};
use crate::exec::{Finished, RunError};
use crate::plan::Run;
use crate::transcript::Transcript;

/// The attempts at a launch until now.
pub(super) struct Attempts {
    /// The number of attempts that have ended.
    pub(super) finished: u32,
    /// The channel of the next attempt's output.
    pub(super) channel: Channel,
    /// How the last attempt failed among those that are repeated.
    failure: Option<String>,
}

impl Attempts {
    /// No attempt yet.
    pub(super) fn none() -> Attempts {
        Attempts {
            finished: 0,
            channel: Channel::best(),
            failure: None,
        }
    }

    /// Notes how an attempt failed that is repeated.
    pub(super) fn note_failure(&mut self, run: &Run, result: &Result<Finished, RunError>) {
        self.failure = failure(run, transcript(result)).or(self.failure.take());
    }

    /// Warns if the last attempt succeeded and an earlier one had failed.
    pub(super) fn warn_of_failure(&self, run: &Run, result: &Result<Finished, RunError>) {
        if let Some(failure) = &self.failure {
            warn_of_failure(run, failure, transcript(result));
        }
    }
}

fn transcript(result: &Result<Finished, RunError>) -> Result<&Transcript, &RunError> {
    result.as_ref().map(|finished| &finished.transcript)
}
