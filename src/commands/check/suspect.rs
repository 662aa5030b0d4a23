//! A seeded execution of a check that has an error, and is to be repeated.

use super::again::Again;
use crate::exec::RunError;
use crate::learn::Observation;

/// An execution with an error.
#[derive(Clone)]
pub(super) struct Suspect<'a> {
    /// The execution.
    pub(super) again: Again<'a>,
    /// The hash of its schedule; 0 if it has none, as at a deadlock.
    hash: u64,
}

impl<'a> Suspect<'a> {
    /// An execution, and its outcome.
    pub(super) fn of(again: &Again<'a>, executed: &Result<Observation, RunError>) -> Suspect<'a> {
        Suspect {
            again: again.clone(),
            hash: hash(executed),
        }
    }

    /// Whether both are the same execution.
    pub(super) fn is(&self, other: &Suspect<'_>) -> bool {
        let name = |suspect: &Suspect<'_>| (suspect.again.scheduled.seed, suspect.again.holds());
        name(self) == name(other)
    }

    /// Whether a repetition had the same schedule.
    pub(super) fn is_confirmed_by(&self, again: &Result<Observation, RunError>) -> bool {
        !leaks(again) && hash(again) == self.hash
    }
}

/// Whether the system decided something in an execution, so that its seed does not name it.
pub(super) fn leaks(executed: &Result<Observation, RunError>) -> bool {
    matches!(executed, Ok(observation) if observation.leaks())
}

/// The hash of the schedule of a seeded execution; 0 if it has none.
fn hash(executed: &Result<Observation, RunError>) -> u64 {
    let seeded = executed
        .as_ref()
        .ok()
        .and_then(|observation| observation.seeded.as_ref());
    seeded.map_or(0, |seeded| seeded.hash)
}
