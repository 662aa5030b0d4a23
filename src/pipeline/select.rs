//! The runs that a command is to do something with.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::book::Book;
use crate::plan::Run;
use crate::spelling::nearest;

/// The numbers of the runs that these names mean, in the order of the book. No name means all.
///
/// # Errors
/// A name means nothing; the nearest one is named.
pub fn select(names: &[String], book: &Book<'_>, runs: &[Run]) -> anyhow::Result<Vec<usize>> {
    if names.is_empty() {
        return Ok((0..runs.len()).collect());
    }
    let mut selected = BTreeSet::new();
    for name in names {
        let named = named(name, book, runs);
        if named.is_empty() {
            let known = runs.iter().map(|run| run.id.as_str());
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
fn named(name: &str, book: &Book<'_>, runs: &[Run]) -> Vec<usize> {
    let of = |is_it: &dyn Fn(&Run) -> bool| -> Vec<usize> {
        (0..runs.len()).filter(|&run| is_it(&runs[run])).collect()
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
