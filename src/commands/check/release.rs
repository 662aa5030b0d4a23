//! Executes further executions side by side, and releases what they hold in real time.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::again::Again;
use crate::compare::all_came;
use crate::exec::RunError;
use crate::learn::Observation;
use crate::learn::batch::Batch;
use crate::observe::control::release;
use crate::observe::log::Log;
use crate::progress::Progress;
use crate::transcript::Exit;
use crate::transcript::folders::Folders;
use crate::transcript::format::Recording;
use crate::transcript::shape::Apart;

/// The interval at which the logs are read.
const LOOK: Duration = Duration::from_millis(10);

/// Executes the further executions side by side. A thread or process that is held is released as soon as all
/// concurrent lines have come, or when its time is over. The results are in the order of the executions.
pub(super) fn execute_again<'a>(
    all: impl IntoIterator<Item = &'a Again<'a>> + Clone,
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Observation, RunError>> {
    let batch = Batch::prepare(all.clone().into_iter().map(|again| again.scheduled.clone()));
    let held = all.into_iter().enumerate().filter_map(|(number, again)| {
        // Under a schedule, nothing else happens before the release.
        let apart = again.apart().filter(|_| again.scheduled.seed.is_none())?;
        Some(Waiting {
            folder: batch.folder(number)?,
            recorded: again.recorded,
            apart,
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
