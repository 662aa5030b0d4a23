//! What a book.toml must say of the programs, so that all find them.

use std::fs;
use std::path::Path;

use crate::book::NAME;
use crate::cargo::manifest::{self, NoManifest};
use crate::cargo::package::Package;
use crate::recordings::paths::relative;

/// Where recorded transcripts stand unless a book says otherwise, and programs often do.
const EXAMPLES: &str = "examples";
/// The folder of these, in that.
const TRANSCRIPTS: &str = "transcripts";

/// What a book.toml must say of the programs. Paths are relative to the book.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Their Cargo.toml, where a newcomer would not look for it, and where their transcripts stand best.
    pub named: Vec<(&'static str, String)>,
    /// Folders that `mdbook serve` must watch. All are there: it ends if one is not.
    pub watched: Vec<String>,
}

impl Programs {
    /// Those of the book in this folder, with this book.toml. That there are several packages is told, and
    /// that something is wrong in a Cargo.toml is left to Cargo.
    pub(super) fn of(folder: &Path, book_toml: &str) -> Programs {
        let folder = &fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let settings: toml::Table = book_toml.parse().unwrap_or_default();
        let get = |path: &[&str]| {
            let mut keys = path.iter();
            let first = settings.get(*keys.next()?)?;
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
            programs.named.push(("manifest", below(&manifest)));
            // What is recorded already stays where it is.
            if set("transcripts").is_none() && !folder.join(EXAMPLES).join(TRANSCRIPTS).is_dir() {
                let transcripts = package.examples().join(TRANSCRIPTS);
                programs.named.push(("transcripts", below(&transcripts)));
            }
        }
        let src = get(&["book", "src"]).and_then(toml::Value::as_str);
        let src = folder.join(src.unwrap_or("src"));
        // Programs are binaries, too, and examples use what the package's library has. mdBook watches the
        // book's own folder.
        for path in [package.examples(), home.join("src")] {
            if path.is_dir() && !path.starts_with(&src) {
                programs.watch(folder, &path);
            }
        }
        programs
    }

    /// Adds a folder to those that must be watched by the book in `root`. One that the book is in is left
    /// out: there the pages are written, too, and each build would be followed by another.
    pub(super) fn watch(&mut self, root: &Path, folder: &Path) {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let path = relative(&root, &folder);
        if !root.starts_with(&folder) && !self.watched.contains(&path) {
            self.watched.push(path);
        }
    }
}
