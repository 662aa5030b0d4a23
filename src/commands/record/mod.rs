//! `record`: the output of the programs, recorded; a recording that still holds stays as it is.

use std::io::Write;

mod changes;

use changes::describe;

use crate::book::Book;
use crate::book::open::read;
use crate::cli::Which;
use crate::diagnostic::Diagnostic;
use crate::exec::RunError;
use crate::interrupt;
use crate::pipeline::findings::{all_failed, tell};
use crate::pipeline::obtain::Failure;
use crate::pipeline::plan::{Cargo, Planned, planned};
use crate::pipeline::record::{Learned, learn, recording};
use crate::pipeline::select::select;
use crate::pipeline::values::missing;
use crate::plan::{Plan, RunId};
use crate::recordings::freshness::Freshness;
use crate::report::Errors;
use crate::session::Session;

/// The runs to record, where none are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Runs whose recording is missing, stale or unusable.
    Needed,
    /// All runs.
    All,
}

/// Records runs of the book, and removes orphaned recordings, unless these are to be kept or only some runs were
/// named. Changes are written to `out` before they are saved.
///
/// # Errors
/// There is no book, there are errors in its lessons, or a run cannot be recorded; the others are.
pub fn record(
    which: &Which,
    scope: Scope,
    keep_orphans: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let book = read(&which.book)?;
    let Planned {
        mut session,
        plan,
        warnings,
    } = planned(&book, Cargo::Always)?;
    tell(&book, warnings);
    let mut selected = select(&which.names, &book, &plan)?;
    if scope == Scope::Needed && which.names.is_empty() {
        selected.retain(|&run| !matches!(session.recorded(&plan[run]), Freshness::Fresh(_)));
    }
    let mut failures = Vec::new();
    let learned = learn(&selected, &plan, &session, &mut failures);
    let recorded = save(&learned, &plan, &mut session, &mut failures, out)?;
    if interrupt::is_requested() {
        anyhow::bail!("interrupted");
    }
    let removed = if which.names.is_empty() && !keep_orphans {
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
    let unchanged = learned.len() - recorded;
    let removed = match removed {
        0 => String::new(),
        removed => format!(", {removed} removed"),
    };
    writeln!(out, "{recorded} recorded, {unchanged} unchanged{removed}")?;
    Ok(())
}

/// Saves new recordings; returns the number of files that changed.
fn save(
    learned: &[Learned],
    plan: &Plan,
    session: &mut Session,
    failures: &mut Vec<(RunId, Failure)>,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let mut recorded = 0;
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
            Ok(is_new) => recorded += usize::from(is_new),
            Err(error) => {
                let why = format!("failed to write `{}`: {error}", file.display());
                failures.push((id, RunError::Failed(why).into()));
            }
        }
    }
    Ok(recorded)
}

/// Removes orphaned recordings; returns their number.
fn remove_orphans(
    plan: &Plan,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let orphans = session.recordings.orphans(&plan.runs).into_iter();
    let orphans: Vec<String> = orphans.map(str::to_owned).collect();
    for id in &orphans {
        session.recordings.remove(id)?;
        writeln!(out, "removed {id}: no fence asks for it")?;
    }
    Ok(orphans.len())
}

/// Failures and missing values, in the order of the book.
fn errors(
    book: &Book<'_>,
    plan: &Plan,
    failures: &[(RunId, Failure)],
    missing: Vec<Diagnostic>,
) -> Errors {
    let mut errors: Vec<_> = all_failed(book, plan, failures).chain(missing).collect();
    errors.sort_by_key(Diagnostic::position);
    Errors::in_book(book, errors)
}
