//! A run that was made to learn from.

use std::collections::HashSet;
use std::time::Duration;

use super::shape::Starts;
use super::{Exit, Line, Stream, Transcript};

/// What was seen of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// What was printed, in its order.
    pub lines: Vec<Seen>,
    /// How it ended.
    pub exit: Exit,
    /// The ids of its processes, as far as they are known.
    pub pids: HashSet<u32>,
    /// The ids of its threads, likewise.
    pub tids: HashSet<u32>,
    /// What it started; `None`: nobody watched.
    pub starts: Option<Starts>,
    /// What was held back in it.
    pub held: Option<Held>,
}

/// A line, and who printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where it was printed to.
    pub stream: Stream,
    /// What it says.
    pub text: String,
    /// The path of the thread that printed it, and the number of its print, from 0; `None`: nobody watched.
    pub printed_by: Option<(String, u32)>,
    /// How often that thread had waited by then for what others bring: a lock, a message, an answer. Waits
    /// between two prints count once.
    pub waits: u32,
    /// Whether one call printed it, and nothing else.
    pub whole: bool,
}

/// What was held back until everything else had come, or until it was let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The print with this line, by its number in the recording, and every other that could have taken its
    /// place.
    Line(usize),
    /// The start of the actor with this path; so many lines came meanwhile.
    Start(String, usize),
}

impl Recording {
    /// A recording of a run that nobody watched.
    pub fn of(transcript: &Transcript) -> Recording {
        let lines = transcript.lines.iter().map(|line| Seen {
            stream: line.stream,
            text: line.text.clone(),
            printed_by: None,
            waits: 0,
            whole: false,
        });
        Recording {
            lines: lines.collect(),
            exit: transcript.exit,
            pids: HashSet::new(),
            tids: HashSet::new(),
            starts: None,
            held: None,
        }
    }

    /// What was printed, as a transcript has it; nobody knows when.
    pub fn as_lines(&self) -> Vec<Line> {
        let line = |seen: &Seen| Line {
            stream: seen.stream,
            at: Duration::ZERO,
            writer: None,
            track: None,
            text: seen.text.clone(),
        };
        self.lines.iter().map(line).collect()
    }
}
