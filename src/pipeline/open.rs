//! A folder → the book in it and the plan of its runs, with as few of the book's other preprocessors as possible.

use std::path::Path;

use super::failures::tell;
use super::plan::{Cargo, Planned, planned};
use super::select::select;
use crate::book::Book;
use crate::book::open::{Earlier, read};
use crate::plan::Plan;
use crate::session::Session;

/// A book as a command opens it: read from its folder, planned, and without errors.
#[derive(Debug)]
pub struct Opened {
    /// The book.
    pub book: Book<'static>,
    /// The book's settings, recordings, cache and workspace.
    pub session: Session,
    /// The book's runs.
    pub plan: Plan,
    /// The number of warnings about its lessons, which were reported.
    pub warnings: usize,
}

/// Reads and plans the book in this folder, of which some runs may be asked for by `names`, and reports the warnings
/// about its lessons.
///
/// The preprocessors that mdBook runs before this one only because of their names are left out, unless the lessons cannot
/// be understood without them: they have an error or no run, no run has one of the names, or a recording is of no run.
///
/// # Errors
/// There is no book, a preprocessor fails, or the book's settings or lessons have errors.
pub fn opened(folder: &Path, names: &[String], cargo: Cargo) -> anyhow::Result<Opened> {
    let (book, left_out) = read(folder, Earlier::Ordered)?;
    match planned(&book, cargo) {
        Ok(planned) if left_out.is_empty() || is_complete(&planned, &book, names) => {
            return Ok(told(book, planned));
        }
        Err(errors) if left_out.is_empty() => return Err(errors.into()),
        Ok(_) | Err(_) => {}
    }
    let named: Vec<String> = left_out.iter().map(|name| format!("`{name}`")).collect();
    let named = named.join(", ");
    tracing::info!("preprocessors that could change the lessons are run: {named}");
    let (book, _) = read(folder, Earlier::All)?;
    let planned = planned(&book, cargo)?;
    Ok(told(book, planned))
}

/// Returns whether the book has runs, all that are named and one for each recording.
fn is_complete(planned: &Planned, book: &Book<'_>, names: &[String]) -> bool {
    let Planned { session, plan, .. } = planned;
    let is_explained = session.recordings.orphans(&plan.runs).is_empty();
    !plan.runs.is_empty() && is_explained && select(names, book, plan).is_ok()
}

/// Reports the warnings about a book's lessons.
fn told(book: Book<'static>, planned: Planned) -> Opened {
    let Planned {
        session,
        plan,
        warnings,
    } = planned;
    let number = warnings.len();
    tell(&book, warnings);
    Opened {
        book,
        session,
        plan,
        warnings: number,
    }
}
