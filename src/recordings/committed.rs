//! The recordings of a book: one text file a run, next to the programs, committed with them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::compiled_in::is_compiled_in;
use super::configuration::is_settings;
use super::freshness::{Freshness, Unusable, WhyUnusable};
use super::inputs::{Contents, Inputs};
use super::paths::{absolute, relative};
use super::redactions::changed_redaction;
use crate::files;
use crate::lesson::fence::TargetKind;
use crate::plan::{Run, Target};
use crate::transcript::format::{DIGITS, Head, Recording};

/// The extension of a recording's file.
pub(super) const EXTENSION: &str = "transcript";

/// The recordings of a book.
#[derive(Debug, Default)]
pub struct Recordings {
    folder: PathBuf,
    /// The book's folder, to which paths in recordings are relative.
    root: PathBuf,
    /// The files by the ids of their runs.
    files: BTreeMap<String, Result<Recording, Unusable>>,
    /// The recordings whose runs have got another name, by the new one: the ids of their files.
    renamed: BTreeMap<String, String>,
}

impl Recordings {
    /// Reads all recordings in a folder, which need not exist; `root` is the book's folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(folder: &Path, root: &Path) -> io::Result<Recordings> {
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
        Ok(Recordings {
            folder: folder.to_owned(),
            root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
            files: files
                .into_par_iter()
                .map(read)
                .collect::<Vec<_>>()
                .into_iter()
                .collect(),
            renamed: BTreeMap::new(),
        })
    }

    /// Finds the recordings of snippets and shell sessions that have got another name, as their chapter has: of the same
    /// text and command, with the name of none of these runs. They count as recordings of the new names.
    pub fn find_renamed(&mut self, runs: &[Run]) {
        let is_missing = |run: &&Run| run.is_in_page() && !self.files.contains_key(&run.id);
        let missing: Vec<&Run> = runs.iter().filter(is_missing).collect();
        if missing.is_empty() {
            return;
        }
        let mut orphans: Vec<String> = self.orphans(runs).into_iter().map(str::to_owned).collect();
        for run in missing {
            let Some(hash) = run.page_hash() else {
                continue;
            };
            let is_the_same = |id: &String| {
                let recording = self.by_id(id);
                recording.is_some_and(|Recording { head, .. }| {
                    let then = head.inputs.get(&head.source);
                    is_page(&head.kind)
                        && head.run == run.command
                        && then.is_some_and(|then| hash.starts_with(then))
                })
            };
            let Some(at) = orphans.iter().position(is_the_same) else {
                continue;
            };
            let old = orphans.remove(at);
            if let Some(recording) = self.files.remove(&old) {
                let recording = recording.map(|recording| self.under_new_name(recording, run));
                self.files.insert(run.id.clone(), recording);
                self.renamed.insert(run.id.clone(), old);
            }
        }
    }

    /// The recording of a snippet as it is under the snippet's new name.
    fn under_new_name(&self, old: Recording, run: &Run) -> Recording {
        let new = &run.target.name;
        let Some(mut recording) = old.with_program_named(&old.head.target, new) else {
            return old;
        };
        let source = relative(&self.root, &run.target.source);
        let head = &mut recording.head;
        if let Some(hash) = head.inputs.remove(&head.source) {
            head.inputs.insert(source.clone(), hash);
        }
        head.target.clone_from(new);
        head.source = source;
        recording
    }

    /// The recordings whose runs have got another name: the old and the new one.
    pub fn renamed(&self) -> impl Iterator<Item = (&str, &str)> {
        let renamed = self.renamed.iter();
        renamed.map(|(new, old)| (old.as_str(), new.as_str()))
    }

    /// Renames the file of a recording whose run has this new name, and the program in it.
    ///
    /// # Errors
    /// The file cannot be renamed or written.
    pub fn rename(&mut self, new: &str) -> io::Result<()> {
        if let Some(old) = self.renamed.get(new) {
            let file = self.file(new);
            fs::rename(self.file(old), &file)?;
            if let Some(recording) = self.by_id(new)
                && read(&file).is_ok_and(|old| old != *recording)
            {
                files::write(&file, recording.text().as_bytes())?;
            }
            self.renamed.remove(new);
        }
        Ok(())
    }

    /// The folder of the recordings.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// True if the book has no recording, not even an unusable one.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of the recording with this id, which need not exist.
    pub fn path(&self, id: &str) -> PathBuf {
        self.file(self.renamed.get(id).map_or(id, String::as_str))
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{EXTENSION}"))
    }

    /// The state of a run's recording.
    pub fn state(&self, run: &Run, contents: &mut Contents) -> Freshness<'_, Recording> {
        match self.files.get(&run.id) {
            None => Freshness::Missing,
            Some(Err(unusable)) => Freshness::Unusable(unusable),
            Some(Ok(old)) => self.state_of(old, run, contents),
        }
    }

    /// The state of a recording of a run, whether or not it is one of these.
    pub fn state_of<'a>(
        &self,
        old: &'a Recording,
        run: &Run,
        contents: &mut Contents,
    ) -> Freshness<'a, Recording> {
        if old.head.run != run.command || !run.is_refused_as_declared(&old.transcript) {
            return Freshness::Stale { old, changed: None };
        }
        let inputs = old.head.inputs.iter();
        let inputs = inputs.map(|(name, hash)| (name.as_str(), hash.as_str()));
        // A snippet is the same in a renamed chapter.
        let is_page = |name: &str| run.is_in_page() && name == old.head.source;
        let locate = |name: &str| match is_page(name) {
            true => Cow::Owned(run.target.source.clone()),
            false => Cow::Owned(absolute(&self.root, name)),
        };
        let state = Freshness::of(old, inputs, locate, contents);
        let redaction = changed_redaction(old, &run.redactions);
        match (state, redaction) {
            (Freshness::Fresh(_), Some((name, fate))) => Freshness::Stale {
                old,
                changed: Some((format!("redaction {name}").into(), fate)),
            },
            (state, _) => self.of_page(state, old, run),
        }
    }

    /// The state of a recording, in which a snippet's text is named by its chapter.
    fn of_page<'a>(
        &self,
        state: Freshness<'a, Recording>,
        old: &'a Recording,
        run: &Run,
    ) -> Freshness<'a, Recording> {
        let is_page = |name: &str| run.is_in_page() && name == old.head.source;
        match state {
            Freshness::Stale {
                changed: Some((file, fate)),
                ..
            } if file.to_str().is_some_and(is_page) => {
                let chapter = chapter(&relative(&self.root, &run.target.source)).into();
                Freshness::Stale {
                    old,
                    changed: Some((chapter, fate)),
                }
            }
            state => state,
        }
    }

    /// The recording of a run, fresh or stale.
    pub fn get(&self, run: &Run) -> Option<&Recording> {
        self.by_id(&run.id)
    }

    /// The recording with this id, which need not be that of a planned run.
    pub fn by_id(&self, id: &str) -> Option<&Recording> {
        self.files.get(id)?.as_ref().ok()
    }

    /// The file of this id if it cannot be used as a recording.
    pub fn unusable(&self, id: &str) -> Option<&Unusable> {
        self.files.get(id)?.as_ref().err()
    }

    /// The absolute paths of a recording's input files.
    pub fn inputs(&self, recording: &Recording) -> Vec<PathBuf> {
        let inputs = recording.head.inputs.keys();
        let inputs = inputs.map(|input| absolute(&self.root, input));
        inputs.filter(|input| !is_compiled_in(input)).collect()
    }

    /// The ids of the recordings of none of these runs.
    pub fn orphans(&self, runs: &[Run]) -> Vec<&str> {
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        let orphans = self.files.keys().map(String::as_str);
        orphans.filter(|id| !ids.contains(id)).collect()
    }

    /// The targets of all recordings.
    pub fn targets(&self) -> Vec<Target> {
        let recordings = self.files.values().filter_map(|file| file.as_ref().ok());
        recordings
            .map(|Recording { head, .. }| Target {
                package: head.package.clone(),
                kind: match head.kind.as_str() {
                    "bin" => TargetKind::Bin,
                    "page" => TargetKind::Snippet,
                    "shell" => TargetKind::Shell,
                    _ => TargetKind::Example,
                },
                name: head.target.clone(),
                source: absolute(&self.root, &head.source),
                manifest: absolute(&self.root, &head.manifest),
                standalone: head.standalone,
            })
            .collect()
    }

    /// The head of a new recording of a run whose program was built from these inputs.
    ///
    /// The head names neither files below the target folder, which the build has generated, nor manifests and Cargo's
    /// settings, which change with dependencies and machines: `check` finds out whether such a change matters.
    pub fn head(&self, run: &Run, inputs: &Inputs, target: &Path) -> Head {
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let named = inputs.iter().filter(|(file, _)| {
            let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
            !file.starts_with(&target) && !file.ends_with("Cargo.toml") && !is_settings(&file)
        });
        let digits = |hash: &str| hash.chars().take(DIGITS).collect();
        Head {
            run: run.command.clone(),
            package: run.target.package.clone(),
            kind: match run.target.kind {
                TargetKind::Bin => "bin".to_owned(),
                TargetKind::Example => "example".to_owned(),
                TargetKind::Snippet => "page".to_owned(),
                TargetKind::Shell => "shell".to_owned(),
            },
            target: run.target.name.clone(),
            source: relative(&self.root, &run.target.source),
            manifest: match run.target.kind {
                TargetKind::Snippet | TargetKind::Shell => String::new(),
                TargetKind::Example | TargetKind::Bin => relative(&self.root, &run.target.manifest),
            },
            standalone: run.target.standalone,
            inputs: named
                .map(|(file, hash)| (relative(&self.root, file), digits(hash)))
                .collect(),
        }
    }

    /// Writes the recording of a run atomically. Returns whether its text differs from the one before.
    ///
    /// # Errors
    /// The file cannot be written; an older recording stays as it was.
    pub fn save(&mut self, run: &Run, recording: Recording) -> io::Result<bool> {
        let text = recording.text();
        let path = self.path(&run.id);
        let is_new =
            fs::read_to_string(&path).map_or(true, |old| old.replace("\r\n", "\n") != text);
        if is_new {
            files::write(&path, text.as_bytes())?;
        }
        self.files.insert(run.id.clone(), Ok(recording));
        Ok(is_new)
    }

    /// Removes a recording.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(&mut self, id: &str) -> io::Result<()> {
        fs::remove_file(self.path(id))?;
        self.files.remove(id);
        Ok(())
    }
}

/// Whether a recording of this kind is that of a snippet or a shell session.
fn is_page(kind: &str) -> bool {
    matches!(kind, "page" | "shell")
}

/// The chapter in the name of a snippet's text: `src/threads.md` of `src/threads.md#race`.
fn chapter(source: &str) -> &str {
    source
        .rsplit_once('#')
        .map_or(source, |(chapter, _)| chapter)
}

pub(super) fn read(path: &Path) -> Result<Recording, Unusable> {
    let read = || -> Result<Recording, WhyUnusable> {
        let text = files::text(fs::read(path)?)?;
        Ok(Recording::parse(&text)?)
    };
    read().map_err(|why| Unusable {
        file: path.to_owned(),
        why,
    })
}
