//! A package's Cargo.toml: the folder of its examples, and an entry for a new one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::files::with_ends_of;

/// The folder in which Cargo finds examples that the manifest does not list.
const FOLDER: &str = "examples";

/// A Cargo.toml with its text.
#[derive(Debug)]
pub struct Package {
    /// The manifest's folder.
    folder: PathBuf,
    text: String,
    document: DocumentMut,
}

/// Why a Cargo.toml cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadManifest {
    /// The file cannot be read.
    #[error("failed to read `{}`: {error}", manifest.display())]
    Unreadable {
        /// The Cargo.toml.
        manifest: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// The file is not valid TOML.
    #[error("failed to parse `{}`: {error}", manifest.display())]
    Toml {
        /// The Cargo.toml.
        manifest: PathBuf,
        /// The cause.
        #[source]
        error: Box<toml_edit::TomlError>,
    },
}

impl Package {
    /// Reads a Cargo.toml.
    ///
    /// # Errors
    /// The file cannot be read or is not valid TOML.
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

    /// The package's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// True if the manifest describes a package: a virtual workspace's does not.
    pub fn is_one(&self) -> bool {
        self.document.contains_key("package")
    }

    /// True if the manifest describes a workspace.
    pub fn is_workspace(&self) -> bool {
        self.document.contains_key("workspace")
    }

    /// The folders with the package's programs, which need not exist: those in which Cargo finds programs by itself, and
    /// those of the programs that the manifest lists.
    pub fn program_folders(&self) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        if self.finds_examples() {
            folders.push(self.folder.join(FOLDER));
        }
        // It has binaries, and the library that examples use.
        folders.push(self.folder.join("src"));
        let listed = [self.listed("example"), self.listed("bin")].concat();
        let of_listed = listed.iter().filter_map(|entry| entry.path());
        folders.extend(of_listed.map(|path| self.folder.join(folder_of(path))));
        folders
    }

    /// True if Cargo finds examples that the manifest does not list.
    fn finds_examples(&self) -> bool {
        let package = self.document.get("package").and_then(Item::as_table_like);
        let autoexamples = package.and_then(|package| package.get("autoexamples"));
        autoexamples.and_then(Item::as_bool).unwrap_or(true)
    }

    /// The folder for a new example: that of the last example that the manifest lists, else `examples`, where Cargo
    /// finds examples by itself.
    pub fn examples(&self) -> PathBuf {
        let listed = self.listed("example");
        let last = listed.iter().rev().find_map(|entry| entry.path());
        self.folder.join(last.map_or(Path::new(FOLDER), folder_of))
    }

    /// The manifest's text with an entry for a new example in [`examples`](Package::examples), and otherwise byte for
    /// byte the same. `None`: Cargo finds the example without an entry.
    pub fn with_example(&self, name: &str) -> Option<String> {
        let mut document = self.document.clone();
        let listed = self.listed("example");
        if listed.is_empty() && self.finds_examples() {
            return None;
        }
        // The new entry has a path if other entries have one, or if Cargo would not find the file.
        let file = self.examples().join(format!("{name}.rs"));
        let file = file.strip_prefix(&self.folder).unwrap_or(&file);
        let needs_path = listed.is_empty() || listed.iter().any(|entry| entry.path().is_some());
        let path = needs_path.then(|| file.to_string_lossy().replace('\\', "/"));
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

    /// The entries of one kind, `[[example]]` or `[[bin]]`, also those of an inline array.
    fn listed(&self, kind: &str) -> Vec<Entry<'_>> {
        match self.document.get(kind) {
            Some(Item::ArrayOfTables(tables)) => tables.iter().map(|table| Entry(table)).collect(),
            Some(Item::Value(Value::Array(array))) => {
                let tables = array.iter().filter_map(Value::as_inline_table);
                tables.map(|table| Entry(table)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The folder of a listed program. A program of several files has a folder of its own in it.
fn folder_of(path: &Path) -> &Path {
    let has_folder = path.file_stem().is_some_and(|stem| stem == "main");
    let up = if has_folder { 2 } else { 1 };
    path.ancestors().nth(up).unwrap_or(Path::new(""))
}

/// An entry of a program.
#[derive(Clone, Copy)]
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

/// Appends a value to a TOML array, on a line of its own if the last value is on one.
pub fn append(array: &mut Array, mut new: Value) {
    let last = array.len().checked_sub(1).and_then(|last| array.get(last));
    let indent = last.and_then(|last| last.decor().prefix()?.as_str());
    // A comment above the last value belongs to that value.
    let indent = indent.and_then(|indent| indent.rsplit_once('\n'));
    let indent = indent
        .map(|(_, indent)| format!("\n{indent}"))
        .unwrap_or_default();
    let trailing = array.trailing().as_str().unwrap_or("").to_owned();
    match trailing.rsplit_once('\n') {
        // A comment after the last value stays on that value's line.
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
    fn a_new_example_is_listed_like_the_others() {
        for (before, folder, after) in [
            ("[package]\nname = 'a'\n", "a/examples", None),
            (
                "[package]\nautoexamples = false # not found\n",
                "a/examples",
                Some(
                    "[package]\nautoexamples = false # not found\n\n[[example]]\nname = \"new\"\npath = \"examples/new.rs\"\n",
                ),
            ),
            // The new example goes next to the last one; an example of several files has a folder of its own.
            (
                "[[example]]\nname = 'x'\npath = 'x.rs'\n# last\n[[example]]\nname = 'y'\npath = 'programs/y/main.rs'\n\n[features]\n",
                "a/programs",
                Some(
                    "[[example]]\nname = 'x'\npath = 'x.rs'\n# last\n[[example]]\nname = 'y'\npath = 'programs/y/main.rs'\n\n[[example]]\nname = \"new\"\npath = \"programs/new.rs\"\n\n[features]\n",
                ),
            ),
            // No entry has a path.
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
            let package = package.expect("valid TOML");
            assert_eq!(package.examples(), Path::new(folder), "{before}");
            assert_eq!(package.with_example("new").as_deref(), after);
        }
    }
}
