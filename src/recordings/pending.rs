//! Pending recordings: new ones that their author has neither accepted nor rejected.
//!
//! They are in a folder of their own, below that of the accepted recordings, which makes git ignore it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::committed::{EXTENSION, read};
use super::freshness::Unusable;
use crate::files;
use crate::transcript::format::Recording;

/// The folder of pending recordings, in that of the accepted ones.
const FOLDER: &str = ".pending";
/// A file in it with which git ignores the whole folder, itself included.
const IGNORE: &str = ".gitignore";

/// The pending recordings of a book, each in a file.
#[derive(Debug, Clone)]
pub struct Pending {
    folder: PathBuf,
}

impl Pending {
    /// The pending recordings of the book with this folder of recordings.
    pub fn below(recordings: &Path) -> Pending {
        Pending {
            folder: recordings.join(FOLDER),
        }
    }

    /// The path of the pending recording of the run with this id, which need not exist.
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{EXTENSION}"))
    }

    /// Returns whether there is a file for the run with this id.
    pub fn has(&self, id: &str) -> bool {
        self.path(id).is_file()
    }

    /// The ids of the runs with a pending recording, sorted; none if the folder cannot be read.
    pub fn ids(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let id = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            let id = name.strip_suffix(EXTENSION)?.strip_suffix('.')?;
            Some(id.to_owned())
        };
        let mut ids: Vec<String> = entries.filter_map(id).collect();
        ids.sort_unstable();
        ids
    }

    /// Reads the pending recording of the run with this id; `None` if there is none.
    pub fn get(&self, id: &str) -> Option<Result<Recording, Unusable>> {
        self.has(id).then(|| read(&self.path(id)))
    }

    /// Writes the pending recording of the run with this id atomically, over an earlier one.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn save(&self, id: &str, recording: &Recording) -> io::Result<()> {
        if self.folder.exists() && !self.folder.is_dir() {
            let why = format!(
                "`{}` is no folder, and pending recordings need one there: move or remove that file",
                self.folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotADirectory, why));
        }
        let ignore = self.folder.join(IGNORE);
        if !ignore.exists() {
            files::write(&ignore, b"*\n")?;
        }
        files::write(&self.path(id), recording.text().as_bytes())
    }

    /// Removes the pending recording of the run with this id, if there is one, and with the last one the folder.
    /// Returns whether there was one.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(&self, id: &str) -> io::Result<bool> {
        if !self.has(id) {
            return Ok(false);
        }
        fs::remove_file(self.path(id))?;
        let mut others = fs::read_dir(&self.folder)?.flatten();
        if others.all(|other| other.file_name() == IGNORE) {
            // The folder may stay: git does not see it.
            fs::remove_file(self.folder.join(IGNORE)).ok();
            fs::remove_dir(&self.folder).ok();
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;

    use super::{FOLDER, IGNORE, Pending};
    use crate::recordings::committed::Recordings;
    use crate::transcript::format::Recording;

    #[test]
    fn pending_recordings_are_no_recordings_and_leave_nothing() -> io::Result<()> {
        let text = include_str!("../../examples/transcripts/join.transcript");
        let recording = Recording::parse(text).map_err(io::Error::other)?;
        let folder = tempfile::tempdir()?;
        let pending = Pending::below(folder.path());
        assert_eq!(pending.ids(), [""; 0]);
        assert!(!pending.remove("a")?);
        pending.save("b-0.5", &recording)?;
        pending.save("a", &recording)?;
        assert_eq!(pending.ids(), ["a", "b-0.5"]);
        let read = pending.get("a").and_then(Result::ok);
        assert_eq!(read.as_ref(), Some(&recording));
        let ignore = fs::read_to_string(folder.path().join(FOLDER).join(IGNORE))?;
        assert_eq!(ignore, "*\n");
        assert!(Recordings::open(folder.path(), folder.path())?.is_empty());
        assert!(pending.remove("a")? && pending.remove("b-0.5")?);
        assert!(pending.get("a").is_none());
        assert_eq!(fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
