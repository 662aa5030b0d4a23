//! `record`: records the output of the programs; a recording that still holds stays unchanged.

use std::io::Write;

use crate::cli::Selection;
use crate::interrupt;
use crate::pipeline::findings::tell;
use crate::pipeline::open::open;
use crate::pipeline::plan::{Cargo, Planned};
use crate::pipeline::record::learn;
use crate::pipeline::select::select;
use crate::pipeline::values::missing;
use crate::recordings::freshness::Freshness;
use errors::errors;
use save::{remove_orphans, save};

mod changes;
mod errors;
mod save;

/// The runs to record if none are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Runs whose recording is missing, stale or unusable.
    Needed,
    /// All runs.
    All,
}

/// Records runs of the book, and removes orphaned recordings unless `keep_orphans` is set or some runs are named.
/// Each change is written to `out` before it is saved.
///
/// # Errors
/// There is no book, its lessons have errors, or a run cannot be recorded; all other runs are.
pub fn record(
    selection: &Selection,
    scope: Scope,
    keep_orphans: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (book, planned) = open(&selection.book, Cargo::Always, &selection.names)?;
    let Planned {
        mut session,
        plan,
        warnings,
    } = planned;
    tell(&book, warnings);
    let mut selected = select(&selection.names, &book, &plan)?;
    if scope == Scope::Needed && selection.names.is_empty() {
        selected.retain(|&run| !matches!(session.recorded(&plan[run]), Freshness::Fresh(_)));
    }
    let mut failures = Vec::new();
    let learned = learn(&selected, &plan, &session, &mut failures);
    let changed = save(&learned, &plan, &mut session, &mut failures, out)?;
    if interrupt::is_requested() {
        anyhow::bail!("interrupted");
    }
    let removed = if selection.names.is_empty() && !keep_orphans {
        remove_orphans(&plan, &mut session, out)?
    } else {
        0
    };
    let missing = missing(&plan, |run| {
        let is_new = learned.iter().any(|learned| learned.program.run == run);
        let recorded = session.recordings.get(&plan[run]).filter(|_| is_new);
        recorded.map(|recorded| &recorded.transcript)
    });
    if !failures.is_empty() || !missing.is_empty() {
        return Err(errors(&book, &plan, &failures, missing).into());
    }
    let unchanged = learned.len() - changed;
    let removed = match removed {
        0 => String::new(),
        removed => format!(", {removed} removed"),
    };
    writeln!(out, "{changed} recorded, {unchanged} unchanged{removed}")?;
    Ok(())
}
