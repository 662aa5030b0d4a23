//! `list`: the runs of a book with their states.

use std::path::Path;

use crate::cli::ListFormat;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::plan::Cargo;
use crate::pipeline::values::check_recorded_values;

mod row;
mod state;
mod table;

/// Lists the runs of the book in this folder in the order of the book, then the orphans. People get a table; on a
/// screen, it has a header, and is no wider than `screen` columns. Programs get one JSON object per line. Nothing is
/// built or executed.
///
/// # Errors
/// There is no book, or its settings or lessons have errors.
pub fn list(folder: &Path, format: ListFormat, screen: Option<usize>) -> anyhow::Result<String> {
    let Opened {
        book,
        mut session,
        plan,
        ..
    } = opened(folder, &[], Cargo::IfNeeded)?;
    check_recorded_values(&book, &plan, &mut session)?;
    let states = state::states(&book, &plan, &mut session);
    let runs = plan.runs.iter().zip(states);
    let mut rows: Vec<_> = runs
        .map(|(run, state)| row::of_run(&book, &session, run, state))
        .collect();
    rows.extend(row::orphans(&book, &plan, &session));
    match format {
        ListFormat::Human => Ok(table::text(&rows, screen)),
        ListFormat::Json => {
            let lines: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
            Ok(lines?.join("\n"))
        }
    }
}
