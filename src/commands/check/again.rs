//! A further execution of a run, under a schedule that shows what the native one does not.

use std::num::NonZero;
use std::time::Duration;

use super::claims::of_lines;
use super::findings::{Found, failed, found};
use crate::compare::{beside, compare_but_times, is_another, starts, under_seed};
use crate::diagnostic::{Diagnostic, FindingKind};
use crate::exec::{Processors, RunError};
use crate::learn::batch::Scheduled;
use crate::learn::{self, Native, Observation, Subject};
use crate::observe::control::{Control, Delays, Hold};
use crate::observe::log::Log;
use crate::plan::Run;
use crate::transcript::Exit;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::format::Recording;
use crate::transcript::seed::{Seed, TRIAL, World};
use crate::transcript::shape::{Apart, InOrder, Starts};

/// The longest that a thread is held while lines of concurrent threads are awaited: no line is as late as this on any
/// machine. The thread is released as soon as all lines have come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The schedules in real time, in turn: delays, processors and a description.
const SCHEDULES: [(Delays, Processors, &str); 4] = [
    (
        Delays::Some(Duration::from_millis(30)),
        Processors::One,
        "on one processor, with delays",
    ),
    (
        Delays::AllButMain(Duration::from_millis(30)),
        Processors::All,
        "with all but main delayed",
    ),
    (
        Delays::Some(Duration::from_millis(3)),
        Processors::All,
        "with delays",
    ),
    (
        Delays::Main(Duration::from_millis(30)),
        Processors::All,
        "with main delayed",
    ),
];

/// A further execution of a run, and the recording that it is compared with.
#[derive(Debug, Clone)]
pub(super) struct Again<'a> {
    /// The execution.
    pub(super) scheduled: Scheduled<'a>,
    /// The recording.
    pub(super) recorded: &'a Recording,
    /// The thread or process that is held before it starts.
    apart: Option<&'a Apart>,
    /// The description of the execution.
    execution: String,
}

impl<'a> Again<'a> {
    /// An execution with a seed.
    pub(super) fn seeded(
        run: &Native<'a>,
        recorded: &'a Recording,
        seed: Seed,
        apart: Option<&'a Apart>,
    ) -> Again<'a> {
        let apart = held(run, apart);
        let control = Control {
            hold: apart.map(|apart| {
                let time = learn::hold_time(recorded.transcript.wall);
                (Hold::Start(apart.actor.clone()), time)
            }),
            ..Control::default()
        };
        let execution = match apart {
            Some(_) => with_hold(format!("executed with the seed {seed}"), apart),
            None => {
                let name = &run.subject.launch.run.id;
                format!("`mdbook-transcript run {name} --seed {seed}` executes this schedule again")
            }
        };
        Again {
            scheduled: run.seeded(control, seed),
            recorded,
            apart,
            execution,
        }
    }

    /// Plans the executions after the native one, of `repeat` in all, in real time.
    pub(super) fn timed(
        run: Native<'a>,
        recorded: &'a Recording,
        repeat: NonZero<usize>,
    ) -> Vec<Again<'a>> {
        let times = 1..repeat.get();
        let timed = times.map(|time| Again::with_delays(run, recorded, time, repeat));
        timed.collect()
    }

    fn with_delays(
        run: Native<'a>,
        recorded: &'a Recording,
        time: usize,
        repeat: NonZero<usize>,
    ) -> Again<'a> {
        let run = as_recorded(run, recorded);
        let (delays, processors, words) = SCHEDULES[(time - 1) % SCHEDULES.len()];
        // A processor alone may be too slow for what an execution prints until its time-out.
        let processors = match run.subject.is_cut() {
            true => Processors::All,
            false => processors,
        };
        let apart = held(&run, victim(&recorded.shape.apart, time));
        let mut execution = format!("run {} of {repeat}", time + 1);
        if run.subject.observed.is_ok() {
            execution = format!("{execution}, {words}");
        }
        Again {
            scheduled: Scheduled {
                subject: run.subject,
                control: Control {
                    delays,
                    hold: apart.map(|apart| hold(apart, recorded)),
                    seed: (time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                    ..Control::default()
                },
                processors,
                seed: None,
                demand: run.subject.demand(run.transcript),
                wall: run.transcript.wall,
            },
            recorded,
            apart,
            execution: with_hold(execution, apart),
        }
    }

    /// The findings that only the observer's log shows.
    fn in_log(&self, log: &Log, exit: Exit) -> Vec<Found> {
        let Again {
            recorded,
            apart,
            execution,
            ..
        } = self;
        let hold = apart.map(|apart| Hold::Start(apart.actor.clone()));
        let logged: Execution = log.execution(exit, hold.as_ref());
        let lines = logged.as_lines();
        let mut differences = Vec::new();
        if let Some(apart) = apart {
            let is_started = log.actors().any(|actor| actor == apart.actor);
            let came = match logged.held {
                Some(Held::Start(_, came)) => Some(came),
                _ if is_started => Some(usize::MAX),
                _ => None,
            };
            differences.extend(beside(&recorded.shape, apart, &lines, came));
        }
        let started = logged.starts.and_then(|its| starts(&recorded.shape, its));
        if differences.is_empty() {
            differences.extend(started);
        }
        if let Some(seed) = self.scheduled.seed.filter(|_| apart.is_none()) {
            let mut of_seeds = under_seed(&recorded.shape, &lines, seed.world);
            if self.run().in_order() == InOrder::Free {
                of_seeds.retain(|difference| difference.kind != FindingKind::Order);
            }
            differences.extend(of_seeds);
        }
        found(differences, &lines, execution)
    }

    /// The thread or process that is held.
    pub(super) fn apart(&self) -> Option<&'a Apart> {
        self.apart
    }

    /// Whether a thread or process is held.
    pub(super) fn holds(&self) -> bool {
        self.apart.is_some()
    }

    /// Whether something was held, and is not what the recording means: then the execution says nothing about it. `fewest`
    /// are the lowest numbers of threads and processes that any execution of the check started.
    pub(super) fn holds_another(
        &self,
        executed: &Result<Observation, RunError>,
        fewest: Starts,
    ) -> bool {
        let (Some(apart), Ok(observation)) = (self.apart, executed) else {
            return false;
        };
        observation.log.as_ref().is_some_and(|log| {
            let execution = log.execution(observation.transcript.exit, None);
            is_another(&self.recorded.shape, apart, &execution, fewest)
        })
    }

    /// The run that is executed.
    fn run(&self) -> &'a Run {
        self.scheduled.subject.launch.run
    }

    /// Compares the execution with the recording.
    pub(super) fn findings(&self, executed: &Result<Observation, RunError>) -> Vec<Diagnostic> {
        let found = self.found(executed).into_iter();
        found.map(|found| found.finding).collect()
    }

    /// Compares the execution with the recording, and names the rules that it breaks.
    pub(super) fn found(&self, executed: &Result<Observation, RunError>) -> Vec<Found> {
        let Again {
            recorded,
            execution,
            ..
        } = self;
        let certain = |finding| Found {
            finding,
            rule: None,
        };
        let Observation {
            transcript, log, ..
        } = match executed {
            Ok(observation) => observation,
            Err(error) => return vec![certain(failed(error, execution))],
        };
        let run = self.run();
        let lines = &transcript.lines;
        let mut differences = compare_but_times(
            &recorded.shape,
            &recorded.transcript,
            transcript,
            run.in_order(),
        );
        if transcript.exit != recorded.shape.exit && self.may_end_otherwise() {
            // The recording tells nothing more about such an execution.
            differences.retain(|difference| difference.kind == FindingKind::Exit);
            return found(differences, lines, execution);
        }
        let mut all = found(differences, lines, execution);
        if let Some(log) = log {
            all.extend(self.in_log(log, transcript.exit));
        }
        for found in &mut all {
            found.rule.take_if(|_| self.is_certain(&found.finding));
        }
        all.extend(of_lines(run, lines, execution).into_iter().map(certain));
        all
    }

    /// Whether one execution with this finding is enough for an error. A rule that others rest on may have exceptions,
    /// which come too seldom to have been seen by `record`.
    fn is_certain(&self, finding: &Diagnostic) -> bool {
        let is_declared = self.run().in_order() == InOrder::Exact;
        match finding.kind {
            Some(FindingKind::Order) if is_declared => true,
            Some(FindingKind::Exit) => true,
            _ => !has_choices(self.recorded),
        }
    }

    /// Whether another exit status counts as a broken rule, as a program that waits in vain for something late, or for what
    /// is held, may give up.
    fn may_end_otherwise(&self) -> bool {
        let is_late = |seed: Seed| self.holds() || seed.world == World::Late;
        has_choices(self.recorded) && self.scheduled.seed.is_some_and(is_late)
    }
}

