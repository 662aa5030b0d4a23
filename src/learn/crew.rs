//! How many runs are made at once: those that sleep overlap, those that compute take turns.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use crate::transcript::Transcript;

/// Thousandths of a processor.
type Share = usize;

/// At most so many runs at once for each processor, even of those that do nothing but sleep.
const AT_ONCE: usize = 8;

/// Hands out shares of the processors.
#[derive(Debug)]
pub struct Crew {
    all: Share,
    free: Mutex<Share>,
    freed: Condvar,
}

impl Crew {
    /// All processors that we may use.
    pub fn of_all() -> Crew {
        let all = available_parallelism().map_or(1, usize::from) * 1000;
        Crew {
            all,
            free: Mutex::new(all),
            freed: Condvar::new(),
        }
    }

    /// Does something when there is room for a program that needs so much of the processors.
    pub fn when_there_is_room<T>(&self, share: Share, work: impl FnOnce() -> T) -> T {
        let share = share.clamp(1000 / AT_ONCE, self.all);
        {
            let free = self.free();
            let mut free = self
                .freed
                .wait_while(free, |free| *free < share)
                .unwrap_or_else(PoisonError::into_inner);
            *free -= share;
        }
        let _share = Taken { crew: self, share };
        work()
    }

    fn free(&self) -> MutexGuard<'_, Share> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a share back.
struct Taken<'a> {
    crew: &'a Crew,
    share: Share,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.crew.free() += self.share;
        self.crew.freed.notify_all();
    }
}

/// How much of the processors a run has used; where nobody knows, one.
pub fn share_of(transcript: &Transcript) -> Share {
    let wall = transcript.wall.max(Duration::from_millis(1));
    let used = transcript
        .cpu
        .map(|cpu| cpu.as_secs_f64() / wall.as_secs_f64());
    (used.unwrap_or(1.0) * 1000.0) as Share
}

/// At most so many threads wait for runs at once.
const MOST_THREADS: usize = 32;

/// Does all of these, side by side; the answers stand in their order.
pub fn side_by_side<T: Send, A: Send>(all: Vec<T>, work: impl Fn(T) -> A + Sync) -> Vec<A> {
    let threads = all.len().min(MOST_THREADS);
    let left = Mutex::new(all.into_iter().enumerate());
    let done: Mutex<Vec<(usize, A)>> = Mutex::new(Vec::new());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, one)) = next() {
                    let answer = work(one);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((number, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, answer)| answer).collect()
}
