//! `doctor`: examines a book and the machine, and says what is wrong and how to mend it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cargo::manifest::{self, NoManifest};
use crate::cli::ListFormat;
use book::Settings;
use diagnosis::Diagnosis;
pub use diagnosis::State;
use lessons::Lessons;
pub use print::Look;

mod assets;
mod book;
mod diagnosis;
mod execution;
mod folders;
mod lessons;
mod mdbook;
mod package;
mod print;
mod toolchain;

/// Examines the book in this folder, and the machine. Each result is written to `out` as soon as it is known; for people,
/// a summary is last. Returns the worst state.
///
/// Writes only below Cargo's target folder: the observer, and a tiny program that is built and executed.
///
/// # Errors
/// The folder cannot be read, `out` cannot be written, or the user has interrupted the command.
pub fn doctor(
    folder: &Path,
    format: ListFormat,
    look: Look,
    out: &mut impl Write,
) -> anyhow::Result<State> {
    let root = open(folder)?;
    let mut report = Report::new(format, look, out);
    let mut left_out = Vec::new();

    let (found, settings) = book::examine(&root, folder);
    report.add(found)?;
    let (found, has_mdbook) = mdbook::examine(&root);
    report.add([found])?;
    if let Some(settings) = &settings {
        report.add([mdbook::command(&root, settings, has_mdbook)])?;
        report.add(assets::examine(&root, settings))?;
    }
    let (found, lessons) = match &settings {
        Some(Settings {
            config: Some(_), ..
        }) => lessons::examine(&root),
        _ => {
            left_out.extend(["fences", "recordings"]);
            (Vec::new(), None)
        }
    };
    let set = settings.as_ref().and_then(Settings::manifest);
    let manifest = manifest::find(&root, set.as_deref());
    let (of_toolchain, can_build) = toolchain::examine(home(&manifest, &root));
    report.add(of_toolchain)?;
    // Cargo says more about a package than its manifest does.
    match can_build {
        true => report.add([package::examine(&root, &manifest, lessons.as_ref())])?,
        false => left_out.push("package"),
    }
    report.add(found)?;
    match &settings {
        Some(settings) => {
            report.add(folders::examine(
                &root,
                settings,
                &manifest,
                lessons.as_ref(),
            ))?;
        }
        None => left_out.extend(["watched", "git"]),
    }
    match (&settings, can_build) {
        (Some(_), true) => {
            let seeds = lessons.map_or(0, |Lessons { seeds, .. }| seeds);
            report.add(execution::examine(&root, manifest.ok(), seeds)?)?;
        }
        _ => left_out.extend(["build", "observer", "virtual time"]),
    }
    report.end(&left_out)
}

/// Returns the canonical path of a folder that can be read.
fn open(folder: &Path) -> anyhow::Result<PathBuf> {
    let root = fs::canonicalize(folder).and_then(|root| fs::read_dir(&root).map(|_| root));
    root.with_context(|| format!("failed to open the folder `{}`", folder.display()))
}

/// The folder in which Cargo is started for the book's programs.
fn home<'a>(manifest: &'a Result<PathBuf, NoManifest>, root: &'a Path) -> &'a Path {
    let manifest = manifest.as_ref().ok();
    manifest.and_then(|it| it.parent()).unwrap_or(root)
}

/// The results, which are written as they come.
struct Report<'a, W> {
    format: ListFormat,
    look: Look,
    out: &'a mut W,
    states: Vec<State>,
}

impl<'a, W: Write> Report<'a, W> {
    fn new(format: ListFormat, look: Look, out: &'a mut W) -> Report<'a, W> {
        Report {
            format,
            look,
            out,
            states: Vec::new(),
        }
    }

    /// Writes diagnoses.
    fn add(&mut self, diagnoses: impl IntoIterator<Item = Diagnosis>) -> anyhow::Result<()> {
        for diagnosis in diagnoses {
            self.states.push(diagnosis.state);
            let text = match self.format {
                ListFormat::Human => print::text(&diagnosis, self.look),
                ListFormat::Json => serde_json::to_string(&diagnosis)? + "\n",
            };
            self.write(&text)?;
        }
        Ok(())
    }

    /// Writes the summary, and returns the worst state.
    fn end(mut self, left_out: &[&str]) -> anyhow::Result<State> {
        if self.format == ListFormat::Human {
            let summary = print::summary(&self.states, left_out, self.look);
            self.write(&format!("\n{summary}"))?;
        }
        Ok(self.states.into_iter().max().unwrap_or(State::Ok))
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        if crate::interrupt::is_requested() {
            bail!("interrupted");
        }
        let written = self.out.write_all(text.as_bytes());
        let written = written.and_then(|()| self.out.flush());
        written.context("failed to write to stdout")
    }
}
