//! Verdicts → text for people: each finding as rustc draws it, and how many hold.

use super::verdict::{LeftOut, RunVerdict, Severity, Told, Verdicts};
use super::{Colour, Finding, errors, warnings};

/// The findings of all runs, a blank line behind each, and a last line that counts.
pub fn text(verdicts: &Verdicts, colour: Colour) -> String {
    let mut text = String::new();
    for run in verdicts.all() {
        for told in &run.told {
            text.push_str(&finding(run, told, colour));
            text.push_str("\n\n");
        }
    }
    text + &summary(verdicts) + "\n"
}

/// A finding, named by its run.
pub(super) fn finding(run: &RunVerdict, told: &Told, colour: Colour) -> String {
    let finding = Finding {
        message: format!("`{}`: {}", run.run, told.finding.message),
        ..told.finding.clone()
    };
    match told.severity {
        Severity::Error => errors(&[finding], colour),
        Severity::Warning => warnings(&[finding], colour),
    }
}

/// How many hold, and how many were left out, in one line.
pub(super) fn summary(verdicts: &Verdicts) -> String {
    let times = match verdicts.repeat {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let runs = match (verdicts.runs.len(), verdicts.differing()) {
        (0, _) => "no run was checked".to_owned(),
        (1, 0) => format!("1 run holds, made {times}"),
        (all, 0) => format!("{all} runs hold, each made {times}"),
        (1, _) => "1 run, which differs".to_owned(),
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
