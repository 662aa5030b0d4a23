//! A package's Cargo.toml: where its examples are, and how another one is added.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::files::with_ends_of;

/// Where Cargo looks for examples that nothing is said of.
const FOLDER: &str = "examples";

/// A Cargo.toml.
#[derive(Debug)]
pub struct Package {
    /// The folder that it lies in.
    folder: PathBuf,
    text: String,
    document: DocumentMut,
}

/// Why a Cargo.toml cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadManifest {
    /// It cannot be read.
    #[error("failed to read `{}`: {error}", manifest.display())]
    Unreadable {
        /// The Cargo.toml.
        manifest: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It does not parse.
    #[error("`{}` does not parse: {error}", manifest.display())]
    Toml {
        /// The Cargo.toml.
        manifest: PathBuf,
        /// Why not.
        error: Box<toml_edit::TomlError>,
    },
}

impl Package {
    /// Reads a Cargo.toml.
    ///
    /// # Errors
    /// It cannot be read, or does not parse.
    pub fn read(manifest: &Path) -> Result<Package, BadManifest> {
        let text = fs::read_to_string(manifest).map_err(|error| BadManifest::Unreadable {
            manifest: manifest.to_owned(),
            error,
        })?;
        Package::of(manifest, text)
    }

    fn of(manifest: &Path, text: String) -> Result<Package, BadManifest> {
        let document = text.parse().map_err(|error| BadManifest::Toml {
            manifest: manifest.to_owned(),
            error: Box::new(error),
        })?;
        Ok(Package {
            folder: manifest.parent().unwrap_or(Path::new("")).to_owned(),
            text,
            document,
        })
    }

    /// Whether it is one: a workspace's Cargo.toml need not be.
    pub fn is_one(&self) -> bool {
        self.document.contains_key("package")
    }

    /// The folder where its examples are, or would be: beside the last one that it lists, else where Cargo
    /// looks for them.
    pub fn examples(&self) -> PathBuf {
        let listed = self.listed();
        let last = listed.iter().rev().find_map(|entry| entry.path());
        match last {
            Some(path) => {
                // A program of several files has a folder of its own.
                let own = path.file_stem().is_some_and(|stem| stem == "main");
                let up = if own { 2 } else { 1 };
                let beside = path.ancestors().nth(up).unwrap_or(Path::new(""));
                self.folder.join(beside)
            }
            None => self.folder.join(FOLDER),
        }
    }

    /// The text with an entry for the example of this name, whose file `examples` says; `None`: Cargo finds
    /// it without. All else stays byte for byte.
    pub fn with_example(&self, name: &str) -> Option<String> {
        let mut document = self.document.clone();
        let finds_them = self.document.get("package").and_then(Item::as_table_like);
        let finds_them = finds_them.and_then(|package| package.get("autoexamples"));
        let finds_them = finds_them.and_then(Item::as_bool).unwrap_or(true);
        let listed = self.listed();
        if listed.is_empty() && finds_them {
            return None;
        }
        // As the others are written; one without a path is where Cargo looks for it.
        let file = self.examples().join(format!("{name}.rs"));
        let file = file.strip_prefix(&self.folder).unwrap_or(&file);
        let path = listed.is_empty() || listed.iter().any(|entry| entry.path().is_some());
        let path = path.then(|| file.to_string_lossy().replace('\\', "/"));
        match document.get_mut("example") {
            Some(Item::Value(Value::Array(entries))) => append(entries, inline(name, path)),
            Some(Item::ArrayOfTables(entries)) => entries.push(table(name, path)),
            _ => {
                let mut entries = toml_edit::ArrayOfTables::new();
                entries.push(table(name, path));
                document.insert("example", Item::ArrayOfTables(entries));
            }
        }
        Some(with_ends_of(&self.text, document.to_string()))
    }

