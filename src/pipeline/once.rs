//! A built program → one execution of it, under the observer if that is possible.

use std::io;
use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

use super::execute::{Program, launch};
use super::observe::{Observed, sets_observers_variables};
use crate::exec::schedule::{is_noisy, run_all};
use crate::exec::temporary::TemporaryFolder;
use crate::exec::{Demand, Excess, Finished, Launch, RunError};
use crate::observe::log::Log;
use crate::observe::{NoObserver, Observer};
use crate::plan::Run;
use crate::progress::Progress;
use crate::session::Session;
use crate::transcript::{Exit, Timing, Transcript};

/// One execution of a run.
#[derive(Debug)]
pub struct Once {
    /// The output and the outcome, with tracks if the threads are known. If the execution has failed, only the lines
    /// and tracks until then are meaningful.
    pub transcript: Transcript,
    /// The reason why the execution has failed; `None`: the program ended by itself, or its fence expects the time-out.
    pub failure: Option<RunError>,
    /// The reason why the threads are not known; `None`: they are.
    pub unobserved: Option<Unobserved>,
}

/// The reason why the threads of an execution are not known.
#[derive(Debug, thiserror::Error)]
pub enum Unobserved {
    /// There is no observer.
    #[error(transparent)]
    NoObserver(#[from] NoObserver),
    /// The run sets a variable that the observer needs.
    #[error("the run sets LD_PRELOAD or LD_LIBRARY_PATH, which the observer needs")]
    Environment,
    /// The observer's files cannot be written or read.
    #[error("failed to use the observer's files: {0}")]
    Files(#[from] io::Error),
    /// The program has not loaded the observer.
    #[error("the program did not load the observer, as if it were linked statically")]
    NotLoaded,
    /// The observer saw more threads or pauses than it can describe.
    #[error("there were too many threads or pauses")]
    TooMany,
}

/// Executes a program once, even if the machine is busy. `None`: there is nothing to execute.
pub fn execute_once(
    program: &Program,
    run: &Run,
    session: &Session,
    progress: &dyn Progress,
) -> Option<Once> {
    let binary = program.binary()?;
    let native = Launch {
        // An execution with measured demand would be repeated on a busy machine.
        demand: Demand::Known {
            millicores: usize::MAX,
            wall: Duration::ZERO,
        },
        ..launch(program, binary, run, &session.config)
    };
    let folder = match TemporaryFolder::create() {
        Ok(folder) => folder,
        Err(error) => return Some(finished(execute(native, progress), Err(error.into()))),
    };
    Some(
        match observed(program, binary, run, session, folder.path()) {
            Ok(observed) => {
                let executed = execute(observed.launch(native), progress);
                finished(executed, observed.log().map_err(Unobserved::Files))
            }
            Err(unobserved) => finished(execute(native, progress), Err(unobserved)),
        },
    )
}

/// Prepares the observation of a program; `folder` is for the observer's files.
fn observed<'a>(
    program: &'a Program,
    binary: &'a Path,
    run: &Run,
    session: &Session,
    folder: &Path,
) -> Result<Observed<'a>, Unobserved> {
    if sets_observers_variables(run) {
        return Err(Unobserved::Environment);
    }
    let workspace = &session.workspace;
    let observer = Observer::ready(&workspace.manifest, &workspace.target.join("transcript"))?;
    Ok(Observed::of(program, binary, &observer, folder)?)
}

fn execute(launch: Launch<'_>, progress: &dyn Progress) -> Result<Finished, RunError> {
    // The schedule shows only executions that it measures.
    progress.running(&[launch.run], 0);
    let mut executed = run_all(&[launch], NonZero::<usize>::MIN, progress);
    executed.pop().unwrap_or(Err(RunError::Interrupted))
}

/// Combines the output of an execution with the observer's log of it.
fn finished(executed: Result<Finished, RunError>, log: Result<Log, Unobserved>) -> Once {
    let (mut transcript, start, failure) = match executed {
        Ok(Finished {
            transcript,
            delay,
            start,
            ..
        }) => {
            let timing = match is_noisy(transcript.wall, delay) {
                true => Timing::Noisy,
                false => Timing::Clean,
            };
            let transcript = Transcript {
                timing,
                ..transcript
            };
            (transcript, start, None)
        }
        Err(failure) => {
            let (transcript, start) = unfinished(&failure, log.as_ref().ok());
            (transcript, start, Some(failure))
        }
    };
    let unobserved = match log {
        Ok(log) if log.events.is_empty() => Some(Unobserved::NotLoaded),
        Ok(log) => {
            log.add_tracks(&mut transcript, start);
            transcript.tracks.is_empty().then_some(Unobserved::TooMany)
        }
        Err(unobserved) => Some(unobserved),
    };
    Once {
        transcript,
        failure,
        unobserved,
    }
}

/// Returns the transcript of an execution that has failed, and its start according to the observer's log.
pub(super) fn unfinished(failure: &RunError, log: Option<&Log>) -> (Transcript, Duration) {
    let lines = match failure {
        RunError::Stopped { printed, .. }
        | RunError::LeftRunning { printed, .. }
        | RunError::Deadlock { printed, .. } => printed.clone(),
        _ => Vec::new(),
    };
    let times = log.iter().flat_map(|log| &log.events).map(|event| event.at);
    let start = times.clone().min().unwrap_or_default();
    let wall = match failure {
        RunError::Stopped {
            excess: Excess::Time,
            limits,
            ..
        } => limits.timeout,
        _ => times.max().unwrap_or_default().saturating_sub(start),
    };
    let transcript = Transcript {
        wall,
        ..Transcript::of(lines, Exit::Timeout)
    };
    (transcript, start)
}
