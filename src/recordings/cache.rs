//! Cached transcripts, below `target/transcript/`: a run is not executed again while its program is the same.
//!
//! A book has one file with a line of JSON for each program and each run, so that a thousand runs are read
//! quickly. A program's line holds the hash of every source file, so that an unchanged program is recognized without
//! starting a process, and the hash of the binary, so that an edited comment costs a build but no execution.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::freshness::Freshness;
use super::inputs::{Contents, Inputs};
use crate::files;
use crate::hash::hash_of;
use crate::lesson::fence::RunAttributes;
use crate::plan::Run;
use crate::transcript::Transcript;

/// The first line of a cache file: the version of this program. A file of another version counts as empty.
const HEADER: &str = concat!("{\"version\":\"", env!("CARGO_PKG_VERSION"), "\"}");

/// The inputs and the binary of a built program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Built {
    /// `None`: the inputs are not known, and only the binary identifies the program.
    pub inputs: Option<Inputs>,
    /// The SHA-256 of the binary, in hexadecimal digits.
    pub binary: String,
}

/// The cache entry of a run.
#[derive(Debug, Clone)]
struct Entry {
    command: String,
    built: Arc<Built>,
    transcript: Transcript,
}

impl fmt::Display for Freshness<'_, Transcript> {
    /// Writes the state of a cached transcript for the log: ``stale: `examples/join.rs` has changed``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Freshness::Stale {
                changed: Some((file, fate)),
                ..
            } => write!(f, ": `{}` {fate}", file.display()),
            Freshness::Stale { changed: None, .. } => f.write_str(": its inputs are not known"),
            Freshness::Fresh(_) | Freshness::Missing | Freshness::Unusable(_) => Ok(()),
        }
    }
}

/// The cached transcripts of a book.
#[derive(Debug, Default)]
pub struct Cache {
    file: PathBuf,
    entries: BTreeMap<RunAttributes, Entry>,
}

/// Identifies a book and a manifest in file names: 16 hexadecimal digits.
pub fn key(book: &Path, manifest: &Path) -> String {
    // mdBook passes the path on as the user typed it.
    let book = fs::canonicalize(book).unwrap_or_else(|_| book.to_owned());
    let manifest = fs::canonicalize(manifest).unwrap_or_else(|_| manifest.to_owned());
    let both = format!("{} {}", book.display(), manifest.display());
    hash_of(both.as_bytes())[..16].to_owned()
}

impl Cache {
    /// Opens the cache of a book in a folder, by its [`key`]. An unreadable file counts as empty: its runs are
    /// executed again.
    pub fn open(folder: &Path, key: &str) -> Cache {
        let file = folder.join(format!("runs-{key}.jsonl"));
        let entries = read(&file);
        Cache { file, entries }
    }

    /// The entry of a run. An execution that ended with another exit status than declared does not count: it
    /// may have been an accident, so the run is executed again.
    fn entry(&self, run: &Run) -> Option<&Entry> {
        let entry = self.entries.get(&run.attributes)?;
        run.ends_as_declared(&entry.transcript).then_some(entry)
    }

