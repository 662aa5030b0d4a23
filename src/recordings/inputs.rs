//! The files that something was made from, each with its hash: equal hashes, and nothing has changed.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::hash::hash_of;
use crate::plan::Run;

/// Files with the hashes of their contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inputs(BTreeMap<PathBuf, String>);

/// What is in files that programs are made of: each is read once, however many programs share it, so that what a
/// page shows of a file is what its hash was made of.
#[derive(Debug, Default)]
pub struct Contents {
    // A path as a text is looked up several times as fast as one by its parts.
    /// `None`: it cannot be read.
    hashes: HashMap<OsString, Option<String>>,
    texts: HashMap<OsString, io::Result<Arc<str>>>,
}

impl Contents {
    /// Reads and hashes the files of programs, side by side. Whether they are all there.
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

    /// The text of a program.
    ///
    /// # Errors
    /// It cannot be read, or is no text.
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

    /// Notes what stands for a run's program, if it stands in the page: it is no file.
    pub fn know_page(&mut self, run: &Run) {
        if let Some(hash) = run.origin.hash() {
            self.know(&run.target.source, hash);
        }
    }

    fn know(&mut self, file: &Path, hash: String) {
        self.hashes.insert(file.as_os_str().to_owned(), Some(hash));
    }

    /// What stands for a file now; `None`: it cannot be read.
    pub fn hash(&mut self, file: &Path) -> Option<&str> {
        // Most files are known, for programs share them: no path is copied to look.
        let path = file.as_os_str();
        if !self.hashes.contains_key(path) {
            self.hashes.insert(path.to_owned(), state(file).ok());
        }
        self.hashes[path].as_deref()
    }
}

/// The hash and the text of a program. `None`: it cannot be read.
fn read_program(file: &Path) -> (Option<String>, io::Result<Arc<str>>) {
    let bytes = fs::read(file);
    let hash = bytes.as_deref().ok().map(hash_of);
    (hash, bytes.and_then(files::text).map(Arc::from))
}

impl Inputs {
    /// Reads and hashes these files.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn read(files: impl IntoIterator<Item = PathBuf>) -> io::Result<Inputs> {
        let hashed = files
            .into_iter()
            .map(|file| Ok((file.clone(), state(&file)?)));
        hashed.collect::<io::Result<_>>().map(Inputs)
    }

    /// Adds a run's program, if it stands in the page: no file, but its text has a hash as files have.
    pub fn extend_with_page(&mut self, run: &Run) {
        let hash = run.origin.hash();
        self.0
            .extend(hash.map(|hash| (run.target.source.clone(), hash)));
    }

    /// The first file that is not what it was.
    pub fn first_changed(&self, contents: &mut Contents) -> Option<&Path> {
        let changed = self
            .0
            .iter()
            .find(|(file, hash_then)| contents.hash(file) != Some(hash_then.as_str()));
        changed.map(|(file, _)| file.as_path())
    }

    /// The files with their hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0
            .iter()
            .map(|(file, hash)| (file.as_path(), hash.as_str()))
    }
}

/// What stands for a file that there is not.
const ABSENT: &str = "absent";

/// What stands for an input: its hash, and for a folder, which a build script can name, the hash of all
/// that lies in it. A build script can also name what there is not.
///
/// # Errors
/// It is there, and cannot be read.
pub fn state(path: &Path) -> io::Result<String> {
    match hash(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(ABSENT.to_owned()),
        Err(_) if path.is_dir() => {
            let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
            let mut entries: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
            entries.sort();
            let mut listing = String::new();
            for entry in entries {
                // A link is not followed: it could lead back here.
                let state = match entry.is_symlink() {
                    true => format!("{}", fs::read_link(&entry)?.display()),
                    false => state(&entry)?,
                };
                listing.push_str(&format!("{} {state}\n", entry.display()));
            }
            Ok(hash_of(listing.as_bytes()))
        }
        hash => hash,
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// It cannot be read.
pub fn hash(file: &Path) -> io::Result<String> {
    fs::read(file).map(|bytes| hash_of(&bytes))
}
