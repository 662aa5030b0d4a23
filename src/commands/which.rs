//! The runs that a command is to do something with.

use anyhow::bail;

use crate::book::Book;
use crate::example::Run;
use crate::lesson::attributes::nearest;

/// The numbers of the runs that these names mean: runs, programs, or chapters. No name means all.
///
/// # Errors
/// A name means nothing; the nearest one is named.
pub fn select(names: &[String], book: &Book, runs: &[Run]) -> anyhow::Result<Vec<usize>> {
    let mut selected = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        if names.is_empty() || names.iter().any(|name| is_named(name, book, run)) {
            selected.push(number);
        }
    }
    for name in names {
        if !runs.iter().any(|run| is_named(name, book, run)) {
            let known = runs.iter().map(|run| run.id.as_str());
            match nearest(name, known) {
                Some(near) => bail!("no run is named `{name}`: did you mean `{near}`?"),
                None => bail!(
                    "no run is named `{name}`, nor a program or a chapter with one: `mdbook-transcript list` \
                     names them"
                ),
            }
        }
    }
    Ok(selected)
}

fn is_named(name: &str, book: &Book, run: &Run) -> bool {
    let chapter = |chapter: usize| {
        let path = &book.chapters[chapter].path;
        path.to_str() == Some(name)
            || path
                .file_name()
                .is_some_and(|file| file.to_str() == Some(name))
    };
    run.id == name || run.target.name == name || run.asks.iter().any(|ask| chapter(ask.chapter))
}
