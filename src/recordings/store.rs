//! Recorded transcripts: one text file a run, beside the programs, committed with them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use super::inputs::{Contents, Inputs};
use crate::files;
use crate::lesson::fence::TargetKind;
use crate::plan::{Run, Target};
use crate::transcript::format::{DIGITS, FormatError, Head, Recording};

/// How a file of a recorded transcript ends.
const EXTENSION: &str = "transcript";

/// The recorded transcripts of a book.
#[derive(Debug, Default)]
pub struct Store {
    folder: PathBuf,
    /// To which all paths are relative.
    root: PathBuf,
    files: BTreeMap<String, Result<Recording, Unusable>>,
}

/// Why a file is no recorded transcript.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("failed to read it: {0}")]
    Unreadable(#[from] io::Error),
    /// It is none.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// What is recorded of a run.
#[derive(Debug)]
pub enum State<'a> {
    /// No file of its program has changed since.
    Fresh(&'a Recording),
    /// One has, or it is of another run.
    Stale {
        /// What was recorded.
        recorded: &'a Recording,
        /// The file; `None`: the run is another.
        changed: Option<PathBuf>,
    },
    /// Nothing.
    Missing,
    /// There is a file, and it cannot be used.
    Unusable(&'a Unusable),
}

impl Store {
    /// What lies in a folder; `root`: the book's. A folder that is not there holds nothing.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(folder: &Path, root: &Path) -> io::Result<Store> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            entries => entries?.collect::<Result<_, _>>()?,
        };
        let files: Vec<(String, PathBuf)> = entries
            .into_iter()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let id = name.strip_suffix(EXTENSION)?.strip_suffix('.')?;
                Some((id.to_owned(), entry.path()))
            })
            .collect();
        let read = |(id, path): (String, PathBuf)| (id, read(&path));
        Ok(Store {
            folder: folder.to_owned(),
            root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
            files: files
                .into_par_iter()
                .map(read)
                .collect::<Vec<_>>()
                .into_iter()
                .collect(),
        })
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file of a run's recorded transcript, whether it is there or not.
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{EXTENSION}"))
    }

    /// What is recorded of a run.
    pub fn state(&self, run: &Run, contents: &mut Contents) -> State<'_> {
        match self.files.get(&run.id) {
            None => State::Missing,
            Some(Err(unusable)) => State::Unusable(unusable),
            Some(Ok(recorded)) if recorded.head.run != run.command => State::Stale {
                recorded,
                changed: None,
            },
            Some(Ok(recorded)) => {
                let mut inputs = recorded.head.inputs.iter();
                let changed = inputs.find(|(file, hash)| {
                    let file = absolute(&self.root, file);
                    let now = contents.hash(&file);
                    !now.is_some_and(|now| now.starts_with(hash.as_str()))
                });
                match changed {
                    None => State::Fresh(recorded),
                    Some((file, _)) => State::Stale {
                        recorded,
                        changed: Some(PathBuf::from(file)),
                    },
                }
            }
        }
    }

    /// What is recorded of a run, stale or not.
    pub fn get(&self, run: &Run) -> Option<&Recording> {
        self.recorded(&run.id)
    }

    /// What is recorded under a name, which need not be that of a run.
    pub fn recorded(&self, id: &str) -> Option<&Recording> {
        self.files.get(id)?.as_ref().ok()
    }

    /// The files that something was recorded from.
    pub fn inputs(&self, recorded: &Recording) -> Vec<PathBuf> {
        let files = recorded.head.inputs.keys();
        files.map(|file| absolute(&self.root, file)).collect()
    }

    /// The names of what is recorded and is of none of these runs.
    pub fn orphans(&self, runs: &[Run]) -> Vec<&str> {
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        let orphans = self.files.keys().map(String::as_str);
        orphans.filter(|id| !ids.contains(id)).collect()
    }

    /// The programs of all that is recorded.
    pub fn targets(&self) -> Vec<Target> {
        let recorded = self.files.values().filter_map(|file| file.as_ref().ok());
        recorded
            .map(|Recording { head, .. }| Target {
                package: head.package.clone(),
                kind: match head.kind.as_str() {
                    "bin" => TargetKind::Bin,
                    "page" => TargetKind::Inline,
                    "shell" => TargetKind::Shell,
                    _ => TargetKind::Example,
                },
                name: head.target.clone(),
                source: absolute(&self.root, &head.source),
                manifest: absolute(&self.root, &head.manifest),
            })
            .collect()
    }

    /// The head of a recorded transcript of this run, built from these files. What lies below `target` was
    /// made by the build; manifests change with dependencies, and these are `check`'s to judge.
    pub fn head(&self, run: &Run, inputs: &Inputs, target: &Path) -> Head {
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let own = inputs.iter().filter(|(file, _)| {
            let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
            !file.starts_with(&target) && !file.ends_with("Cargo.toml")
        });
        let digits = |hash: &str| hash.chars().take(DIGITS).collect();
        Head {
            run: run.command.clone(),
            package: run.target.package.clone(),
            kind: match run.target.kind {
                TargetKind::Bin => "bin".to_owned(),
                TargetKind::Example => "example".to_owned(),
                TargetKind::Inline => "page".to_owned(),
                TargetKind::Shell => "shell".to_owned(),
            },
            target: run.target.name.clone(),
            source: relative(&self.root, &run.target.source),
            manifest: match run.target.kind {
                TargetKind::Inline | TargetKind::Shell => String::new(),
                TargetKind::Example | TargetKind::Bin => relative(&self.root, &run.target.manifest),
            },
            inputs: own
                .map(|(file, hash)| (relative(&self.root, file), digits(hash)))
                .collect(),
        }
    }

    /// Writes the recorded transcript of a run, whole or not at all. Whether it was anything new.
    ///
    /// # Errors
    /// It cannot be written; an older one stays whole.
    pub fn save(&mut self, run: &Run, recorded: Recording) -> io::Result<bool> {
        let text = recorded.text();
        let path = self.path(&run.id);
        let is_new =
            fs::read_to_string(&path).map_or(true, |old| old.replace("\r\n", "\n") != text);
        if is_new {
            files::write(&path, text.as_bytes())?;
        }
        self.files.insert(run.id.clone(), Ok(recorded));
        Ok(is_new)
    }

    /// Removes a recorded transcript.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&mut self, id: &str) -> io::Result<()> {
        fs::remove_file(self.path(id))?;
        self.files.remove(id);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Recording, Unusable> {
    let text = files::text(fs::read(path)?)?;
    Ok(Recording::parse(&text)?)
}

/// A path as a recorded transcript names it: relative to the book, with `/`, also where it lies above.
pub fn relative(root: &Path, path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (mut ours, mut its) = (root.components().peekable(), path.components().peekable());
    while ours.peek().is_some() && ours.peek() == its.peek() {
        ours.next();
        its.next();
    }
    let up = ours.map(|_| "..".to_owned());
    let down = its.map(|part| match part {
        Component::Normal(name) => name.to_string_lossy().into_owned(),
        part => part.as_os_str().to_string_lossy().into_owned(),
    });
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The path that a recorded transcript names so.
fn absolute(root: &Path, path: &str) -> PathBuf {
    let mut absolute = root.to_owned();
    for part in path.split('/') {
        match part {
            ".." => {
                absolute.pop();
            }
            part => absolute.push(part),
        }
    }
    absolute
}
