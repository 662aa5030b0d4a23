//! The findings of all runs → the verdicts that a report writes.

use std::cmp::Reverse;
use std::num::NonZero;

use super::checked::Checked;
use crate::book::Book;
use crate::diagnostic::{Diagnostic, FindingKind, Place};
use crate::pipeline::failures::program_of;
use crate::pipeline::sources::shown_path;
use crate::plan::{Plan, Run};
use crate::report::verdict::{Fence, RunVerdict, UNREACHED, Unchecked, Verdicts};
use crate::report::{Chapters, line_number};
use crate::session::Session;

/// The verdicts on everything that was checked.
pub(super) fn verdicts(
    book: &Book<'_>,
    plan: &Plan,
    session: &Session,
    checked: Checked,
    repeat: NonZero<usize>,
) -> Verdicts {
    let runs = checked.runs.into_iter().map(|checked| {
        let run = &plan[checked.run];
        let findings = checked.findings.into_iter();
        RunVerdict {
            run: run.id.clone(),
            fence: Some(fence(book, run)),
            findings: findings.map(|its| complete(its, book, run)).collect(),
            wall: checked.wall,
            is_repeated: run.purpose.is_run() && run.seed().is_none(),
        }
    });
    let runs: Vec<RunVerdict> = runs.collect();
    let findings = runs.iter().flat_map(|run| &run.findings);
    let chapters = Chapters::named_by(findings, book);
    let orphans = checked.orphans.into_iter().map(|id| RunVerdict {
        findings: vec![orphaned(book, session, &id)],
        run: id,
        fence: None,
        wall: None,
        is_repeated: false,
    });
    let unchecked = |(run, reason)| Unchecked {
        run: plan[run].id.clone(),
        fence: fence(book, &plan[run]),
        reason,
    };
    let unreached = checked.unreached.into_iter();
    let unreached = unreached.map(|run| unchecked((run, UNREACHED.to_owned())));
    Verdicts {
        runs,
        orphans: orphans.collect(),
        unreached: unreached.collect(),
        unchecked: checked.unchecked.into_iter().map(unchecked).collect(),
        left_out: checked.left_out,
        repeat: repeat.get(),
        chapters,
    }
}

/// The first fence that shows a run.
fn fence(book: &Book<'_>, run: &Run) -> Fence {
    let chapter = &book.chapters[run.asks[0].chapter];
    Fence {
        chapter: chapter.path.clone(),
        line: line_number(&chapter.text, run.asks[0].span.start),
    }
}

/// The finding for an orphaned recording.
fn orphaned(book: &Book<'_>, session: &Session, id: &str) -> Diagnostic {
    let file = session.recordings.path(id);
    let help = match session.recordings.unusable(id) {
        None => "remove it with `mdbook-transcript record --yes`, or show it",
        Some(_) => "it cannot be used, so `mdbook-transcript record` keeps it: remove it yourself",
    };
    Diagnostic::finding(
        FindingKind::Orphan,
        "it is recorded, and no fence asks for it",
    )
    .at(Place::file(shown_path(&book.root, &file), None))
    .help(help)
}

/// Adds to a finding of a run the first fence that shows the run, where the finding has no place of its own, the
/// line of the program and, where it has none, the help.
fn complete(mut finding: Diagnostic, book: &Book<'_>, run: &Run) -> Diagnostic {
    finding.primary.get_or_insert_with(|| (&run.asks[0]).into());
    if let Some(file) = program_of(book, run) {
        let line = line_of_program(run, &finding);
        finding = finding.related(Place::file(file, line));
    }
    let help = finding.kind.and_then(|kind| help(kind, run));
    finding.help = finding.help.or(help);
    finding
}

/// The help for a finding of a run.
fn help(kind: FindingKind, run: &Run) -> Option<String> {
    let record = format!("`mdbook-transcript record {}`", run.id);
    match kind {
        FindingKind::Order => Some(format!(
            "was a `join`, a lock or a thread removed? If this is intended, run {record}"
        )),
        FindingKind::Claim => Some("change the program, or what the fence says".to_owned()),
        FindingKind::Timing
        | FindingKind::Learn
        | FindingKind::Build
        | FindingKind::Timeout
        | FindingKind::Missing
        | FindingKind::Stale => None,
        FindingKind::Text
        | FindingKind::Count
        | FindingKind::Field
        | FindingKind::Exit
        | FindingKind::Orphan => Some(format!("if this is intended, run {record}")),
    }
}

/// The line of the program, from 1, that most likely prints the first marked line of a finding: the first line with
/// a string that contains the most of its words. `None`: no line contains any.
fn line_of_program(run: &Run, finding: &Diagnostic) -> Option<usize> {
    /// Shorter words occur everywhere.
    const SHORTEST: usize = 3;
    let excerpt = finding.excerpt.as_ref()?;
    let text = excerpt.lines.get(excerpt.marks.first()?.0)?;
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() >= SHORTEST)
        .collect();
    let program = std::fs::read_to_string(&run.target.source).ok()?;
    let count = |line: &str| {
        if line.contains('"') {
            words.iter().filter(|word| line.contains(**word)).count()
        } else {
            0
        }
    };
    let lines = program.lines().enumerate();
    let counts = lines.map(|(at, line)| (count(line), at));
    let (most, at) = counts.max_by_key(|&(count, at)| (count, Reverse(at)))?;
    (most > 0).then_some(at + 1)
}
