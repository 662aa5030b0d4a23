//! Saves new recordings, and removes orphaned ones.

use std::io::Write;

use super::changes::describe;
use crate::exec::RunError;
use crate::pipeline::obtain::Failure;
use crate::pipeline::record::{Learned, recording};
use crate::plan::{Plan, RunId};
use crate::session::Session;

/// Saves the recordings of these runs, and describes their changes; returns the number of changed files. Files that
/// cannot be written become `failures`.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn save(
    learned: &[Learned],
    plan: &Plan,
    session: &mut Session,
    failures: &mut Vec<(RunId, Failure)>,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let mut changed = 0;
    for learned in learned {
        let id = learned.program.run;
        let run = &plan[id];
        let new = recording(session, run, learned);
        let old = session.recordings.get(run);
        if old != Some(&new) {
            describe(out, run, old, &new)?;
        }
        let file = session.recordings.path(&run.id);
        match session.recordings.save(run, new) {
            Ok(is_changed) => changed += usize::from(is_changed),
            Err(error) => {
                let why = format!("failed to write `{}`: {error}", file.display());
                failures.push((id, RunError::Failed(why).into()));
            }
        }
    }
    Ok(changed)
}

/// Removes the orphaned recordings; returns their number.
///
/// # Errors
/// A file cannot be removed, or `out` cannot be written.
pub(super) fn remove_orphans(
    plan: &Plan,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let orphans = session.recordings.orphans(&plan.runs).into_iter();
    let orphans: Vec<String> = orphans.map(str::to_owned).collect();
    for id in &orphans {
        session.recordings.remove(id)?;
        writeln!(out, "removed {id}: no fence shows it")?;
    }
    Ok(orphans.len())
}

/// Says which orphaned recordings stay: a fence that may be misspelled may show them.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn keep_orphans_of_misspelled(
    plan: &Plan,
    session: &Session,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for id in session.recordings.orphans(&plan.runs) {
        writeln!(
            out,
            "kept {id}: no fence shows it, but a fence with a warning may be meant to"
        )?;
    }
    Ok(())
}
