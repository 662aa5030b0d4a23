//! A lesson to create: its files, and the book that it becomes a part of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::changes::Changes;
use super::{entry, package};
use crate::book::open::{Earlier, open, read};
use crate::book::summary::Summary;
use crate::cargo::manifest;
use crate::cargo::package::Package;
use crate::cargo::targets::ask_cargo;
use crate::cli::NewLesson;
use crate::pipeline::failures::{no_manifest, no_targets};
use crate::pipeline::plan::{Cargo, Planned, planned};
use crate::plan::Plan;
use crate::plan::targets::Targets;
use crate::recordings::paths::relative;
use crate::report::Errors;

/// The program: a small concurrent one.
const PROGRAM: &str = include_str!("lesson/program.rs");
/// The chapter that shows the program.
const CHAPTER: &str = include_str!("lesson/chapter.md");
const SUMMARY: &str = "SUMMARY.md";

/// A lesson to create, and the book that it becomes a part of.
pub(super) struct Lesson<'a> {
    /// The options of the command.
    pub(super) options: &'a NewLesson,
    /// The book's folder.
    pub(super) root: PathBuf,
    /// The folder of the book's chapters.
    pub(super) src: PathBuf,
    /// The plan of the book.
    pub(super) plan: Plan,
    /// All targets of the workspace.
    pub(super) targets: Targets,
    /// The Cargo.toml of the package that the program becomes a part of.
    pub(super) manifest: PathBuf,
    /// The program's file.
    pub(super) program: PathBuf,
    /// The new text of the manifest; `None` if Cargo finds the program without an entry.
    pub(super) listed: Option<String>,
    /// The chapter's file, relative to `src`.
    pub(super) chapter: PathBuf,
    /// The recording's file.
    pub(super) recording: PathBuf,
    /// The text of SUMMARY.md.
    pub(super) summary: String,
    /// The number of the entry of SUMMARY.md after which the lesson is added; `None`: at the end.
    pub(super) after: Option<usize>,
}

impl Lesson<'_> {
    /// Reads the book, and determines the files of the lesson.
    ///
    /// # Errors
    /// The book, its manifest or SUMMARY.md has an error, or the chapter or the package is unknown or ambiguous.
    pub(super) fn plan(options: &NewLesson) -> anyhow::Result<Lesson<'_>> {
        let mdbook = open(&options.book)?;
        let (root, src) = (mdbook.root.clone(), mdbook.source_dir());
        let (book, _) = read(&options.book, Earlier::Ordered)?;
        let Planned { session, plan, .. } = planned(&book, Cargo::Always)?;
        let found = manifest::find(&root, session.config.manifest.as_deref())
            .map_err(|error| Errors::from(no_manifest(&error)))?;
        let targets =
            ask_cargo(&found).map_err(|error| Errors::from(no_targets(&found, &error)))?;

        let summary = fs::read_to_string(src.join(SUMMARY))
            .with_context(|| format!("failed to read `{}`", src.join(SUMMARY).display()))?;
        let read = Summary::read(&summary);
        let after = options.after.as_deref();
        let after = after.map(|after| entry::find(&read, after, &mdbook.config.book.src));
        let after = after.transpose()?;
        let after_file = after.map(|after| read.entries()[after].file.clone());
        let folder = after_file.as_deref().and_then(Path::parent);
        let chapter = folder
            .unwrap_or(Path::new(""))
            .join(format!("{}.md", options.name));

        let after_path = after_file.map(|file| mdbook.config.book.src.join(file));
        let manifest = package::of_book(&book, &plan, after_path.as_deref(), &found)?;
        let package = Package::read(&manifest)?;
        Ok(Lesson {
            program: package.examples().join(format!("{}.rs", options.name)),
            listed: package.with_example(&options.name),
            recording: session.recordings.path(&options.name),
            options,
            root,
            src,
            plan,
            targets,
            manifest,
            chapter,
            summary,
            after,
        })
    }

    /// Writes the program, the chapter, SUMMARY.md and, if needed, the Cargo.toml.
    ///
    /// # Errors
    /// A file cannot be written; `changes` has those that were.
    pub(super) fn write(
        &self,
        title: &str,
        summary: &str,
        changes: &mut Changes,
    ) -> anyhow::Result<()> {
        let chapter = CHAPTER
            .replace("{name}", &self.options.name)
            .replace("{title}", title);
        changes.create(&self.program, PROGRAM)?;
        if let Some(listed) = &self.listed {
            changes.replace(&self.manifest, listed)?;
        }
        changes.create(&self.src.join(&self.chapter), &chapter)?;
        changes.replace(&self.summary_file(), summary)
    }

    /// Returns the path of the book's SUMMARY.md.
    pub(super) fn summary_file(&self) -> PathBuf {
        self.src.join(SUMMARY)
    }

    /// Formats a path as the author would type it.
    pub(super) fn shown(&self, path: &Path) -> String {
        match std::env::current_dir().and_then(fs::canonicalize) {
            Ok(here) => relative(&here, path),
            Err(_) => relative(&self.root, path),
        }
    }
}
