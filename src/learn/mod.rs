//! Executes runs as often as it takes to learn their shapes.
//!
//! The first execution is native, and readers see it. The others are seeded. In some of them, one line or the start of
//! one thread is held until nothing else can happen: a line that is printed meanwhile does not depend on the held one,
//! and a line that is printed only afterwards does.
//!
//! A program that cannot be seeded, because it computes for long or waits in ways that the observer does not emulate,
//! runs in real time instead: threads are delayed or a single core is available, and a hold lasts for longer than
//! everything else takes.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::time::Duration;

use crate::exec::RunError;
use crate::observe::control::{Control, Hold};
use crate::progress::Progress;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::shape::Untested;

pub mod batch;
pub mod cut;
pub mod interventions;
mod news;
mod schedules;
mod seeding;
pub mod shape;
pub mod subject;
mod watched;

use batch::{Scheduled, execute_groups};
use interventions::is_always_started;
pub use schedules::seeds;
use schedules::{Way, holds, schedules};
pub use seeding::OtherEnd;
use seeding::under_seeds;
pub use subject::{Native, Observation, ObservedBinary, Subject};
use watched::Watched;

/// The longest time of a hold in a program that takes so long without one.
pub fn hold_time(wall: Duration) -> Duration {
    wall.saturating_mul(2) + Duration::from_millis(300)
}

/// The executions from which the shape of a run is learned.
pub struct Executions {
    /// Executions that end alike, the native one first.
    pub all: Vec<Execution>,
    /// The number of further ones: waits ended late, and the program ended with another exit status.
    pub other_exits: usize,
    /// The first seeded execution that did not end as the native one does.
    pub other_end: Option<OtherEnd>,
    /// The reason if nothing was held.
    pub untested: Option<Untested>,
}

/// A run from which nothing can be learned.
#[derive(Debug)]
pub struct Unlearnable {
    /// The reason.
    pub error: RunError,
    /// The first seeded execution that did not end as the native one does: it may have the same cause.
    pub other_end: Option<OtherEnd>,
}

impl From<RunError> for Unlearnable {
    fn from(error: RunError) -> Unlearnable {
        Unlearnable {
            error,
            other_end: None,
        }
    }
}

/// Executes runs under schedules and with holds, at most `jobs` executions at a time. The results are in the order of
/// the runs; a run fails if its program does not run to its end under a schedule, or if its exit status varies although
/// no wait ends late.
pub fn executions(
    runs: &[Native<'_>],
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Executions, Unlearnable>> {
    let seeded = under_seeds(runs, jobs, progress);
    let other_ends: Vec<Option<OtherEnd>> = seeded.iter().map(|seeded| seeded.other_end).collect();
    let seeded = runs.iter().zip(seeded).map(|(run, seeded)| {
        let holding = Holding::new(*run, seeded.watched?, seeded.other_exits);
        Some(Next::Hold(holding))
    });
    let seeded: Vec<Option<Next<'_>>> = seeded.collect();
    let scheduled = runs.iter().zip(&seeded).map(|(run, seeded)| match seeded {
        Some(_) => Vec::new(),
        None => run.under_schedules(),
    });
    let scheduled = execute_groups(scheduled.collect(), jobs, progress);
    let next = runs.iter().zip(seeded).zip(scheduled);
    let next = next.map(|((run, seeded), group)| match seeded {
        Some(next) => Ok(next),
        None => {
            let observations = group.into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok(run.next(observations))
        }
    });
    let next: Vec<Result<Next<'_>, RunError>> = next.collect();
    let groups = next.iter().map(|next| match next {
        Ok(next) => next.scheduled(),
        Err(_) => Vec::new(),
    });
    let groups = execute_groups(groups.collect(), jobs, progress);
    let done = next.into_iter().zip(groups);
    let done = done.map(|(next, group)| next?.executions(group));
    done.zip(other_ends)
        .map(|(done, other_end)| match done {
            Ok(executions) => Ok(Executions {
                other_end,
                ..executions
            }),
            Err(error) => Err(Unlearnable { error, other_end }),
        })
        .collect()
}

/// The continuation after the executions under schedules.
enum Next<'a> {
    /// Lines and threads are held.
    Hold(Holding<'a>),
    /// Nothing can be held.
    Finish(Native<'a>, Vec<Observation>, Untested),
    /// A binary that was built for the observer, or the observer's delays, may change the output: the executions take
    /// place again, without the observer.
    WithoutObserver(Native<'a>, Untested),
}

/// A run of which lines and threads are held.
struct Holding<'a> {
    run: Native<'a>,
    /// The executions under schedules.
    observed: Vec<Execution>,
    /// The number of further ones, with another exit status.
    other_exits: usize,
    /// The threads and processes that each of them started.
    actors: Vec<BTreeSet<String>>,
    /// The longest wall time of an execution under a schedule.
    wall: Duration,
    /// The demand for processors, in thousandths of a core.
    demand: usize,
    holds: Vec<(Hold, Way)>,
}

impl<'a> Native<'a> {
    fn under_schedules(&self) -> Vec<Scheduled<'a>> {
        let schedules = schedules().into_iter();
        let scheduled = schedules.map(|(control, processors)| Scheduled {
            subject: self.subject,
            control,
            processors,
            seed: None,
            demand: self.subject.demand(self.transcript),
            wall: self.transcript.wall,
        });
        scheduled.collect()
    }

    fn next(self, observations: Vec<Observation>) -> Next<'a> {
        let untested = match self.watched(&observations) {
            Ok(watched) => return Next::Hold(Holding::new(self, watched, 0)),
            Err(untested) => untested,
        };
        match self.subject.observed {
            Ok(_) => Next::WithoutObserver(self.without_observer(untested), untested),
            Err(_) => Next::Finish(self, observations, untested),
        }
    }

    fn without_observer(self, untested: Untested) -> Self {
        let subject = Subject {
            observed: Err(untested),
            ..self.subject
        };
        Self { subject, ..self }
    }
}

impl<'a> Next<'a> {
    /// The further executions.
    fn scheduled(&self) -> Vec<Scheduled<'a>> {
        match self {
            Next::Hold(holding) => holding.scheduled(),
            Next::Finish(..) => Vec::new(),
            Next::WithoutObserver(run, _) => run.under_schedules(),
        }
    }

    /// All executions, given the further ones.
    fn executions(
        self,
        further: Vec<Result<Observation, RunError>>,
    ) -> Result<Executions, RunError> {
        match self {
            Next::Hold(holding) => holding.executions(further),
            Next::Finish(run, observations, untested) => unobserved(run, &observations, untested),
            Next::WithoutObserver(run, untested) => {
                let observations = further.into_iter().collect::<Result<Vec<_>, _>>()?;
                unobserved(run, &observations, untested)
            }
        }
    }
}