    /// The state of a run's cached transcript.
    pub fn state(&self, run: &Run, contents: &mut Contents) -> Freshness<'_, Transcript> {
        let Some(entry) = self.entry(run) else {
            return Freshness::Missing;
        };
        let old = &entry.transcript;
        match &entry.built.inputs {
            Some(inputs) => Freshness::of(old, inputs.iter(), Cow::Borrowed, contents),
            None => Freshness::Stale { old, changed: None },
        }
    }

    /// The cached transcript of a run, fresh or stale.
    pub fn get(&self, run: &Run) -> Option<&Transcript> {
        self.entry(run).map(|entry| &entry.transcript)
    }

    /// The cached transcript of a run, if it is of the binary with this hash.
    pub fn of_binary(&self, run: &Run, binary: &str) -> Option<Transcript> {
        let entry = self.entry(run)?;
        (entry.built.binary == binary).then(|| entry.transcript.clone())
    }

    /// Caches a transcript in memory, until [`save`](Cache::save) writes the file.
    pub fn insert(&mut self, run: &Run, built: Built, transcript: &Transcript) {
        let entry = Entry {
            command: run.command.clone(),
            built: Arc::new(built),
            transcript: transcript.clone(),
        };
        self.entries.insert(run.attributes.clone(), entry);
    }

    /// Writes the cache file.
    ///
    /// The file keeps the entries of these runs, entries of other runs whose programs have not changed, for a
    /// fence may ask for them again, and entries that another build has saved in the meantime.
    ///
    /// # Errors
    /// The file cannot be written; an older one stays as it was.
    pub fn save(&mut self, runs: &[Run]) -> io::Result<()> {
        // Contents from before the build do not do: a build script may have written some of the files.
        let mut contents = Contents::default();
        for (attributes, entry) in read(&self.file) {
            self.entries.entry(attributes).or_insert(entry);
        }
        let planned: HashSet<&RunAttributes> = runs.iter().map(|run| &run.attributes).collect();
        self.entries.retain(|attributes, entry| {
            let inputs = entry.built.inputs.as_ref();
            planned.contains(attributes)
                || inputs.is_some_and(|inputs| inputs.are_unchanged(&mut contents))
        });
        let entries: Vec<(&RunAttributes, &Entry)> = self.entries.iter().collect();
        files::write(&self.file, &text(&entries)?)
    }

    /// The commands of the cached runs that are none of these, sorted.
    pub fn orphans(&self, runs: &[Run]) -> Vec<&str> {
        let planned: HashSet<&RunAttributes> = runs.iter().map(|run| &run.attributes).collect();
        let mut orphans: Vec<&str> = self
            .entries
            .iter()
            .filter(|(attributes, _)| !planned.contains(attributes))
            .map(|(_, entry)| entry.command.as_str())
            .collect();
        orphans.sort_unstable();
        orphans
    }
}

/// The text of a cache file: a line of [`Built`] for each program, then a [`Line`] for each run.
fn text(entries: &[(&RunAttributes, &Entry)]) -> io::Result<Vec<u8>> {
    let mut programs: BTreeMap<&Built, usize> = BTreeMap::new();
    let mut text = HEADER.to_owned().into_bytes();
    for (_, entry) in entries {
        let number = programs.len();
        if !programs.contains_key(&*entry.built) {
            programs.insert(&entry.built, number);
            text.push(b'\n');
            serde_json::to_writer(&mut text, &*entry.built)?;
        }
    }
    for (attributes, entry) in entries {
        let program = programs[&*entry.built];
        let line = (attributes, program, &entry.command, &entry.transcript);
        text.push(b'\n');
        serde_json::to_writer(&mut text, &line)?;
    }
    Ok(text)
}

/// A line of a run: its attributes, the number of its program in the file, its command and its transcript.
type Line = (RunAttributes, usize, String, Transcript);

fn read(file: &Path) -> BTreeMap<RunAttributes, Entry> {
    let text = fs::read_to_string(file).unwrap_or_default();
    match text.split_once('\n') {
        Some((HEADER, lines)) => parse(lines).unwrap_or_default(),
        _ => BTreeMap::new(),
    }
}

/// Parses the lines after the header. `None`: a line is malformed, or there is no run.
fn parse(lines: &str) -> Option<BTreeMap<RunAttributes, Entry>> {
    // JSON as written here has no line break inside a value, and only the lines of runs are arrays.
    let runs = lines.find("\n[")?;
    let (programs, runs) = lines.split_at(runs);
    let programs = programs
        .par_lines()
        .map(|line| serde_json::from_str(line).map(Arc::new));
    let programs: Vec<Arc<Built>> = programs.collect::<Result<_, _>>().ok()?;
    let runs = runs[1..].par_lines().map(serde_json::from_str);
    let runs: Vec<Line> = runs.collect::<Result<_, _>>().ok()?;
    let mut entries = BTreeMap::new();
    for (attributes, program, command, transcript) in runs {
        let entry = Entry {
            command,
            built: Arc::clone(programs.get(program)?),
            transcript,
        };
        entries.insert(attributes, entry);
    }
    Some(entries)
}
