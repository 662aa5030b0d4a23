//! `check`: executes every run again and reports whether its recording still holds.

use std::io::Write;
use std::time::Duration;

use crate::cli::CheckOptions;
use crate::diagnostic::{Diagnostic, FindingKind};
use crate::interrupt;
use crate::pipeline::failures::all_failed;
use crate::pipeline::not_recorded::NotRecorded;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::orphans::orphans;
use crate::pipeline::plan::Cargo;
use crate::pipeline::values::check_recorded_values;
use crate::plan::Run;
use crate::plan::partition::Partition;
use crate::report::Errors;
use crate::report::verdict::Verdict;
use crate::session::Session;

mod again;
mod beside;
mod changes;
mod checked;
mod chosen;
mod claims;
mod context;
mod doubts;
mod execute;
mod findings;
mod held;
mod native;
mod release;
mod schedules;
mod seeds;
mod suspect;
mod times;
mod verdicts;
mod write;

use checked::{Checked, CheckedRun};
use chosen::{Chosen, chosen};
use execute::execute;
use times::{Times, Until};
use verdicts::verdicts;
use write::write;

/// Checks runs of a book and writes the verdicts to `out`.
///
/// # Errors
/// The check cannot be done: there is no book, its settings or lessons have errors, a name means no run, or git
/// does not list the changes.
pub fn check(options: &CheckOptions, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let selection = &options.selection;
    let Opened {
        book,
        mut session,
        plan,
        ..
    } = opened(&selection.book, &selection.names, Cargo::Always)?;
    check_recorded_values(&book, &plan, &mut session)?;
    let Chosen { runs, left_out } = chosen(options, &book, &plan, &mut session)?;
    if plan.runs.is_empty() && session.recordings.is_empty() {
        anyhow::bail!("there is nothing to check: no fence of the book names a program");
    }
    let mut checked = Checked {
        left_out,
        ..Checked::default()
    };
    // Of several parts of a check, one reports the orphans.
    if options.selection.names.is_empty() && options.partition.is_none_or(Partition::is_first) {
        checked.orphans = orphans(&book, &plan, &session).ids;
    }
    for &run in &runs {
        let Run { id, unchecked, .. } = &plan[run];
        if let Some(reason) = unchecked {
            tracing::warn!("not checked: `{id}`: {reason}");
            checked.unchecked.push((run, reason.clone()));
        } else {
            checked.runs.push(CheckedRun {
                run,
                findings: of_recording(&plan[run], &mut session).into_iter().collect(),
                wall: None,
            });
        }
    }
    let times = Times {
        repeat: options.repeat,
        seeds: options.seeds,
        first_seed: options.first_seed,
        seeding: options.seconds.map_or(Duration::ZERO, Duration::from_secs),
        until: match options.fail_fast {
            true => Until::FirstError,
            false => Until::Complete,
        },
    };
    let executed = execute(&plan, &session, times, &mut checked);
    if let Err(failure) = executed {
        let failures = [*failure];
        let errors = all_failed(&book, &plan, &failures);
        return Err(Errors::in_book(&book, errors.collect()).into());
    }
    if interrupt::is_requested() {
        anyhow::bail!("interrupted");
    }
    let verdicts = verdicts(&book, &plan, &session, checked, options.repeat);
    write(&verdicts, options.format, &book, out)?;
    Ok(verdicts.verdict())
}

/// The finding for a run whose recording is stale, missing or unusable.
fn of_recording(run: &Run, session: &mut Session) -> Option<Diagnostic> {
    let why = NotRecorded::of(&session.recorded(run))?;
    let kind = match why {
        NotRecorded::Stale(_) => FindingKind::Stale,
        NotRecorded::Missing | NotRecorded::Unusable(_) => FindingKind::Missing,
    };
    Some(Diagnostic::finding(kind, why.in_words()).help(why.help(&run.id)))
}
