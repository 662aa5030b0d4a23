//! Selects runs by the names that a user gives.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::book::Book;
use crate::plan::{Plan, Run, RunId};
use crate::spelling::nearest;

/// Returns the runs with these names, in the order of the book; all runs if there are no names.
///
/// # Errors
/// No run has one of the names; the message suggests the nearest one.
pub fn select(names: &[String], book: &Book<'_>, plan: &Plan) -> anyhow::Result<Vec<RunId>> {
    if names.is_empty() {
        return Ok(plan.ids().collect());
    }
    let mut selected = BTreeSet::new();
    for name in names {
        let named = named(name, book, plan);
        if named.is_empty() {
            let known = plan.runs.iter().map(|run| run.id.as_str());
            match nearest(name, known) {
                Some(near) => bail!("no run is named `{name}`: did you mean `{near}`?"),
                None => bail!(
                    "no run is named `{name}`, and no chapter with a run: `mdbook-transcript list` shows all names"
                ),
            }
        }
        selected.extend(named);
    }
    Ok(selected.into_iter().collect())
}

/// Returns the one run with this name.
///
/// # Errors
/// No run or several runs have the name; the message suggests names.
pub fn select_one(name: &str, book: &Book<'_>, plan: &Plan) -> anyhow::Result<RunId> {
    match select(&[name.to_owned()], book, plan)?.as_slice() {
        [run] => Ok(*run),
        several => {
            let names = several.iter().map(|&run| format!("`{}`", plan[run].id));
            let names = names.collect::<Vec<_>>().join(", ");
            bail!("`{name}` has several runs; choose one of {names}")
        }
    }
}

/// Returns the run of this name, or the runs of the program, or the runs in the chapter.
fn named(name: &str, book: &Book<'_>, plan: &Plan) -> Vec<RunId> {
    let all = |is_named: &dyn Fn(&Run) -> bool| -> Vec<RunId> {
        plan.ids().filter(|&run| is_named(&plan[run])).collect()
    };
    let is_chapter = |chapter: usize| {
        let path = &book.chapters[chapter].path;
        path.to_str() == Some(name) || path.file_name().and_then(|file| file.to_str()) == Some(name)
    };
    let ways: [&dyn Fn(&Run) -> bool; 3] = [
        &|run| run.id == name,
        &|run| run.target.name == name,
        &|run| run.asks.iter().any(|ask| is_chapter(ask.chapter)),
    ];
    let found = ways.into_iter().map(all).find(|found| !found.is_empty());
    found.unwrap_or_default()
}
