//! Fresh transcripts, kept under `target/transcript/`: what was run once is not run again while the
//! program and the run are the same.
//!
//! One file a book, a line of JSON a program and a run: a thousand runs are read in a moment. A program's line
//! holds every source file with its hash, so that a look at those says that nothing has changed,
//! without a process; and the binary's hash, so that an edited comment costs a build and no run.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::inputs::{Contents, Inputs};
use crate::files;
use crate::hash::hash_of;
use crate::lesson::fence::RunAttributes;
use crate::plan::Run;
use crate::transcript::Transcript;

/// The first line of a file: the version that wrote it. What another version wrote is as good as none.
const HEADER: &str = concat!("{\"version\":\"", env!("CARGO_PKG_VERSION"), "\"}");

/// What a program was built from, and the hash of its binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Built {
    /// `None`: they are not known, and the binary alone tells.
    pub inputs: Option<Inputs>,
    /// The SHA-256 of the binary, in hexadecimal digits.
    pub binary: String,
}

/// What is kept of a run.
#[derive(Debug, Clone)]
struct Kept {
    command: String,
    built: Arc<Built>,
    transcript: Transcript,
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
            State::Stale { changed: None } => write!(f, ": what it was built from is not known"),
        }
    }
}

/// The kept transcripts of a book.
#[derive(Debug, Default)]
pub struct Cache {
    file: PathBuf,
    kept: HashMap<RunAttributes, Kept>,
}

/// What stands for the book in a folder, with programs of this manifest, in the names of files.
pub fn key(book: &Path, manifest: &Path) -> String {
    // mdBook hands over the path as the user typed it.
    let book = fs::canonicalize(book).unwrap_or_else(|_| book.to_owned());
    let manifest = fs::canonicalize(manifest).unwrap_or_else(|_| manifest.to_owned());
    let both = format!("{} {}", book.display(), manifest.display());
    hash_of(both.as_bytes())[..16].to_owned()
}

impl Cache {
    /// What is kept in this folder under a [`key`]. What cannot be read, for whatever reason, is not there:
    /// the run is made again.
    pub fn open(folder: &Path, key: &str) -> Cache {
        let file = folder.join(format!("runs-{key}.jsonl"));
        let kept = read(&file);
        Cache { file, kept }
    }

    /// What is kept of a run. What ended otherwise than it should is not there, and tried again: it may
    /// have been an accident.
    fn get(&self, run: &Run) -> Option<&Kept> {
        let kept = self.kept.get(&run.attributes)?;
        run.ends_as_declared(&kept.transcript).then_some(kept)
    }

    /// What is known of a run.
    pub fn state(&self, run: &Run, contents: &mut Contents) -> State {
        let Some(kept) = self.get(run) else {
            return State::Missing;
        };
        let Some(inputs) = &kept.built.inputs else {
            return State::Stale { changed: None };
        };
        match inputs.first_changed(contents) {
            None => State::Fresh(kept.transcript.clone()),
            Some(changed) => State::Stale {
                changed: Some(changed.to_owned()),
            },
        }
    }

    /// What is kept of a run, stale or not.
    pub fn kept(&self, run: &Run) -> Option<&Transcript> {
        self.get(run).map(|kept| &kept.transcript)
    }

    /// The transcript of a run of this very binary.
    pub fn of_binary(&self, run: &Run, binary: &str) -> Option<Transcript> {
        let kept = self.get(run)?;
        (kept.built.binary == binary).then(|| kept.transcript.clone())
    }

    /// Keeps a transcript, until it is saved in memory alone.
    pub fn keep(&mut self, run: &Run, built: Built, transcript: &Transcript) {
        let kept = Kept {
            command: run.command.clone(),
            built: Arc::new(built),
            transcript: transcript.clone(),
        };
        self.kept.insert(run.attributes.clone(), kept);
    }

    /// Saves what is kept: that of these runs; of others, which a fence may ask for again, as long as
    /// their programs are what they were; and what another build has saved meanwhile.
    ///
    /// # Errors
    /// The file cannot be written; the older one stays whole.
    pub fn save(&mut self, runs: &[Run]) -> io::Result<()> {
        // Not those from before the build: a build script may have written some of the files.
        let mut contents = Contents::default();
        for (attributes, kept) in read(&self.file) {
            self.kept.entry(attributes).or_insert(kept);
        }
        let asked: HashSet<&RunAttributes> = runs.iter().map(|run| &run.attributes).collect();
        self.kept.retain(|attributes, kept| {
            let inputs = kept.built.inputs.as_ref();
            asked.contains(attributes)
                || inputs.is_some_and(|inputs| inputs.first_changed(&mut contents).is_none())
        });
        let mut kept: Vec<(&RunAttributes, &Kept)> = self.kept.iter().collect();
        kept.sort_by_key(|(attributes, _)| *attributes);
        files::write(&self.file, &text(&kept)?)
    }

    /// The commands of the runs that are kept, and are none of these.
    pub fn orphans(&self, runs: &[Run]) -> Vec<&str> {
        let asked: HashSet<&RunAttributes> = runs.iter().map(|run| &run.attributes).collect();
        let mut orphans: Vec<&str> = self
            .kept
            .iter()
            .filter(|(attributes, _)| !asked.contains(attributes))
            .map(|(_, kept)| kept.command.as_str())
            .collect();
        orphans.sort_unstable();
        orphans
    }
}

/// The text of a file: a line of [`Built`] for each program, then one of [`Line`] for each run.
fn text(kept: &[(&RunAttributes, &Kept)]) -> io::Result<Vec<u8>> {
    let mut programs: BTreeMap<&Built, usize> = BTreeMap::new();
    let mut text = HEADER.to_owned().into_bytes();
    for (_, kept) in kept {
        let number = programs.len();
        if !programs.contains_key(&*kept.built) {
            programs.insert(&kept.built, number);
            text.push(b'\n');
            serde_json::to_writer(&mut text, &*kept.built)?;
        }
    }
    for (attributes, kept) in kept {
        let program = programs[&*kept.built];
        let line = (attributes, program, &kept.command, &kept.transcript);
        text.push(b'\n');
        serde_json::to_writer(&mut text, &line)?;
    }
    Ok(text)
}

/// What is kept of a run: what makes it, its program's place among those of the file, its command, and what it was.
type Line = (RunAttributes, usize, String, Transcript);

fn read(file: &Path) -> HashMap<RunAttributes, Kept> {
    let text = fs::read_to_string(file).unwrap_or_default();
    match text.split_once('\n') {
        Some((HEADER, lines)) => parse(lines).unwrap_or_default(),
        _ => HashMap::default(),
    }
}

/// `None`: the lines are not as they were written, or none is of a run.
fn parse(lines: &str) -> Option<HashMap<RunAttributes, Kept>> {
    // No line end stands within a line of JSON, and only those of runs are arrays.
    let runs = lines.find("\n[")?;
    let (programs, runs) = lines.split_at(runs);
    // Many lines are read side by side.
    let programs = programs
        .par_lines()
        .map(|line| serde_json::from_str(line).map(Arc::new));
    let programs: Vec<Arc<Built>> = programs.collect::<Result<_, _>>().ok()?;
    let runs = runs[1..].par_lines().map(serde_json::from_str);
    let runs: Vec<Line> = runs.collect::<Result<_, _>>().ok()?;
    let mut kept = HashMap::with_capacity(runs.len());
    for (attributes, program, command, transcript) in runs {
        let its = Kept {
            command,
            built: Arc::clone(programs.get(program)?),
            transcript,
        };
        kept.insert(attributes, its);
    }
    Some(kept)
}
