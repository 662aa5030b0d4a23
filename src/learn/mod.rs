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
use crate::exec::seed::Seed;
use crate::learn::shape::classes::classes;
use crate::observe::control::{Control, Hold};
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::Transcript;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::shape::Untested;

pub mod batch;
pub mod cut;
pub mod interventions;
mod schedules;
pub mod shape;
pub mod subject;

use batch::{Batch, Scheduled};
use interventions::is_always_started;
use schedules::{Way, holds, schedules, seeds};
pub use subject::{Native, Observation, ObservedBinary, Subject};

/// The time that a hold lasts beyond twice the wall time of an execution with delays.
const MARGIN: Duration = Duration::from_millis(300);

/// All executions of a run, the native one first, and the reason if nothing was held.
pub type Executions = (Vec<Execution>, Option<Untested>);

/// Executes runs under schedules and with holds, at most `jobs` executions at a time. The results are in the order of
/// the runs; a run fails if its program does not run to its end under a schedule, or if its exit status varies.
pub fn executions(
    runs: &[Native<'_>],
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Executions, RunError>> {
    let seeded = runs.iter().map(|run| run.under_seeds());
    let seeded = execute_groups(seeded.collect(), jobs, progress);
    let seeded: Vec<Option<Next<'_>>> = runs
        .iter()
        .zip(seeded)
        .map(|(run, group)| run.after_seeds(group))
        .collect();
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
    let next = next.into_iter().zip(groups);
    next.map(|(next, group)| next?.executions(group)).collect()
}

/// Executes several groups as one batch.
fn execute_groups(
    groups: Vec<Vec<Scheduled<'_>>>,
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Vec<Result<Observation, RunError>>> {
    let lengths: Vec<usize> = groups.iter().map(Vec::len).collect();
    let batch = Batch::prepare(groups.into_iter().flatten());
    let mut observations = batch.execute(jobs, progress).into_iter();
    let lengths = lengths.into_iter();
    lengths
        .map(|length| observations.by_ref().take(length).collect())
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
    /// The threads and processes that each of them started.
    actors: Vec<BTreeSet<String>>,
    /// The longest wall time of an execution under a schedule.
    wall: Duration,
    /// The demand for processors, in thousandths of a core.
    demand: usize,
    holds: Vec<(Hold, Way)>,
}

impl<'a> Native<'a> {
    /// The seeded executions without a hold; none if the run cannot be seeded.
    fn under_seeds(&self) -> Vec<Scheduled<'a>> {
        if !self.can_be_seeded() {
            return Vec::new();
        }
        seeds()
            .map(|seed| self.seeded(Control::default(), seed))
            .collect()
    }

    fn seeded(&self, control: Control, seed: Seed) -> Scheduled<'a> {
        let cpu = self.transcript.cpu.unwrap_or_default();
        Scheduled::seeded(self.subject, cpu, control, seed)
    }

    /// The continuation after seeded executions; `None`: they tell too little, and the run is executed in real time.
    fn after_seeds(self, group: Vec<Result<Observation, RunError>>) -> Option<Next<'a>> {
        if group.is_empty() {
            return None;
        }
        let name = self.subject.launch.run.called();
        let observations = match group.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(observations) => observations,
            Err(error) => {
                tracing::debug!("`{name}`: seeded: {error}; it is executed in real time");
                return None;
            }
        };
        if observations.iter().any(Observation::leaks) {
            tracing::debug!("`{name}`: it cannot be seeded, and is executed in real time");
            return None;
        }
        match logs_of(&self, &observations) {
            Ok(logs) => Some(Next::Hold(Holding::new(self, &observations, &logs, true))),
            Err(_) => None,
        }
    }

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
        let untested = match logs_of(&self, &observations) {
            Ok(logs) => return Next::Hold(Holding::new(self, &observations, &logs, false)),
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
            Next::Finish(run, observations, untested) => {
                Ok((unobserved(run.transcript, &observations)?, Some(untested)))
            }
            Next::WithoutObserver(run, untested) => {
                let observations = further.into_iter().collect::<Result<Vec<_>, _>>()?;
                Ok((unobserved(run.transcript, &observations)?, Some(untested)))
            }
        }
    }
}

impl<'a> Holding<'a> {
    fn new(run: Native<'a>, scheduled: &[Observation], logs: &[&Log], is_seeded: bool) -> Self {
        let observed = scheduled.iter().zip(logs);
        let observed =
            observed.map(|(observation, log)| log.execution(observation.transcript.exit, None));
        let observed: Vec<Execution> = observed.collect();
        let actors = logs
            .iter()
            .map(|log| log.actors().map(str::to_owned).collect());
        let actors: Vec<BTreeSet<String>> = actors.collect();
        let transcripts = || scheduled.iter().map(|observation| &observation.transcript);
        let walls = transcripts().map(|transcript| transcript.wall);
        // Threads sleep longer with delays than natively, and longer still with a hold.
        let demands = transcripts().map(|transcript| run.subject.demand(transcript));
        Holding {
            run,
            wall: walls.max().unwrap_or_default(),
            demand: demands.min().unwrap_or(run.subject.demand(run.transcript)),
            holds: holds(&observed, &actors, is_seeded),
            observed,
            actors,
        }
    }

    fn scheduled(&self) -> Vec<Scheduled<'a>> {
        let time = self.wall.saturating_mul(2) + MARGIN;
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
        let mut executions = vec![Execution::of(native)];
        executions.extend(self.observed);
        for ((hold, _), observation) in self.holds.iter().zip(held) {
            match observation
                .and_then(|observation| held_execution(&observation, hold, &self.actors))
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
        Ok((executions, untested))
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

/// The observer's logs of executions under schedules.
///
/// # Errors
/// Nothing can be learned from the logs.
fn logs_of<'a>(run: &Native<'_>, scheduled: &'a [Observation]) -> Result<Vec<&'a Log>, Untested> {
    run.subject.observed.map(drop)?;
    let native = run.transcript;
    let logs: Option<Vec<&Log>> = scheduled.iter().map(Observation::whole_log).collect();
    let logs = logs.ok_or(Untested::Program)?;
    let ends_differently = |observation: &Observation| observation.transcript.exit != native.exit;
    if scheduled.iter().any(ends_differently) {
        return Err(Untested::Timing);
    }
    // Every line that readers see must have been observed: the observer may have changed the output.
    let mut all = vec![Execution::of(native)];
    all.extend(logs.iter().map(|log| log.execution(native.exit, None)));
    let classes = classes(&all);
    let is_observed = |template: &usize| {
        classes.of_lines[1..]
            .iter()
            .any(|lines| lines.contains(template))
    };
    if classes.of_lines[0].iter().all(is_observed) {
        Ok(logs)
    } else {
        Err(Untested::Program)
    }
}

/// The executions of transcripts that were not observed.
fn unobserved(native: &Transcript, scheduled: &[Observation]) -> Result<Vec<Execution>, RunError> {
    let transcripts = || scheduled.iter().map(|observation| &observation.transcript);
    if let Some(other) = transcripts().find(|transcript| transcript.exit != native.exit) {
        // A program whose exit status varies has no shape.
        let found = other.exit.in_words();
        let message =
            format!("its exit status varies: under another schedule, it ended with {found}");
        return Err(RunError::Failed(message));
    }
    let all = [native].into_iter().chain(transcripts());
    Ok(all.map(Execution::of).collect())
}
