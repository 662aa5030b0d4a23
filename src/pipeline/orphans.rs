//! The recordings that no fence shows, neither in this book nor in another one with the same folder of recordings.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use crate::book::open::{Earlier, read};
use crate::book::{Book, NAME};
use crate::config::Config;
use crate::pipeline::plan::{Cargo, planned};
use crate::plan::Plan;
use crate::session::Session;

/// The file with a book's settings.
const SETTINGS: &str = "book.toml";

/// Folders without books, which can be large.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// The number of folders in which books are looked for, nearest first.
const MOST_FOLDERS: usize = 20_000;

/// The recordings that no fence shows.
#[derive(Debug, Default)]
pub struct Orphans {
    /// The names of the recordings, sorted.
    pub ids: Vec<String>,
    /// A book with the same folder of recordings that has an error, so that its fences are not known: no recording
    /// counts as orphaned then.
    pub unread: Option<Unread>,
}

/// A book that has an error.
#[derive(Debug)]
pub struct Unread {
    /// The book's folder.
    pub book: PathBuf,
    /// The recordings that may be the book's.
    pub ids: Vec<String>,
}

/// Returns the orphaned recordings of a book. The other books that share its folder of recordings are looked for in the
/// same git repository; without one, in the folder that contains both.
pub fn orphans(book: &Book<'_>, plan: &Plan, session: &Session) -> Orphans {
    let ids = session.recordings.orphans(&plan.runs).into_iter();
    unclaimed(ids.map(str::to_owned).collect(), book, session)
}

/// Returns those of the names that no run has in another book with the same folder of recordings.
pub fn unclaimed(mut ids: Vec<String>, book: &Book<'_>, session: &Session) -> Orphans {
    if ids.is_empty() {
        return Orphans::default();
    }
    let folder = book.root.join(&session.config.transcripts);
    for other in sharing(&book.root, &folder) {
        match runs_of(&other) {
            Ok(shown) => ids.retain(|id| !shown.contains(id)),
            Err(error) => {
                tracing::debug!("`{}`: {error:#}", other.display());
                return Orphans {
                    ids: Vec::new(),
                    unread: Some(Unread { book: other, ids }),
                };
            }
        }
    }
    Orphans { ids, unread: None }
}

/// Returns the names of a book's runs.
fn runs_of(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let (book, _) = read(folder, Earlier::All)?;
    let planned = planned(&book, Cargo::IfNeeded)?;
    Ok(planned.plan.runs.into_iter().map(|run| run.id).collect())
}

/// Returns the folders of the other books with this folder of recordings.
fn sharing(root: &Path, recordings: &Path) -> Vec<PathBuf> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (root, recordings) = (real(root), real(recordings));
    let shares = |folder: &PathBuf| {
        real(folder) != root && real(&folder.join(transcripts_of(folder))) == recordings
    };
    books_below(&top(&root, &recordings))
        .into_iter()
        .filter(shares)
        .collect()
}

/// Returns the folder in which other books are looked for.
fn top(root: &Path, recordings: &Path) -> PathBuf {
    let is_repository = |folder: &&Path| folder.join(".git").exists();
    let of_both = root.ancestors().find(|folder| {
        let is_parent = *folder != root;
        is_parent && recordings.starts_with(folder)
    });
    let repository = root.ancestors().find(is_repository);
    repository.or(of_both).unwrap_or(root).to_owned()
}

/// Returns the folders with a book, from the top down.
fn books_below(top: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = VecDeque::from([top.to_owned()]);
    let mut seen = 0;
    while let Some(folder) = folders.pop_front()
        && seen < MOST_FOLDERS
    {
        seen += 1;
        // A folder that cannot be read has no book that anybody could build.
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // The type of a symbolic link is not that of its target, which may be a folder above.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if name == SETTINGS {
                found.push(folder.clone());
            } else if is_folder && !name.starts_with('.') && !SKIPPED.contains(&&*name) {
                folders.push_back(entry.path());
            }
        }
    }
    found
}

/// Returns the folder of recordings that a book's settings name, relative to the book.
fn transcripts_of(book: &Path) -> PathBuf {
    let text = fs::read_to_string(book.join(SETTINGS)).unwrap_or_default();
    let settings: toml::Table = toml::from_str(&text).unwrap_or_default();
    let table = settings.get("preprocessor").and_then(|all| all.get(NAME));
    let folder = table.and_then(|table| table.get("transcripts")?.as_str());
    folder.map_or(Config::default().transcripts, PathBuf::from)
}
