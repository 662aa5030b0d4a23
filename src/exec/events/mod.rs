//! The events that a supervisor waits for, one at a time.
//!
//! Each wake-up takes processor time from CPU-bound programs. Where the system can wait for several sources
//! at once, a single thread waits for all of them; it wakes when the program writes or ends, and at a deadline.

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

/// An event of a supervised program.
#[derive(Debug)]
pub enum Event<'a> {
    /// The program has written this piece of output.
    Wrote(Piece<'a>),
    /// The program's first process has ended, in this way and at this time. Occurs once.
    Ended(Exit, Instant),
    /// The parent has closed this process's stdin: it has ended or has no more interest. Occurs once.
    Abandoned,
    /// No event to report, or the deadline has passed.
    Nothing,
}
