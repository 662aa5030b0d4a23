//! Saves new recordings, as accepted or as pending ones.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::changes::describe;
use crate::exec::RunError;
use crate::learn::shape::unlearned::permutes_alone;
use crate::pipeline::obtain::Failure;
use crate::pipeline::record::Learned;
use crate::pipeline::renew::recording;
use crate::plan::{Plan, Run, RunId};
use crate::recordings::pending::Pending;
use crate::session::Session;
use crate::transcript::format::Recording;
use crate::transcript::shape::InOrder;

/// The place of new recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Destination {
    /// They replace the accepted ones.
    Accepted,
    /// They wait for a review.
    Pending,
}

/// The recordings that were saved.
#[derive(Debug, Default)]
pub(in crate::commands) struct Saved {
    /// The number of changed files.
    pub(in crate::commands) changed: usize,
    /// The pending recordings among them.
    pub(in crate::commands) pending: BTreeMap<RunId, Recording>,
}

/// Saves the recordings of these runs, and describes each change once it is saved. Files that cannot be written become
/// `failures`. A pending recording that a new one replaces or refutes is removed.
///
/// # Errors
/// `out` cannot be written.
pub(in crate::commands) fn save(
    learned: &[Learned],
    plan: &Plan,
    session: &mut Session,
    destination: Destination,
    failures: &mut Vec<(RunId, Failure)>,
    out: &mut impl Write,
) -> anyhow::Result<Saved> {
    let pending = session.pending();
    let mut saved = Saved::default();
    for learned in learned {
        let id = learned.program.run;
        let run = &plan[id];
        let new = recording(session, run, learned);
        let old = session.recordings.get(run);
        let is_other = old != Some(&new);
        let description = match is_other {
            true => described(learned, run, old, &new, session)?,
            false => Vec::new(),
        };
        let (file, is_changed) = match destination {
            Destination::Accepted => {
                let file = session.recordings.path(&run.id);
                (file, session.recordings.save(run, new))
            }
            Destination::Pending => {
                let written = match is_other {
                    true => pending.save(&run.id, &new).map(|()| {
                        saved.pending.insert(id, new);
                    }),
                    false => Ok(()),
                };
                (pending.path(&run.id), written.map(|()| is_other))
            }
        };
        match is_changed {
            Ok(is_changed) => saved.changed += usize::from(is_changed),
            Err(error) => {
                let why = format!("failed to write `{}`: {error}", file.display());
                failures.push((id, RunError::Failed(why).into()));
                continue;
            }
        }
        out.write_all(&description)?;
        match destination {
            Destination::Accepted => drop_pending(&pending, run, "it was recorded anew", out)?,
            Destination::Pending if is_other => {}
            Destination::Pending => drop_pending(&pending, run, "the accepted one holds", out)?,
        }
    }
    Ok(saved)
}

/// Describes a new recording of a run for its author.
///
/// # Errors
/// No known ones: the description is in memory.
fn described(
    learned: &Learned,
    run: &Run,
    old: Option<&Recording>,
    new: &Recording,
    session: &Session,
) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let unusable = session.recordings.unusable(&run.id);
    describe(&mut text, run, old, unusable, new)?;
    if run.in_order() == InOrder::Learned && permutes_alone(&learned.shape, &learned.executions) {
        writeln!(
            text,
            "  its only thread prints lines in varying order, as those of a `HashMap`: sort them, or write \
             `order=free` in its fence"
        )?;
    }
    if let Some(other) = &learned.other_end {
        let rest = match new.shape.schedules {
            Some(_) => "",
            None => "; so no rule rests on seeds",
        };
        writeln!(text, "  {}{rest}", other.in_words(&run.id))?;
    }
    Ok(text)
}

/// Removes the pending recording of a run, if there is one.
///
/// # Errors
/// The file cannot be removed, or `out` cannot be written.
pub(in crate::commands) fn drop_pending(
    pending: &Pending,
    run: &Run,
    why: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    if pending.has(&run.id) {
        writeln!(out, "dropping the pending recording of {}: {why}", run.id)?;
        pending.remove(&run.id)?;
    }
    Ok(())
}
