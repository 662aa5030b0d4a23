//! No schedules: this system has no observer.

use std::io;
use std::time::Duration;

use super::{Outcome, Seeded};

/// A schedule that is being watched; there is none.
#[derive(Debug)]
pub enum Watch {}

impl Watch {
    /// Fails.
    ///
    /// # Errors
    /// Always, on this system.
    pub fn create(_: &Seeded, _: Duration) -> io::Result<Watch> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Begins to watch a program.
    pub fn start(&mut self, _: u32) {
        match *self {}
    }

    /// Ends the watch.
    ///
    /// # Errors
    /// None, as there is no watch.
    pub fn finish(&mut self) -> Result<Outcome, &'static str> {
        match *self {}
    }
}
