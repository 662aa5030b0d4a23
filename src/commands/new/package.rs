//! The package to which a new program is added.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::book::Book;
use crate::cargo::package::Package;
use crate::cargo::targets::manifests;
use crate::pipeline::failures::no_targets;
use crate::plan::{Plan, Run};
use crate::recordings::paths::relative;
use crate::report::Errors;

/// Returns the Cargo.toml of the package: that of the programs in the chapter `after`, or in the last chapter that
/// shows any; without one, the book's manifest if it is a package's, or its workspace's only member in the book's
/// folder, or the workspace's only member.
///
/// # Errors
/// The manifest is that of a workspace without packages or with several, or cannot be read.
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
    // The program of a snippet or a shell session is in the page.
    let mut runs = plan.runs.iter().filter(|run| !run.is_in_page());
    let shown = runs.clone().find(is_shown).or(runs.next_back());
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
            "`{}` is a workspace without a package: create one with `cargo new programs`",
            manifest.display()
        ),
        [first, ..] => {
            let members = members
                .iter()
                .map(|member| format!("`{}`", relative(&book.root, member)));
            bail!(
                "the program could be added to {}; choose one with `manifest = \"{}\"` in \
                 [preprocessor.transcript]",
                members.collect::<Vec<_>>().join(" or "),
                relative(&book.root, first)
            )
        }
    }
}
