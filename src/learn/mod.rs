//! Executes a run as often as it takes to learn its shape.
//!
//! The first execution is native, and readers see it. In some executions, threads are delayed or a single core is
//! available. In the others, one line or the start of one thread is held for longer than everything else takes: a line
//! that is printed meanwhile does not depend on the held one, and a line that is printed only afterwards does.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::exec::{Processors, RunError};
use crate::learn::shape::classes::classes;
use crate::observe::control::{Control, Delays, Hold};
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::Transcript;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::shape::Untested;

pub mod cores;
pub mod interventions;
pub mod shape;
pub mod subject;

use cores::{Cores, in_parallel, share_of};
use interventions::{interventions, is_always_started};
pub use subject::{Observation, ObservedBinary, Subject};

/// The time that a hold lasts beyond twice the wall time of an execution with delays.
const MARGIN: Duration = Duration::from_millis(300);

/// The schedules of the executions without a hold.
fn schedules() -> Vec<(Control, Processors)> {
    let some = |millis| Delays::Some(Duration::from_millis(millis));
    let far = Duration::from_millis(30);
    let all = [
        (Delays::None, Processors::All),
        (some(3), Processors::All),
        (some(3), Processors::All),
        (some(3), Processors::One),
        (some(3), Processors::One),
        (some(30), Processors::All),
        (some(30), Processors::All),
        (some(30), Processors::One),
        (Delays::None, Processors::One),
        (Delays::AllButMain(far), Processors::All),
        (Delays::Main(far), Processors::All),
    ];
    let numbered = all.into_iter().enumerate();
    let control = |(number, (delays, processors))| {
        let control = Control {
            delays,
            hold: None,
            seed: (number as u64 + 1) * 0x9e37_79b9,
            ..Control::default()
        };
        (control, processors)
    };
    numbered.map(control).collect()
}

/// Executes a run under schedules and with holds. Returns all executions, the native one first, and the reason if
/// nothing was held.
///
/// # Errors
/// The program does not run to its end under a schedule, or its exit status varies.
pub fn executions(
    subject: Subject<'_>,
    native: &Transcript,
    cores: &Cores,
    progress: &dyn Progress,
) -> Result<(Vec<Execution>, Option<Untested>), RunError> {
    let learner = Learner {
        subject,
        native,
        cores,
        progress,
    };
    let scheduled = learner.under_schedules()?;
    match logs_of(subject, native, &scheduled) {
        Ok(logs) => Ok((learner.with_holds(&scheduled, &logs)?, None)),
        Err(untested) => {
            // A binary that was built for the observer, or the observer's delays, may change the output.
            let scheduled = if subject.observed.is_ok() {
                learner.without_observer(untested).under_schedules()?
            } else {
                scheduled
            };
            Ok((unobserved(native, &scheduled)?, Some(untested)))
        }
    }
}

/// A run of which executions are made, and everything that they need.
#[derive(Clone, Copy)]
struct Learner<'a> {
    subject: Subject<'a>,
    /// The transcript of the native execution.
    native: &'a Transcript,
    cores: &'a Cores,
    progress: &'a dyn Progress,
}

impl Learner<'_> {
    fn without_observer(self, untested: Untested) -> Self {
        let subject = Subject {
            observed: Err(untested),
            ..self.subject
        };
        Self { subject, ..self }
    }

    fn execute(
        self,
        share: usize,
        control: &Control,
        processors: Processors,
    ) -> Result<Observation, RunError> {
        let execute = || self.subject.execute(control, processors, self.progress);
        self.cores.with_share(share, execute)
    }

    fn under_schedules(self) -> Result<Vec<Observation>, RunError> {
        let share = self.subject.share(self.native);
        let observations = in_parallel(schedules(), |(control, processors)| {
            self.execute(share, &control, processors)
        });
        observations.into_iter().collect()
    }

    /// The native execution, those under schedules, and those in which something is held.
    fn with_holds(
        self,
        scheduled: &[Observation],
        logs: &[&Log],
    ) -> Result<Vec<Execution>, RunError> {
        let observed = scheduled.iter().zip(logs);
        let observed =
            observed.map(|(observation, log)| log.execution(observation.transcript.exit, None));
        let observed: Vec<Execution> = observed.collect();
        let actors = logs
            .iter()
            .map(|log| log.actors().map(str::to_owned).collect());
        let actors: Vec<BTreeSet<String>> = actors.collect();
        let walls = scheduled
            .iter()
            .map(|observation| observation.transcript.wall);
        let time = walls.max().unwrap_or_default().saturating_mul(2) + MARGIN;
        // Threads sleep longer with delays than natively, and longer still with a hold.
        let share = if self.subject.run.alone {
            self.subject.share(self.native)
        } else {
            let shares = scheduled
                .iter()
                .map(|observation| share_of(&observation.transcript));
            shares.min().unwrap_or(self.subject.share(self.native))
        };
        let held = in_parallel(holds(&observed, &actors), |(hold, processors)| {
            self.execute_with_hold(share, hold, processors, time, &actors)
        });
        let mut executions = vec![Execution::of(self.native)];
        executions.extend(observed);
        let name = self.subject.run.called();
        for held in held {
            match held {
                Err(RunError::Interrupted) => return Err(RunError::Interrupted),
                // A hold may outlast the patience of other threads: then the execution proves nothing.
                Err(error) => tracing::debug!("`{name}`: with a hold: {error}"),
                Ok(execution) if execution.exit != self.native.exit => {
                    tracing::debug!("`{name}`: its exit status is different with a hold");
                }
                Ok(execution) => executions.push(execution),
            }
        }
        Ok(executions)
    }

    fn execute_with_hold(
        self,
        share: usize,
        hold: Hold,
        processors: Processors,
        time: Duration,
        actors: &[BTreeSet<String>],
    ) -> Result<Execution, RunError> {
        let control = Control {
            hold: Some((hold.clone(), time)),
            ..Control::default()
        };
        let observation = self.execute(share, &control, processors)?;
        let log = observation.whole_log();
        let log = log.ok_or_else(|| {
            RunError::Failed("the observer did not see all of the output".to_owned())
        })?;
        let mut execution = log.execution(observation.transcript.exit, Some(&hold));
        if let Some(Held::Start(actor, came)) = &mut execution.held
            && !is_always_started(actor, actors)
        {
            // In an execution that does not start the actor, no line is independent of it.
            *came = 0;
        }
        Ok(execution)
    }
}

/// The holds, one for each execution, with the cores that are available.
fn holds(observed: &[Execution], actors: &[BTreeSet<String>]) -> Vec<(Hold, Processors)> {
    let mut holds: Vec<(Hold, Processors)> = Vec::new();
    for hold in interventions(observed, actors) {
        // A line that is independent of a thread must be so on a single core, too.
        if let Hold::Start(_) = hold {
            holds.push((hold.clone(), Processors::One));
        }
        holds.push((hold, Processors::All));
    }
    holds
}

/// The observer's logs of executions under schedules.
///
/// # Errors
/// Nothing can be learned from the logs.
fn logs_of<'a>(
    subject: Subject<'_>,
    native: &Transcript,
    scheduled: &'a [Observation],
) -> Result<Vec<&'a Log>, Untested> {
    subject.observed.map(drop)?;
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
