//! The observations of an execution from which shapes are learned.

use std::collections::HashSet;
use std::time::Duration;

use super::redaction::Redactions;
use super::seed::{Seed, World};
use super::shape::Starts;
use super::{Exit, Line, Stream, Transcript};

/// The observations of one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Its lines, in order.
    pub lines: Vec<Seen>,
    /// Its exit.
    pub exit: Exit,
    /// The ids of its processes, as far as known.
    pub pids: HashSet<u32>,
    /// The ids of its threads, as far as known; those of its processes are among them.
    pub tids: HashSet<u32>,
    /// The threads and processes that it started; `None` if it wasn't observed.
    pub starts: Option<Starts>,
    /// The line or actor that was held.
    pub held: Option<Held>,
    /// The seed of its schedule; `None`: it took place in real time.
    pub seed: Option<Seed>,
}

/// A line, and the thread that printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The stream that it was printed to.
    pub stream: Stream,
    /// Its text.
    pub text: String,
    /// The path of the printing thread, and the number of its print, from 0; `None` if the execution wasn't observed.
    pub printed_by: Option<(String, u32)>,
    /// How often that thread had waited for another by then: for a lock, a message or an answer. Several waits
    /// between two prints count once.
    pub waits: u32,
    /// Whether a single call printed the line and nothing else.
    pub whole: bool,
}

/// A line or actor that was held until every other line had come, or until it was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The print of the line with this number, and every other print that could have taken its place.
    Line(usize),
    /// The start of the actor with this path, and the number of lines that came meanwhile.
    Start(String, usize),
}

impl Execution {
    /// Converts the transcript of an execution that wasn't observed: only lines and exit are known.
    pub fn of(transcript: &Transcript) -> Execution {
        let lines = transcript.lines.iter().map(|line| Seen {
            stream: line.stream,
            text: line.text.clone(),
            printed_by: None,
            waits: 0,
            whole: false,
        });
        Execution {
            lines: lines.collect(),
            exit: transcript.exit,
            pids: HashSet::new(),
            tids: HashSet::new(),
            starts: None,
            held: None,
            seed: None,
        }
    }

    /// Redacts its lines.
    pub fn redacted(mut self, redactions: &Redactions) -> Execution {
        if !redactions.is_empty() {
            for line in &mut self.lines {
                line.text = redactions.redact(&line.text).into_owned();
            }
        }
        self
    }

    /// Returns the world of its seed; `None`: it took place in real time, or something was held, which changes all times.
    pub fn world(&self) -> Option<World> {
        let seed = self.seed.filter(|_| self.held.is_none());
        seed.map(|seed| seed.world)
    }

    /// Returns the lines as those of a transcript, without times.
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
