//! The transcript: output and outcome of one execution.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use tracks::{Track, most_at_once};

pub mod escape;
pub mod execution;
mod first_group;
pub mod folders;
pub mod format;
pub mod fragments;
pub mod known;
pub mod lines;
pub mod redaction;
pub mod refusal;
mod renamed;
pub mod screen;
pub mod seed;
pub mod shape;
pub mod tracks;

/// Output and outcome of one execution. Times count from the start of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// The output, in the order in which it was printed.
    pub lines: Vec<Line>,
    /// The fragments of all lines, in the order in which they were printed; empty if each line was printed whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fragments: Vec<Fragment>,
    /// The program's exit.
    pub exit: Exit,
    /// The wall time, from the start of the program to its end.
    pub wall: Duration,
    /// The highest number of threads that its first process had at one time, if known.
    pub threads: Option<u32>,
    /// The highest number of processes at one time, including the first, if known.
    pub processes: Option<u32>,
    /// The CPU time of all its processes, if known.
    pub cpu: Option<Duration>,
    /// The peak memory of its largest process in bytes, if known.
    pub memory: Option<u64>,
    /// Whether the times are those that the program takes alone on the machine.
    pub timing: Timing,
    /// The number of invalid UTF-8 sequences, each replaced by U+FFFD in the lines.
    pub replaced: usize,
    /// The number of processors that a recorded execution could use, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processors: Option<u32>,
    /// The threads and processes, each after the one that started it; empty if the execution wasn't observed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<Track>,
}

impl Transcript {
    /// The time at which the program's first instruction ran, from the start of its process, which the system spends
    /// on loading it; zero if it is unknown. Pages count from it.
    pub fn first_instruction(&self) -> Duration {
        self.tracks
            .first()
            .map_or(Duration::ZERO, |first| first.start)
    }

    /// Creates a transcript of which only lines and exit are known.
    pub fn of(lines: Vec<Line>, exit: Exit) -> Transcript {
        Transcript {
            lines,
            fragments: Vec::new(),
            exit,
            wall: Duration::ZERO,
            threads: None,
            processes: None,
            cpu: None,
            memory: None,
            timing: Timing::Clean,
            replaced: 0,
            processors: None,
            tracks: Vec::new(),
        }
    }

    /// The highest number of threads that its first process had at one time: as sampled or according to the tracks,
    /// whichever is higher: samples miss short-lived threads, and the observer those of statically linked programs.
    pub fn most_threads(&self) -> Option<u32> {
        let of_tracks = most_at_once(&self.tracks).map(|(threads, _)| threads);
        self.threads.max(of_tracks)
    }

    /// The highest number of processes at one time, as [`Transcript::most_threads`].
    pub fn most_processes(&self) -> Option<u32> {
        let of_tracks = most_at_once(&self.tracks).map(|(_, processes)| processes);
        self.processes.max(of_tracks)
    }
}

/// The quality of a transcript's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// The program never waited long for a processor, as far as the system reports.
    Clean,
    /// The program kept waiting for a processor, so its times are too long.
    Noisy,
    /// The times are those of a virtual clock: the run has a seed.
    Virtual,
}

impl Timing {
    /// Returns whether the times are those of the program alone.
    pub fn is_reliable(self) -> bool {
        self != Timing::Noisy
    }
}

/// One line of output; the last one may lack a line ending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The stream that it was printed to.
    pub stream: Stream,
    /// The time of its first byte, from the start of the program. On Linux the kernel's timestamp of the write,
    /// accurate to a few microseconds; elsewhere the time of reading, a few milliseconds later at worst.
    pub at: Duration,
    /// The process that wrote it, if known: 0 is the program itself, others are numbered in the order of their
    /// first write.
    pub writer: Option<u32>,
    /// The number of the track that printed it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u32>,
    /// The line without its `\n` or `\r\n`. Invalid UTF-8 is replaced by U+FFFD.
    pub text: String,
}

/// A part of a line that was printed before or after other output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// The number of the line in the transcript.
    pub line: usize,
    /// The time of its first byte, from the start of the program.
    pub at: Duration,
    /// Its text, without a line ending.
    pub text: String,
    /// Whether it ends on the screen: with the line, or with the whole output.
    pub ends: bool,
}

/// The stream of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// The program's stdout.
    Stdout,
    /// The program's stderr.
    Stderr,
}

/// The end of a program: an exit status, a signal or a time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    /// The exit status: 0 to 255 on Unix.
    Code(i32),
    /// The signal that killed it (Unix).
    Signal(i32),
    /// It did not end: its time-out cut it.
    Timeout,
}

/// [`Exit::Timeout`] as a fence writes it.
const TIMEOUT: &str = "timeout";

impl Exit {
    /// The expected exit unless a fence declares another.
    pub const SUCCESS: Exit = Exit::Code(0);

    /// Formats the exit for messages: `exit status 101`, `signal 6`.
    pub fn in_words(self) -> String {
        match self {
            Exit::Code(code) => format!("exit status {code}"),
            Exit::Signal(signal) => format!("signal {signal}"),
            Exit::Timeout => "a time-out".to_owned(),
        }
    }
}

impl fmt::Display for Exit {
    /// Writes the exit like a fence: `101`, `signal:6`, `timeout`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "{code}"),
            Exit::Signal(signal) => write!(f, "signal:{signal}"),
            Exit::Timeout => f.write_str(TIMEOUT),
        }
    }
}

impl FromStr for Exit {
    type Err = std::num::ParseIntError;

    /// Parses a fence's exit: `101`, `signal:6`, `timeout`.
    fn from_str(text: &str) -> Result<Exit, Self::Err> {
        if text == TIMEOUT {
            return Ok(Exit::Timeout);
        }
        match text.strip_prefix("signal:") {
            Some(signal) => signal.parse().map(Exit::Signal),
            None => text.parse().map(Exit::Code),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::tracks::{Track, TrackKind};
    use super::{Exit, Transcript};

    #[test]
    fn the_higher_number_of_threads_counts() {
        let track = |kind, parent| Track {
            kind,
            name: None,
            parent,
            start: Duration::ZERO,
            end: Duration::from_secs(1),
            pauses: Vec::new(),
        };
        let tracks = vec![
            track(TrackKind::Process, None),
            track(TrackKind::Thread, Some(0)),
            track(TrackKind::Process, Some(1)),
        ];
        for (sampled, with_tracks, without) in [
            (None, Some(2), None),
            (Some(1), Some(2), Some(1)),
            (Some(3), Some(3), Some(3)),
        ] {
            let most = |tracks| {
                let transcript = Transcript {
                    threads: sampled,
                    processes: sampled,
                    tracks,
                    ..Transcript::of(Vec::new(), Exit::SUCCESS)
                };
                [transcript.most_threads(), transcript.most_processes()]
            };
            assert_eq!(most(tracks.clone()), [with_tracks; 2]);
            assert_eq!(most(Vec::new()), [without; 2]);
        }
    }
}
