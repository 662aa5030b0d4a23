//! `list`: the runs of a book, and what is known of each.

use std::path::Path;

use super::findings::in_lesson;
use super::needs::{Needs, lessons, settings};
use super::open::read;
use super::shelf::shown_path;
use crate::example::cache::State;
use crate::example::inputs::Hashes;
use crate::lesson::Severity;
use crate::report::{Finding, Findings, line_number};

/// What is known of the runs of the book in this folder, a line each, in the order of the book: `fresh`,
/// `stale` and what has changed, or `missing`; behind them the transcripts that are kept of runs which no
/// fence asks for, `orphaned`. Nothing is built or run.
///
/// # Errors
/// There is no book, or something is wrong in its settings or lessons.
pub fn list(folder: &Path) -> anyhow::Result<String> {
    let book = read(folder)?;
    let config = settings(&book)?;
    let (lessons, mut problems) = lessons(&book);
    let needs = Needs::of(&book, &config, &lessons);
    problems.retain(|(_, problem)| problem.severity == Severity::Error);
    problems.extend(needs.problems.iter().cloned());
    let problems = problems
        .iter()
        .map(|(chapter, problem)| in_lesson(&book, *chapter, problem));
    let findings: Vec<Finding> = needs.nothing.into_iter().chain(problems).collect();
    if !findings.is_empty() {
        return Err(Findings(findings).into());
    }

    let mut hashes = Hashes::default();
    let mut rows = Vec::new();
    for run in &needs.plan.runs {
        let state = needs.cache.state(run, &mut hashes);
        let why = match &state {
            State::Stale {
                changed: Some(file),
            } => format!("{} has changed", shown_path(&book.root, file).display()),
            State::Stale { changed: None } => "what it was built from is not known".to_owned(),
            State::Fresh(_) | State::Missing => String::new(),
        };
        let chapter = &book.chapters[run.asks[0].chapter];
        let line = line_number(&chapter.text, run.asks[0].span.start);
        let place = format!("{}:{line}", chapter.path.display());
        rows.push([state.word().to_owned(), place, run.command.clone(), why]);
    }
    for command in needs.cache.orphans(&needs.plan.runs) {
        let nowhere = String::new();
        let orphan = [
            "orphaned".to_owned(),
            nowhere.clone(),
            command.to_owned(),
            nowhere,
        ];
        rows.push(orphan);
    }
    Ok(table(&rows))
}

/// Rows of text, their columns as wide as their longest cells.
fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..COLUMNS)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
