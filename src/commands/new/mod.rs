//! `new`: a lesson: a program, a chapter, its line in SUMMARY.md, and what the program prints, recorded.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::install::watch;
use super::record::{Scope, record};
use crate::book::open::{open, read};
use crate::book::summary::{Summary, normal};
use crate::cargo::manifest;
use crate::cargo::package::Package;
use crate::cargo::targets::ask_cargo;
use crate::cli::{NewLesson, Which};
use crate::interrupt;
use crate::pipeline::findings::{no_manifest, no_targets};
use crate::pipeline::plan::{Cargo, Planned, planned};
use crate::plan::Plan;
use crate::plan::targets::Targets;
use crate::recordings::paths::relative;
use crate::report::Errors;
use crate::spelling::nearest;

mod made;
mod name;
mod package;
mod refuse;

use made::Made;

/// A small concurrent program; no crate of ours compiles it.
const PROGRAM: &str = include_str!("lesson/program.rs");
/// A chapter that shows it.
const CHAPTER: &str = include_str!("lesson/chapter.md");
const SUMMARY: &str = "SUMMARY.md";

/// Makes a lesson; returns what was made, and what to do next.
///
/// # Errors
/// The name cannot be one; something of it is there already, all of which is named; something is wrong in
/// the book; a file cannot be written; or it cannot be recorded. Then nothing is left of it.
pub fn new(wanted: &NewLesson) -> anyhow::Result<String> {
    name::check(&wanted.name)?;
    let title = name::title(wanted)?;
    let lesson = Lesson::plan(wanted)?;
    let found = refuse::what_exists(&lesson);
    if !found.is_empty() {
        return Err(Errors::from(found).into());
    }
    let read = Summary::read(&lesson.summary);
    let added = read.with(&title, &lesson.chapter, lesson.after)?;
    // From here on there is something to take away.
    if let Err(error) = interrupt::catch() {
        tracing::warn!("failed to watch for Ctrl-C: {error}");
    }
    let mut made = Made::default();
    let written = lesson.write(&title, &added.text, &mut made);
    match written.and_then(|()| lesson.record()) {
        Ok(()) => lesson.said(&added.line),
        Err(error) => {
            // A lesson without a transcript fails the next build, and would be refused as one that exists
            // when the author tries again. There is nothing of the author's in it yet.
            made.take_back();
            Err(error)
        }
    }
}

/// What a lesson will be, and the book that it becomes a part of.
struct Lesson<'a> {
    wanted: &'a NewLesson,
    /// The book's folder.
    root: PathBuf,
    /// The folder of its chapters.
    src: PathBuf,
    plan: Plan,
    /// All programs that there are.
    targets: Targets,
    /// The Cargo.toml of the package that the program becomes a part of.
    manifest: PathBuf,
    /// The program's file.
    program: PathBuf,
    /// The manifest's new text, where it lists the programs.
    listed: Option<String>,
    /// The chapter's file, relative to `src`.
    chapter: PathBuf,
    transcript: PathBuf,
    /// The text of SUMMARY.md.
    summary: String,
    /// The number of the entry there behind which it stands.
    after: Option<usize>,
}

