//! The runs that a check is about: by name, by what has changed, and by the part that this machine takes.

use std::path::Path;

use super::changes::Changes;
use super::claims::compared_with;
use crate::book::Book;
use crate::cli::CheckOptions;
use crate::pipeline::select::select;
use crate::plan::{Plan, Run, RunId};
use crate::recordings::freshness::Freshness;
use crate::report::verdict::LeftOut;
use crate::session::Session;

/// The runs that are checked, by their numbers, and which of those that were named are not.
#[derive(Debug)]
pub(super) struct Chosen {
    /// In the order of the book.
    pub runs: Vec<RunId>,
    /// How many are left out, and why.
    pub left_out: Vec<LeftOut>,
}

/// The runs of these names; of those, what a change can have affected; of those, this machine's part.
///
/// # Errors
/// A name means no run, or git does not say what has changed.
pub(super) fn chosen(
    options: &CheckOptions,
    book: &Book<'_>,
    plan: &Plan,
    session: &mut Session,
) -> anyhow::Result<Chosen> {
    let mut runs = select(&options.selection.names, book, plan)?;
    let mut left_out = Vec::new();
    let mut keep = |runs: &mut Vec<RunId>, kept: Vec<RunId>, why: String| {
        let count = runs.len() - kept.len();
        if count > 0 {
            left_out.push(LeftOut { runs: count, why });
        }
        *runs = kept;
    };
    if let Some(commit) = &options.changed_since {
        let changes = Changes::since(commit, &book.root)?;
        match changes.of_all() {
            Some(file) => {
                tracing::info!(
                    "all runs are checked: `{}` has changed since `{commit}`",
                    file.display()
                );
            }
            None => {
                let kept = touched(&runs, &changes, book, plan, session);
                keep(&mut runs, kept, format!("not touched since `{commit}`"));
            }
        }
    }
    if let Some(partition) = options.partition {
        let is_in = |(number, run): &(usize, &RunId)| partition.has(*number, &plan[**run].id);
        let kept = runs.iter().enumerate().filter(is_in).map(|(_, run)| *run);
        let kept = kept.collect();
        keep(&mut runs, kept, format!("in other parts than {partition}"));
    }
    Ok(Chosen { runs, left_out })
}

/// The runs that a change can have affected.
fn touched(
    runs: &[RunId],
    changes: &Changes,
    book: &Book<'_>,
    plan: &Plan,
    session: &mut Session,
) -> Vec<RunId> {
    let all: Vec<bool> = plan
        .ids()
        .map(|run| is_touched(&plan[run], changes, book, session))
        .collect();
    let is_touched = |&run: &RunId| {
        // A claim about time may name another run.
        let mut others = compared_with(&plan[run]);
        all[run.0] || others.any(|other| plan.named(other).is_some_and(|other| all[other.0]))
    };
    runs.iter().copied().filter(is_touched).collect()
}

fn is_touched(run: &Run, changes: &Changes, book: &Book<'_>, session: &mut Session) -> bool {
    let Session {
        recordings,
        contents,
        ..
    } = session;
    // Git need not be asked about a run without a fresh recording, and knows nothing of the files that it ignores.
    let Freshness::Fresh(recorded) = recordings.state(run, contents) else {
        return true;
    };
    // A snippet is not a file, and the chapters are compared anyway.
    let in_page = run.page_hash().map(|_| run.target.source.as_path());
    let touch = |file: &Path| Some(file) != in_page && changes.touch(file);
    let inputs = recordings.inputs(recorded);
    let mut chapters = run
        .asks
        .iter()
        .map(|ask| book.root.join(&book.chapters[ask.chapter].path));
    touch(&recordings.path(&run.id))
        || touch(&run.target.source)
        || inputs.iter().any(|file| touch(file))
        || chapters.any(|file| touch(&file))
}
