//! The attempts at a launch.

use crate::exec::job::Channel;
use crate::exec::{Finished, RunError};
use crate::plan::Run;

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
    pub(super) fn is_repeated(&mut self, run: &Run, result: &Result<Finished, RunError>) {
        self.failure = failure(run, result).or(self.failure.take());
    }

    /// Warns if the last attempt succeeded and an earlier one had failed, of which nothing else would tell.
    pub(super) fn is_last(&self, run: &Run, result: &Result<Finished, RunError>) {
        if let Some(earlier) = &self.failure
            && failure(run, result).is_none()
        {
            tracing::warn!(
                "`{}` {earlier} when other programs kept the machine busy, and not when it was executed again: it may \
                 fail on such a machine",
                run.called()
            );
        }
    }
}

/// How an execution failed; `None`: it ended as declared.
fn failure(run: &Run, result: &Result<Finished, RunError>) -> Option<String> {
    match result {
        Ok(finished) if run.ends_as_declared(&finished.transcript) => None,
        Ok(finished) => Some(format!(
            "ended with {}",
            finished.transcript.exit.in_words()
        )),
        Err(error) => Some(format!("failed ({error})")),
    }
}
