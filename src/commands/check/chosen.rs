//! The runs that a check is about: by name, by what has changed, and by the part that this machine takes.

use std::path::Path;

use super::changes::Changes;
use super::claims::compared_with;
use crate::book::Book;
use crate::cli::CheckOptions;
use crate::pipeline::needs::Needs;
use crate::pipeline::select::select;
use crate::recordings::store::State;
use crate::report::verdict::LeftOut;

/// The runs that are checked, by their numbers, and which of those that were named are not.
#[derive(Debug)]
pub(super) struct Chosen {
    /// In the order of the book.
    pub runs: Vec<usize>,
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
    needs: &mut Needs,
) -> anyhow::Result<Chosen> {
    let mut runs = select(&options.which.names, book, &needs.plan.runs)?;
    let mut left_out = Vec::new();
    let mut keep = |runs: &mut Vec<usize>, kept: Vec<usize>, why: String| {
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
                let kept = touched(&runs, &changes, book, needs);
                keep(&mut runs, kept, format!("not touched since `{commit}`"));
            }
        }
    }
    if let Some(partition) = options.partition {
        let is_in =
            |(number, run): &(usize, &usize)| partition.has(*number, &needs.plan.runs[**run].id);
        let kept = runs.iter().enumerate().filter(is_in).map(|(_, run)| *run);
        let kept = kept.collect();
        keep(&mut runs, kept, format!("in other parts than {partition}"));
    }
    Ok(Chosen { runs, left_out })
}

/// Those of the runs that a change can have affected.
fn touched(runs: &[usize], changes: &Changes, book: &Book<'_>, needs: &mut Needs) -> Vec<usize> {
    let all: Vec<bool> = (0..needs.plan.runs.len())
        .map(|run| is_touched(run, changes, book, needs))
        .collect();
    let plan = &needs.plan.runs;
    let is_touched = |&run: &usize| {
        // What is claimed of its time may be that of another run.
        let mut others = compared_with(&plan[run]);
        all[run]
            || others.any(|other| {
                plan.iter()
                    .zip(&all)
                    .any(|(run, &touched)| touched && run.id == other)
            })
    };
    runs.iter().copied().filter(is_touched).collect()
}

fn is_touched(run: usize, changes: &Changes, book: &Book<'_>, needs: &mut Needs) -> bool {
    let Needs {
        plan,
        store,
        contents,
        ..
    } = needs;
    let run = &plan.runs[run];
    // Not recorded, or not of these sources: git need not be asked, and knows nothing of files that it ignores.
    let State::Fresh(recorded) = store.state(run, contents) else {
        return true;
    };
    // What stands in the page is no file: the chapter is looked at anyway.
    let in_page = run.origin.hash().map(|_| run.target.source.as_path());
    let touch = |file: &Path| Some(file) != in_page && changes.touch(file);
    let inputs = store.inputs(recorded);
    let mut chapters = run
        .asks
        .iter()
        .map(|ask| book.root.join(&book.chapters[ask.chapter].path));
    touch(&store.path(&run.id))
        || touch(&run.target.source)
        || inputs.iter().any(|file| touch(file))
        || chapters.any(|file| touch(&file))
}
