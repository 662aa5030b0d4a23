//! The supervisor's part in a schedule.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::memory::{self, Kernel};
use super::reasons::{BROKEN, STUCK_OUTSIDE, words};
use super::token::chance::Strategy as Choice;
use super::token::shared::{Locked, Shared};
use super::token::table::{Plan, START};
use super::watcher::{Watcher, is_lock_broken};
use super::{Leaks, Outcome, Seeded, SeededReport};
use crate::transcript::seed::{Strategy, World};

/// The number of attempts to lock the table at the end, each of some milliseconds.
const LOCK_ATTEMPTS: u32 = 100;

/// A schedule that is being watched.
#[derive(Debug)]
pub struct Watch {
    shared: &'static Shared,
    is_over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<Watcher>>,
}

impl Watch {
    /// Creates the schedule of a run, which may take `limit` of virtual time.
    ///
    /// # Errors
    /// The shared memory cannot be created.
    pub fn create(seeded: &Seeded, limit: Duration) -> io::Result<Watch> {
        let shared = memory::create(&seeded.file)?;
        let seed = seeded.seed;
        shared.begin::<Kernel>(Plan {
            seed: seed.number,
            strategy: match seed.strategy {
                None => Choice::of_seed(seed.number),
                Some(Strategy::Random) => Choice::Random,
                Some(Strategy::Sticky) => Choice::Sticky(900),
                Some(Strategy::Pct) => Choice::Pct,
            },
            is_late: seed.world == World::Late,
            limit: u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX),
        });
        Ok(Watch {
            shared,
            is_over: Arc::default(),
            watcher: None,
        })
    }

    /// Begins to watch the program whose first process has this id.
    pub fn start(&mut self, program: u32) {
        let watcher = Watcher::new(self.shared, program, Arc::clone(&self.is_over));
        self.watcher = Some(thread::spawn(|| watcher.watch()));
    }

    /// Ends the watch when the program has ended.
    ///
    /// # Errors
    /// The execution could not go on by its seed, or a process was killed while it changed the table.
    pub fn finish(&mut self) -> Result<Outcome, &'static str> {
        self.is_over.store(true, SeqCst);
        self.shared.call::<Kernel>();
        let watcher = self.watcher.take().and_then(|watcher| watcher.join().ok());
        let watcher = watcher.filter(|watcher| !watcher.is_broken).ok_or(BROKEN)?;
        let table = lock_at_end(self.shared).ok_or(BROKEN)?;
        if let Some(reason) = words(table.obstacle()) {
            return Err(reason);
        }
        let counts = table.counts;
        if counts.leaks() > 0 && !watcher.deadlock.is_empty() {
            // Something that the schedule does not know may have been about to happen.
            return Err(STUCK_OUTSIDE);
        }
        Ok(Outcome {
            is_out_of_time: table.is_out_of_time() && !watcher.has_ended,
            report: SeededReport {
                wall: Duration::from_nanos(table.now() - START),
                points: counts.points,
                hash: counts.hash,
                leaks: Leaks {
                    blocked: counts.blocked,
                    busy: counts.busy,
                    strangers: counts.strangers,
                },
                deadlock: watcher.deadlock,
            },
        })
    }
}

/// Locks the table of a program that has ended. `None`: one of its threads was killed while it changed the table.
fn lock_at_end(shared: &'static Shared) -> Option<Locked<'static, Kernel>> {
    for _ in 0..LOCK_ATTEMPTS {
        if let Some(table) = shared.try_lock() {
            return Some(table);
        }
        if is_lock_broken(shared) {
            break;
        }
    }
    None
}