    /// Its `[[example]]` entries.
    fn listed(&self) -> Vec<Entry<'_>> {
        match self.document.get("example") {
            Some(Item::ArrayOfTables(tables)) => tables.iter().map(|its| Entry(its)).collect(),
            Some(Item::Value(Value::Array(array))) => {
                let tables = array.iter().filter_map(Value::as_inline_table);
                tables.map(|its| Entry(its)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// An `[[example]]`.
struct Entry<'a>(&'a dyn TableLike);

impl Entry<'_> {
    fn path(&self) -> Option<&Path> {
        self.0.get("path").and_then(Item::as_str).map(Path::new)
    }
}

fn table(name: &str, path: Option<String>) -> Table {
    let mut table = Table::new();
    table.insert("name", Item::Value(name.into()));
    if let Some(path) = path {
        table.insert("path", Item::Value(path.into()));
    }
    table
}

fn inline(name: &str, path: Option<String>) -> Value {
    let mut entry = InlineTable::new();
    entry.insert("name", name.into());
    if let Some(path) = path {
        entry.insert("path", path.into());
    }
    Value::InlineTable(entry)
}

/// Adds a value to an array of a TOML file, on a line of its own where the others have one.
pub fn append(array: &mut Array, mut new: Value) {
    let last = array.len().checked_sub(1).and_then(|last| array.get(last));
    let indent = last.and_then(|last| last.decor().prefix()?.as_str());
    // A comment above the last one is its own.
    let indent = indent.and_then(|indent| indent.rsplit_once('\n'));
    let indent = indent
        .map(|(_, indent)| format!("\n{indent}"))
        .unwrap_or_default();
    let trailing = array.trailing().as_str().unwrap_or("").to_owned();
    match trailing.rsplit_once('\n') {
        // A list over several lines goes on in the same way, a comment stays where it is.
        Some((comment, end)) if !indent.is_empty() && array.trailing_comma() => {
            new.decor_mut().set_prefix(format!("{comment}{indent}"));
            array.set_trailing(format!("\n{end}"));
            array.push_formatted(new);
        }
        _ => array.push(new),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Package;

    #[test]
    fn an_example_is_listed_as_the_others_are() {
        for (before, folder, after) in [
            ("[package]\nname = 'a'\n", "a/examples", None),
            (
                "[package]\nautoexamples = false # not found\n",
                "a/examples",
                Some(
                    "[package]\nautoexamples = false # not found\n\n[[example]]\nname = \"new\"\npath = \"examples/new.rs\"\n",
                ),
            ),
            // The last one says where; a program of several files has a folder of its own.
            (
                "[[example]]\nname = 'x'\npath = 'x.rs'\n# last\n[[example]]\nname = 'y'\npath = 'programs/y/main.rs'\n\n[features]\n",
                "a/programs",
                Some(
                    "[[example]]\nname = 'x'\npath = 'x.rs'\n# last\n[[example]]\nname = 'y'\npath = 'programs/y/main.rs'\n\n[[example]]\nname = \"new\"\npath = \"programs/new.rs\"\n\n[features]\n",
                ),
            ),
            // None has a path.
            (
                "[[example]]\r\nname = 'x'\r\n",
                "a/examples",
                Some("[[example]]\r\nname = 'x'\r\n\r\n[[example]]\r\nname = \"new\"\r\n"),
            ),
            (
                "example = [\n  { name = 'x' }, # x\n  { name = 'y' },\n]\n",
                "a/examples",
                Some(
                    "example = [\n  { name = 'x' }, # x\n  { name = 'y' },\n  { name = \"new\" },\n]\n",
                ),
            ),
            (
                "example = [{ name = 'x', path = 'x.rs' }]\n",
                "a",
                Some(
                    "example = [{ name = 'x', path = 'x.rs' }, { name = \"new\", path = \"new.rs\" }]\n",
                ),
            ),
        ] {
            let package = Package::of(Path::new("a/Cargo.toml"), before.to_owned());
            let package = package.expect("it parses");
            assert_eq!(package.examples(), Path::new(folder), "{before}");
            assert_eq!(package.with_example("new").as_deref(), after);
        }
    }
}
