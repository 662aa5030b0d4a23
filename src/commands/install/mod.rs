//! `install`: writes the style sheet and the script beside book.toml and lists them there, so that chapters need not
//! contain them.

use std::path::Path;

use anyhow::Context;

use programs::Programs;

pub mod assets;
mod book_toml;
pub mod git;
mod programs;

/// Writes the style sheet and the script beside the book.toml in this folder, or where the book.toml lists them, and
/// adds the missing settings to the book.toml; its comments and order stay.
///
/// # Errors
/// There is no book.toml, it does not parse, one of its keys has the wrong type, a file of the same name was not
/// written by this tool, or a file cannot be written. The book.toml is written last, and completely or not at all.
pub fn install(folder: &Path) -> anyhow::Result<Installed> {
    let path = book_toml::path(folder);
    let text = book_toml::read(folder)?;
    let programs = known_programs(folder, &text);
    let edited = book_toml::edit(&text, &programs).with_context(|| path.display().to_string())?;
    assets::check(folder, &edited.assets)?;
    let mut changes = assets::write(folder, &edited.assets)?;
    if !edited.changes.is_empty() {
        book_toml::write(folder, &edited.text)?;
        changes.extend(in_book_toml(edited.changes));
    }
    Ok(Installed {
        changes,
        advice: programs.advice,
    })
}

/// The outcome of `install`.
#[derive(Debug)]
pub struct Installed {
    /// The changes, one line each; empty if nothing was missing.
    pub changes: Vec<String>,
    /// The author's remaining tasks, one line each.
    pub advice: Vec<String>,
}

/// Makes `mdbook serve` watch the folders of the programs, and `programs`, if the book.toml names this preprocessor;
/// otherwise `install` will. Returns the changes, one line each.
///
/// # Errors
/// There is no book.toml, it does not parse, one of its keys has the wrong type, or it cannot be written.
pub fn watch(folder: &Path, programs: &Path) -> anyhow::Result<Vec<String>> {
    let path = book_toml::path(folder);
    let text = book_toml::read(folder)?;
    let mut known = known_programs(folder, &text);
    known.watch(folder, programs);
    let (edited, changes) = book_toml::edit_watched(&text, &known.watched)
        .with_context(|| path.display().to_string())?;
    if !changes.is_empty() {
        book_toml::write(folder, &edited)?;
    }
    Ok(in_book_toml(changes))
}

/// Finds the settings about programs, and reports as a warning why there may be no programs.
fn known_programs(folder: &Path, book_toml: &str) -> Programs {
    let programs = Programs::of(folder, book_toml);
    if let Some(error) = &programs.problem {
        let help = error.help().map(|help| format!(" ({help})"));
        tracing::warn!("{error}{}", help.unwrap_or_default());
    }
    programs
}

/// Returns the folders that `mdbook serve` must watch besides the book's own, relative to the book. All exist.
///
/// # Errors
/// The book.toml cannot be read.
pub fn watched(folder: &Path) -> anyhow::Result<Vec<String>> {
    let text = book_toml::read(folder)?;
    Ok(Programs::of(folder, &text).watched)
}

/// Returns whether the book.toml in this folder names this preprocessor.
///
/// # Errors
/// The book.toml cannot be read.
pub fn is_installed(folder: &Path) -> anyhow::Result<bool> {
    let text = book_toml::read(folder)?;
    Ok(text
        .parse()
        .is_ok_and(|document| book_toml::names_us(&document)))
}

fn in_book_toml(changes: Vec<String>) -> Vec<String> {
    let lines = changes.into_iter();
    lines.map(|line| format!("book.toml: {line}")).collect()
}
