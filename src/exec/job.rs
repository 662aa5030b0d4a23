//! What we and a supervisor say to each other: one line of JSON a message.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::transcript::{Exit, Line};

/// What a supervisor is asked to run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// The executable.
    pub binary: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is added to a clean environment.
    pub env: BTreeMap<String, String>,
    /// What stands on its standard input.
    pub stdin: String,
    /// Its working directory: empty, and removed afterwards.
    pub folder: PathBuf,
    /// How its output is taken.
    pub channel: Channel,
    /// What it may use.
    pub limits: Limits,
    /// Which processors.
    pub processors: Processors,
    /// A folder of ours that nobody else removes when we are gone.
    pub observed_in: Option<PathBuf>,
}

/// Which processors a program may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Processors {
    /// All that we may.
    #[default]
    All,
    /// One of them (Linux; elsewhere all).
    One,
}

/// How a program's output is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Through sockets that keep each write with the kernel's stamp and its writer. Linux only. On
    /// them a write beyond some hundred kilobytes fails, and so does opening `/dev/stdout`.
    Stamped,
    /// Through pipes. A line is stamped when it is read, its writer is not known, and lines that come
    /// on both streams within a fraction of a millisecond may change places.
    Pipes,
}

impl Channel {
    /// The one that tells most, here.
    pub fn best() -> Channel {
        match cfg!(target_os = "linux") {
            true => Channel::Stamped,
            false => Channel::Pipes,
        }
    }
}

/// What a program may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How long it may run.
    pub timeout: Duration,
    /// How many bytes it may print.
    pub output: u64,
    /// How many bytes a line may have.
    pub line: u64,
    /// How many bytes it may leave on the disk, in its folder.
    pub disk: u64,
}

/// What a supervisor tells.
#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    /// The program has used a processor since the last such message.
    Used(Usage),
    /// It has ended, and nothing of it is left. The last message.
    Ended(Report),
}

impl Message {
    /// Tells it whoever started this process, on standard output.
    ///
    /// # Errors
    /// Nobody hears it.
    pub fn tell(&self) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let mut stdout = io::stdout().lock();
        stdout.write_all(&line)?;
        stdout.flush()
    }
}

/// The processors' time that a program has had, and has waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// When this was so, from the program's start.
    pub at: Duration,
    /// The time that its processes have had, all together.
    pub cpu: Duration,
    /// The longest that one of its threads was ready to run and had no processor.
    pub delay: Duration,
}

/// What was seen of a program from its start to its end.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub end: End,
    /// What it printed until then, within its limit.
    pub lines: Vec<Line>,
    /// How many sequences of bytes in it were no UTF-8.
    pub replaced: usize,
    /// When it was started, by the system's monotonic clock; elsewhere than on Unix nothing.
    pub start: Duration,
    /// From its start to the end of its first process.
    pub wall: Duration,
    /// The names of the processes that it left running, and that were stopped, each once; Linux only.
    pub left: Vec<String>,
    /// What the system told.
    pub observed: Observed,
    /// Why its folder could not be removed.
    pub folder: Option<String>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It did not start, or could not be watched, and this is why.
    Failed(String),
    /// By itself.
    Exit(Exit),
    /// It was stopped.
    Stopped(Excess),
}

/// What a program used too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Excess {
    /// Time.
    Time,
    /// Bytes printed.
    Output,
    /// Bytes in a line.
    Line,
    /// Bytes on the disk.
    Disk,
}

/// What is known of a program at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The most threads of the first process.
    pub threads: Option<u32>,
    /// The most processes, the first included.
    pub processes: Option<u32>,
    /// The processor time of all its processes.
    pub cpu: Option<Duration>,
    /// The most memory that one process had, in bytes.
    pub memory: Option<u64>,
    /// The longest that one of its threads was ready to run and had no processor.
    pub delay: Duration,
}
