//! The findings of a check while they are collected.

use std::time::Duration;

use super::findings::once_each;
use crate::diagnostic::{Diagnostic, FindingKind, Severity};
use crate::plan::RunId;
use crate::report::verdict::{LeftOut, UNREACHED};

/// The findings for each checked run, and the runs that are not checked.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The checked runs, in the order of the book.
    pub runs: Vec<CheckedRun>,
    /// The names of orphaned recordings.
    pub orphans: Vec<String>,
    /// The runs whose fences opt out of checks, with the fences' reasons.
    pub unchecked: Vec<(RunId, String)>,
    /// The runs that the check did not reach, as it ended early.
    pub unreached: Vec<RunId>,
    /// The runs that the command's options exclude.
    pub left_out: Vec<LeftOut>,
}

/// A checked run.
#[derive(Debug)]
pub(super) struct CheckedRun {
    /// The run.
    pub run: RunId,
    /// The findings.
    pub findings: Vec<Diagnostic>,
    /// The wall time of the native execution; `None`: there was none, or it did not finish.
    pub wall: Option<Duration>,
}

impl CheckedRun {
    /// Returns whether the recording does not hold.
    pub(super) fn has_error(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.severity == Severity::Error)
    }
}

impl Checked {
    /// Leaves out the runs that were not completely checked when the check ended early; those with errors stay.
    pub(super) fn leave_out_all_but(&mut self, done: &[RunId]) {
        let is_done = |checked: &CheckedRun| checked.has_error() || done.contains(&checked.run);
        let unreached = self.runs.extract_if(.., |checked| !is_done(checked));
        self.unreached.extend(unreached.map(|checked| checked.run));
        let runs = self.unreached.len();
        if runs > 0 {
            let why = UNREACHED.to_owned();
            self.left_out.push(LeftOut { runs, why });
        }
    }

    /// Returns the checked runs without findings.
    pub(super) fn without_findings(&self) -> Checked {
        let runs = self.runs.iter().map(|checked| CheckedRun {
            run: checked.run,
            findings: Vec::new(),
            wall: None,
        });
        Checked {
            runs: runs.collect(),
            ..Checked::default()
        }
    }

    /// Adds findings of a run, if that is one of the checked runs.
    pub(super) fn add(&mut self, run: RunId, findings: impl IntoIterator<Item = Diagnostic>) {
        if let Some(checked) = self.of(run) {
            checked.findings.extend(findings);
        }
    }

    /// Adds all findings of these runs.
    pub(super) fn add_all(&mut self, found: Checked) {
        for CheckedRun { run, findings, .. } in found.runs {
            self.add(run, findings);
        }
    }

    /// The findings of a run.
    pub(super) fn of(&mut self, run: RunId) -> Option<&mut CheckedRun> {
        self.runs.iter_mut().find(|checked| checked.run == run)
    }

    /// Returns whether a run's program has changed since it was recorded.
    pub(super) fn is_stale(&self, run: RunId) -> bool {
        let mut runs = self.runs.iter();
        let checked = runs.find(|checked| checked.run == run);
        let mut findings = checked.into_iter().flat_map(|checked| &checked.findings);
        findings.any(|finding| finding.kind == Some(FindingKind::Stale))
    }

    /// Removes findings that several executions of a run share.
    pub(super) fn once_each(&mut self) {
        for run in &mut self.runs {
            once_each(&mut run.findings);
        }
    }
}
