//! Executions under schedules, as the observer saw them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::shape::classes::classes;
use super::subject::{Native, Observation};
use crate::transcript::execution::Execution;
use crate::transcript::seed::World;
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
    /// Whether there was anything to choose, or to be late for: it started a thread or a process, or waited for a time.
    pub(super) has_choices: bool,
    /// The demand for processors, in thousandths of a core.
    pub(super) demand: usize,
}

impl Native<'_> {
    /// The executions under schedules, as the observer saw them.
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

    /// An execution under a schedule, as the observer saw it.
    ///
    /// # Errors
    /// It did not see all, or the execution ended in another way than the native one.
    pub(super) fn watched_one(&self, observation: &Observation) -> Result<Watched, Untested> {
        let log = observation.whole_log().ok_or(Untested::Program)?;
        let exit = observation.transcript.exit;
        if exit != self.transcript.exit {
            return Err(Untested::Timing);
        }
        let actors: BTreeSet<String> = log.actors().map(str::to_owned).collect();
        let seeded = observation.seeded.as_ref();
        Ok(Watched {
            has_choices: !actors.is_empty() || seeded.is_none_or(|seeded| !seeded.wall.is_zero()),
            execution: self.redacted(Execution {
                seed: observation.seed,
                ..log.execution(exit, None)
            }),
            actors,
            wall: observation.transcript.wall,
            demand: self.subject.demand(&observation.transcript),
        })
    }

    /// Whether every kind of line that readers see was observed: the observer may have changed the output.
    pub(super) fn is_seen_in(&self, watched: &[Watched]) -> bool {
        let mut all = vec![self.execution()];
        all.extend(watched.iter().map(|watched| watched.execution.clone()));
        let classes = classes(&all);
        let mut shown = classes.of_lines[0].iter();
        shown.all(|template| {
            let mut observed = classes.of_lines[1..].iter();
            observed.any(|lines| lines.contains(template))
        })
    }

    /// Whether seeded executions print what the native one prints, as far as waits end on time. Computing takes no virtual
    /// time: a program that measures it, or races with it, prints something else.
    pub(super) fn is_alike_under_seeds(&self, watched: &[Watched]) -> bool {
        let on_time = watched.iter().map(|watched| &watched.execution);
        let on_time = on_time.filter(|execution| execution.world() == Some(World::Base));
        let mut all = vec![self.execution()];
        all.extend(on_time.cloned());
        let classes = classes(&all);
        let Some((native, seeded)) = classes.of_lines.split_first() else {
            return false;
        };
        let mut templates = 0..classes.templates.len();
        templates.all(|template| {
            let count = seeded
                .iter()
                .filter(|lines| lines.contains(&template))
                .count();
            match native.contains(&template) {
                true => count > 0,
                false => count < seeded.len(),
            }
        })
    }
}
