//! The settings about programs that a book.toml needs.

use std::fs;
use std::path::Path;

use super::git;
use crate::book::NAME;
use crate::cargo::manifest::{self, NoManifest, is_of_preprocessor};
use crate::cargo::package::Package;
use crate::cargo::targets::{manifests, target_folder, workspace_root};
use crate::recordings::paths::relative;

/// The default folder of recordings is in this one, and programs often are.
const EXAMPLES: &str = "examples";
/// The folder of recordings, in a folder of programs.
const TRANSCRIPTS: &str = "transcripts";

/// The advice for a book without programs.
const NO_PACKAGE: &str = "there is no package with programs yet: create one with `cargo new programs`, then run \
     `mdbook-transcript install` again; if the fences name packages with `manifest=`, none is needed";

/// The settings about programs that a book.toml needs. Paths are relative to the book.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Settings of this preprocessor: the Cargo.toml, if it is in a subfolder, and the folder of recordings then.
    pub settings: Vec<(&'static str, String)>,
    /// Folders that `mdbook serve` must watch. All exist: a missing folder ends `mdbook serve`.
    pub watched: Vec<String>,
    /// Advice for the author about the programs, one line each.
    pub advice: Vec<String>,
    /// Why the Cargo.toml of the programs is not known, unless there is none at all.
    pub problem: Option<NoManifest>,
}

impl Programs {
    /// Finds the settings for the book in this folder with this book.toml. Errors in a Cargo.toml are left to Cargo.
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
        let manifest = match manifest::find(folder, set("manifest").map(Path::new)) {
            Ok(manifest) => manifest,
            Err(NoManifest::None) => {
                programs.watch_default(folder);
                programs.advice.push(NO_PACKAGE.to_owned());
                return programs;
            }
            Err(error) => {
                programs.watch_default(folder);
                programs.problem = Some(error);
                return programs;
            }
        };
        let Ok(package) = Package::read(&manifest) else {
            programs.watch_default(folder);
            return programs;
        };
        let home = manifest.parent().unwrap_or(folder);
        let below = |path: &Path| relative(folder, path);
        let is_in_a_folder_of_the_book = home.parent() == Some(folder);
        if is_in_a_folder_of_the_book && set("manifest").is_none() {
            programs.settings.push(("manifest", below(&manifest)));
            // Existing recordings stay in their folder.
            if set("transcripts").is_none() && !folder.join(EXAMPLES).join(TRANSCRIPTS).is_dir() {
                let of_programs = if package.is_one() {
                    package.examples()
                } else {
                    home.to_owned()
                };
                let transcripts = below(&of_programs.join(TRANSCRIPTS));
                if transcripts != format!("{EXAMPLES}/{TRANSCRIPTS}") {
                    programs.settings.push(("transcripts", transcripts));
                }
            }
        }
        let src = get(&["book", "src"]).and_then(toml::Value::as_str);
        let src = folder.join(src.unwrap_or("src"));
        // mdBook itself watches the book's `src`.
        for package in packages(&manifest, package) {
            for path in package.program_folders() {
                if path.is_dir() && !path.starts_with(&src) {
                    programs.watch(folder, &path);
                }
            }
        }
        let target = target_folder(&manifest);
        programs.advice.extend(git::ignore_target(folder, &target));
        programs
    }

    /// Watches the folder `examples` of the book, where its programs may be.
    fn watch_default(&mut self, root: &Path) {
        if root.join(EXAMPLES).is_dir() {
            self.watch(root, &root.join(EXAMPLES));
        }
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

/// The packages whose programs a book with this manifest can show, `package` being that of the manifest: those of its
/// workspace, without preprocessors. Cargo knows the packages of a workspace; without it, only `package` is known.
fn packages(manifest: &Path, package: Package) -> Vec<Package> {
    let root = workspace_root(manifest).join("Cargo.toml");
    let is_workspace = Package::read(&root).is_ok_and(|root| root.is_workspace());
    let manifests = is_workspace.then(|| manifests(&root).ok()).flatten();
    let Some(manifests) = manifests else {
        return vec![package];
    };
    let members = manifests.iter().filter(|it| !is_of_preprocessor(it));
    members.filter_map(|it| Package::read(it).ok()).collect()
}
