//! Reads, edits and writes a book's book.toml.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::programs::Programs;
use crate::book::NAME;
use crate::book::open::no_book;
use crate::cargo::package::append;
use crate::files::{self, with_ends_of};
use crate::page::assets::{Asset, SCRIPT, STYLE};

/// The key of `[build]` that lists the folders which `mdbook serve` watches besides the book's own.
const WATCHED: &str = "extra-watch-dirs";

/// Returns the path of the book.toml in a folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("book.toml")
}

/// Reads the book.toml in a folder.
///
/// # Errors
/// There is none, or it cannot be read.
pub(super) fn read(folder: &Path) -> anyhow::Result<String> {
    let path = path(folder);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(no_book(folder)),
        Err(error) => Err(error).with_context(|| format!("failed to read `{}`", path.display())),
    }
}

/// Writes the book.toml in a folder.
///
/// # Errors
/// It cannot be written; the old one stays.
pub(super) fn write(folder: &Path, text: &str) -> anyhow::Result<()> {
    let path = path(folder);
    files::write(&path, text.as_bytes())
        .with_context(|| format!("failed to write `{}`", path.display()))
}

/// Returns whether a book.toml names this preprocessor.
pub(super) fn names_us(document: &DocumentMut) -> bool {
    let preprocessors = document.get("preprocessor").and_then(Item::as_table_like);
    preprocessors.is_some_and(|preprocessors| preprocessors.contains_key(NAME))
}

/// An edited book.toml.
#[derive(Debug)]
pub(super) struct Edited {
    /// The new text.
    pub(super) text: String,
    /// The assets with the paths that the book.toml lists, relative to it.
    pub(super) assets: Vec<(Asset, PathBuf)>,
    /// The changes, one line each.
    pub(super) changes: Vec<String>,
}

/// Adds the settings that a book.toml lacks.
///
/// # Errors
/// The text does not parse, a key has the wrong type, or it makes this preprocessor run after `links`.
pub(super) fn edit(text: &str, programs: &Programs) -> anyhow::Result<Edited> {
    let mut document: DocumentMut = text.parse().context("it does not parse")?;
    let mut changes = Vec::new();

    let ours = table(&mut document, &["preprocessor", NAME])?;
    if strings(ours, "after")?.contains(&"links".to_owned()) {
        bail!("`after` in [preprocessor.{NAME}] names `links`, before which it must run");
    }
    if !strings(ours, "before")?.contains(&"links".to_owned()) {
        push(ours, "before", "links")?;
        changes.push(format!("[preprocessor.{NAME}] before = [\"links\"]"));
    }
    for (key, path) in &programs.settings {
        ours.insert(key, Item::Value(path.into()));
        changes.push(format!("[preprocessor.{NAME}] {key} = {path:?}"));
    }

    // If there are other renderers but not html, an `[output.html]` would enable it.
    let renderers = document.get("output").and_then(Item::as_table_like);
    let has_html = renderers.is_none_or(|output| output.is_empty() || output.contains_key("html"));
    let mut assets = Vec::new();
    for asset in [STYLE, SCRIPT].into_iter().filter(|_| has_html) {
        let html = table(&mut document, &["output", "html"])?;
        let named: Vec<PathBuf> = strings(html, asset.key)?
            .iter()
            .map(PathBuf::from)
            .collect();
        let path = match asset.named_in(&named) {
            Some(path) => path.to_owned(),
            None => {
                push(html, asset.key, asset.name)?;
                changes.push(format!(
                    "[output.html] {} = [\"{}\"]",
                    asset.key, asset.name
                ));
                PathBuf::from(asset.name)
            }
        };
        assets.push((asset, path));
    }

    name_watched(&mut document, &programs.watched, &mut changes)?;
    Ok(Edited {
        text: with_ends_of(text, document.to_string()),
        assets,
        changes,
    })
}

/// Adds the folders that `[build] extra-watch-dirs` lacks.
fn name_watched(
    document: &mut DocumentMut,
    watched: &[String],
    changes: &mut Vec<String>,
) -> anyhow::Result<()> {
    for folder in watched {
        let build = table(document, &["build"])?;
        if !strings(build, WATCHED)?.contains(folder) {
            push(build, WATCHED, folder)?;
            changes.push(format!("[build] {WATCHED} = [{folder:?}]"));
        }
    }
    Ok(())
}

