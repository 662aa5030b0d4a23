//! What can happen to a supervisor, one thing after the other.
//!
//! Every waking takes a processor from programs that compute. So where the system can be asked for all at
//! once, one thread waits for all: it is awake when the program writes or ends, and when its time has come.

use std::time::Instant;

use crate::transcript::Exit;
use crate::transcript::lines::Piece;

#[cfg(unix)]
mod poll;
#[cfg(not(unix))]
mod threads;

#[cfg(unix)]
pub use poll::Events;
#[cfg(not(unix))]
pub use threads::Events;

/// What has happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The program has written this.
    Wrote(Piece<'a>),
    /// Its first process has ended, in this way and at this time. It comes once.
    Ended(Exit, Instant),
    /// Nobody wants to know any more. It comes once.
    Abandoned,
    /// Nothing that is to be told, or the time is over.
    Nothing,
}
