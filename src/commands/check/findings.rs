//! Differences of an execution → findings, and the findings of a run, each reported once.

use std::collections::HashMap;

use crate::compare::{BrokenRule, Difference, without_digits};
use crate::diagnostic::{Diagnostic, Excerpt, FindingKind};
use crate::exec::{Excess, RunError};
use crate::transcript::Line;
use crate::transcript::escape::escape;

/// A finding of an execution.
pub(super) struct Found {
    /// The finding.
    pub(super) finding: Diagnostic,
    /// The learned rule that the execution breaks; `None`: one execution that breaks it is enough for an error.
    pub(super) rule: Option<BrokenRule>,
}

/// The findings of an execution that printed these lines. Their note is the name of the execution: `run 2 of 3, with
/// delays`.
pub(super) fn findings(
    differences: Vec<Difference>,
    lines: &[Line],
    execution: &str,
) -> Vec<Diagnostic> {
    let found = found(differences, lines, execution).into_iter();
    found.map(|found| found.finding).collect()
}

/// The findings of an execution, as [`findings`] has them, with the rules that it breaks.
pub(super) fn found(differences: Vec<Difference>, lines: &[Line], execution: &str) -> Vec<Found> {
    let differences = differences.into_iter();
    let found = |difference: Difference| Found {
        rule: Some(difference.rule()),
        finding: Diagnostic {
            excerpt: excerpt(&difference.lines, lines),
            ..Diagnostic::finding(difference.kind, difference.message).note(execution)
        },
    };
    differences.map(found).collect()
}

/// The finding of an execution that failed.
pub(super) fn failed(error: &RunError, execution: &str) -> Diagnostic {
    let kind = match error {
        RunError::Stopped {
            excess: Excess::Time,
            ..
        } => FindingKind::Timeout,
        _ => FindingKind::Exit,
    };
    Diagnostic::finding(kind, error.to_string()).note(execution)
}

/// The warning about a difference that is no error, as few executions show it.
pub(super) fn exception(difference: Diagnostic) -> Diagnostic {
    Diagnostic {
        excerpt: difference.excerpt,
        notes: difference.notes,
        ..Diagnostic::finding(FindingKind::Learn, difference.message)
    }
}

/// The marked lines of an output, and one line around them. Lines that are too far from each other are not shown
/// together: then the first mark counts alone.
fn excerpt(marks: &[(usize, String)], lines: &[Line]) -> Option<Excerpt> {
    const AROUND: usize = 1;
    const MOST_LINES: usize = 12;
    const LONGEST: usize = 160;
    let first = marks.first()?.0;
    let lowest = marks.iter().map(|(line, _)| *line).min()?;
    let highest = marks.iter().map(|(line, _)| *line).max()?;
    let (from, to) = if highest - lowest < MOST_LINES {
        (lowest, highest)
    } else {
        (first, first)
    };
    let from = from.saturating_sub(AROUND);
    let to = (to + AROUND + 1).min(lines.len());
    let cut = |line: &Line| escape(&line.text).chars().take(LONGEST).collect();
    let marks = marks.iter().filter(|(line, _)| (from..to).contains(line));
    Some(Excerpt {
        title: "its output".to_owned(),
        lines: lines[from..to].iter().map(cut).collect(),
        number: from + 1,
        marks: marks
            .map(|(line, label)| (line - from, label.clone()))
            .collect(),
    })
}

/// The number of findings of one kind that are reported for a run; the others are counted.
const MOST_OF_A_KIND: usize = 10;

/// Removes what was found of a run before: of several executions with the same finding, the first reports it, and
/// does so in full. Of each kind at most [`MOST_OF_A_KIND`] findings remain; a note of the last one counts the others.
pub(super) fn once_each(findings: &mut Vec<Diagnostic>) {
    let mut first: HashMap<(Option<FindingKind>, String), Vec<String>> = HashMap::new();
    let mut counts: HashMap<Option<FindingKind>, usize> = HashMap::new();
    findings.retain(|finding| {
        // Values differ from execution to execution; the kind of line does not.
        let message = without_digits(&finding.message);
        // The note names the execution.
        let notes = first
            .entry((finding.kind, message))
            .or_insert_with(|| finding.notes.clone());
        if *notes != finding.notes {
            return false;
        }
        let count = counts.entry(finding.kind).or_default();
        *count += 1;
        *count <= MOST_OF_A_KIND
    });
    for (kind, count) in counts {
        let more = match count.saturating_sub(MOST_OF_A_KIND) {
            0 => continue,
            1 => "1 more of this kind is not shown".to_owned(),
            more => format!("{more} more of this kind are not shown"),
        };
        let last = findings.iter_mut().rfind(|finding| finding.kind == kind);
        if let Some(last) = last {
            last.notes.push(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::once_each;
    use crate::diagnostic::{Diagnostic, FindingKind};

    /// The number in the note that counts further findings; 0: there is no such note.
    fn more(finding: &Diagnostic) -> usize {
        let counts = finding.notes.iter().filter_map(|note| {
            let (count, _) = note.split_once(" more of this kind")?;
            count.parse::<usize>().ok()
        });
        counts.sum()
    }

    #[test]
    fn each_kind_counts_the_findings_that_are_not_shown() {
        use FindingKind::{Count, Order, Text};
        for (found, kept) in [
            (vec![(Text, 3)], vec![(Text, 3, 0)]),
            (vec![(Text, 10)], vec![(Text, 10, 0)]),
            (
                vec![(Text, 12), (Order, 1)],
                vec![(Text, 10, 2), (Order, 1, 0)],
            ),
            (
                vec![(Order, 1), (Text, 11)],
                vec![(Order, 1, 0), (Text, 10, 1)],
            ),
            (
                vec![(Text, 8), (Order, 13), (Text, 5), (Count, 2)],
                vec![(Text, 8, 0), (Order, 10, 3), (Text, 2, 3), (Count, 2, 0)],
            ),
        ] {
            let mut all = Vec::new();
            for (kind, times) in &found {
                let finding = Diagnostic::finding(*kind, "a line").note("run 1 of 1");
                all.extend(vec![finding; *times]);
            }
            once_each(&mut all);
            let groups = all.chunk_by(|one, other| one.kind == other.kind);
            let groups = groups.map(|group| {
                let (last, others) = group.split_last().expect("a group has an element");
                assert!(others.iter().all(|other| more(other) == 0));
                (
                    last.kind.expect("a finding has a kind"),
                    group.len(),
                    more(last),
                )
            });
            assert_eq!(groups.collect::<Vec<_>>(), kept, "{found:?}");
        }
    }

    #[test]
    fn the_first_execution_with_a_finding_reports_it() {
        let finding = |message: &str, execution: &str| {
            Diagnostic::finding(FindingKind::Text, message).note(execution)
        };
        let mut all = vec![
            finding("prints `took 12 s`", "run 1 of 2"),
            finding("prints `took 7 s`", "run 1 of 2"),
            finding("prints `took 140 s`", "run 2 of 2"),
            finding("prints `late`", "run 2 of 2"),
        ];
        once_each(&mut all);
        let messages = all.iter().map(|finding| finding.message.as_str());
        assert_eq!(
            messages.collect::<Vec<_>>(),
            ["prints `took 12 s`", "prints `took 7 s`", "prints `late`"]
        );
    }
}
