//! The runs that a command is to do something with.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::book::Book;
use crate::plan::{Plan, Run, RunId};
use crate::spelling::nearest;

/// The numbers of the runs that these names mean, in the order of the book. No name means all.
///
/// # Errors
/// A name means nothing; the nearest one is named.
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
                    "no run is named `{name}`, nor a chapter with one: `mdbook-transcript list` names them"
                ),
            }
        }
        selected.extend(named);
    }
    Ok(selected.into_iter().collect())
}

/// The run of this name; else those of the program, else those of the chapter.
fn named(name: &str, book: &Book<'_>, plan: &Plan) -> Vec<RunId> {
    let of = |is_it: &dyn Fn(&Run) -> bool| -> Vec<RunId> {
        plan.ids().filter(|&run| is_it(&plan[run])).collect()
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
    let found = ways.into_iter().map(of).find(|found| !found.is_empty());
    found.unwrap_or_default()
}
