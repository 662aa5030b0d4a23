//! A further execution of a run, under a schedule that shows what the native one does not.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::claims::of_lines;
use super::findings::{failed, findings};
use crate::compare::{all_came, beside, compare_but_times, starts};
use crate::diagnostic::Diagnostic;
use crate::exec::{Processors, RunError};
use crate::learn::{Observation, Subject};
use crate::observe::control::{Control, Delays, Hold, release};
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::Exit;
use crate::transcript::execution::{Execution, Held};
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

/// Executes a run under a schedule, the `time`-th time after the native execution, and compares the transcript.
pub(super) fn again(
    subject: Subject<'_>,
    recorded: &Recording,
    time: usize,
    repeat: usize,
    progress: &dyn Progress,
) -> Vec<Diagnostic> {
    let (delays, processors, words) = SCHEDULES[(time - 1) % SCHEDULES.len()];
    let shape = &recorded.shape;
    // A recording without the observer is compared with an execution without it.
    let subject = Subject {
        observed: match shape.order.untested {
            Some(untested) => Err(untested),
            None => subject.observed,
        },
        ..subject
    };
    let is_observed = subject.observed.is_ok();
    let order = subject.run.in_order();
    let apart = victim(&shape.apart, time).filter(|_| is_observed && order != InOrder::Free);
    let patience = PATIENCE.max(recorded.transcript.wall.saturating_mul(5));
    let control = Control {
        delays,
        hold: apart.map(|apart| (Hold::Start(apart.actor.clone()), patience)),
        seed: (time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ..Control::default()
    };
    let mut execution = format!("run {} of {repeat}", time + 1);
    if is_observed {
        execution = format!("{execution}, {words}");
    }
    let executed = match apart {
        None => subject.execute(&control, processors, progress),
        Some(apart) => {
            execution = format!("{execution}, and {} held at its start", apart.in_words());
            execute_until_all_came(subject, recorded, apart, &control, processors, progress)
        }
    };
    let Observation { transcript, log } = match executed {
        Ok(observation) => observation,
        Err(error) => return vec![failed(&error, &execution)],
    };
    let lines = &transcript.lines;
    let differences = compare_but_times(shape, &recorded.transcript, &transcript, order);
    let mut all = findings(differences, lines, &execution);
    all.extend(of_lines(subject.run, lines, &execution));
    if let Some(log) = log {
        all.extend(in_log(recorded, apart, &log, transcript.exit, &execution));
    }
    all
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

/// Executes a run and holds a thread or process before it starts, until all concurrent lines have come or
/// [`PATIENCE`] is over.
fn execute_until_all_came(
    subject: Subject<'_>,
    recorded: &Recording,
    apart: &Apart,
    control: &Control,
    processors: Processors,
    progress: &dyn Progress,
) -> Result<Observation, RunError> {
    let folder = tempfile::Builder::new().prefix("transcript-").tempdir();
    let folder =
        folder.map_err(|error| RunError::Failed(format!("failed to observe it: {error}")))?;
    let has_ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| release_when_all_came(folder.path(), recorded, apart, &has_ended));
        let observation = subject.execute_in(folder.path(), control, processors, progress);
        has_ended.store(true, Ordering::Relaxed);
        observation
    })
}

/// Reads the log while the program runs, and releases the held thread once all concurrent lines have come.
fn release_when_all_came(
    folder: &Path,
    recorded: &Recording,
    apart: &Apart,
    has_ended: &AtomicBool,
) {
    let mut length = 0;
    while !has_ended.load(Ordering::Relaxed) {
        thread::sleep(LOOK);
        let bytes = fs::read(folder.join("log")).unwrap_or_default();
        if bytes.len() == length {
            continue;
        }
        length = bytes.len();
        let lines = Log::read(&bytes).execution(Exit::SUCCESS, None).as_lines();
        if all_came(&recorded.shape, apart, &lines) {
            if let Err(error) = release(folder) {
                tracing::warn!("failed to release a held thread: {error}");
            }
            return;
        }
    }
}
