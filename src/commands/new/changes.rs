//! The changes to a book's files that create a lesson, so that they can be undone.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::files;

/// The changes so far, in order.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<Change>);

#[derive(Debug)]
enum Change {
    NewFolder(PathBuf),
    NewFile {
        file: PathBuf,
        text: String,
    },
    Replaced {
        file: PathBuf,
        old: Vec<u8>,
        new: String,
    },
}

impl Changes {
    /// Creates a file, and its missing parent folders.
    ///
    /// # Errors
    /// The file exists, or cannot be written.
    pub(super) fn create(&mut self, file: &Path, text: &str) -> anyhow::Result<()> {
        let failed = || format!("failed to write `{}`", file.display());
        let above: Vec<&Path> = file.ancestors().skip(1).collect();
        let missing = above.into_iter().take_while(|folder| !folder.exists());
        for folder in missing.collect::<Vec<_>>().into_iter().rev() {
            fs::create_dir(folder).with_context(failed)?;
            self.0.push(Change::NewFolder(folder.to_owned()));
        }
        let mut new = fs::File::create_new(file).with_context(failed)?;
        self.0.push(Change::NewFile {
            file: file.to_owned(),
            text: text.to_owned(),
        });
        new.write_all(text.as_bytes()).with_context(failed)
    }

    /// Replaces a file's text.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn replace(&mut self, file: &Path, new: &str) -> anyhow::Result<()> {
        let old = fs::read(file).with_context(|| format!("failed to read `{}`", file.display()))?;
        files::write(file, new.as_bytes())
            .with_context(|| format!("failed to write `{}`", file.display()))?;
        self.0.push(Change::Replaced {
            file: file.to_owned(),
            old,
            new: new.to_owned(),
        });
        Ok(())
    }

    /// Undoes all changes, except in files that another program has changed since: those are reported as warnings.
    pub(super) fn undo(self) {
        for change in self.0.into_iter().rev() {
            let is_unchanged = |file: &Path, text: &str| {
                fs::read(file).is_ok_and(|bytes| bytes == text.as_bytes())
            };
            let (undone, path) = match &change {
                // A folder with other files in it stays.
                Change::NewFolder(folder) => {
                    fs::remove_dir(folder).ok();
                    continue;
                }
                Change::NewFile { file, text } if is_unchanged(file, text) => {
                    (fs::remove_file(file), file)
                }
                Change::Replaced { file, old, new } if is_unchanged(file, new) => {
                    (files::write(file, old), file)
                }
                Change::NewFile { file, .. } | Change::Replaced { file, .. } => (
                    Err(io::Error::other("it was changed by another program")),
                    file,
                ),
            };
            if let Err(error) = undone {
                tracing::warn!("`{}` is left in place: {error}", path.display());
            }
        }
    }
}
