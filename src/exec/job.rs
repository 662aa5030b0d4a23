//! Messages between this program and a supervisor: one line of JSON each.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seeded::{Seeded, SeededReport};
use crate::transcript::Exit;
use crate::transcript::lines::Printed;

/// The program that a supervisor is to execute, and how.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// The executable.
    pub binary: PathBuf,
    /// The command-line arguments.
    pub args: Vec<String>,
    /// Environment variables added to a clean environment.
    pub env: BTreeMap<String, String>,
    /// The text on stdin.
    pub stdin: String,
    /// The working directory: empty at the start, removed at the end.
    pub folder: PathBuf,
    /// The means by which output is captured.
    pub channel: Channel,
    /// The limits of the execution.
    pub limits: Limits,
    /// The processors that the program may use.
    pub processors: Processors,
    /// The request for a seeded execution.
    pub seeded: Option<Seeded>,
}

/// The processors that a program may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Processors {
    /// Every processor that this process may use.
    #[default]
    All,
    /// One of them (Linux; elsewhere all).
    One,
}

/// The means by which a program's output is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Sockets that preserve each write with the kernel's timestamp and the writing process. Linux only.
    /// A write of more than a few hundred kilobytes fails on them, and so does opening `/dev/stdout`.
    Stamped,
    /// Pipes. A line is stamped when it is read, its writer is unknown, and lines that arrive on both
    /// streams within a fraction of a millisecond may swap places.
    Pipes,
}

impl Channel {
    /// Returns the channel that captures the most on this system.
    pub fn best() -> Channel {
        if cfg!(target_os = "linux") {
            Channel::Stamped
        } else {
            Channel::Pipes
        }
    }
}

/// Limits on an execution: time, output, line length, disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest wall time.
    pub timeout: Duration,
    /// The most bytes printed.
    pub output: u64,
    /// The most bytes in one line.
    pub line: u64,
    /// The most bytes on disk in the working directory.
    pub disk: u64,
    /// The meaning of the time-out.
    pub at_timeout: AtTimeout,
}

/// The meaning of a time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AtTimeout {
    /// The program should have ended: the execution has failed.
    #[default]
    Fail,
    /// The program never ends: the time-out cuts the execution.
    Cut,
}

/// A message from a supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    /// The program has started, as the process with this id, which on Unix leads a process group.
    Started(u32),
    /// The program has used a processor since the last such message.
    Used(CpuUsage),
    /// The program has ended and none of its processes is left. The last message.
    Ended(Box<Report>),
}

impl Message {
    /// Writes the message to stdout, where the parent reads it.
    ///
    /// # Errors
    /// Stdout is closed or cannot be written to.
    pub fn send(&self) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let mut stdout = io::stdout().lock();
        stdout.write_all(&line)?;
        stdout.flush()
    }
}

/// The processor time that a program has used and waited for up to one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuUsage {
    /// The moment, since the program's start.
    pub at: Duration,
    /// The processor time of all its processes together.
    pub cpu: Duration,
    /// The longest time that one of its threads was ready to run without a processor.
    pub delay: Duration,
}

/// A supervisor's account of one execution.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// How the program ended.
    pub end: End,
    /// The output until then, within the limits.
    pub printed: Printed,
    /// The start by the system's monotonic clock; zero on systems other than Unix.
    pub start: Duration,
    /// The time from the start to the end of the first process.
    pub wall: Duration,
    /// The names of the processes that the program left running and that were killed, each once; Linux only.
    pub left_running: Vec<String>,
    /// The resources that the program used.
    pub resources: ResourceUsage,
    /// The account of a seeded execution.
    pub seeded: Option<SeededReport>,
    /// The reason why the working directory could not be removed.
    pub folder_error: Option<String>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It could not be started or supervised, for this reason.
    Failed(String),
    /// By itself, with this exit status or signal.
    Exit(Exit),
    /// It exceeded a limit and was stopped.
    Stopped(Excess),
    /// In a seeded execution, its threads waited for each other, and it was killed.
    Deadlock,
}

/// The limit that a program exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Excess {
    /// Wall time.
    Time,
    /// Bytes printed.
    Output,
    /// Bytes in one line.
    Line,
    /// Bytes on disk.
    Disk,
}

/// The resources that a program used from its start to its end; `None`: unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUsage {
    /// The largest number of threads of the first process.
    pub threads: Option<u32>,
    /// The largest number of processes, the first included.
    pub processes: Option<u32>,
    /// The processor time of all processes.
    pub cpu: Option<Duration>,
    /// The peak memory of one process, in bytes.
    pub memory: Option<u64>,
    /// The longest time that one thread was ready to run without a processor.
    pub delay: Duration,
}
