//! The package that a new program becomes a part of.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::book::Book;
use crate::cargo::package::Package;
use crate::cargo::targets::manifests;
use crate::pipeline::findings::no_targets;
use crate::plan::Plan;
use crate::plan::Run;
use crate::recordings::paths::relative;
use crate::report::Errors;

/// The Cargo.toml of that package: the one whose programs the chapter `after` shows, or the last chapter
/// that shows any; else the one that the book's manifest is; else, of its workspace, the only one in the
/// book's folder, or at all.
///
/// # Errors
/// The manifest is that of a workspace with several packages, or cannot be read.
pub(super) fn of_book(
    book: &Book<'_>,
    plan: &Plan,
    after: Option<&Path>,
    manifest: &Path,
) -> anyhow::Result<PathBuf> {
    let is_shown = |run: &&Run| {
        let mut asks = run.asks.iter();
        asks.any(|ask| Some(book.chapters[ask.chapter].path.as_path()) == after)
    };
    let runs = plan.runs.iter();
    let shown = runs.clone().find(is_shown).or(runs.last());
    if let Some(run) = shown {
        return Ok(run.target.manifest.clone());
    }
    if Package::read(manifest)?.is_one() {
        return Ok(manifest.to_owned());
    }
    let members =
        manifests(manifest).map_err(|error| Errors::from(no_targets(manifest, &error)))?;
    let is_the_books = |member: &&PathBuf| member.starts_with(&book.root);
    let of_the_book: Vec<&PathBuf> = members.iter().filter(is_the_books).collect();
    if let [member] = of_the_book.as_slice() {
        return Ok((*member).clone());
    }
    match members.as_slice() {
        [member] => Ok(member.clone()),
        [] => bail!(
            "`{}` is a workspace without a package: make one with `cargo new programs`",
            manifest.display()
        ),
        [first, ..] => {
            let named = members
                .iter()
                .map(|its| format!("`{}`", relative(&book.root, its)));
            bail!(
                "the program could be one of {}; say which with `manifest = \"{}\"` in \
                 [preprocessor.transcript]",
                named.collect::<Vec<_>>().join(" or "),
                relative(&book.root, first)
            )
        }
    }
}
