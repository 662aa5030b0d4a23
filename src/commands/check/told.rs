//! What was found → the verdicts that a report writes.

use std::cmp::Reverse;
use std::num::NonZero;

use super::Checked;
use super::found::Found;
use crate::book::Book;
use crate::compare::{FindingKind, Severity as Weight};
use crate::pipeline::findings::{at, program_of};
use crate::pipeline::sources::shown_path;
use crate::plan::{Plan, Run};
use crate::report::verdict::{RunVerdict, Severity, Told, Unchecked, Verdicts};
use crate::report::{Excerpt, Finding, line_number};
use crate::session::Session;
use crate::transcript::escape::escape;

/// The verdicts on all that was checked.
pub(super) fn verdicts(
    book: &Book<'_>,
    plan: &Plan,
    session: &Session,
    checked: &Checked,
    repeat: NonZero<usize>,
) -> Verdicts {
    let fence = |run: &Run| {
        let chapter = &book.chapters[run.asks[0].chapter];
        let line = line_number(&chapter.text, run.asks[0].span.start);
        Some((chapter.path.clone(), line))
    };
    let runs = checked.runs.iter().map(|its| {
        let run = &plan[its.run];
        let told = its.found.iter().map(|found| Told {
            severity: match found.difference.what.severity() {
                Weight::Error => Severity::Error,
                Weight::Warning => Severity::Warning,
            },
            finding: finding(book, run, found),
        });
        RunVerdict {
            run: run.id.clone(),
            fence: fence(run),
            told: told.collect(),
            wall: its.wall,
        }
    });
    let orphans = checked.orphans.iter().map(|id| RunVerdict {
        run: id.clone(),
        fence: None,
        told: vec![orphaned(book, session, id)],
        wall: None,
    });
    let unchecked = checked.unchecked.iter().map(|(run, reason)| Unchecked {
        run: plan[*run].id.clone(),
        fence: fence(&plan[*run]),
        reason: reason.clone(),
    });
    Verdicts {
        runs: runs.collect(),
        orphans: orphans.collect(),
        unchecked: unchecked.collect(),
        left_out: checked.left_out.clone(),
        repeat: repeat.get(),
    }
}

/// That a recorded transcript is shown nowhere.
fn orphaned(book: &Book<'_>, session: &Session, id: &str) -> Told {
    Told {
        severity: Severity::Error,
        finding: Finding {
            kind: Some(FindingKind::Orphan.word()),
            program: Some(shown_path(&book.root, &session.recordings.path(id)).to_owned()),
            help: Some("remove it with `mdbook-transcript record`, or show it".to_owned()),
            ..Finding::new("it is recorded, and no fence asks for it")
        },
    }
}

/// A finding at the attribute that it is about, else at the first fence that asks for its run.
fn finding(book: &Book<'_>, run: &Run, found: &Found) -> Finding {
    let what = found.difference.what;
    let record = format!("`mdbook-transcript record {}`", run.id);
    let help = match what {
        FindingKind::Order => {
            format!("was a `join`, a lock or a thread taken away? If it is meant so: {record}")
        }
        FindingKind::Missing => format!("record it: {record}"),
        FindingKind::Stale => format!("record it again: {record}"),
        FindingKind::Claim => "change the program, or what the fence says".to_owned(),
        FindingKind::Timing | FindingKind::Learn | FindingKind::Build | FindingKind::Timeout => {
            String::new()
        }
        _ => format!("if it is meant so: {record}"),
    };
    let finding = Finding {
        kind: Some(what.word()),
        program: program_of(book, run),
        program_line: line_of_program(run, found),
        excerpt: excerpt(found),
        notes: notes(found),
        help: (!help.is_empty()).then_some(help),
        said: found.said.clone(),
        ..Finding::new(&found.difference.message)
    };
    at(book, found.ask.as_ref().unwrap_or(&run.asks[0]), finding)
}

/// In which run it was found, and how much more.
fn notes(found: &Found) -> Vec<String> {
    let more = match found.more {
        0 => None,
        1 => Some("1 more of this kind is not told".to_owned()),
        more => Some(format!("{more} more of this kind are not told")),
    };
    found.when.iter().cloned().chain(more).collect()
}

/// The line of the program, from 1, that most likely prints what a finding is about: one with a string that
/// has the most of its words.
fn line_of_program(run: &Run, found: &Found) -> Option<usize> {
    /// Shorter words say little.
    const LEAST: usize = 3;
    let text = &found.lines.get(found.difference.lines.first()?.0)?.text;
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() >= LEAST)
        .collect();
    let program = std::fs::read_to_string(&run.target.source).ok()?;
    let has = |line: &str| {
        if line.contains('"') {
            words.iter().filter(|word| line.contains(**word)).count()
        } else {
            0
        }
    };
    let lines = program
        .lines()
        .enumerate()
        .map(|(at, line)| (has(line), at));
    // Of several that are alike, the first.
    let (most, at) = lines.max_by_key(|&(has, at)| (has, Reverse(at)))?;
    (most > 0).then_some(at + 1)
}

/// The lines that a finding is about, and those around them.
fn excerpt(found: &Found) -> Option<Excerpt> {
    /// Around a line.
    const AROUND: usize = 1;
    /// More lines than these are not shown: then it is about the first alone.
    const MOST: usize = 12;
    let marks = &found.difference.lines;
    let first = marks.first()?.0;
    let lowest = marks.iter().map(|(line, _)| *line).min()?;
    let highest = marks.iter().map(|(line, _)| *line).max()?;
    let (from, to) = if highest - lowest < MOST {
        (lowest, highest)
    } else {
        (first, first)
    };
    let from = from.saturating_sub(AROUND);
    let to = (to + AROUND + 1).min(found.lines.len());
    let cut = |line: &crate::transcript::Line| escape(&line.text).chars().take(160).collect();
    let marks = marks.iter().filter(|(line, _)| (from..to).contains(line));
    Some(Excerpt {
        of: "its output".to_owned(),
        lines: found.lines[from..to].iter().map(cut).collect(),
        number: from + 1,
        marks: marks
            .map(|(line, label)| (line - from, label.clone()))
            .collect(),
    })
}
