//! `record`: records the output of the programs; a recording that still holds stays unchanged.

use std::io::Write;

use crate::cli::RecordOptions;
use crate::interrupt;
use crate::pipeline::failures::tell;
use crate::pipeline::not_recorded::NotRecorded;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::plan::Cargo;
use crate::pipeline::record::learn;
use crate::pipeline::remarks::remarks;
use crate::pipeline::select::select;
use crate::pipeline::values::missing;
use crate::plan::{Plan, RunId};
use crate::session::Session;
use announce::announce;
use errors::errors;
use orphans::{Removal, removal, remove, rename};
use save::save;

mod announce;
mod changes;
mod errors;
mod orphans;
mod save;

/// Records runs of the book, and removes orphaned recordings unless the options keep them or name runs. Each change is
/// written to `out` before it is made. A dry run writes only what would be done.
///
/// # Errors
/// There is no book, its lessons have errors, or a run cannot be recorded; all other runs are.
pub fn record(options: &RecordOptions, out: &mut impl Write) -> anyhow::Result<()> {
    let selection = &options.selection;
    let Opened {
        book,
        mut session,
        plan,
        warnings,
    } = opened(&selection.book, &selection.names, Cargo::Always)?;
    let mut selected = select(&options.selection.names, &book, &plan)?;
    if !options.all && options.selection.names.is_empty() {
        selected.retain(|&run| needed(run, &plan, &mut session).is_some());
    }
    let keeps_orphans = options.keep_orphans || !options.selection.names.is_empty();
    let removal = if keeps_orphans {
        Removal::default()
    } else {
        removal(&book, &plan, &session, warnings)
    };
    if options.dry_run {
        return announce(&selected, &removal, &plan, &mut session, out);
    }
    rename(&mut session, out)?;
    let mut failures = Vec::new();
    let learned = learn(&selected, &plan, &session, &mut failures);
    let changed = save(&learned, &plan, &mut session, &mut failures, out)?;
    if interrupt::is_requested() {
        anyhow::bail!("interrupted");
    }
    // Until all runs are recorded, an old recording may be the only one of a renamed run.
    let removal = if failures.is_empty() {
        removal
    } else {
        removal.given_up("some runs were not recorded")
    };
    let (removed, kept) = remove(&removal, &mut session, out)?;
    let mut is_fresh = |run: RunId| needed(run, &plan, &mut session).is_none();
    let fresh: Vec<bool> = plan.ids().map(&mut is_fresh).collect();
    let recorded = |run: RunId| {
        let recorded = session.recordings.get(&plan[run]);
        let recorded = recorded.filter(|_| fresh[run.0])?;
        Some(&recorded.transcript)
    };
    tell(&book, remarks(&plan, recorded));
    let missing = missing(&plan, |run| {
        let is_new = learned.iter().any(|learned| learned.program.run == run);
        recorded(run).filter(|_| is_new)
    });
    if !failures.is_empty() || !missing.is_empty() {
        return Err(errors(&book, &plan, &failures, missing).into());
    }
    let unchanged = learned.len() - changed;
    let more = [(removed, "removed"), (kept, "kept")];
    let more = more.iter().filter(|(number, _)| *number > 0);
    let more: String = more
        .map(|(number, verb)| format!(", {number} {verb}"))
        .collect();
    writeln!(out, "{changed} recorded, {unchanged} unchanged{more}")?;
    Ok(())
}

/// Returns why a run must be recorded; `None`: its recording is fresh.
fn needed(run: RunId, plan: &Plan, session: &mut Session) -> Option<NotRecorded> {
    NotRecorded::of(&session.recorded(&plan[run]))
}
