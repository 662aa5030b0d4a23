//! A run made once more, disturbed.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::claims::of_lines;
use super::found::{Found, failed, found};
use crate::compare::{all_came, beside, compare_but_times, starts};
use crate::exec::{Processors, RunError};
use crate::learn::{Disturbance, Subject};
use crate::observe::control::{Control, Delays, Hold, release};
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::Exit;
use crate::transcript::execution::{Held, Recording};
use crate::transcript::format::Recorded;
use crate::transcript::shape::Apart;
use crate::transcript::shape::InOrder;

/// How long a thread is kept from starting at most, while what goes on beside it has not come: nothing is as
/// late as this on any machine. It is let go as soon as all has come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often we look whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// What is done to each of the runs behind the first.
const DISTURBANCES: [(Delays, Processors, &str); 4] = [
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

/// Makes a run once more, the `time`-th behind the first, and compares it.
pub(super) fn again(
    subject: Subject<'_>,
    recorded: &Recorded,
    time: usize,
    repeat: usize,
    progress: &dyn Progress,
) -> Vec<Found> {
    let (delays, processors, words) = DISTURBANCES[(time - 1) % DISTURBANCES.len()];
    let shape = &recorded.shape;
    // What was recorded without the observer is compared without it.
    let subject = Subject {
        watched: match shape.order.untested {
            Some(untested) => Err(untested),
            None => subject.watched,
        },
        ..subject
    };
    let is_watched = subject.watched.is_ok();
    let order = subject.run.in_order();
    let apart = victim(&shape.apart, time).filter(|_| is_watched && order != InOrder::Free);
    let patience = PATIENCE.max(recorded.transcript.wall.saturating_mul(5));
    let control = Control {
        delays,
        hold: apart.map(|apart| (Hold::Start(apart.actor.clone()), patience)),
        seed: (time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ..Control::default()
    };
    let mut when = format!("run {} of {repeat}", time + 1);
    if is_watched {
        when = format!("{when}, {words}");
    }
    let made = match apart {
        None => subject.disturb(&control, processors, progress),
        Some(apart) => {
            when = format!("{when}, and {} kept from starting", apart.in_words());
            disturb_until_all_came(subject, recorded, apart, &control, processors, progress)
        }
    };
    let Disturbance { transcript, log } = match &made {
        Ok(made) => made,
        Err(_) => {
            return made
                .err()
                .map(|error| failed(error, when))
                .into_iter()
                .collect();
        }
    };
    let lines = &transcript.lines;
    let differences = compare_but_times(shape, &recorded.transcript, transcript, order);
    let mut all = found(differences, lines, &when);
    all.extend(of_lines(subject.run, lines, &when));
    if let Some(log) = log {
        all.extend(found_in_log(recorded, apart, log, transcript.exit, &when));
    }
    all
}

/// What is kept from starting: the last thread or process that is started, then the first, then the last but
/// one. One that is no longer waited for shows itself when it is later than all others.
fn victim(apart: &[Apart], time: usize) -> Option<&Apart> {
    let nth = (time - 1) % apart.len().max(1);
    match nth % 2 {
        0 => apart.iter().rev().nth(nth / 2),
        _ => apart.get(nth / 2),
    }
}

/// What the observer saw that nobody else could.
fn found_in_log(
    recorded: &Recorded,
    apart: Option<&Apart>,
    log: &Log,
    exit: Exit,
    when: &str,
) -> Vec<Found> {
    let hold = apart.map(|apart| Hold::Start(apart.actor.clone()));
    let recording: Recording = log.recording(exit, hold.as_ref());
    let lines = recording.as_lines();
    let mut differences = Vec::new();
    if let Some(apart) = apart {
        let is_started = log.actors().any(|actor| actor == apart.actor);
        let came = match recording.held {
            Some(Held::Start(_, came)) => Some(came),
            _ if is_started => Some(usize::MAX),
            _ => None,
        };
        differences.extend(beside(&recorded.shape, apart, &lines, came));
    }
    let started = recording
        .starts
        .and_then(|its| starts(&recorded.shape, its));
    if differences.is_empty() {
        differences.extend(started);
    }
    found(differences, &lines, when)
}

/// Keeps something from starting until all that goes on beside it has come, or it is clear that it will not.
fn disturb_until_all_came(
    subject: Subject<'_>,
    recorded: &Recorded,
    apart: &Apart,
    control: &Control,
    processors: Processors,
    progress: &dyn Progress,
) -> Result<Disturbance, RunError> {
    let folder = tempfile::Builder::new().prefix("transcript-").tempdir();
    let folder =
        folder.map_err(|error| RunError::Failed(format!("failed to observe it: {error}")))?;
    let has_ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| let_go_when_all_came(folder.path(), recorded, apart, &has_ended));
        let made = subject.disturb_in(folder.path(), control, processors, progress);
        has_ended.store(true, Ordering::Relaxed);
        made
    })
}

fn let_go_when_all_came(folder: &Path, recorded: &Recorded, apart: &Apart, has_ended: &AtomicBool) {
    let mut length = 0;
    while !has_ended.load(Ordering::Relaxed) {
        thread::sleep(LOOK);
        let bytes = fs::read(folder.join("log")).unwrap_or_default();
        if bytes.len() == length {
            continue;
        }
        length = bytes.len();
        let lines = Log::read(&bytes).recording(Exit::SUCCESS, None).as_lines();
        if all_came(&recorded.shape, apart, &lines) {
            if let Err(error) = release(folder) {
                tracing::warn!("failed to let a held thread go: {error}");
            }
            return;
        }
    }
}
