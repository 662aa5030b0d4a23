//! A run that is disturbed, to learn from it or to check it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::crew::share_of;
use crate::exec::{Disturbed, Limits, Processors, RunError, Task, run};
use crate::observe::Observer;
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::plan::Run;
use crate::progress::Progress;
use crate::transcript::shape::Untested;
use crate::transcript::{Exit, Transcript};

/// What disturbances add to the time that a run may take, beside what is held.
const LONGER: Duration = Duration::from_secs(3);

/// A run, and all that it takes to disturb it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its binary.
    pub binary: &'a Path,
    /// Where those programs lie that it finds by their names, if it is a shell.
    pub programs: Option<&'a Path>,
    /// What a run may use.
    pub limits: Limits,
    /// By whom it is observed, or why it is not.
    pub watched: Result<Watched<'a>, Untested>,
}

/// By whom a program is observed.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// The observer.
    pub observer: &'a Observer,
    /// The binary that was built to be observed.
    pub binary: &'a Path,
}

/// A disturbed run.
#[derive(Debug)]
pub struct Disturbance {
    /// What it printed, as the kernel saw it.
    pub transcript: Transcript,
    /// What the observer saw; `None`: there was none.
    pub log: Option<Log>,
}

impl Subject<'_> {
    /// Makes one disturbed run. Where there is no observer, only the processors count.
    ///
    /// # Errors
    /// It did not run to its end.
    pub fn disturb(
        &self,
        control: &Control,
        processors: Processors,
        progress: &dyn Progress,
    ) -> Result<Disturbance, RunError> {
        let folder = tempfile::Builder::new().prefix("transcript-").tempdir();
        let folder = folder.map_err(|error| no_room(&error))?;
        self.disturb_in(folder.path(), control, processors, progress)
    }

    /// The same, its control file and log in this folder.
    ///
    /// # Errors
    /// It did not run to its end.
    pub fn disturb_in(
        &self,
        folder: &Path,
        control: &Control,
        processors: Processors,
        progress: &dyn Progress,
    ) -> Result<Disturbance, RunError> {
        let mut limits = self.limits;
        let held = control
            .hold
            .as_ref()
            .map_or(Duration::ZERO, |(_, time)| *time);
        // What is done to it takes time of its own.
        let longer = limits.timeout.saturating_mul(2);
        limits.timeout = longer.saturating_add(held + LONGER);
        let (binary, disturbed) = match self.watched {
            Ok(Watched { observer, binary }) => {
                control.write(folder).map_err(|error| no_room(&error))?;
                let disturbed = observer.disturbed(folder, processors);
                (binary, disturbed.map_err(|error| no_room(&error))?)
            }
            Err(_) => {
                let disturbed = Disturbed {
                    processors,
                    ..Disturbed::default()
                };
                (self.binary, disturbed)
            }
        };
        let task = Task {
            binary,
            run: self.run,
            programs: self.programs,
            limits,
            disturbed: Some(&disturbed),
        };
        let transcript = run(task, progress)?.transcript;
        let log = match self.watched {
            Ok(_) => Some(fs::read(folder.join("log")).map_err(|error| no_room(&error))?),
            Err(_) => None,
        };
        Ok(Disturbance {
            transcript,
            log: log.map(|log| Log::read(&log)),
        })
    }

    /// How much of the processors a run needs, given its undisturbed transcript.
    pub fn share(&self, plain: &Transcript) -> usize {
        match self.run.alone {
            true => usize::MAX,
            false => share_of(plain),
        }
    }
}

impl Disturbance {
    /// What the observer saw, if that was every line that was printed.
    pub fn whole_log(&self) -> Option<&Log> {
        let log = self.log.as_ref()?;
        let execution = log.execution(Exit::SUCCESS, None);
        // Written, but not printed by any function that the observer takes the place of.
        let is_printed = execution.lines.iter().any(|line| line.printed_by.is_some());
        if !is_printed && !execution.lines.is_empty() {
            return None;
        }
        let seen = execution.lines.iter().map(|line| (line.stream, &line.text));
        let printed = self.transcript.lines.iter();
        let printed = printed.map(|line| (line.stream, &line.text));
        let (mut seen, mut printed): (Vec<_>, Vec<_>) = (seen.collect(), printed.collect());
        seen.sort_unstable();
        printed.sort_unstable();
        (seen == printed).then_some(log)
    }
}

fn no_room(error: &io::Error) -> RunError {
    RunError::Failed(format!("failed to observe it: {error}"))
}
