//! What was made of a lesson, so that it can be taken away again.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::files;

/// What was made, in its order.
#[derive(Debug, Default)]
pub(super) struct Made(Vec<Step>);

#[derive(Debug)]
enum Step {
    Folder(PathBuf),
    File {
        file: PathBuf,
        text: String,
    },
    Changed {
        file: PathBuf,
        old: Vec<u8>,
        new: String,
    },
}

impl Made {
    /// Makes a file that is not there, and the folders above it.
    ///
    /// # Errors
    /// It cannot be made, or somebody else has made it meanwhile.
    pub(super) fn file(&mut self, file: &Path, text: &str) -> anyhow::Result<()> {
        let failed = || format!("failed to write `{}`", file.display());
        let above: Vec<&Path> = file.ancestors().skip(1).collect();
        let missing = above.into_iter().take_while(|folder| !folder.exists());
        for folder in missing.collect::<Vec<_>>().into_iter().rev() {
            fs::create_dir(folder).with_context(failed)?;
            self.0.push(Step::Folder(folder.to_owned()));
        }
        let mut new = fs::File::create_new(file).with_context(failed)?;
        self.0.push(Step::File {
            file: file.to_owned(),
            text: text.to_owned(),
        });
        new.write_all(text.as_bytes()).with_context(failed)
    }

    /// Gives a file another text.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub(super) fn change(&mut self, file: &Path, new: &str) -> anyhow::Result<()> {
        let old = fs::read(file).with_context(|| format!("failed to read `{}`", file.display()))?;
        files::write(file, new.as_bytes())
            .with_context(|| format!("failed to write `{}`", file.display()))?;
        self.0.push(Step::Changed {
            file: file.to_owned(),
            old,
            new: new.to_owned(),
        });
        Ok(())
    }

    /// Takes all away, but what somebody has changed since; that is told.
    pub(super) fn take_back(self) {
        for step in self.0.into_iter().rev() {
            let is_as_made = |file: &Path, made: &str| match fs::read(file) {
                Ok(bytes) => bytes == made.as_bytes(),
                Err(_) => false,
            };
            let (done, path) = match &step {
                // One with something else in it stays.
                Step::Folder(folder) => {
                    fs::remove_dir(folder).ok();
                    continue;
                }
                Step::File { file, text } if is_as_made(file, text) => {
                    (fs::remove_file(file), file)
                }
                Step::Changed { file, old, new } if is_as_made(file, new) => {
                    (files::write(file, old), file)
                }
                Step::File { file, .. } | Step::Changed { file, .. } => {
                    (Err(io::Error::other("it has been changed since")), file)
                }
            };
            if let Err(error) = done {
                tracing::warn!("`{}` stays as it is: {error}", path.display());
            }
        }
    }
}
