//! Verdicts → text for people: each finding as rustc draws it, and a summary.

use super::render::{Color, text as render};
use super::sources::Chapters;
use super::verdict::{LeftOut, RunVerdict, Verdicts};
use crate::diagnostic::Diagnostic;

/// The findings of all runs, a blank line after each, and the summary in the last line.
pub fn text(verdicts: &Verdicts, color: Color) -> String {
    let mut text = String::new();
    for run in verdicts.all() {
        for diagnostic in &run.findings {
            text.push_str(&finding(run, diagnostic, &verdicts.chapters, color));
            text.push_str("\n\n");
        }
    }
    text + &summary(verdicts) + "\n"
}

/// A finding, its message after the name of its run.
pub(super) fn finding(
    run: &RunVerdict,
    finding: &Diagnostic,
    chapters: &Chapters,
    color: Color,
) -> String {
    let message = format!("`{}`: {}", run.run, finding.message);
    render(finding, &message, chapters, color)
}

/// The numbers of runs that hold and differ, of orphaned recordings and of runs that were left out.
pub(super) fn summary(verdicts: &Verdicts) -> String {
    let times = match verdicts.repeat {
        1 => "once".to_owned(),
        times => format!("at least {times} times"),
    };
    let runs = match (verdicts.runs.len(), verdicts.differing()) {
        (0, _) => "no run was checked".to_owned(),
        (1, 0) => format!("1 run holds, executed {times}"),
        (all, 0) => format!("{all} runs hold, each executed {times}"),
        (1, _) => "1 of 1 run differs".to_owned(),
        (all, 1) => format!("1 of {all} runs differs"),
        (all, differing) => format!("{differing} of {all} runs differ"),
    };
    let orphans = match verdicts.orphans.len() {
        0 => String::new(),
        orphans => format!(", {orphans} orphaned"),
    };
    let left_out = verdicts.left_out.iter();
    let left_out = left_out.map(|LeftOut { runs, why }| match runs {
        1 => format!("; 1 run {why}"),
        runs => format!("; {runs} runs {why}"),
    });
    runs + &orphans + &left_out.collect::<String>()
}
