//! A batch of executions under schedules, side by side.

use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::subject::{Native, Observation, ObservedBinary, Subject};
use crate::exec::schedule::run_all;
use crate::exec::seeded::Seeded;
use crate::exec::temporary::TemporaryFolder;
use crate::exec::{AtTimeout, Demand, Finished, Instrumentation, Launch, Processors, RunError};
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::seed::Seed;

/// The time that delays may add to an execution, beyond the length of the hold.
const MARGIN: Duration = Duration::from_secs(3);

/// An execution that is to take place under a schedule.
#[derive(Debug, Clone)]
pub struct Scheduled<'a> {
    /// The run.
    pub subject: Subject<'a>,
    /// The requests to the observer; without it, only the choice of processors has an effect.
    pub control: Control,
    /// The processors that the program may use.
    pub processors: Processors,
    /// The seed that decides on the schedule; `None`: the system does.
    pub seed: Option<Seed>,
    /// The demand for processors, in thousandths of a core.
    pub demand: usize,
    /// The expected wall time.
    pub wall: Duration,
}

/// The wall time of a seeded execution, in which nobody sleeps, beyond its processor time.
const SEEDED: Duration = Duration::from_millis(20);

impl<'a> Scheduled<'a> {
    /// A seeded execution of a run that takes so much processor time: one of its threads at a time runs.
    pub fn seeded(
        subject: Subject<'a>,
        cpu: Duration,
        control: Control,
        seed: Seed,
    ) -> Scheduled<'a> {
        Scheduled {
            subject,
            control,
            processors: Processors::All,
            seed: Some(seed),
            demand: 1000,
            wall: cpu + SEEDED,
        }
    }
}

impl<'a> Native<'a> {
    /// A seeded execution of the run.
    pub fn seeded(&self, control: Control, seed: Seed) -> Scheduled<'a> {
        let cpu = self.transcript.cpu.unwrap_or_default();
        Scheduled::seeded(self.subject, cpu, control, seed)
    }
}

/// Executions under schedules, each with a folder for its control file and its log.
#[derive(Debug)]
pub struct Batch<'a> {
    executions: Vec<Result<Prepared<'a>, RunError>>,
    _folder: Option<TemporaryFolder>,
}

/// An execution whose files are ready.
#[derive(Debug)]
struct Prepared<'a> {
    scheduled: Scheduled<'a>,
    folder: PathBuf,
    instrumentation: Instrumentation,
}

impl<'a> Batch<'a> {
    /// Prepares executions. If the files of one cannot be written, that one fails.
    pub fn prepare(all: impl IntoIterator<Item = Scheduled<'a>>) -> Batch<'a> {
        let folder = TemporaryFolder::create();
        let prepare = |(number, scheduled)| {
            let folder = folder.as_ref().map_err(unobservable)?;
            Prepared::new(scheduled, folder.path(), number).map_err(|error| unobservable(&error))
        };
        Batch {
            executions: all.into_iter().enumerate().map(prepare).collect(),
            _folder: folder.ok(),
        }
    }

    /// The folder of an execution's control file and log, by the execution's number.
    pub fn folder(&self, number: usize) -> Option<&Path> {
        let prepared = self.executions.get(number)?.as_ref().ok()?;
        Some(&prepared.folder)
    }

    /// Executes the batch, at most `jobs` at a time. The results are in the order of the executions.
    pub fn execute(
        &self,
        jobs: NonZero<usize>,
        progress: &dyn Progress,
    ) -> Vec<Result<Observation, RunError>> {
        let launches: Vec<Launch<'_>> = self
            .executions
            .iter()
            .flatten()
            .map(Prepared::launch)
            .collect();
        let mut finished = run_all(&launches, jobs, progress).into_iter();
        let results = self.executions.iter().map(|prepared| match prepared {
            Ok(prepared) => {
                let finished = finished.next().unwrap_or(Err(RunError::Interrupted))?;
                prepared.observation(finished)
            }
            Err(error) => Err(RunError::Failed(error.to_string())),
        });
        results.collect()
    }
}

impl<'a> Prepared<'a> {
    /// Writes the control file and an empty log into a folder of its own below `all`.
    fn new(scheduled: Scheduled<'a>, all: &Path, number: usize) -> io::Result<Prepared<'a>> {
        let Scheduled {
            subject,
            control,
            processors,
            seed,
            ..
        } = &scheduled;
        let folder = all.join(number.to_string());
        let instrumentation = match subject.observed {
            Ok(ObservedBinary { observer, .. }) => {
                fs::create_dir(&folder)?;
                control.write(&folder)?;
                Instrumentation {
                    seeded: seed.map(|seed| Seeded {
                        seed,
                        file: folder.join("schedule"),
                    }),
                    ..observer.instrumentation(&folder, *processors)?
                }
            }
            Err(_) => Instrumentation {
                processors: *processors,
                ..Instrumentation::default()
            },
        };
        Ok(Prepared {
            instrumentation,
            scheduled,
            folder,
        })
    }

    fn launch(&self) -> Launch<'_> {
        let Scheduled {
            subject,
            control,
            demand,
            wall,
            ..
        } = &self.scheduled;
        let held = control
            .hold
            .as_ref()
            .map_or(Duration::ZERO, |(_, time)| *time);
        let mut limits = subject.launch.limits;
        // The observer's own work takes time, too.
        if limits.at_timeout == AtTimeout::Fail {
            let longer = limits.timeout.saturating_mul(2);
            limits.timeout = longer.saturating_add(held + MARGIN);
        }
        Launch {
            binary: match subject.observed {
                Ok(ObservedBinary { binary, .. }) => binary,
                Err(_) => subject.launch.binary,
            },
            limits,
            instrumentation: Some(&self.instrumentation),
            demand: Demand::Known {
                millicores: *demand,
                wall: wall.saturating_add(held),
            },
            ..subject.launch
        }
    }

    fn observation(&self, finished: Finished) -> Result<Observation, RunError> {
        let log = match self.scheduled.subject.observed {
            Ok(_) => {
                let log = fs::read(self.folder.join("log"));
                let log = log.map_err(|error| unobservable(&error))?;
                Some(Log::read(&log, self.scheduled.subject.launch.folders))
            }
            Err(_) => None,
        };
        Ok(Observation {
            transcript: finished.transcript,
            log,
            seed: self.scheduled.seed,
            seeded: finished.seeded,
        })
    }
}

/// Executes several groups as one batch.
pub(super) fn execute_groups(
    groups: Vec<Vec<Scheduled<'_>>>,
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Vec<Result<Observation, RunError>>> {
    let lengths: Vec<usize> = groups.iter().map(Vec::len).collect();
    let batch = Batch::prepare(groups.into_iter().flatten());
    let mut observations = batch.execute(jobs, progress).into_iter();
    let lengths = lengths.into_iter();
    lengths
        .map(|length| observations.by_ref().take(length).collect())
        .collect()
}

fn unobservable(error: &io::Error) -> RunError {
    RunError::Failed(format!("failed to observe it: {error}"))
}
