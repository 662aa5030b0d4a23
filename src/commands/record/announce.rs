//! `record --dry-run`: tells what would be done.

use std::io::Write;

use super::orphans::Removal;
use super::shown::needed;
use crate::plan::{Plan, RunId};
use crate::session::Session;

/// Writes which runs would be recorded and which recordings removed, and why.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn announce(
    selected: &[RunId],
    removal: &Removal,
    plan: &Plan,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for &run in selected {
        let why = match needed(run, plan, session) {
            Some(why) => why.in_words(),
            None => "its recording is fresh, and stays unchanged if it holds".to_owned(),
        };
        writeln!(out, "would record {}: {why}", plan[run].id)?;
    }
    for (old, new) in session.recordings.renamed() {
        writeln!(
            out,
            "would rename {old} to {new}: its fence has the new name"
        )?;
    }
    for id in &removal.remove {
        writeln!(out, "would remove {id}: no fence shows it")?;
    }
    removal.tell_kept("would keep", out)?;
    let (runs, orphans) = (selected.len(), removal.remove.len());
    writeln!(
        out,
        "{runs} to record, {orphans} to remove; nothing was done"
    )?;
    Ok(())
}
