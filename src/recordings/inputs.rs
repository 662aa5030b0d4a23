//! The inputs of programs: the files that they were built from, each with a hash of its content, and the
//! [variables and fields](compiled_in) that they were compiled with.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::compiled_in;
use crate::files;
use crate::hash::hash_of;
use crate::plan::Run;

/// The inputs of a program, with the hashes that they had when it was built.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inputs(BTreeMap<PathBuf, String>);

/// The way in which an input differs from its recorded state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has another content.
    Changed,
    /// It is a file that does not exist.
    Gone,
    /// It is a variable or a field that is not set.
    Unset,
    /// It cannot be read.
    Unreadable,
    /// It was added.
    New,
}

impl fmt::Display for Fate {
    /// Writes the words after the input's name: `has changed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fate::Changed => "has changed",
            Fate::Gone => "no longer exists",
            Fate::Unset => "is no longer set",
            Fate::Unreadable => "cannot be read",
            Fate::New => "is new",
        })
    }
}

/// The current contents of inputs. Each file is read once, however many programs share it, so that the text on a
/// page is the text that was hashed.
#[derive(Debug, Default)]
pub struct Contents {
    // Keyed by `OsString`, whose look-up is several times as fast as a path's, which compares components.
    /// The hashes of files and folders. `None`: unreadable.
    hashes: BTreeMap<OsString, Option<String>>,
    texts: BTreeMap<OsString, io::Result<Arc<str>>>,
}

impl Contents {
    /// Reads and hashes the source files of programs in parallel. Returns whether all of them exist and are readable.
    pub fn read_programs(&mut self, files: &[&Path]) -> bool {
        let new = files
            .par_iter()
            .filter(|file| !self.texts.contains_key(file.as_os_str()));
        let read: Vec<_> = new.map(|file| (*file, read_program(file))).collect();
        for (file, read) in read {
            self.know_program(file, read);
        }
        files
            .iter()
            .all(|file| self.hash(file).is_some_and(|hash| hash != ABSENT))
    }

    /// The text of a program, read if it was not read before.
    ///
    /// # Errors
    /// The file cannot be read or is not valid UTF-8.
    pub fn program(&mut self, file: &Path) -> Result<&Arc<str>, &io::Error> {
        if !self.texts.contains_key(file.as_os_str()) {
            self.know_program(file, read_program(file));
        }
        self.texts[file.as_os_str()].as_ref()
    }

    fn know_program(&mut self, file: &Path, (hash, text): (Option<String>, io::Result<Arc<str>>)) {
        if let Some(hash) = hash {
            self.know(file, hash);
        }
        self.texts.insert(file.as_os_str().to_owned(), text);
    }

    /// Notes the hash of a run's program if it is a snippet, whose text is in the page and not in a file.
    pub fn know_page(&mut self, run: &Run) {
        if let Some(hash) = run.page_hash() {
            self.know(&run.target.source, hash);
        }
    }

    fn know(&mut self, file: &Path, hash: String) {
        self.hashes.insert(file.as_os_str().to_owned(), Some(hash));
    }

    /// The current hash of a file or folder, as [`state`] computes it. `None`: it cannot be read.
    pub fn hash(&mut self, file: &Path) -> Option<&str> {
        // Programs share most files: a look-up of a known file must not copy its path.
        let path = file.as_os_str();
        if !self.hashes.contains_key(path) {
            self.hashes.insert(path.to_owned(), state(file).ok());
        }
        self.hashes[path].as_deref()
    }

    /// The name of the first input whose hash has changed, and how. Each input is a name and its old hash, or the
    /// first digits of that; `locate` returns the file of a name.
    pub fn first_changed<'a, N: Copy>(
        &mut self,
        mut inputs: impl Iterator<Item = (N, &'a str)>,
        locate: impl Fn(N) -> Cow<'a, Path>,
    ) -> Option<(N, Fate)> {
        inputs.find_map(|(name, then)| {
            let file = locate(name);
            let fate = match self.hash(&file) {
                Some(now) if now.starts_with(then) => return None,
                Some(ABSENT) if compiled_in::is_compiled_in(&file) => Fate::Unset,
                Some(ABSENT) => Fate::Gone,
                Some(_) => Fate::Changed,
                None => Fate::Unreadable,
            };
            Some((name, fate))
        })
    }
}

/// Reads a program: its hash, `None` if it is unreadable, and its text.
fn read_program(file: &Path) -> (Option<String>, io::Result<Arc<str>>) {
    let bytes = fs::read(file);
    let hash = bytes.as_deref().ok().map(hash_of);
    (hash, bytes.and_then(files::text).map(Arc::from))
}

impl Inputs {
    /// Reads and hashes files.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(files: impl IntoIterator<Item = PathBuf>) -> io::Result<Inputs> {
        let hashed = files
            .into_iter()
            .map(|file| Ok((file.clone(), state(&file)?)));
        hashed.collect::<io::Result<_>>().map(Inputs)
    }

    /// Adds the program of a run if it is a snippet, whose text is in the page and not in a file.
    pub fn extend_with_page(&mut self, run: &Run) {
        let hash = run.page_hash();
        self.0
            .extend(hash.map(|hash| (run.target.source.clone(), hash)));
    }

    /// Returns whether no input has changed.
    pub fn are_unchanged(&self, contents: &mut Contents) -> bool {
        contents.first_changed(self.iter(), Cow::Borrowed).is_none()
    }

    /// The inputs with their hashes, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0
            .iter()
            .map(|(file, hash)| (file.as_path(), hash.as_str()))
    }
}

/// The state of an input that does not exist: a build script can name such a file. It has the form of a hash.
const ABSENT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Returns the state of an input: the hash of a file, or for a folder, which a build script can name, the hash of
/// everything in it; or the hash of a variable or field.
///
/// # Errors
/// The input exists and cannot be read.
pub fn state(path: &Path) -> io::Result<String> {
    match hash(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(compiled_in::hash(path).unwrap_or_else(|| ABSENT.to_owned()))
        }
        Err(_) if path.is_dir() => {
            let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
            let mut entries: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
            entries.sort();
            let mut listing = String::new();
            for entry in entries {
                // A symbolic link is not followed: it could lead back here.
                let state = if entry.is_symlink() {
                    format!("{}", fs::read_link(&entry)?.display())
                } else {
                    state(&entry)?
                };
                // The folder's own path would tie the state to this machine.
                let name = entry.file_name().unwrap_or_default();
                listing.push_str(&format!("{} {state}\n", name.display()));
            }
            Ok(hash_of(listing.as_bytes()))
        }
        hash => hash,
    }
}

/// Returns the SHA-256 of a file in hexadecimal digits.
///
/// # Errors
/// The file cannot be read.
pub fn hash(file: &Path) -> io::Result<String> {
    fs::read(file).map(|bytes| hash_of(&bytes))
}