impl Lesson<'_> {
    fn plan(wanted: &NewLesson) -> anyhow::Result<Lesson<'_>> {
        let mdbook = open(&wanted.book)?;
        let (root, src) = (mdbook.root.clone(), mdbook.source_dir());
        let book = read(&wanted.book)?;
        let Planned { session, plan, .. } = planned(&book, Cargo::Always)?;
        let found = manifest::find(&root, session.config.manifest.as_deref())
            .map_err(|error| Errors::from(no_manifest(&error)))?;
        let targets =
            ask_cargo(&found).map_err(|error| Errors::from(no_targets(&found, &error)))?;

        let summary = fs::read_to_string(src.join(SUMMARY))
            .with_context(|| format!("failed to read `{}`", src.join(SUMMARY).display()))?;
        let read = Summary::read(&summary);
        let after = wanted.after.as_deref();
        let after = after.map(|after| entry(&read, after, &mdbook.config.book.src));
        let after = after.transpose()?;
        let after_file = after.map(|after| read.entries()[after].file.clone());
        let beside = after_file.as_deref().and_then(Path::parent);
        let chapter = beside
            .unwrap_or(Path::new(""))
            .join(format!("{}.md", wanted.name));

        let after_path = after_file.map(|file| mdbook.config.book.src.join(file));
        let manifest = package::of_book(&book, &plan, after_path.as_deref(), &found)?;
        let package = Package::read(&manifest)?;
        Ok(Lesson {
            program: package.examples().join(format!("{}.rs", wanted.name)),
            listed: package.with_example(&wanted.name),
            transcript: session.recordings.path(&wanted.name),
            wanted,
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

    /// Writes all but the transcript.
    fn write(&self, title: &str, summary: &str, made: &mut Made) -> anyhow::Result<()> {
        let chapter = CHAPTER
            .replace("{name}", &self.wanted.name)
            .replace("{title}", title);
        made.file(&self.program, PROGRAM)?;
        if let Some(listed) = &self.listed {
            made.change(&self.manifest, listed)?;
        }
        made.file(&self.src.join(&self.chapter), &chapter)?;
        made.change(&self.src.join(SUMMARY), summary)
    }

    fn record(&self) -> anyhow::Result<()> {
        let which = Which {
            names: vec![self.wanted.name.clone()],
            book: self.wanted.book.clone(),
        };
        // What is said of it is said of all that is new.
        record(&which, Scope::Needed, true, &mut std::io::sink())
    }

    /// What was made, and what to do next.
    fn said(&self, entry: &str) -> anyhow::Result<String> {
        let name = &self.wanted.name;
        let shown = |path: &Path| self.shown(path);
        let program = shown(&self.program);
        let chapter = shown(&self.src.join(&self.chapter));
        let mut lines = vec![format!("made {program}")];
        if self.listed.is_some() {
            lines.push(format!("{}: `{name}` is listed", shown(&self.manifest)));
        }
        lines.push(format!("made {chapter}"));
        lines.push(format!("{}: {entry}", shown(&self.src.join(SUMMARY))));
        lines.push(format!("made {}", shown(&self.transcript)));
        let folder = self.program.parent().unwrap_or(&self.root);
        lines.extend(watch(&self.root, folder)?);
        let (book, here) = match self.wanted.book.as_path() {
            book if book == Path::new(".") => (String::new(), String::new()),
            book => (
                format!(" --book {}", book.display()),
                format!(" {}", book.display()),
            ),
        };
        lines.push(format!(
            "\nMake {program} and {chapter} what you want to tell, and then:"
        ));
        let mut next = vec![
            (
                format!("mdbook-transcript record{book} {name}"),
                "records what the program prints now",
            ),
            (
                format!("mdbook-transcript check{book}"),
                "says whether everything in the book is still so",
            ),
            (
                format!("mdbook-transcript build{here} --open"),
                "shows the page",
            ),
        ];
        if !super::install::is_installed(&self.root)? {
            next.push((
                format!("mdbook-transcript install{here}"),
                "lets `mdbook build` and `mdbook serve` show it too",
            ));
        }
        let width = next.iter().map(|(command, _)| command.len()).max();
        let width = width.unwrap_or(0);
        let next = next
            .iter()
            .map(|(command, does)| format!("  {command:width$}  {does}"));
        lines.extend(next);
        Ok(lines.join("\n"))
    }

    /// A path as the author would type it.
    fn shown(&self, path: &Path) -> String {
        match std::env::current_dir().and_then(fs::canonicalize) {
            Ok(here) => relative(&here, path),
            Err(_) => relative(&self.root, path),
        }
    }
}

/// The number of the entry that a chapter's name means: its file, as SUMMARY.md or `list` names it, or the
/// last part of that; `.md` may be left out.
///
/// # Errors
/// None has this name, or several have.
fn entry(summary: &Summary<'_>, name: &str, src: &Path) -> anyhow::Result<usize> {
    let wanted = normal(Path::new(name));
    let wanted = wanted.strip_prefix(src).unwrap_or(&wanted);
    let is_draft = |file: &Path| file == Path::new("");
    let is = |file: &Path| !is_draft(file) && (file == wanted || file.with_extension("") == wanted);
    let is_named = |file: &Path| {
        let file = file.file_name().map(Path::new);
        file.is_some_and(is)
    };
    let entries: Vec<&Path> = summary
        .entries()
        .iter()
        .map(|its| its.file.as_path())
        .collect();
    let all = |is: &dyn Fn(&Path) -> bool| -> Vec<usize> {
        (0..entries.len())
            .filter(|&entry| is(entries[entry]))
            .collect()
    };
    let exact = all(&is);
    let found = if exact.is_empty() {
        all(&is_named)
    } else {
        exact
    };
    match found.as_slice() {
        [entry] => Ok(*entry),
        [] => {
            let known = entries.iter().filter_map(|file| file.to_str());
            match nearest(name, known) {
                Some(near) => bail!("no chapter is named `{name}`: did you mean `{near}`?"),
                None => bail!("no chapter is named `{name}`: SUMMARY.md names them"),
            }
        }
        several => {
            let files = several.iter().map(|&entry| entries[entry].display());
            let files: Vec<String> = files.map(|file| format!("`{file}`")).collect();
            bail!("`{name}` could be {}", files.join(" or "))
        }
    }
}
