//! `review`: shows new recordings, and accepts or rejects each as its author decides.

use std::collections::BTreeMap;
use std::io::Write;

use crate::cli::ReviewOptions;
use crate::commands::record::errors::errors;
use crate::commands::record::orphans::removal;
use crate::commands::record::shown::shown;
use crate::interrupt;
use crate::pipeline::failures::tell;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::plan::Cargo;
use crate::pipeline::remarks::remarks;
use crate::pipeline::select::select;
use crate::pipeline::values::missing;
use crate::plan::RunId;
use changes::changes;
use decide::decide;
use mode::Mode;
use pend::{drop_blocked, drop_orphaned, is_recorded, not_pending, pend};

mod apply;
mod changes;
mod decide;
mod mode;
mod pend;
mod show;
mod state;

/// Whether a review has decided on every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    /// Nothing is left to decide.
    Completely,
    /// At least one change is left, or another review has decided on it meanwhile.
    Partly,
}

/// Reviews the changes of the book's recordings. Without `--accept` and `--reject`, the missing and stale runs are
/// executed first, or the named ones. Each change is written to `out`, and before it is made.
///
/// # Errors
/// There is no book, its lessons have errors, a run cannot be recorded, a file cannot be written, or recordings would be
/// accepted unseen in CI.
pub fn review(options: &ReviewOptions, out: &mut impl Write) -> anyhow::Result<Reviewed> {
    let mode = Mode::of(options)?;
    let selection = &options.selection;
    let Opened {
        book,
        mut session,
        plan,
        warnings,
    } = opened(&selection.book, &selection.names, Cargo::Always)?;
    let selected = select(&selection.names, &book, &plan)?;
    let is_whole = selection.names.is_empty();
    let mut failures = Vec::new();
    if mode.executes() {
        let pended = pend(&selected, !is_whole, &plan, &mut session, &mut failures)?;
        if interrupt::is_requested() {
            anyhow::bail!("interrupted");
        }
        let shown = shown(&plan, &mut session, &pended);
        tell(&book, remarks(&plan, |run| shown[run.0]));
    }
    let mut changes = changes(&selected, &plan, &mut session);
    if mode.executes() {
        drop_blocked(&mut changes, &failures, &plan, &session, out)?;
    }
    if is_whole {
        drop_orphaned(&book, &plan, &session, out)?;
        let removal = removal(&book, &plan, &session, warnings);
        let removal = match is_recorded(&plan, &mut session) {
            true => removal,
            false => removal.given_up("some runs are not recorded"),
        };
        changes.add_removal(removal, out)?;
    }
    let decided = decide(changes, mode, &book, &plan, &mut session, out)?;
    let none = BTreeMap::new();
    let shown = shown(&plan, &mut session, &none);
    let is_new = |run: &RunId| decided.runs.contains(run);
    let missing = missing(&plan, |run| shown[run.0].filter(|_| is_new(&run)));
    if !failures.is_empty() || !missing.is_empty() {
        return Err(errors(&book, &plan, &failures, missing).into());
    }
    let unasked = match decided.is_empty() && !mode.executes() {
        true => not_pending(&selected, &plan, &mut session),
        false => None,
    };
    writeln!(out, "{}", unasked.unwrap_or_else(|| decided.in_words(mode)))?;
    Ok(match decided.left + decided.gone {
        0 => Reviewed::Completely,
        _ => Reviewed::Partly,
    })
}
