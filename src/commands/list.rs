//! `list`: the runs of a book, and what is known of each.

use std::path::Path;

use super::needs::{Cargo, Needs, of_book};
use super::open::read;
use super::shelf::shown_path;
use super::values::are_recorded;
use crate::book::Book;
use crate::example::cache::State;
use crate::example::inputs::Hashes;
use crate::example::store::State as Recorded;
use crate::report::line_number;

/// What is known of the runs of the book in this folder, a line each, in the order of the book: `fresh`,
/// `stale` and what has changed, or `missing`; behind them the transcripts that are kept of runs which no
/// fence asks for, `orphaned`. Nothing is built or run.
///
/// # Errors
/// There is no book, or something is wrong in its settings or lessons.
pub fn list(folder: &Path) -> anyhow::Result<String> {
    let book = read(folder)?;
    let (_, mut needs) = of_book(&book, Cargo::IfNeeded)?;
    are_recorded(&book, &mut needs)?;
    let mut rows = Vec::new();
    let states = states(&book, &mut needs);
    for (run, (word, why)) in needs.plan.runs.iter().zip(states) {
        let chapter = &book.chapters[run.asks[0].chapter];
        let line = line_number(&chapter.text, run.asks[0].span.start);
        let place = format!("{}:{line}", chapter.path.display());
        rows.push([word, run.id.clone(), place, run.command.clone(), why]);
    }
    let none = String::new;
    match needs.store.is_empty() {
        true => {
            for command in needs.cache.orphans(&needs.plan.runs) {
                rows.push([
                    "orphaned".to_owned(),
                    none(),
                    none(),
                    command.to_owned(),
                    none(),
                ]);
            }
        }
        false => {
            for id in needs.store.orphans(&needs.plan.runs) {
                rows.push(["orphaned".to_owned(), id.to_owned(), none(), none(), none()]);
            }
        }
    }
    Ok(table(&rows))
}

/// Of each run a word, and why it is so: what is recorded of it, or, in a book that records nothing, what is
/// kept of it.
fn states(book: &Book, needs: &mut Needs) -> Vec<(String, String)> {
    let Needs {
        plan,
        store,
        cache,
        hashes,
        ..
    } = needs;
    let has_changed =
        |file: &Path| format!("{} has changed", shown_path(&book.root, file).display());
    let of_cache = |run, hashes: &mut Hashes| {
        let state = cache.state(run, hashes);
        let why = match &state {
            State::Stale {
                changed: Some(file),
            } => has_changed(file),
            State::Stale { changed: None } => "what it was built from is not known".to_owned(),
            State::Fresh(_) | State::Missing => String::new(),
        };
        (state.word().to_owned(), why)
    };
    let of_store = |run, hashes: &mut Hashes| {
        let (word, why) = match store.state(run, hashes) {
            Recorded::Fresh(_) => ("fresh", String::new()),
            Recorded::Missing => ("missing", String::new()),
            Recorded::Unusable(why) => ("unusable", why.to_string()),
            Recorded::Stale { changed, .. } => (
                "stale",
                match changed {
                    Some(file) => has_changed(&file),
                    None => "what is recorded is of another run".to_owned(),
                },
            ),
        };
        (word.to_owned(), why)
    };
    let runs = plan.runs.iter();
    match store.is_empty() {
        true => runs.map(|run| of_cache(run, hashes)).collect(),
        false => runs.map(|run| of_store(run, hashes)).collect(),
    }
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