/// The run as its recording was made: one without the observer is compared with an execution without it.
pub(super) fn as_recorded<'a>(run: Native<'a>, recorded: &Recording) -> Native<'a> {
    let observed = match recorded.shape.order.untested {
        Some(untested) => Err(untested),
        None => run.subject.observed,
    };
    let subject = Subject {
        observed,
        ..run.subject
    };
    Native { subject, ..run }
}

/// The thread or process that is held, unless the order of lines does not matter or nothing can be held.
fn held<'a>(run: &Native<'_>, apart: Option<&'a Apart>) -> Option<&'a Apart> {
    let order = run.subject.launch.run.in_order();
    apart.filter(|_| run.subject.observed.is_ok() && order != InOrder::Free)
}

/// The hold of a thread or process at its start in real time.
fn hold(apart: &Apart, recorded: &Recording) -> (Hold, Duration) {
    let patience = PATIENCE.max(recorded.transcript.wall.saturating_mul(5));
    (Hold::Start(apart.actor.clone()), patience)
}

fn with_hold(execution: String, apart: Option<&Apart>) -> String {
    match apart {
        Some(apart) => format!("{execution}, and {} held at its start", apart.in_words()),
        None => execution,
    }
}

/// The lowest numbers of threads and processes that any of these executions started.
pub(super) fn fewest<'a>(
    executed: impl IntoIterator<Item = &'a Result<Observation, RunError>>,
) -> Starts {
    let logs = executed
        .into_iter()
        .filter_map(|executed| executed.as_ref().ok()?.log.as_ref());
    let least = logs.map(Log::starts).reduce(Starts::least);
    least.unwrap_or_default()
}

/// The thread or process that is held before it starts: the last one, then the first, then the last but one. A thread
/// for which the program no longer waits is noticed when it is later than all others.
pub(super) fn victim(apart: &[Apart], time: usize) -> Option<&Apart> {
    let nth = (time - 1) % apart.len().max(1);
    match nth % 2 {
        0 => apart.iter().rev().nth(nth / 2),
        _ => apart.get(nth / 2),
    }
}

/// Whether the recording rests on seeds that had something to choose. With few of them, there was nothing.
pub(super) fn has_choices(recorded: &Recording) -> bool {
    let known = recorded.shape.schedules.as_ref();
    known.is_some_and(|known| known.executions() > TRIAL)
}
