//! The files that something was made from, each with its hash: equal hashes, and nothing has changed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Run;

/// Files with the hashes of their contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inputs(BTreeMap<PathBuf, String>);

/// Hashes that were computed already, by the files' paths: programs share files. A path as a text is looked up
/// several times as fast as one by its parts.
pub type Hashes = FxHashMap<OsString, Option<String>>;

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
    pub fn first_changed(&self, hashes: &mut Hashes) -> Option<&Path> {
        let changed = self
            .0
            .iter()
            .find(|(file, hash_then)| hash_now(file, hashes) != Some(hash_then.as_str()));
        changed.map(|(file, _)| file.as_path())
    }

    /// The files with their hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0
            .iter()
            .map(|(file, hash)| (file.as_path(), hash.as_str()))
    }
}

/// What stands for a file now; `None`: it cannot be read.
pub fn hash_now<'a>(file: &Path, hashes: &'a mut Hashes) -> Option<&'a str> {
    // Most files are known, for programs share them: no path is copied to look.
    let path = file.as_os_str();
    if !hashes.contains_key(path) {
        hashes.insert(path.to_owned(), state(file).ok());
    }
    hashes[path].as_deref()
}

/// What stands for an input: its hash, and for a folder, which a build script can name, the hash of all
/// that lies in it. A build script can also name what there is not.
///
/// # Errors
/// It is there, and cannot be read.
pub fn state(path: &Path) -> io::Result<String> {
    match hash(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok("absent".to_owned()),
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

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn hash_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
