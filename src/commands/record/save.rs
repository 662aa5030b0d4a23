//! Saves new recordings.

use std::io::Write;

use super::changes::describe;
use crate::exec::RunError;
use crate::learn::shape::unlearned::permutes_alone;
use crate::pipeline::obtain::Failure;
use crate::pipeline::record::{Learned, recording};
use crate::plan::{Plan, RunId};
use crate::session::Session;
use crate::transcript::shape::InOrder;

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
            let unusable = session.recordings.unusable(&run.id);
            describe(out, run, old, unusable, &new)?;
            if run.in_order() == InOrder::Learned
                && permutes_alone(&learned.shape, &learned.executions)
            {
                writeln!(
                    out,
                    "  its only thread prints lines in varying order, as those of a `HashMap`: sort them, or write \
                     `order=free` in its fence"
                )?;
            }
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
