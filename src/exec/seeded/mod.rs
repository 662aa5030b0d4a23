//! Seeded executions: one thread of the run at a time has the token and runs, the clock is virtual, and the seed chooses
//! the next thread.
//!
//! The program's threads decide all of this by themselves, in memory that they share with the supervisor
//! (`observer/token/`). The supervisor is needed where a thread cannot say what it does: when a process has ended, when
//! a thread computes for too long or waits in a call that is not emulated, and when nobody can go on.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::transcript::seed::Seed;

#[cfg(target_os = "linux")]
mod deadlock;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod reasons;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod task;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(target_os = "linux")]
mod watcher;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::Watch;
#[cfg(target_os = "linux")]
pub use watch::Watch;

#[path = "../../../observer/token/mod.rs"]
pub mod token;

/// The virtual clock at the start of every seeded execution.
pub const START: Duration = Duration::from_nanos(token::table::START);

/// A request for a seeded execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeded {
    /// The name of the execution.
    pub seed: Seed,
    /// The file of the shared memory, in the observer's folder; the supervisor creates it.
    pub file: PathBuf,
}

/// The outcome of a schedule.
#[derive(Debug)]
pub struct Outcome {
    /// Whether the virtual clock has reached the limit.
    pub is_out_of_time: bool,
    /// The account.
    pub report: SeededReport,
}

/// The supervisor's account of a seeded execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeededReport {
    /// The virtual time from the start to the end.
    pub wall: Duration,
    /// The number of scheduling points.
    pub points: u64,
    /// A hash of all choices: two executions with the same hash had the same schedule.
    pub hash: u64,
    /// The moments at which real time decided and not the seed.
    pub leaks: Leaks,
    /// The threads that waited for each other, if nobody could go on.
    pub deadlock: Vec<Waiting>,
}

/// The numbers of moments at which a thread ran outside of the schedule. With any, the execution is no function of its
/// seed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaks {
    /// A thread waited in a call that is not emulated.
    pub blocked: u32,
    /// A thread computed for too long.
    pub busy: u32,
    /// A process ran without the observer.
    pub strangers: u32,
}

impl Leaks {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Leaks::default()
    }
}

/// A thread that waited at a deadlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its virtual id.
    pub thread: u32,
    /// The object of its wait.
    pub awaited: Awaited,
}

/// The object of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Awaited {
    /// A lock, a channel, a condition variable, or the like.
    Lock {
        /// The virtual id of the thread that has the lock; `None`: it is not known.
        owner: Option<u32>,
    },
    /// The end of the thread with this virtual id.
    Thread(u32),
    /// The end of a process.
    Child,
    /// Input, or room for output.
    File,
}
