//! One execution of a run under a schedule, to learn from it or to check it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::cores::share_of;
use crate::exec::{Instrumentation, Launch, Limits, Processors, RunError, run};
use crate::observe::Observer;
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::plan::Run;
use crate::progress::Progress;
use crate::transcript::shape::Untested;
use crate::transcript::{Exit, Transcript};

/// The time that delays may add to an execution, beyond the length of the hold.
const MARGIN: Duration = Duration::from_secs(3);

/// A run, and everything that its execution under a schedule needs.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The run.
    pub run: &'a Run,
    /// The binary that readers run.
    pub binary: &'a Path,
    /// For a shell, the folder with the programs that its commands name.
    pub programs: Option<&'a Path>,
    /// Limits on an execution without a schedule.
    pub limits: Limits,
    /// The binary for the observer, or the reason why the run is not observed.
    pub observed: Result<ObservedBinary<'a>, Untested>,
}

/// The observer, and a binary that it can observe.
#[derive(Debug, Clone, Copy)]
pub struct ObservedBinary<'a> {
    /// The observer.
    pub observer: &'a Observer,
    /// The binary, linked so that the observer can replace functions of std.
    pub binary: &'a Path,
}

/// One execution under a schedule.
#[derive(Debug)]
pub struct Observation {
    /// The transcript, from the output that the kernel passed on.
    pub transcript: Transcript,
    /// The observer's log. `None`: the run is not observed.
    pub log: Option<Log>,
}

impl Subject<'_> {
    /// Executes the run once under a schedule. Without the observer, only the choice of cores has an effect.
    ///
    /// # Errors
    /// The program did not run to its end.
    pub fn execute(
        &self,
        control: &Control,
        processors: Processors,
        progress: &dyn Progress,
    ) -> Result<Observation, RunError> {
        let folder = tempfile::Builder::new().prefix("transcript-").tempdir();
        let folder = folder.map_err(|error| cannot_observe(&error))?;
        self.execute_in(folder.path(), control, processors, progress)
    }

    /// Executes the run as [`execute`](Subject::execute) does, with the control file and the log in a folder.
    ///
    /// # Errors
    /// The program did not run to its end.
    pub fn execute_in(
        &self,
        folder: &Path,
        control: &Control,
        processors: Processors,
        progress: &dyn Progress,
    ) -> Result<Observation, RunError> {
        let mut limits = self.limits;
        let held = control
            .hold
            .as_ref()
            .map_or(Duration::ZERO, |(_, time)| *time);
        // The observer's own work takes time, too.
        let longer = limits.timeout.saturating_mul(2);
        limits.timeout = longer.saturating_add(held + MARGIN);
        let (binary, instrumentation) = match self.observed {
            Ok(ObservedBinary { observer, binary }) => {
                control
                    .write(folder)
                    .map_err(|error| cannot_observe(&error))?;
                let instrumentation = observer.instrumentation(folder, processors);
                (
                    binary,
                    instrumentation.map_err(|error| cannot_observe(&error))?,
                )
            }
            Err(_) => {
                let instrumentation = Instrumentation {
                    processors,
                    ..Instrumentation::default()
                };
                (self.binary, instrumentation)
            }
        };
        let launch = Launch {
            binary,
            run: self.run,
            programs: self.programs,
            limits,
            instrumentation: Some(&instrumentation),
        };
        let transcript = run(launch, progress)?.transcript;
        let log = match self.observed {
            Ok(_) => Some(fs::read(folder.join("log")).map_err(|error| cannot_observe(&error))?),
            Err(_) => None,
        };
        Ok(Observation {
            transcript,
            log: log.map(|log| Log::read(&log)),
        })
    }

    /// The share of the cores that the run needs, in thousandths, given the transcript of its native execution.
    pub fn share(&self, native: &Transcript) -> usize {
        if self.run.alone {
            usize::MAX
        } else {
            share_of(native)
        }
    }
}

impl Observation {
    /// The observer's log, if it has every line of the output.
    pub fn whole_log(&self) -> Option<&Log> {
        let log = self.log.as_ref()?;
        let execution = log.execution(Exit::SUCCESS, None);
        // The log has writes but no print if the program prints by functions that the observer does not replace.
        let is_printed = execution.lines.iter().any(|line| line.printed_by.is_some());
        if !is_printed && !execution.lines.is_empty() {
            return None;
        }
        let logged = execution.lines.iter().map(|line| (line.stream, &line.text));
        let printed = self.transcript.lines.iter();
        let printed = printed.map(|line| (line.stream, &line.text));
        let (mut logged, mut printed): (Vec<_>, Vec<_>) = (logged.collect(), printed.collect());
        logged.sort_unstable();
        printed.sort_unstable();
        (logged == printed).then_some(log)
    }
}

fn cannot_observe(error: &io::Error) -> RunError {
    RunError::Failed(format!("failed to observe it: {error}"))
}
