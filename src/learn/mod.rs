//! Makes the runs from which the shape of a run is learnt.
//!
//! One is as it is, and readers see it. In some, threads are delayed, or there is one processor alone. In the
//! others one line, or the start of one thread, is held back for longer than all the rest takes: what comes
//! meanwhile does not depend on it; what comes only then, does.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::exec::{Processors, RunError};
use crate::learn::shape::classes::classes;
use crate::observe::control::{Control, Delays, Hold};
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::Transcript;
use crate::transcript::execution::{Held, Recording};
use crate::transcript::shape::Untested;

pub mod crew;
pub mod interventions;
pub mod shape;
pub mod subject;

use crew::{Crew, share_of, side_by_side};
use interventions::{interventions, is_always_started};
pub use subject::{Disturbance, Subject, Watched};

/// Beyond twice the time that a disturbed run takes, for how long something is held.
const LONGER: Duration = Duration::from_millis(300);

/// What a run is disturbed by before anything is held back.
fn disturbances() -> Vec<(Control, Processors)> {
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
    let control = |(seed, (delays, processors))| {
        let control = Control {
            delays,
            hold: None,
            seed: (seed as u64 + 1) * 0x9e37_79b9,
            ..Control::default()
        };
        (control, processors)
    };
    numbered.map(control).collect()
}

/// The recordings of a run, whose undisturbed transcript is there. Beside them stands why nothing was held
/// back.
///
/// # Errors
/// It does not run to its end when it is disturbed.
pub fn recordings(
    subject: Subject<'_>,
    plain: &Transcript,
    crew: &Crew,
    progress: &dyn Progress,
) -> Result<(Vec<Recording>, Option<Untested>), RunError> {
    let share = subject.share(plain);
    let disturb = |share, control: &Control, processors| {
        crew.when_there_is_room(share, || subject.disturb(control, processors, progress))
    };
    let seen = side_by_side(disturbances(), |(control, processors)| {
        disturb(share, &control, processors)
    });
    let seen: Vec<Disturbance> = seen.into_iter().collect::<Result<_, _>>()?;
    let logs = match logs_of(subject, plain, &seen) {
        Ok(logs) => logs,
        Err(untested) => {
            // What was built to be observed, or is delayed, may print otherwise than what readers see.
            let seen = match subject.watched {
                Err(_) => seen,
                Ok(_) => unwatched(subject, untested, share, crew, progress)?,
            };
            return Ok((without_observer(plain, &seen)?, Some(untested)));
        }
    };
    let mut recordings = vec![Recording::of(plain)];
    let walls = seen.iter().map(|seen| seen.transcript.wall);
    let time = walls.max().unwrap_or_default().saturating_mul(2) + LONGER;
    let observed = seen.iter().zip(&logs);
    let observed = observed.map(|(seen, log)| log.recording(seen.transcript.exit, None));
    let observed: Vec<Recording> = observed.collect();
    let actors = logs
        .iter()
        .map(|log| log.actors().map(str::to_owned).collect());
    let actors: Vec<BTreeSet<String>> = actors.collect();

    let mut holds: Vec<(Hold, Processors)> = Vec::new();
    for hold in interventions(&observed, &actors) {
        // What goes on beside a thread must do so on one processor too.
        if let Hold::Start(_) = hold {
            holds.push((hold.clone(), Processors::One));
        }
        holds.push((hold, Processors::All));
    }
    recordings.extend(observed);
    // Delayed runs sleep more than undisturbed ones, and those in which something is held still more.
    let share = match subject.run.alone {
        true => share,
        false => seen
            .iter()
            .map(|seen| share_of(&seen.transcript))
            .min()
            .unwrap_or(share),
    };
    let held = side_by_side(holds, |(hold, processors)| {
        let control = Control {
            hold: Some((hold.clone(), time)),
            ..Control::default()
        };
        let seen = disturb(share, &control, processors)?;
        let log = seen.whole_log();
        let log = log.ok_or_else(|| RunError::Failed("not all of it was seen".to_owned()))?;
        let mut recording = log.recording(seen.transcript.exit, Some(&hold));
        if let Some(Held::Start(actor, came)) = &mut recording.held
            && !is_always_started(actor, &actors)
        {
            // Where it is not started at all, nothing goes on beside it.
            *came = 0;
        }
        Ok(recording)
    });
    for held in held {
        match held {
            Err(RunError::Interrupted) => return Err(RunError::Interrupted),
            // What is held may keep others waiting for longer than they wait: then this says nothing.
            Err(error) => tracing::debug!("`{}`: held back: {error}", subject.run.called()),
            Ok(recording) if recording.exit != plain.exit => {
                tracing::debug!("`{}`: held back, it ends otherwise", subject.run.called());
            }
            Ok(recording) => recordings.push(recording),
        }
    }
    Ok((recordings, None))
}

/// What the observer saw of disturbed runs.
///
/// # Errors
/// It cannot be learnt from, and why.
fn logs_of<'a>(
    subject: Subject<'_>,
    plain: &Transcript,
    seen: &'a [Disturbance],
) -> Result<Vec<&'a Log>, Untested> {
    subject.watched.map(drop)?;
    let logs: Option<Vec<&Log>> = seen.iter().map(Disturbance::whole_log).collect();
    let logs = logs.ok_or(Untested::Program)?;
    if seen.iter().any(|seen| seen.transcript.exit != plain.exit) {
        return Err(Untested::Timing);
    }
    // What readers see must be among what was observed: the observer may have changed it.
    let mut all = vec![Recording::of(plain)];
    all.extend(logs.iter().map(|log| log.recording(plain.exit, None)));
    let classes = classes(&all);
    let is_observed = |template: &usize| {
        classes.of_lines[1..]
            .iter()
            .any(|lines| lines.contains(template))
    };
    match classes.of_lines[0].iter().all(is_observed) {
        true => Ok(logs),
        false => Err(Untested::Program),
    }
}

/// The disturbed runs of a program without the observer: on all processors, and on one.
fn unwatched(
    subject: Subject<'_>,
    untested: Untested,
    share: usize,
    crew: &Crew,
    progress: &dyn Progress,
) -> Result<Vec<Disturbance>, RunError> {
    let subject = Subject {
        watched: Err(untested),
        ..subject
    };
    let made = side_by_side(disturbances(), |(control, processors)| {
        crew.when_there_is_room(share, || subject.disturb(&control, processors, progress))
    });
    made.into_iter().collect()
}

/// Recordings of runs that nobody watched.
fn without_observer(plain: &Transcript, seen: &[Disturbance]) -> Result<Vec<Recording>, RunError> {
    if let Some(other) = seen.iter().find(|seen| seen.transcript.exit != plain.exit) {
        return Err(ends_otherwise(&other.transcript));
    }
    let seen = seen.iter().map(|seen| &seen.transcript);
    Ok([plain].into_iter().chain(seen).map(Recording::of).collect())
}

/// A program that ends in one way or in another has no shape.
fn ends_otherwise(transcript: &Transcript) -> RunError {
    let exit = transcript.exit.in_words();
    RunError::Failed(format!(
        "it does not always end so: when it is disturbed, with {exit}"
    ))
}
