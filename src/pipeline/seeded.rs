//! A built program → one seeded execution of it.

use std::collections::HashMap;
use std::fs;
use std::num::NonZero;

use anyhow::{Context, anyhow, bail};

use super::execute::Program;
use super::observe::Watching;
use super::once::{Once, Unobserved, unfinished};
use crate::exec::RunError;
use crate::exec::seeded::{START, SeededReport};
use crate::learn::Observation;
use crate::learn::batch::{Batch, Scheduled};
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::observe::seeded::TracedPoint;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::session::Session;
use crate::transcript::Transcript;
use crate::transcript::seed::Seed;

/// A seeded execution of a run.
#[derive(Debug)]
pub struct SeededOnce {
    /// The execution, whose times are those of the virtual clock.
    pub once: Once,
    /// The supervisor's account; `None`: the execution has failed.
    pub report: Option<SeededReport>,
    /// The scheduling points, if they were asked for.
    pub points: Vec<TracedPoint>,
    /// The numbers of the tracks, by the paths of their threads.
    pub tracks: HashMap<String, usize>,
    /// The paths of the threads, by their ids.
    pub threads: HashMap<u32, String>,
}

/// Executes the binary that is built for the observer with a seed. `traced`: all scheduling points are wanted.
///
/// # Errors
/// The run cannot be observed, or there is nothing to execute.
pub fn execute_seeded(
    program: &Program,
    seed: Seed,
    traced: bool,
    (plan, session): (&Plan, &Session),
    progress: &dyn Progress,
) -> anyhow::Result<SeededOnce> {
    let run = &plan[program.run];
    let watching = Watching::of(&[program.run], plan, &session.workspace, progress);
    let subject = watching.subject(program, run, &session.config);
    let subject = subject.with_context(|| format!("there is nothing to execute: `{}`", run.id))?;
    if let Err(untested) = subject.observed {
        bail!("`{}` cannot be seeded: {untested}", run.id);
    }
    let control = Control {
        tells_pauses: true,
        tells_points: traced,
        ..Control::default()
    };
    let cpu = Default::default();
    let batch = Batch::prepare([Scheduled::seeded(subject, cpu, control, seed)]);
    progress.running(&[run], 0);
    let executed = batch.execute(NonZero::<usize>::MIN, progress).pop();
    let (executed, report) = match executed.unwrap_or(Err(RunError::Interrupted)) {
        Ok(Observation {
            transcript, seeded, ..
        }) => (Ok(transcript), seeded),
        Err(error) => (Err(error), None),
    };
    let folder = batch.folder(0);
    let folder =
        folder.ok_or_else(|| anyhow!("failed to prepare the execution of `{}`", run.id))?;
    let log = fs::read(folder.join("log")).context("failed to read the observer's log")?;
    let log = Log::read(&log, &program.folders);
    Ok(SeededOnce {
        report,
        points: log.points(),
        tracks: log.track_numbers(),
        threads: log
            .threads()
            .into_iter()
            .map(|(id, path)| (id, path.to_owned()))
            .collect(),
        once: once(executed, &log),
    })
}

/// Combines the output of a seeded execution with the observer's log of it.
fn once(executed: Result<Transcript, RunError>, log: &Log) -> Once {
    let (mut transcript, failure) = match executed {
        Ok(transcript) => (transcript, None),
        Err(failure) => (unfinished(&failure, Some(log)).0, Some(failure)),
    };
    // Samples in real time would differ each time; the tracks know better.
    (transcript.threads, transcript.processes) = (None, None);
    // They have real times.
    transcript.fragments.clear();
    log.retime(&mut transcript.lines);
    log.add_tracks(&mut transcript, START);
    Once {
        unobserved: transcript.tracks.is_empty().then_some(Unobserved::TooMany),
        transcript,
        failure,
    }
}
