//! `install`: names the style sheet and the script in book.toml, so that they stand in no chapter.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use crate::book::NAME;
use crate::book::open::no_book;
use crate::cargo::package::append;
use crate::commands::programs::Programs;
use crate::files::{self, with_ends_of};
use crate::page::assets::{Asset, SCRIPT, STYLE};

/// What `mdbook serve` watches beside the book's own folder.
const WATCHED: &str = "extra-watch-dirs";

/// Writes the style sheet and the script beside the book.toml in this folder, or where that names them,
/// and edits it; comments and order stay. What is already so is left alone.
///
/// Returns what was done, a line each; nothing, if there was nothing to do.
///
/// # Errors
/// There is no book.toml, it does not parse, a key in it is none of the kind that mdBook knows, or a file
/// cannot be written. The book.toml is written last, and whole or not at all.
pub fn install(folder: &Path) -> anyhow::Result<Vec<String>> {
    let path = folder.join("book.toml");
    let text = read(&path, folder)?;
    let programs = Programs::of(folder, &text);
    let edited = edit(&text, &programs).with_context(|| path.display().to_string())?;
    let mut done = Vec::new();
    for (asset, at) in &edited.assets {
        if is_anothers(asset, &folder.join(at)) {
            bail!(
                "`{}` is not a file of mdbook-transcript: rename it, or move it elsewhere",
                at.display()
            );
        }
    }
    for (asset, at) in &edited.assets {
        let file = folder.join(at);
        if fs::read_to_string(&file).is_ok_and(|text| text == asset.text) {
            continue;
        }
        write(&file, asset.text)?;
        done.push(format!("wrote {}", at.display()));
    }
    if !edited.done.is_empty() {
        write(&path, &edited.text)?;
        done.extend(in_book_toml(edited.done));
    }
    Ok(done)
}

/// Sees to it that `mdbook serve` watches the folders with the programs, `programs` among them, in a book
/// whose book.toml names this preprocessor; in another one `install` does. Returns what was done, a line
/// each.
///
/// # Errors
/// As of [`install`].
pub fn watch(folder: &Path, programs: &Path) -> anyhow::Result<Vec<String>> {
    let path = folder.join("book.toml");
    let text = read(&path, folder)?;
    let mut known = Programs::of(folder, &text);
    known.watch(folder, programs);
    let (edited, done) =
        edit_watched(&text, &known.watched).with_context(|| path.display().to_string())?;
    if !done.is_empty() {
        write(&path, &edited)?;
    }
    Ok(in_book_toml(done))
}

/// Whether the book.toml in this folder names this preprocessor.
///
/// # Errors
/// It cannot be read.
pub fn is_installed(folder: &Path) -> anyhow::Result<bool> {
    let text = read(&folder.join("book.toml"), folder)?;
    Ok(text.parse().is_ok_and(|document| names_us(&document)))
}

fn names_us(document: &DocumentMut) -> bool {
    let preprocessors = document.get("preprocessor").and_then(Item::as_table_like);
    preprocessors.is_some_and(|preprocessors| preprocessors.contains_key(NAME))
}

fn read(path: &Path, folder: &Path) -> anyhow::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(no_book(folder)),
        Err(error) => Err(error).with_context(|| format!("failed to read `{}`", path.display())),
    }
}

fn in_book_toml(done: Vec<String>) -> Vec<String> {
    let lines = done.into_iter();
    lines.map(|line| format!("book.toml: {line}")).collect()
}

/// Whether a file is there that does not begin as ours has begun in every version.
fn is_anothers(asset: &Asset, file: &Path) -> bool {
    let begins = |text: &[u8]| text.trim_ascii_start().starts_with(asset.banner.as_bytes());
    fs::read(file).is_ok_and(|text| !text.is_empty() && !begins(&text))
}

/// A book.toml with all that is needed.
#[derive(Debug)]
struct Edited {
    text: String,
    /// Where it names the files, relative to it.
    assets: Vec<(Asset, PathBuf)>,
    /// What was changed.
    done: Vec<String>,
}

fn edit(text: &str, programs: &Programs) -> anyhow::Result<Edited> {
    let mut document: DocumentMut = text.parse().context("it does not parse")?;
    let mut done = Vec::new();

    let ours = table(&mut document, &["preprocessor", NAME])?;
    if strings(ours, "after")?.contains(&"links".to_owned()) {
        bail!("`after` in [preprocessor.{NAME}] names `links`, before which it must run");
    }
    if !strings(ours, "before")?.contains(&"links".to_owned()) {
        push(ours, "before", "links")?;
        done.push(format!("[preprocessor.{NAME}] before = [\"links\"]"));
    }
    for (key, path) in &programs.named {
        ours.insert(key, Item::Value(path.into()));
        done.push(format!("[preprocessor.{NAME}] {key} = {path:?}"));
    }

    // With renderers named, and html not one of them, to name its files would make it one.
    let renderers = document.get("output").and_then(Item::as_table_like);
    let has_html = renderers.is_none_or(|output| output.is_empty() || output.contains_key("html"));
    let mut assets = Vec::new();
    for asset in [STYLE, SCRIPT].into_iter().filter(|_| has_html) {
        let html = table(&mut document, &["output", "html"])?;
        let named: Vec<PathBuf> = strings(html, asset.key)?
            .iter()
            .map(PathBuf::from)
            .collect();
        let at = match asset.named_in(&named) {
            Some(at) => at.to_owned(),
            None => {
                push(html, asset.key, asset.name)?;
                done.push(format!(
                    "[output.html] {} = [\"{}\"]",
                    asset.key, asset.name
                ));
                PathBuf::from(asset.name)
            }
        };
        assets.push((asset, at));
    }

    name_watched(&mut document, &programs.watched, &mut done)?;
    Ok(Edited {
        text: with_ends_of(text, document.to_string()),
        assets,
        done,
    })
}

/// Adds what `[build] extra-watch-dirs` lacks of these folders.
fn name_watched(
    document: &mut DocumentMut,
    watched: &[String],
    done: &mut Vec<String>,
) -> anyhow::Result<()> {
    for folder in watched {
        let build = table(document, &["build"])?;
        if !strings(build, WATCHED)?.contains(folder) {
            push(build, WATCHED, folder)?;
            done.push(format!("[build] {WATCHED} = [{folder:?}]"));
        }
    }
    Ok(())
}

fn edit_watched(text: &str, watched: &[String]) -> anyhow::Result<(String, Vec<String>)> {
    let mut document: DocumentMut = text.parse().context("it does not parse")?;
    let mut done = Vec::new();
    if names_us(&document) {
        name_watched(&mut document, watched, &mut done)?;
    }
    Ok((with_ends_of(text, document.to_string()), done))
}

/// The table of this name, made where there is none.
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

/// A list of strings; none, where the key is not there.
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

fn push(table: &mut dyn TableLike, key: &str, value: &str) -> anyhow::Result<()> {
    let item = table
        .entry(key)
        .or_insert(Item::Value(Value::Array(Array::new())));
    let array = item.as_array_mut();
    let array = array.with_context(|| format!("`{key}` is not a list of strings"))?;
    append(array, Value::from(value));
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    files::write(path, text.as_bytes())
        .with_context(|| format!("failed to write `{}`", path.display()))
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
    fn a_book_gets_what_it_lacks_and_keeps_the_rest() {
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
            assert_eq!((again.text, again.done), (edited.text, Vec::new()));
        }
    }

    #[test]
    fn what_cannot_be_edited_is_said() {
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
