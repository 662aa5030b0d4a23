//! What the observer saw of executions under schedules.

use std::collections::BTreeSet;
use std::time::Duration;

use super::shape::classes::classes;
use super::subject::{Native, Observation};
use crate::transcript::execution::Execution;
use crate::transcript::shape::Untested;

/// An execution under a schedule, and what a hold needs to know of it.
#[derive(Debug)]
pub(super) struct Watched {
    /// Its lines, and its seed if it has one.
    pub(super) execution: Execution,
    /// The threads and processes that it started.
    pub(super) actors: BTreeSet<String>,
    /// The wall time.
    pub(super) wall: Duration,
    /// The demand for processors, in thousandths of a core.
    pub(super) demand: usize,
}

impl Native<'_> {
    /// What the observer saw of executions under schedules.
    ///
    /// # Errors
    /// Nothing can be learned from them.
    pub(super) fn watched(&self, scheduled: &[Observation]) -> Result<Vec<Watched>, Untested> {
        self.subject.observed.map(drop)?;
        let watched = scheduled
            .iter()
            .map(|observation| self.watched_one(observation));
        let watched = watched.collect::<Result<Vec<Watched>, Untested>>()?;
        match self.is_seen_in(&watched) {
            true => Ok(watched),
            false => Err(Untested::Program),
        }
    }

    /// What the observer saw of an execution under a schedule.
    ///
    /// # Errors
    /// It did not see all, or the execution ended in another way than the native one.
    pub(super) fn watched_one(&self, observation: &Observation) -> Result<Watched, Untested> {
        let log = observation.whole_log().ok_or(Untested::Program)?;
        let exit = observation.transcript.exit;
        if exit != self.transcript.exit {
            return Err(Untested::Timing);
        }
        Ok(Watched {
            execution: Execution {
                seed: observation.seed,
                ..log.execution(exit, None)
            },
            actors: log.actors().map(str::to_owned).collect(),
            wall: observation.transcript.wall,
            demand: self.subject.demand(&observation.transcript),
        })
    }

    /// Whether every kind of line that readers see was observed: the observer may have changed the output.
    pub(super) fn is_seen_in(&self, watched: &[Watched]) -> bool {
        let mut all = vec![Execution::of(self.transcript)];
        all.extend(watched.iter().map(|watched| watched.execution.clone()));
        let classes = classes(&all);
        let mut shown = classes.of_lines[0].iter();
        shown.all(|template| {
            let mut observed = classes.of_lines[1..].iter();
            observed.any(|lines| lines.contains(template))
        })
    }
}