/// Adds the folders that the `[build] extra-watch-dirs` of a book.toml lacks, if it names this preprocessor. Returns
/// the text and the changes, one line each.
///
/// # Errors
/// The text does not parse, or a key has the wrong type.
pub(super) fn edit_watched(
    text: &str,
    watched: &[String],
) -> anyhow::Result<(String, Vec<String>)> {
    let mut document: DocumentMut = text.parse().context("it does not parse")?;
    let mut changes = Vec::new();
    if names_us(&document) {
        name_watched(&mut document, watched, &mut changes)?;
    }
    Ok((with_ends_of(text, document.to_string()), changes))
}

/// Returns the table with this path of keys, and creates it if there is none.
fn table<'a>(
    document: &'a mut DocumentMut,
    path: &[&str],
) -> anyhow::Result<&'a mut dyn TableLike> {
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, key) in path.iter().enumerate() {
        let last = depth + 1 == path.len();
        let item = table.entry(key).or_insert_with(|| {
            let mut new = Table::new();
            // `[output.html]` alone, without an empty `[output]`.
            new.set_implicit(!last);
            Item::Table(new)
        });
        let Some(inner) = item.as_table_like_mut() else {
            bail!("`{}` is not a table", path[..=depth].join("."));
        };
        table = inner;
    }
    Ok(table)
}

/// Reads a list of strings; empty if there is no such key.
fn strings(table: &dyn TableLike, key: &str) -> anyhow::Result<Vec<String>> {
    let Some(item) = table.get(key) else {
        return Ok(Vec::new());
    };
    let list = item.as_array().and_then(|array| {
        array
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect()
    });
    list.with_context(|| format!("`{key}` is not a list of strings"))
}

/// Appends a string to a list, and creates the list if there is none.
fn push(table: &mut dyn TableLike, key: &str, value: &str) -> anyhow::Result<()> {
    let item = table
        .entry(key)
        .or_insert(Item::Value(Value::Array(Array::new())));
    let array = item.as_array_mut();
    let array = array.with_context(|| format!("`{key}` is not a list of strings"))?;
    append(array, Value::from(value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Programs, edit as edit_with};

    fn edit(text: &str) -> anyhow::Result<super::Edited> {
        let programs = Programs {
            watched: vec!["examples".to_owned()],
            ..Programs::default()
        };
        edit_with(text, &programs)
    }

    #[test]
    fn missing_settings_are_added_and_the_rest_stays() {
        for (before, after) in [
            (
                "",
                "[preprocessor.transcript]\nbefore = [\"links\"]\n\n[output.html]\nadditional-css = [\"transcript.css\"]\nadditional-js = [\"transcript.js\"]\n\n[build]\nextra-watch-dirs = [\"examples\"]\n",
            ),
            (
                "# mine\n[build] # here\nextra-watch-dirs = [\"examples\"]\n[output.html]\nadditional-css = [\n  \"a.css\", # first\n]\nadditional-js = [\"x/transcript.js\"]\n[preprocessor.transcript]\nbefore = [\"links\"]\ntimeout = \"1s\"\n",
                "# mine\n[build] # here\nextra-watch-dirs = [\"examples\"]\n[output.html]\nadditional-css = [\n  \"a.css\", # first\n  \"transcript.css\",\n]\nadditional-js = [\"x/transcript.js\"]\n[preprocessor.transcript]\nbefore = [\"links\"]\ntimeout = \"1s\"\n",
            ),
            (
                "[output.markdown]\r\n[preprocessor]\r\ntranscript = { before = [\"links\"] }\r\n",
                "[output.markdown]\r\n[preprocessor]\r\ntranscript = { before = [\"links\"] }\r\n\r\n[build]\r\nextra-watch-dirs = [\"examples\"]\r\n",
            ),
        ] {
            let edited = edit(before).expect("it can be edited");
            assert_eq!(edited.text, after);
            let again = edit(&edited.text).expect("it can be edited");
            assert_eq!((again.text, again.changes), (edited.text, Vec::new()));
        }
    }

    #[test]
    fn errors_name_the_key() {
        for (text, message) in [
            ("[output", "it does not parse"),
            ("output = 1", "`output` is not a table"),
            (
                "[output.html]\nadditional-css = \"a\"",
                "`additional-css` is not a list of strings",
            ),
        ] {
            let error = edit(text).expect_err("it cannot be edited");
            assert_eq!(error.to_string(), message);
        }
    }
}
