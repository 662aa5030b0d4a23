//! Divides the cores among executions: sleeping programs overlap, CPU-bound programs take turns.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use crate::transcript::Transcript;

/// Thousandths of a core.
type Share = usize;

/// The highest number of concurrent executions for each core, even of programs that only sleep.
const MOST_PER_CORE: usize = 8;

/// The cores, of which executions take shares.
#[derive(Debug)]
pub struct Cores {
    all: Share,
    free: Mutex<Share>,
    freed: Condvar,
}

impl Cores {
    /// All cores that this process may use.
    pub fn all() -> Cores {
        let all = available_parallelism().map_or(1, usize::from) * 1000;
        Cores {
            all,
            free: Mutex::new(all),
            freed: Condvar::new(),
        }
    }

    /// Waits until a share of the cores is free, and works while holding it. A larger share than all cores means all.
    pub fn with_share<T>(&self, share: Share, work: impl FnOnce() -> T) -> T {
        let share = share.clamp(1000 / MOST_PER_CORE, self.all);
        {
            let free = self.free();
            let mut free = self
                .freed
                .wait_while(free, |free| *free < share)
                .unwrap_or_else(PoisonError::into_inner);
            *free -= share;
        }
        let _taken = Taken { cores: self, share };
        work()
    }

    fn free(&self) -> MutexGuard<'_, Share> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share in use, given back on drop.
struct Taken<'a> {
    cores: &'a Cores,
    share: Share,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.cores.free() += self.share;
        self.cores.freed.notify_all();
    }
}

/// The share of the cores that an execution has used; one core if its CPU time is not known.
pub fn share_of(transcript: &Transcript) -> Share {
    let wall = transcript.wall.max(Duration::from_millis(1));
    let used = transcript
        .cpu
        .map(|cpu| cpu.as_secs_f64() / wall.as_secs_f64());
    (used.unwrap_or(1.0) * 1000.0) as Share
}

/// The highest number of threads that wait for executions at a time.
const MOST_THREADS: usize = 32;

/// Maps items to results in parallel; the results are in the order of the items.
pub fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = items.len().min(MOST_THREADS);
    let left = Mutex::new(items.into_iter().enumerate());
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, item)) = next() {
                    let result = work(item);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
