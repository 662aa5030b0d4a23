//! Which runs may share the machine.
//!
//! A timing on the page is what the program takes alone. Programs that only wait need not wait for
//! each other: all start side by side. One that kept a processor busy while others ran, or that had
//! to wait for one, is run again, alone, and only that second run counts.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Run;
use super::observe::Observed;
use super::run::{Limits, Made, RunError, run};
use crate::transcript::Transcript;

/// Between two starts: programs do most of their work when they start.
const STAGGER: Duration = Duration::from_millis(3);

/// A run to make.
#[derive(Debug)]
pub struct Job<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// The run.
    pub run: &'a Run,
    /// What it may use.
    pub limits: Limits,
}

/// Makes all runs, at most `at_once` side by side. The answers stand in the order of the jobs.
pub fn run_all(jobs: &[Job<'_>], at_once: NonZero<usize>) -> Vec<Result<Transcript, RunError>> {
    let made = side_by_side(jobs, at_once);
    let windows: Vec<_> = made
        .iter()
        .map(|made| made.as_ref().ok().map(|made| made.during))
        .collect();
    made.into_iter()
        .enumerate()
        .map(|(number, made)| {
            let disturbed = match &made {
                Ok(made) => {
                    was_shared(number, &windows)
                        && was_disturbed(made.transcript.wall, &made.observed)
                }
                // It may have run out of time because others kept the processors.
                Err(RunError::TimedOut {
                    after, observed, ..
                }) => jobs.len() > 1 && was_disturbed(*after, observed),
                Err(_) => false,
            };
            if disturbed {
                let job = &jobs[number];
                return run(job.binary, job.run, job.limits).map(|made| made.transcript);
            }
            made.map(|made| made.transcript)
        })
        .collect()
}

fn side_by_side(jobs: &[Job<'_>], at_once: NonZero<usize>) -> Vec<Result<Made, RunError>> {
    let next = AtomicUsize::new(0);
    let last_start = Mutex::new(None::<Instant>);
    let made = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.len().min(at_once.get()) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(number) else { return };
                    await_turn(&mut lock(&last_start));
                    let result = run(job.binary, job.run, job.limits);
                    lock(&made).push((number, result));
                }
            });
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|&(number, _)| number);
    made.into_iter().map(|(_, result)| result).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn await_turn(last_start: &mut Option<Instant>) {
    if let Some(last) = last_start {
        thread::sleep(STAGGER.saturating_sub(last.elapsed()));
    }
    *last_start = Some(Instant::now());
}

fn was_shared(number: usize, windows: &[Option<(Instant, Instant)>]) -> bool {
    let Some((start, end)) = windows[number] else {
        return false;
    };
    let others = windows
        .iter()
        .enumerate()
        .filter(|&(other, _)| other != number);
    others
        .filter_map(|(_, window)| *window)
        .any(|(other_start, other_end)| other_start < end && start < other_end)
}

/// Whether others can have changed its wall time: it kept half a processor busy, or waited for one
/// for more than 3% of its time (and for more than a process that starts always does).
fn was_disturbed(wall: Duration, observed: &Observed) -> bool {
    observed.cpu > wall / 2 || observed.delay > (wall * 3 / 100).max(Duration::from_millis(4))
}
