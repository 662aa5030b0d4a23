//! Carries out decisions.

use std::io::Write;

use anyhow::Context;

use super::changes::Change;
use crate::pipeline::not_recorded::NotRecorded;
use crate::plan::{Plan, Run};
use crate::recordings::inputs::Contents;
use crate::session::Session;
use crate::transcript::format::Recording;

/// Whether a change was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    /// It was.
    Yes,
    /// It was not: the program has changed since its recording was shown.
    TooLate,
}

/// Accepts a change, after it is announced.
///
/// # Errors
/// A file cannot be written or removed, or `out` cannot be written.
pub(super) fn accept(
    change: &Change,
    plan: &Plan,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<Accepted> {
    match change {
        Change::Recorded(run, new) => return accept_recording(&plan[*run], new, session, out),
        Change::Renamed { old, new } => {
            writeln!(out, "renaming {old} to {new}")?;
            let file = session.recordings.path(new);
            let renamed = session.recordings.rename(new);
            renamed.with_context(|| format!("failed to rename `{}`", file.display()))?;
        }
        Change::Orphaned(id) => {
            writeln!(out, "removing {id}: no fence shows it")?;
            out.flush()?;
            let file = session.recordings.path(id);
            let removed = session.recordings.remove(id);
            removed.with_context(|| format!("failed to remove `{}`", file.display()))?;
        }
    }
    Ok(Accepted::Yes)
}

fn accept_recording(
    run: &Run,
    new: &Recording,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<Accepted> {
    // The author may have gone on while the recording was on the screen.
    let mut contents = Contents::default();
    contents.know_page(run);
    let state = session.recordings.state_of(new, run, &mut contents);
    if let Some(why) = NotRecorded::of(&state) {
        let why = why.in_words();
        writeln!(out, "not accepted: {}: {why}; review it again", run.id)?;
        return Ok(Accepted::TooLate);
    }
    writeln!(out, "accepting {}", run.id)?;
    let renamed = session.recordings.rename(&run.id);
    let file = session.recordings.path(&run.id);
    let saved = renamed.and_then(|()| session.recordings.save(run, new.clone()));
    saved.with_context(|| format!("failed to write `{}`", file.display()))?;
    remove_pending(&run.id, session)?;
    Ok(Accepted::Yes)
}

/// Rejects a change, after it is announced: recordings stay as they are.
///
/// # Errors
/// A file cannot be removed, or `out` cannot be written.
pub(super) fn reject(
    change: &Change,
    plan: &Plan,
    session: &Session,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match change {
        Change::Recorded(run, _) => {
            let id = &plan[*run].id;
            writeln!(out, "rejecting {id}")?;
            remove_pending(id, session)?;
        }
        Change::Renamed { old, .. } => writeln!(out, "keeping the name {old}")?,
        Change::Orphaned(id) => writeln!(out, "keeping {id}")?,
    }
    Ok(())
}

/// Removes the pending recording of this run.
///
/// # Errors
/// The file cannot be removed.
pub(super) fn remove_pending(id: &str, session: &Session) -> anyhow::Result<()> {
    let pending = session.pending();
    let removed = pending.remove(id);
    removed.with_context(|| format!("failed to remove `{}`", pending.path(id).display()))?;
    Ok(())
}
