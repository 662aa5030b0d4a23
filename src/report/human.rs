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
    let is_repeated = |run: &&RunVerdict| run.is_repeated || verdicts.repeat == 1;
    let repeated = verdicts.runs.iter().filter(is_repeated).count();
    let runs = match (verdicts.runs.len(), verdicts.differing()) {
        (0, _) => "no run was checked".to_owned(),
        (1, 0) if repeated == 1 => format!("1 run holds, executed {times}"),
        (1, 0) => "1 run holds".to_owned(),
        (all, 0) if repeated == 0 => format!("{all} runs hold"),
        (all, 0) if repeated == all => format!("{all} runs hold, each executed {times}"),
        (all, 0) => format!("{all} runs hold, {repeated} of them executed {times}"),
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

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::report::sources::Chapters;
    use crate::report::verdict::{RunVerdict, Verdicts};

    #[test]
    fn a_summary_counts_only_executions_that_took_place() {
        let run = |is_repeated| RunVerdict {
            run: "a".to_owned(),
            fence: None,
            findings: Vec::new(),
            wall: None,
            is_repeated,
        };
        let table: [(&[bool], usize, &str); 6] = [
            (&[], 3, "no run was checked"),
            (&[true], 3, "1 run holds, executed at least 3 times"),
            (&[false], 3, "1 run holds"),
            (&[false, false], 3, "2 runs hold"),
            (
                &[true, false, true],
                3,
                "3 runs hold, 2 of them executed at least 3 times",
            ),
            (&[true, false], 1, "2 runs hold, each executed once"),
        ];
        for (runs, repeat, expected) in table {
            let verdicts = Verdicts {
                runs: runs.iter().copied().map(run).collect(),
                orphans: Vec::new(),
                unchecked: Vec::new(),
                unreached: Vec::new(),
                left_out: Vec::new(),
                repeat,
                chapters: Chapters::default(),
            };
            assert_eq!(summary(&verdicts), expected);
        }
    }
}
