//! Shows a change: where it is in the book, and what would be different.

use std::io::{self, Write};

use super::changes::Change;
use crate::book::Book;
use crate::commands::record::changes::{reviewed, strictness, verb, write_diff, write_notes};
use crate::plan::{Plan, Run};
use crate::report::line_number;
use crate::session::Session;
use crate::transcript::format::Recording;

/// Writes a change after its number: `1 of 3: join-1-0.5 (src/join.md:14)`.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn show(
    change: &Change,
    number: (usize, usize),
    book: &Book<'_>,
    plan: &Plan,
    session: &Session,
    out: &mut impl Write,
) -> io::Result<()> {
    let place = match change {
        Change::Recorded(run, _) => places(book, &plan[*run]),
        Change::Renamed { new, .. } => {
            let run = plan.named(new);
            run.map(|run| places(book, &plan[run])).unwrap_or_default()
        }
        Change::Orphaned(_) => "no fence shows it".to_owned(),
    };
    let (number, count) = number;
    writeln!(out, "{number} of {count}: {} ({place})", change.id(plan))?;
    match change {
        Change::Recorded(run, new) => recorded(&plan[*run], new, session, out),
        Change::Renamed { old, .. } => writeln!(out, "  renamed: its file is that of {old}"),
        Change::Orphaned(id) => {
            let recorded = session.recordings.by_id(id);
            let command = recorded.map_or("", |recorded| recorded.head.run.as_str());
            writeln!(out, "  to be removed: the recording of `{command}`")
        }
    }
}

/// Writes the new recording of a run as a diff, of a new one all lines.
fn recorded(run: &Run, new: &Recording, session: &Session, out: &mut impl Write) -> io::Result<()> {
    let old = session.recordings.get(run);
    let unusable = session.recordings.unusable(&run.id);
    let verb = verb(old, unusable);
    writeln!(out, "  {verb}: {}", strictness(run, new))?;
    write_notes(out, old, unusable, new)?;
    let before = old.map(reviewed).unwrap_or_default();
    write_diff(out, &before, &reviewed(new))
}

/// The places of the fences that show a run: `src/join.md:14, src/more.md:3`.
fn places(book: &Book<'_>, run: &Run) -> String {
    let places = run.asks.iter().map(|ask| {
        let chapter = &book.chapters[ask.chapter];
        let line = line_number(&chapter.text, ask.span.start);
        format!("{}:{line}", chapter.path.display())
    });
    places.collect::<Vec<_>>().join(", ")
}
