//! Fresh transcripts, kept under `target/transcript/`: what was run once is not run again while the
//! program and the run are the same.
//!
//! One file a run. It holds every source file of the program with its hash, so that a look at those
//! says that nothing has changed, without a process; and the binary's hash, so that an edited comment
//! costs a build and no run.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::Run;
use crate::transcript::Transcript;

/// Files with the hashes of their contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs(BTreeMap<PathBuf, String>);

/// Hashes that were computed already: programs share files.
pub type Hashes = HashMap<PathBuf, Option<String>>;

impl Inputs {
    /// Reads and hashes these files.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn read(files: impl IntoIterator<Item = PathBuf>) -> io::Result<Inputs> {
        let hashed = files
            .into_iter()
            .map(|file| Ok((file.clone(), hash(&file)?)));
        hashed.collect::<io::Result<_>>().map(Inputs)
    }

    /// The first file that is not what it was.
    pub fn first_changed(&self, hashes: &mut Hashes) -> Option<&Path> {
        let changed = self.0.iter().find(|(file, hash_then)| {
            let hash_now = hashes
                .entry((*file).clone())
                .or_insert_with(|| hash(file).ok());
            hash_now.as_ref() != Some(hash_then)
        });
        changed.map(|(file, _)| file.as_path())
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// It cannot be read.
pub fn hash(file: &Path) -> io::Result<String> {
    Ok(hex(&Sha256::digest(fs::read(file)?)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is kept of a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    version: String,
    /// The command of the run.
    command: String,
    /// `None`: they are not known, and the binary alone tells.
    inputs: Option<Inputs>,
    binary: String,
    /// What the run printed.
    pub transcript: Transcript,
}

/// What is known of a run before anything is built.
#[derive(Debug)]
pub enum State {
    /// No file of its program has changed since it was run.
    Fresh(Transcript),
    /// One has.
    Stale {
        /// The first one; `None`: they are not known, and the binary alone tells.
        changed: Option<PathBuf>,
    },
    /// It was never run, or nothing is kept of it.
    Missing,
}

impl State {
    /// Of a run of which this is kept.
    pub fn of(kept: Option<Kept>, hashes: &mut Hashes) -> State {
        let Some(kept) = kept else {
            return State::Missing;
        };
        let Some(inputs) = kept.inputs else {
            return State::Stale { changed: None };
        };
        match inputs.first_changed(hashes) {
            None => State::Fresh(kept.transcript),
            Some(changed) => State::Stale {
                changed: Some(changed.to_owned()),
            },
        }
    }

    /// `fresh`, `stale`, `missing`.
    pub fn word(&self) -> &'static str {
        match self {
            State::Fresh(_) => "fresh",
            State::Stale { .. } => "stale",
            State::Missing => "missing",
        }
    }

    /// The transcript of a fresh run.
    pub fn into_transcript(self) -> Option<Transcript> {
        match self {
            State::Fresh(transcript) => Some(transcript),
            State::Stale { .. } | State::Missing => None,
        }
    }
}

impl fmt::Display for State {
    /// `fresh`, `stale: examples/join.rs has changed`, `missing`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            State::Fresh(_) | State::Missing => Ok(()),
            State::Stale {
                changed: Some(file),
            } => write!(f, ": `{}` has changed", file.display()),
            State::Stale { changed: None } => write!(f, ": another program of its build failed"),
        }
    }
}

/// What is kept of a run that nobody asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphan {
    /// The command of the run.
    pub command: String,
    /// The file.
    pub file: PathBuf,
}

/// The folder with the kept transcripts.
#[derive(Debug, Default)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in this folder, which need not exist.
    pub fn at(folder: PathBuf) -> Cache {
        Cache { folder }
    }

    /// The transcript of a run of this very binary.
    pub fn of_binary(&self, run: &Run, binary: &str) -> Option<Transcript> {
        let kept = self.load(run)?;
        (kept.binary == binary).then_some(kept.transcript)
    }

    /// Keeps a transcript.
    ///
    /// # Errors
    /// Its file cannot be written; an older one stays whole.
    pub fn keep(
        &self,
        run: &Run,
        inputs: Option<Inputs>,
        binary: String,
        transcript: &Transcript,
    ) -> io::Result<()> {
        let kept = Kept {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: run.command.clone(),
            inputs,
            binary,
            transcript: transcript.clone(),
        };
        write_json(&self.file(run), &kept)
    }

    /// What is kept of a run. A file that cannot be read, for whatever reason, is as good as none:
    /// the run is made again and the file written anew.
    pub fn load(&self, run: &Run) -> Option<Kept> {
        read_json::<Kept>(&self.file(run)).filter(|kept| kept.version == env!("CARGO_PKG_VERSION"))
    }

    /// What is kept of runs that are none of these.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn orphans(&self, runs: &[Run]) -> io::Result<Vec<Orphan>> {
        let known: BTreeSet<PathBuf> = runs.iter().map(|run| self.file(run)).collect();
        let mut orphans = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(orphans),
            entries => entries?,
        };
        for entry in entries {
            let file = entry?.path();
            if known.contains(&file) {
                continue;
            }
            // What is no transcript is none of ours to name.
            orphans.extend(read_json::<Kept>(&file).map(|kept| Orphan {
                file,
                command: kept.command,
            }));
        }
        orphans.sort();
        Ok(orphans)
    }

    fn file(&self, run: &Run) -> PathBuf {
        let made_by = format!("{:?} {:?}", run.attributes, run.target.source);
        let digest = hex(&Sha256::digest(made_by)[..8]);
        self.folder
            .join(format!("{}-{digest}.json", run.target.name))
    }
}

/// Reads a file of ours; `None`: it is missing, or not what we write.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Option<T> {
    // Parsing a slice is faster than parsing a stream.
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Writes a file of ours under another name first, so that nobody sees half of it.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn write_json<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(&serde_json::to_vec(value)?)?;
    temporary.persist(file)?;
    Ok(())
}
