//! Built programs → one execution of each: seeded, if the run has a seed.

use std::collections::HashMap;
use std::fs;
use std::num::NonZero;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use super::execute::{Program, run_natively};
use super::observe::Watching;
use super::once::{Once, Unobserved, unfinished};
use crate::exec::seeded::{START, SeededReport};
use crate::exec::{Demand, RunError};
use crate::learn::Observation;
use crate::learn::batch::{Batch, Scheduled};
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::observe::seeded::TracedPoint;
use crate::plan::{Plan, RunId};
use crate::progress::Progress;
use crate::session::Session;
use crate::transcript::seed::Seed;
use crate::transcript::shape::Untested;
use crate::transcript::tracks::Why;
use crate::transcript::{Timing, Transcript};

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
    /// The reasons of the waits that have not ended, by the paths of their threads.
    pub unended_waits: HashMap<String, Why>,
}

/// Executes these programs, those of runs with a seed by the virtual clock, and measures the others. The results have the
/// order of `programs`.
pub fn run_programs(
    programs: &[&Program],
    plan: &Plan,
    session: &Session,
    progress: &dyn Progress,
) -> Vec<Result<Transcript, RunError>> {
    let measured = (Demand::Measured, session.config.jobs);
    run_programs_as(programs, measured, plan, session, progress)
}

/// Executes these programs as [`run_programs`] does, the native ones with this demand, and at most so many at once.
pub fn run_programs_as(
    programs: &[&Program],
    native_demand: (Demand, NonZero<usize>),
    plan: &Plan,
    session: &Session,
    progress: &dyn Progress,
) -> Vec<Result<Transcript, RunError>> {
    let has_seed = |program: &&&Program| {
        let has_seed = plan[program.run].seed().is_some();
        has_seed && program.binary().is_some()
    };
    let (seeded, native): (Vec<&Program>, Vec<&Program>) =
        programs.iter().partition(|program| has_seed(program));
    let mut native =
        run_natively(&native, native_demand, plan, &session.config, progress).into_iter();
    let mut seeded = run_seeded(&seeded, plan, session, progress).into_iter();
    let all = programs.iter().map(|program| match has_seed(&program) {
        true => seeded.next(),
        false => native.next(),
    });
    all.map(|executed| executed.unwrap_or(Err(RunError::Interrupted)))
        .collect()
}

/// Executes the programs of runs with a seed, each with its own.
fn run_seeded(
    programs: &[&Program],
    plan: &Plan,
    session: &Session,
    progress: &dyn Progress,
) -> Vec<Result<Transcript, RunError>> {
    if programs.is_empty() {
        return Vec::new();
    }
    let runs: Vec<RunId> = programs.iter().map(|program| program.run).collect();
    let watching = Watching::of(&runs, plan, &session.workspace, progress);
    let scheduled = programs.iter().map(|program| {
        let run = &plan[program.run];
        let subject = watching.with_seed(program, run, &session.config);
        let (subject, seed) = subject.zip(run.seed()).ok_or(RunError::Interrupted)?;
        match subject.observed {
            Ok(_) => {
                tracing::debug!("`{}`: run with {seed}", run.id);
                let control = control(false);
                Ok(Scheduled::seeded(subject, Duration::ZERO, control, seed))
            }
            Err(untested) => Err(unseeded(&untested.to_string())),
        }
    });
    let scheduled: Vec<Result<Scheduled<'_>, RunError>> = scheduled.collect();
    let batch = Batch::prepare(scheduled.iter().flatten().cloned());
    let mut executed = batch.execute(session.config.jobs, progress).into_iter();
    let executed = scheduled.into_iter().map(|scheduled| {
        scheduled?;
        let observation = executed.next().unwrap_or(Err(RunError::Interrupted))?;
        match observation.log_of_lines() {
            _ if observation.leaks() => Err(unseeded("real time decides which thread goes on")),
            None => Err(unseeded(&Untested::Program.to_string())),
            Some(log) => Ok(once(Ok(observation.transcript.clone()), log).transcript),
        }
    });
    executed.collect()
}

/// Returns the error for a run that has a seed, but cannot be executed with it.
fn unseeded(why: &str) -> RunError {
    RunError::Failed(format!("it cannot be executed with a seed: {why}"))
}

/// Returns the observer's task in a seeded execution: to tell the threads' pauses, and all scheduling points if they are
/// `traced`.
fn control(traced: bool) -> Control {
    Control {
        tells_pauses: true,
        tells_points: traced,
        ..Control::default()
    }
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
    let subject = watching.with_seed(program, run, &session.config);
    let subject = subject.with_context(|| format!("there is nothing to execute: `{}`", run.id))?;
    if let Err(untested) = subject.observed {
        bail!("`{}` cannot be seeded: {untested}", run.id);
    }
    let batch = Batch::prepare([Scheduled::seeded(
        subject,
        Duration::ZERO,
        control(traced),
        seed,
    )]);
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
    if log.events.is_empty() {
        bail!("`{}` cannot be seeded: {}", run.id, Unobserved::NotLoaded);
    }
    Ok(SeededOnce {
        report,
        points: log.points(),
        unended_waits: log.unended_waits(),
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
    (transcript.cpu, transcript.memory) = (None, None);
    transcript.timing = Timing::Virtual;
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
