//! The result of a check, as every format writes it: a verdict on each run, with its findings.

use std::path::PathBuf;
use std::time::Duration;

use super::sources::Chapters;
use crate::diagnostic::{Diagnostic, Severity};

/// The reason why a run was not checked that the check did not reach, in words that follow its name.
pub const UNREACHED: &str = "not checked after the first error";

/// Whether a recording holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No finding is an error.
    Holds,
    /// At least one finding is an error.
    Differs,
}

/// The findings for a run, or for an orphaned recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunVerdict {
    /// The name of the run.
    pub run: String,
    /// The first fence that shows the run; `None`: the recording is orphaned.
    pub fence: Option<Fence>,
    /// The findings, in the order in which they are reported. The run's name precedes their messages.
    pub findings: Vec<Diagnostic>,
    /// The wall time of the native execution; `None`: there was none, or it did not finish.
    pub wall: Option<Duration>,
    /// Whether it is executed several times: not one with a seed, nor one that the compiler must reject.
    pub is_repeated: bool,
}

/// The place of a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The chapter's file, relative to the book.
    pub chapter: PathBuf,
    /// The number of the fence's line, from 1.
    pub line: usize,
}

/// The result of a check of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// The checked runs, in the order of the book.
    pub runs: Vec<RunVerdict>,
    /// The recordings that no fence shows.
    pub orphans: Vec<RunVerdict>,
    /// The runs whose fences opt out of checks.
    pub unchecked: Vec<Unchecked>,
    /// The runs that the check did not reach, as it ended early.
    pub unreached: Vec<Unchecked>,
    /// The runs that the command's options exclude.
    pub left_out: Vec<LeftOut>,
    /// The least number of executions of each run that is repeated.
    pub repeat: usize,
    /// The chapters that the findings name.
    pub chapters: Chapters,
}

/// A run that was not checked: its fence opts out, or the check ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// The name of the run.
    pub run: String,
    /// The first fence that shows the run.
    pub fence: Fence,
    /// The reason, which may be the fence's.
    pub reason: String,
}

/// Runs that an option of the command excludes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Their number.
    pub runs: usize,
    /// The reason, in words that follow the number.
    pub why: String,
}

impl RunVerdict {
    /// The verdict on the run: warnings do not fail it.
    pub fn verdict(&self) -> Verdict {
        if self.of(Severity::Error).next().is_some() {
            Verdict::Differs
        } else {
            Verdict::Holds
        }
    }

    /// The findings of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        let findings = self.findings.iter();
        findings.filter(move |finding| finding.severity == severity)
    }
}

impl Verdicts {
    /// The verdict on the book: all runs hold, and no recording is orphaned.
    pub fn verdict(&self) -> Verdict {
        match self.differing() + self.orphans.len() {
            0 => Verdict::Holds,
            _ => Verdict::Differs,
        }
    }

    /// The number of runs that differ.
    pub fn differing(&self) -> usize {
        let differs = |run: &&RunVerdict| run.verdict() == Verdict::Differs;
        self.runs.iter().filter(differs).count()
    }

    /// The checked runs, then the orphaned recordings.
    pub fn all(&self) -> impl Iterator<Item = &RunVerdict> {
        self.runs.iter().chain(&self.orphans)
    }
}

impl Verdict {
    /// The word that every format writes.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Differs => "differs",
        }
    }
}
