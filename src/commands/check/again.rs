//! A further execution of a run, under a schedule that shows what the native one does not.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::claims::of_lines;
use super::findings::{failed, findings};
use crate::compare::{all_came, beside, compare_but_times, starts};
use crate::diagnostic::Diagnostic;
use crate::exec::{Processors, RunError};
use crate::learn::batch::{Batch, Scheduled};
use crate::learn::{Native, Observation, Subject};
use crate::observe::control::{Control, Delays, Hold, release};
use crate::observe::log::Log;
use crate::plan::Run;
use crate::progress::Progress;
use crate::transcript::Exit;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::folders::Folders;
use crate::transcript::format::Recording;
use crate::transcript::shape::Apart;
use crate::transcript::shape::InOrder;

/// The longest that a thread is held while lines of concurrent threads are awaited: no line is as late as this on any
/// machine. The thread is released as soon as all lines have come.
const PATIENCE: Duration = Duration::from_secs(10);
/// The interval at which the log is read for those lines.
const LOOK: Duration = Duration::from_millis(10);

/// The schedules of the executions after the first, in turn: delays, processors and a description.
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
pub(super) struct Again<'a> {
    /// The execution.
    pub(super) scheduled: Scheduled<'a>,
    recorded: &'a Recording,
    /// The thread or process that is held before it starts.
    apart: Option<&'a Apart>,
    /// The description of the execution.
    execution: String,
}

impl<'a> Again<'a> {
    /// Plans the `time`-th execution after the native one, of `repeat` executions in all.
    pub(super) fn new(
        run: Native<'a>,
        recorded: &'a Recording,
        time: usize,
        repeat: NonZero<usize>,
    ) -> Again<'a> {
        let (delays, processors, words) = SCHEDULES[(time - 1) % SCHEDULES.len()];
        // A processor alone may be too slow for what an execution prints until its time-out.
        let processors = match run.subject.is_cut() {
            true => Processors::All,
            false => processors,
        };
        let shape = &recorded.shape;
        // A recording without the observer is compared with an execution without it.
        let subject = Subject {
            observed: match shape.order.untested {
                Some(untested) => Err(untested),
                None => run.subject.observed,
            },
            ..run.subject
        };
        let is_observed = subject.observed.is_ok();
        let order = subject.launch.run.in_order();
        let apart = victim(&shape.apart, time).filter(|_| is_observed && order != InOrder::Free);
        let patience = PATIENCE.max(recorded.transcript.wall.saturating_mul(5));
        let mut execution = format!("run {} of {repeat}", time + 1);
        if is_observed {
            execution = format!("{execution}, {words}");
        }
        if let Some(apart) = apart {
            execution = format!("{execution}, and {} held at its start", apart.in_words());
        }
        Again {
            scheduled: Scheduled {
                subject,
                control: Control {
                    delays,
                    hold: apart.map(|apart| (Hold::Start(apart.actor.clone()), patience)),
                    seed: (time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                    ..Control::default()
                },
                processors,
                demand: subject.demand(run.transcript),
                wall: run.transcript.wall,
            },
            recorded,
            apart,
            execution,
        }
    }

    /// The run that is executed.
    fn run(&self) -> &'a Run {
        self.scheduled.subject.launch.run
    }

    /// Compares the execution with the recording.
    pub(super) fn findings(&self, executed: Result<Observation, RunError>) -> Vec<Diagnostic> {
        let Again {
            recorded,
            apart,
            execution,
            ..
        } = self;
        let Observation { transcript, log } = match executed {
            Ok(observation) => observation,
            Err(error) => return vec![failed(&error, execution)],
        };
        let run = self.run();
        let lines = &transcript.lines;
        let differences = compare_but_times(
            &recorded.shape,
            &recorded.transcript,
            &transcript,
            run.in_order(),
        );
        let mut all = findings(differences, lines, execution);
        all.extend(of_lines(run, lines, execution));
        if let Some(log) = log {
            all.extend(in_log(recorded, *apart, &log, transcript.exit, execution));
        }
        all
    }
}

/// Executes the further executions side by side. A thread or process that is held is released as soon as all
/// concurrent lines have come, or when [`PATIENCE`] is over. The results are in the order of the executions.
pub(super) fn execute_again(
    all: &[Again<'_>],
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Observation, RunError>> {
    let batch = Batch::prepare(all.iter().map(|again| again.scheduled.clone()));
    let held = all.iter().enumerate().filter_map(|(number, again)| {
        Some(Waiting {
            folder: batch.folder(number)?,
            recorded: again.recorded,
            apart: again.apart?,
            folders: again.scheduled.subject.launch.folders,
            length: 0,
        })
    });
    let held: Vec<Waiting<'_>> = held.collect();
    let has_ended = AtomicBool::new(held.is_empty());
    thread::scope(|scope| {
        scope.spawn(|| release_all(held, &has_ended));
        let observations = batch.execute(jobs, progress);
        has_ended.store(true, Ordering::Relaxed);
        observations
    })
}

/// The thread or process that is held before it starts: the last one, then the first, then the last but one. A thread
/// for which the program no longer waits is noticed when it is later than all others.
fn victim(apart: &[Apart], time: usize) -> Option<&Apart> {
    let nth = (time - 1) % apart.len().max(1);
    match nth % 2 {
        0 => apart.iter().rev().nth(nth / 2),
        _ => apart.get(nth / 2),
    }
}

/// Findings that only the observer's log shows.
fn in_log(
    recorded: &Recording,
    apart: Option<&Apart>,
    log: &Log,
    exit: Exit,
    execution: &str,
) -> Vec<Diagnostic> {
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
    findings(differences, &lines, execution)
}

/// An execution in which a thread or process is held before it starts.
struct Waiting<'a> {
    /// The folder of its log.
    folder: &'a Path,
    recorded: &'a Recording,
    apart: &'a Apart,
    folders: &'a Folders,
    /// The length of the log when it was last read.
    length: u64,
}

/// Reads the logs while the programs run, and releases each held thread once all lines that are concurrent with it
/// have come.
fn release_all(mut held: Vec<Waiting<'_>>, has_ended: &AtomicBool) {
    while !has_ended.load(Ordering::Relaxed) && !held.is_empty() {
        thread::sleep(LOOK);
        held.retain_mut(|held| !held.has_been_released());
    }
}

impl Waiting<'_> {
    /// Releases the thread if all concurrent lines have come; returns whether they have.
    fn has_been_released(&mut self) -> bool {
        let file = self.folder.join("log");
        let length = fs::metadata(&file).map_or(0, |metadata| metadata.len());
        if length == self.length {
            return false;
        }
        self.length = length;
        let bytes = fs::read(&file).unwrap_or_default();
        let log = Log::read(&bytes, self.folders);
        let lines = log.execution(Exit::SUCCESS, None).as_lines();
        let has_come = all_came(&self.recorded.shape, self.apart, &lines);
        if has_come && let Err(error) = release(self.folder) {
            tracing::warn!("failed to release a held thread: {error}");
        }
        has_come
    }
}
