//! Makes pending recordings, and removes those that can no longer be accepted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::changes::Changes;
use super::state::{State, state};
use crate::book::Book;
use crate::commands::record::save::{Destination, Saved, drop_pending, save};
use crate::commands::record::shown::needed;
use crate::pipeline::obtain::Failure;
use crate::pipeline::orphans::unclaimed;
use crate::pipeline::record::learn;
use crate::plan::{Plan, RunId};
use crate::session::Session;
use crate::transcript::format::Recording;

/// Executes those of the selected runs that need a new recording, or all if they were named, and returns the pending
/// recordings. A pending recording of the program as it is needs no execution.
///
/// # Errors
/// A file cannot be removed.
pub(super) fn pend(
    selected: &[RunId],
    is_named: bool,
    plan: &Plan,
    session: &mut Session,
    failures: &mut Vec<(RunId, Failure)>,
) -> anyhow::Result<BTreeMap<RunId, Recording>> {
    let mut ready = BTreeMap::new();
    let mut runs = Vec::new();
    for &run in selected {
        if let State::Ready(recording) = state(&plan[run], session) {
            ready.insert(run, *recording);
        } else if is_named || needed(run, plan, session).is_some() {
            runs.push(run);
        }
    }
    let learned = learn(&runs, plan, session, failures);
    // Each is shown when it is decided on.
    let out = &mut io::sink();
    let Saved { pending, .. } = save(&learned, plan, session, Destination::Pending, failures, out)?;
    ready.extend(pending);
    Ok(ready)
}

/// Returns whether each run has a fresh recording, accepted or pending.
pub(super) fn is_recorded(plan: &Plan, session: &mut Session) -> bool {
    let mut runs = plan.ids();
    runs.all(|run| {
        needed(run, plan, session).is_none()
            || matches!(state(&plan[run], session), State::Ready(_))
    })
}

/// Tells that no new recording is pending, although some of the selected runs need one; `None`: none does.
pub(super) fn not_pending(
    selected: &[RunId],
    plan: &Plan,
    session: &mut Session,
) -> Option<String> {
    const MOST_NAMES: usize = 5;
    let runs = selected.iter();
    let runs = runs.filter(|&&run| needed(run, plan, session).is_some());
    let names: Vec<&str> = runs.map(|&run| plan[run].id.as_str()).collect();
    let (shown, more) = names.split_at(names.len().min(MOST_NAMES));
    let names = match more.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    };
    let command = "`mdbook-transcript record --pending`";
    (!shown.is_empty()).then(|| {
        format!(
            "nothing is pending, though some runs have no fresh recording: {names}; make pending recordings with {command}"
        )
    })
}

/// Removes the pending recordings that cannot be accepted, unless their runs have failed: nothing replaces those, as
/// the accepted recordings are fresh or hold.
///
/// # Errors
/// A file cannot be removed, or `out` cannot be written.
pub(super) fn drop_blocked(
    changes: &mut Changes,
    failures: &[(RunId, Failure)],
    plan: &Plan,
    session: &Session,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for (run, why) in changes.blocked.drain(..) {
        if !failures.iter().any(|(failed, _)| *failed == run) {
            drop_pending(&session.pending(), &plan[run], &why, out)?;
        }
    }
    Ok(())
}

/// Removes the pending recordings that no fence shows, neither in this book nor in another one with the same folder of
/// recordings.
///
/// # Errors
/// A file cannot be removed, or `out` cannot be written.
pub(super) fn drop_orphaned(
    book: &Book<'_>,
    plan: &Plan,
    session: &Session,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let pending = session.pending();
    let mut ids = pending.ids();
    ids.retain(|id| plan.named(id).is_none());
    for id in unclaimed(ids, book, session).ids {
        writeln!(
            out,
            "dropping the pending recording of {id}: no fence shows it"
        )?;
        pending.remove(&id)?;
    }
    Ok(())
}
