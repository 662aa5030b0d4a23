//! The settings about programs that a book.toml needs.

use std::fs;
use std::path::Path;

use crate::book::NAME;
use crate::cargo::manifest::{self, NoManifest};
use crate::cargo::package::Package;
use crate::recordings::paths::relative;

/// The default folder of recordings is in this one, and programs often are.
const EXAMPLES: &str = "examples";
/// The folder of recordings, in a folder of programs.
const TRANSCRIPTS: &str = "transcripts";

/// The settings about programs that a book.toml needs. Paths are relative to the book.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Settings of this preprocessor: the Cargo.toml, if it is in a subfolder, and the folder of recordings then.
    pub settings: Vec<(&'static str, String)>,
    /// Folders that `mdbook serve` must watch. All exist: a missing folder ends `mdbook serve`.
    pub watched: Vec<String>,
}

impl Programs {
    /// Finds the settings for the book in this folder with this book.toml. Several packages are reported as a warning;
    /// errors in a Cargo.toml are left to Cargo.
    pub(super) fn of(folder: &Path, book_toml: &str) -> Programs {
        let folder = &fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let document: toml::Table = book_toml.parse().unwrap_or_default();
        let get = |path: &[&str]| {
            let mut keys = path.iter();
            let first = document.get(*keys.next()?)?;
            keys.try_fold(first, |value, key| value.get(key))
        };
        let set = |key| get(&["preprocessor", NAME, key]).and_then(toml::Value::as_str);
        let mut programs = Programs::default();
        if folder.join(EXAMPLES).is_dir() {
            programs.watched.push(EXAMPLES.to_owned());
        }
        let manifest = match manifest::find(folder, set("manifest").map(Path::new)) {
            Ok(manifest) => manifest,
            // There may be no programs yet.
            Err(NoManifest::None) => return programs,
            Err(error) => {
                let help = error.help().map(|help| format!(" ({help})"));
                tracing::warn!("{error}{}", help.unwrap_or_default());
                return programs;
            }
        };
        let Ok(package) = Package::read(&manifest) else {
            return programs;
        };
        let home = manifest.parent().unwrap_or(folder);
        let below = |path: &Path| relative(folder, path);
        let is_in_a_folder_of_the_book = home.parent() == Some(folder);
        if is_in_a_folder_of_the_book && set("manifest").is_none() {
            programs.settings.push(("manifest", below(&manifest)));
            // Existing recordings stay in their folder.
            if set("transcripts").is_none() && !folder.join(EXAMPLES).join(TRANSCRIPTS).is_dir() {
                let transcripts = package.examples().join(TRANSCRIPTS);
                programs.settings.push(("transcripts", below(&transcripts)));
            }
        }
        let src = get(&["book", "src"]).and_then(toml::Value::as_str);
        let src = folder.join(src.unwrap_or("src"));
        // `src` has binaries, and the library that examples use. mdBook itself watches the book's `src`.
        for path in [package.examples(), home.join("src")] {
            if path.is_dir() && !path.starts_with(&src) {
                programs.watch(folder, &path);
            }
        }
        programs
    }

    /// Adds a folder to watch for the book in `root`, unless it contains the book: pages are written there, so each
    /// build would trigger another one.
    pub(super) fn watch(&mut self, root: &Path, folder: &Path) {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let path = relative(&root, &folder);
        if !root.starts_with(&folder) && !self.watched.contains(&path) {
            self.watched.push(path);
        }
    }
}
