//! The events of a run, as the observer's log tells them.

use std::time::Duration;

use crate::transcript::Stream;
use crate::transcript::tracks::Why;

/// The path of the program's first thread.
pub(super) const FIRST: &str = "0";

/// An action of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The thread's path.
    pub actor: String,
    /// The id of its process.
    pub process: u32,
    /// The number of its begun prints.
    pub prints: u32,
    /// The time, by the system's monotonic clock.
    pub at: Duration,
    /// The kind, with its data.
    pub kind: EventKind,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A process is about to tell its start. Its executable has this path, which is empty if it is not known.
    Executable(String),
    /// The process about to tell its start has loaded std as a library, from this path, to this address, which is
    /// relative to the executable's entry point.
    StdLibrary(u64, String),
    /// A process started, or continued with another program, with this name. The thread is its first.
    Process(String),
    /// The thread started, and has this id.
    Thread(u32),
    /// A process started inside a foreign executable, which the actor executes.
    ForeignProcess,
    /// A thread with this id started inside a foreign executable, which the actor executes.
    ForeignThread(u32),
    /// The kernel's own id of the thread, in a seeded execution.
    KernelId(u32),
    /// The thread was about to start the thread with this path.
    StartsThread(String),
    /// This handle belongs to the thread that this one started with this number, from 0.
    Handle(u64, u64),
    /// The thread has started the process with this path.
    StartsProcess(String),
    /// The thread learned that a process which its own has started ended, and how.
    Reaps,
    /// The thread was about to print this text, which is empty if it was not known yet.
    Print(Vec<u8>),
    /// The thread waited for others, for the first time since it last printed.
    Wait,
    /// The thread wrote this.
    Write(Stream, Vec<u8>),
    /// The thread was held.
    Held,
    /// The thread was released.
    Released,
    /// The thread has this name from now on.
    Named(String),
    /// The thread stopped running. The number, if known, is the awaited lock's address, thread's
    /// handle or pipe's number. The functions that it was in follow, from the inside outward, by their addresses
    /// relative to the executable's entry point.
    Pauses(Why, u64, Vec<u64>),
    /// The thread continued after a pause with this reason. For the end of a process, the number is its id.
    GoesOn(Why, u64),
    /// The thread was about to wake the threads that waited at this address.
    Wakes(u64),
    /// The thread was about to write to the pipe with this number.
    Feeds(u64),
    /// The thread came to a scheduling point of a seeded execution, and gave the token away.
    Point(Point),
    /// The thread, or with it its whole process, ended.
    Ends,
}

/// The reason for which a thread gave the token away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Others might run first.
    Ready,
    /// Others were to run first.
    Yields,
    /// It was held.
    Held,
    /// It waited for this, until this time of the virtual clock at most.
    Waits(PointWait, Option<Duration>),
}

/// The object of a wait at a scheduling point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointWait {
    /// A time.
    Time,
    /// A lock, a channel, or the like, at this address.
    Lock(u64),
    /// The file with this descriptor; 0: one of several.
    File(u64),
    /// The end of a process.
    Child,
    /// The end of the thread with this id.
    Thread(u32),
}

/// The path of an actor's process: `0/1` of `0/1.2.0`.
pub(super) fn process_of(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let end = path[name..].find('.').map_or(path.len(), |at| name + at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::process_of;

    #[test]
    fn paths_name_processes() {
        for (path, process) in [
            ("0", "0"),
            ("0.1.2", "0"),
            ("0.1/0", "0.1/0"),
            ("0.1/0.3", "0.1/0"),
            ("0/2/1.0", "0/2/1"),
        ] {
            assert_eq!(process_of(path), process, "{path}");
        }
    }
}
