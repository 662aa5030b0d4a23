//! A transcript: what a run printed and how it ended.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use tracks::Track;

pub mod escape;
pub mod execution;
pub mod format;
pub mod lines;
pub mod refusal;
pub mod shape;
pub mod tracks;

/// What one run printed, when, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// What was printed, in its order.
    pub lines: Vec<Line>,
    /// How the program ended.
    pub exit: Exit,
    /// From the start of the program to its end.
    pub wall: Duration,
    /// The most threads that its first process had at one time, where that is known.
    pub threads: Option<u32>,
    /// The most processes that it was made of at one time, itself included, where that is known.
    pub processes: Option<u32>,
    /// The processor time of all its processes, where that is known.
    pub cpu: Option<Duration>,
    /// The most memory that one of its processes had at one time, in bytes, where that is known.
    pub memory: Option<u64>,
    /// Whether the times are what the program takes alone.
    pub timing: Timing,
    /// How many sequences of bytes were no UTF-8 and stand as U+FFFD in the lines.
    pub replaced: usize,
    /// Who took part, each behind the one that started it; empty: nobody watched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<Track>,
}

impl Transcript {
    /// What was printed and how it ended, of a run of which nothing else is known.
    pub fn of(lines: Vec<Line>, exit: Exit) -> Transcript {
        Transcript {
            lines,
            exit,
            wall: Duration::ZERO,
            threads: None,
            processes: None,
            cpu: None,
            memory: None,
            timing: Timing::Clean,
            replaced: 0,
            tracks: Vec::new(),
        }
    }
}

/// What the times of a transcript are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// Nothing kept the program from a processor, as far as the system tells.
    Clean,
    /// It had to wait for a processor again and again: it would have taken less time.
    Noisy,
}

/// One line of output, or what came after the last line's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where it was printed to.
    pub stream: Stream,
    /// When its first byte was written, from the start of the program. On Linux the kernel's stamp,
    /// to some microseconds; elsewhere when it was read, some milliseconds later at the worst.
    pub at: Duration,
    /// Which process wrote it, where that is known: 0 the program itself, further ones in the order
    /// in which they first wrote.
    pub writer: Option<u32>,
    /// The number of the track that printed it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u32>,
    /// The line without its end, `\n` or `\r\n`. What was no UTF-8 is U+FFFD.
    pub text: String,
}

/// Where a line was printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a program ends: by a status of its own, or by a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    /// With this exit status: 0 to 255 on Unix.
    Code(i32),
    /// Ended by this signal (Unix).
    Signal(i32),
}

impl Exit {
    /// The end that an example has unless its fence declares another.
    pub const SUCCESS: Exit = Exit::Code(0);

    /// The end as messages name it: `exit status 101`, `signal 6`.
    pub fn in_words(self) -> String {
        match self {
            Exit::Code(code) => format!("exit status {code}"),
            Exit::Signal(signal) => format!("signal {signal}"),
        }
    }
}

impl fmt::Display for Exit {
    /// As a fence writes it: `101`, `signal:6`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "{code}"),
            Exit::Signal(signal) => write!(f, "signal:{signal}"),
        }
    }
}

impl FromStr for Exit {
    type Err = std::num::ParseIntError;

    /// Reads what a fence writes: `101`, `signal:6`.
    fn from_str(text: &str) -> Result<Exit, Self::Err> {
        match text.strip_prefix("signal:") {
            Some(signal) => signal.parse().map(Exit::Signal),
            None => text.parse().map(Exit::Code),
        }
    }
}