impl<'a> Holding<'a> {
    fn new(run: Native<'a>, watched: Vec<Watched>, other_exits: usize) -> Self {
        let walls = watched.iter().map(|watched| watched.wall);
        let wall = walls.max().unwrap_or_default();
        // Threads sleep longer with delays than natively, and longer still with a hold.
        let demands = watched.iter().map(|watched| watched.demand);
        let demand = demands.min();
        let watched = watched.into_iter();
        let watched = watched.map(|watched| (watched.execution, watched.actors));
        let (observed, actors): (Vec<Execution>, Vec<BTreeSet<String>>) = watched.unzip();
        let is_seeded = observed.iter().any(|execution| execution.seed.is_some());
        Holding {
            run,
            wall,
            demand: demand.unwrap_or(run.subject.demand(run.transcript)),
            holds: holds(&observed, &actors, is_seeded),
            observed,
            other_exits,
            actors,
        }
    }

    fn scheduled(&self) -> Vec<Scheduled<'a>> {
        let time = hold_time(self.wall);
        let holds = self.holds.iter();
        let scheduled = holds.map(|(hold, way)| {
            let control = Control {
                hold: Some((hold.clone(), time)),
                ..Control::default()
            };
            match *way {
                Way::Seeded(seed) => self.run.seeded(control, seed),
                Way::Timed(processors) => Scheduled {
                    subject: self.run.subject,
                    control,
                    processors,
                    seed: None,
                    demand: self.demand,
                    wall: self.wall,
                },
            }
        });
        scheduled.collect()
    }

    /// The native execution, those under schedules, and those in which something was held. A program that ends differently
    /// with most holds is not tested.
    fn executions(self, held: Vec<Result<Observation, RunError>>) -> Result<Executions, RunError> {
        let native = self.run.transcript;
        let (mut same, mut different) = (0, 0);
        let name = self.run.subject.launch.run.called();
        let mut executions = vec![self.run.execution()];
        executions.extend(self.observed);
        for ((hold, _), observation) in self.holds.iter().zip(held) {
            match observation
                .and_then(|observation| held_execution(&observation, hold, &self.actors))
                .map(|execution| self.run.redacted(execution))
            {
                Err(RunError::Interrupted) => return Err(RunError::Interrupted),
                // A hold may outlast the patience of other threads: then the execution proves nothing.
                Err(error) => tracing::debug!("`{name}`: with a hold: {error}"),
                Ok(execution) if execution.exit != native.exit => {
                    different += 1;
                    tracing::debug!("`{name}`: its exit status is different with a hold");
                }
                Ok(execution) => {
                    same += 1;
                    executions.push(execution);
                }
            }
        }
        let untested = (different > same).then_some(Untested::Timing);
        Ok(Executions {
            all: executions,
            other_exits: self.other_exits,
            other_end: None,
            untested,
        })
    }
}

/// Reads an execution in which something was held. `actors` are the threads and processes that each execution under a
/// schedule started.
fn held_execution(
    observation: &Observation,
    hold: &Hold,
    actors: &[BTreeSet<String>],
) -> Result<Execution, RunError> {
    let log = observation
        .whole_log()
        .ok_or_else(|| RunError::Failed("the observer did not see all of the output".to_owned()))?;
    let mut execution = log.execution(observation.transcript.exit, Some(hold));
    if let Some(Held::Start(actor, came)) = &mut execution.held
        && !is_always_started(actor, actors)
    {
        // In an execution that does not start the actor, no line is independent of it.
        *came = 0;
    }
    Ok(execution)
}

/// The executions of transcripts that were not observed.
fn unobserved(
    run: Native<'_>,
    scheduled: &[Observation],
    untested: Untested,
) -> Result<Executions, RunError> {
    let native = run.transcript;
    let transcripts = || scheduled.iter().map(|observation| &observation.transcript);
    if let Some(other) = transcripts().find(|transcript| transcript.exit != native.exit) {
        // A program whose exit status varies has no shape.
        let found = other.exit.in_words();
        let message =
            format!("its exit status varies: under another schedule, it ended with {found}");
        return Err(RunError::Failed(message));
    }
    let all = [native].into_iter().chain(transcripts());
    Ok(Executions {
        all: all.map(|one| run.redacted(Execution::of(one))).collect(),
        other_exits: 0,
        other_end: None,
        untested: Some(untested),
    })
}
