//! `record`: records the output of the programs; a recording that still holds stays unchanged.

use std::io::Write;

use crate::cli::RecordOptions;
use crate::interrupt;
use crate::pipeline::failures::tell;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::plan::Cargo;
use crate::pipeline::record::learn;
use crate::pipeline::remarks::remarks;
use crate::pipeline::select::select;
use crate::pipeline::values::missing;
use crate::plan::RunId;
use announce::announce;
use errors::errors;
use orphans::{Removal, confirmed, removal, remove, rename};
use save::{Destination, save};
use shown::{needed, shown};

mod announce;
pub(super) mod changes;
pub(super) mod errors;
pub(super) mod orphans;
pub(super) mod save;
pub(super) mod shown;

/// Records runs of the book, and removes orphaned recordings after confirmation, unless the options keep them or name
/// runs. Each recording is described on `out` once it is saved, and each removal before it is made. A dry run writes
/// only what would be done; pending recordings replace no accepted ones.
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
    let mut selected = select(&selection.names, &book, &plan)?;
    if !options.all && selection.names.is_empty() {
        selected.retain(|&run| needed(run, &plan, &mut session).is_some());
    }
    let removal = match options.keep_orphans || !selection.names.is_empty() {
        true => Removal::default(),
        false => removal(&book, &plan, &session, warnings),
    };
    if options.dry_run {
        return announce(&selected, &removal, &plan, &mut session, out);
    }
    let destination = Destination::of(options);
    if destination == Destination::Accepted {
        rename(&mut session, out)?;
    }
    let mut failures = Vec::new();
    let learned = learn(&selected, &plan, &session, &mut failures);
    let saved = save(
        &learned,
        &plan,
        &mut session,
        destination,
        &mut failures,
        out,
    )?;
    if interrupt::is_requested() {
        anyhow::bail!("interrupted");
    }
    let removal = match destination {
        // Until all runs are recorded, an old recording may be the only one of a renamed run.
        _ if !failures.is_empty() => removal.given_up("some runs were not recorded"),
        Destination::Pending => removal.given_up("its removal is to be reviewed"),
        Destination::Accepted => confirmed(removal, options.yes, out)?,
    };
    let (removed, kept) = remove(&removal, &mut session, out)?;
    let shown = shown(&plan, &mut session, &saved.pending);
    tell(&book, remarks(&plan, |run| shown[run.0]));
    let is_new = |run: RunId| learned.iter().any(|learned| learned.program.run == run);
    let missing = missing(&plan, |run| shown[run.0].filter(|_| is_new(run)));
    if !failures.is_empty() || !missing.is_empty() {
        return Err(errors(&book, &plan, &failures, missing).into());
    }
    let summary = Summary {
        destination,
        changed: saved.changed,
        unchanged: learned.len() - saved.changed,
        removed,
        kept,
    };
    writeln!(out, "{}", summary.in_words())?;
    Ok(())
}

impl Destination {
    fn of(options: &RecordOptions) -> Destination {
        match options.pending {
            true => Destination::Pending,
            false => Destination::Accepted,
        }
    }
}

/// The numbers of recordings that `record` reports in the end.
struct Summary {
    destination: Destination,
    changed: usize,
    unchanged: usize,
    removed: usize,
    kept: usize,
}

impl Summary {
    /// Puts the numbers in words: `1 recorded, 0 unchanged`.
    fn in_words(&self) -> String {
        let (verb, next) = match self.destination {
            Destination::Pending if self.changed > 0 => (
                "pending",
                "; decide on them with `mdbook-transcript review`",
            ),
            Destination::Pending => ("pending", ""),
            Destination::Accepted => ("recorded", ""),
        };
        let Summary {
            changed, unchanged, ..
        } = self;
        let more = [(self.removed, "removed"), (self.kept, "kept")];
        let more = more.iter().filter(|(number, _)| *number > 0);
        let more: String = more
            .map(|(number, verb)| format!(", {number} {verb}"))
            .collect();
        format!("{changed} {verb}, {unchanged} unchanged{more}{next}")
    }
}
