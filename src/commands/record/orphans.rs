//! Removes orphaned recordings, unless a fence may show them after all.

use std::io::{self, Write};

use crate::ask::{self, Keys};
use crate::book::Book;
use crate::pipeline::orphans::{Orphans, orphans};
use crate::plan::Plan;
use crate::session::Session;

/// The recordings that no fence shows: those to remove, and those that stay.
#[derive(Debug, Default)]
pub(in crate::commands) struct Removal {
    /// The names of recordings to remove.
    pub(in crate::commands) remove: Vec<String>,
    /// The names of recordings that stay, each with the reason.
    pub(in crate::commands) keep: Vec<(String, String)>,
}

impl Removal {
    /// Keeps all recordings for this reason.
    pub(in crate::commands) fn given_up(mut self, why: &str) -> Removal {
        let remove = self.remove.drain(..);
        self.keep.extend(remove.map(|id| (id, why.to_owned())));
        self
    }

    /// Writes a line for each recording that stays.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub(in crate::commands) fn tell_kept(
        &self,
        verb: &str,
        out: &mut impl Write,
    ) -> io::Result<()> {
        for (id, why) in &self.keep {
            writeln!(out, "{verb} {id}: no fence shows it, but {why}")?;
        }
        Ok(())
    }
}

/// Decides on the recordings that no fence shows. `warnings` is the number of warnings about the book's lessons.
pub(in crate::commands) fn removal(
    book: &Book<'_>,
    plan: &Plan,
    session: &Session,
    warnings: usize,
) -> Removal {
    let Orphans { ids, unread } = orphans(book, plan, session);
    let mut removal = Removal::default();
    for id in ids {
        match session.recordings.unusable(&id) {
            // It may be of a newer version of this tool, or no recording at all.
            Some(unusable) => removal.keep.push((id, unusable.why.to_string())),
            None => removal.remove.push(id),
        }
    }
    if let Some(unread) = unread {
        let why = format!(
            "the book in `{}` shares the folder and cannot be read: run `mdbook-transcript list {0}`",
            unread.book.display()
        );
        let kept = unread.ids.into_iter().map(|id| (id, why.clone()));
        removal.keep.extend(kept);
    }
    // A warning is about a block that may not be what its author intended.
    match warnings {
        0 => removal,
        1 => removal.given_up("the book has a warning"),
        _ => removal.given_up("the book has warnings"),
    }
}

/// Asks whether to remove the recordings, unless `is_confirmed`, and keeps them if the answer is no or nobody can be asked.
///
/// # Errors
/// Ctrl-C was pressed, or `out` cannot be written.
pub(super) fn confirmed(
    removal: Removal,
    is_confirmed: bool,
    out: &mut impl Write,
) -> io::Result<Removal> {
    if is_confirmed || removal.remove.is_empty() {
        return Ok(removal);
    }
    if !ask::is_possible() {
        let why =
            "nobody has confirmed its removal: pass `--yes`, or run `mdbook-transcript review`";
        return Ok(removal.given_up(why));
    }
    for id in &removal.remove {
        writeln!(out, "{id}: no fence shows it")?;
    }
    let question = match removal.remove.len() {
        1 => "Remove this recording [y/n]?".to_owned(),
        count => format!("Remove these {count} recordings [y/n]?"),
    };
    Ok(match Keys::begin().ask(&question, "yn", out)? {
        Some('y') => removal,
        _ => removal.given_up("its removal was not confirmed"),
    })
}

/// Renames the files of recordings whose runs have got another name.
///
/// # Errors
/// A file cannot be renamed, or `out` cannot be written.
pub(in crate::commands) fn rename(
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let renamed = session.recordings.renamed();
    let renamed: Vec<(String, String)> = renamed
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .collect();
    for (old, new) in renamed {
        writeln!(out, "renaming {old} to {new}: its fence has the new name")?;
        session.recordings.rename(&new)?;
    }
    Ok(())
}

/// Removes recordings, each after it was announced; returns the numbers of removed and of kept ones.
///
/// # Errors
/// A file cannot be removed, or `out` cannot be written.
pub(in crate::commands) fn remove(
    removal: &Removal,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<(usize, usize)> {
    for id in &removal.remove {
        writeln!(out, "removing {id}: no fence shows it")?;
        out.flush()?;
        session.recordings.remove(id)?;
    }
    removal.tell_kept("keeping", out)?;
    Ok((removal.remove.len(), removal.keep.len()))
}
