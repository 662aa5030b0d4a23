//! Carries out decisions.

use std::io::Write;

use anyhow::Context;

use super::changes::Change;
use crate::pipeline::not_recorded::NotRecorded;
use crate::plan::{Plan, Run};
use crate::recordings::inputs::Contents;
use crate::session::Session;
use crate::transcript::format::Recording;

/// Whether a decision was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was.
    Done,
    /// It was not: the program or its pending recording has changed since that was read.
    TooLate,
    /// It was not: the pending recording is gone, as another review has decided on it.
    Gone,
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
) -> anyhow::Result<Outcome> {
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
    Ok(Outcome::Done)
}

fn accept_recording(
    run: &Run,
    new: &Recording,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<Outcome> {
    // The author may have gone on while the recording was on the screen.
    let mut contents = Contents::default();
    contents.know_page(run);
    let state = session.recordings.state_of(new, run, &mut contents);
    if let Some(why) = NotRecorded::of(&state) {
        let why = why.in_words();
        writeln!(out, "not accepted: {}: {why}; review it again", run.id)?;
        return Ok(Outcome::TooLate);
    }
    if let Some(outcome) = overtaken(&run.id, new, "accepted", session, out)? {
        return Ok(outcome);
    }
    writeln!(out, "accepting {}", run.id)?;
    let renamed = session.recordings.rename(&run.id);
    let file = session.recordings.path(&run.id);
    let saved = renamed.and_then(|()| session.recordings.save(run, new.clone()));
    saved.with_context(|| format!("failed to write `{}`", file.display()))?;
    remove_pending(&run.id, session)?;
    Ok(Outcome::Done)
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
) -> anyhow::Result<Outcome> {
    match change {
        Change::Recorded(run, new) => {
            let id = &plan[*run].id;
            if let Some(outcome) = overtaken(id, new, "rejected", session, out)? {
                return Ok(outcome);
            }
            return reject_pending(id, session, out);
        }
        Change::Renamed { old, .. } => writeln!(out, "keeping the name {old}")?,
        Change::Orphaned(id) => writeln!(out, "keeping {id}")?,
    }
    Ok(Outcome::Done)
}

/// Rejects the pending recording of a run, after it is announced.
///
/// # Errors
/// The file cannot be removed, or `out` cannot be written.
pub(super) fn reject_pending(
    id: &str,
    session: &Session,
    out: &mut impl Write,
) -> anyhow::Result<Outcome> {
    if !session.pending().has(id) {
        return gone(id, "rejected", out);
    }
    writeln!(out, "rejecting {id}")?;
    match remove_pending(id, session)? {
        true => Ok(Outcome::Done),
        false => gone(id, "rejected", out),
    }
}

/// Returns why a decision on a pending recording cannot be carried out, and tells it: another process has removed or
/// replaced the recording since it was read. `verb`: `accepted`.
///
/// # Errors
/// `out` cannot be written.
fn overtaken(
    id: &str,
    read: &Recording,
    verb: &str,
    session: &Session,
    out: &mut impl Write,
) -> anyhow::Result<Option<Outcome>> {
    match session.pending().get(id) {
        Some(Ok(now)) if now == *read => Ok(None),
        Some(_) => {
            writeln!(
                out,
                "not {verb}: {id}: its pending recording has been replaced meanwhile; review it again"
            )?;
            Ok(Some(Outcome::TooLate))
        }
        None => gone(id, verb, out).map(Some),
    }
}

/// Tells that there is no pending recording to decide on.
///
/// # Errors
/// `out` cannot be written.
fn gone(id: &str, verb: &str, out: &mut impl Write) -> anyhow::Result<Outcome> {
    writeln!(
        out,
        "not {verb}: {id}: its pending recording is gone; another review has decided on it"
    )?;
    Ok(Outcome::Gone)
}

/// Removes the pending recording of this run; returns whether there was one.
///
/// # Errors
/// The file cannot be removed.
fn remove_pending(id: &str, session: &Session) -> anyhow::Result<bool> {
    let pending = session.pending();
    let removed = pending.remove(id);
    removed.with_context(|| format!("failed to remove `{}`", pending.path(id).display()))
}
