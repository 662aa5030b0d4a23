//! Lessons → plan: the targets that Cargo or the recordings know, and the runs that the lessons need.

use std::fs;
use std::path::{Path, PathBuf};

use super::failures::{no_manifest, no_targets, tell};
use super::lessons::{lessons, refused_sessions};
use crate::book::Book;
use crate::book::open::read;
use crate::cargo::build::Workspace;
use crate::cargo::manifest::{self, NoManifest};
use crate::cargo::targets::{are_there, load, target_folder};
use crate::diagnostic::{Diagnostic, Setting};
use crate::plan::requests::Requests;
use crate::plan::targets::Targets;
use crate::plan::{Ask, Plan, Problems, Target, plan};
use crate::recordings::cache;
use crate::recordings::freshness::Freshness;
use crate::report::Errors;
use crate::session::Session;
use crate::session::settings::{in_book_toml, settings};

/// Whether Cargo is asked for targets if every run has a fresh recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cargo {
    /// Cargo is not asked then: the recordings name their targets.
    IfNeeded,
    /// Cargo is always asked.
    Always,
}

/// A book without errors, and the plan of its runs.
#[derive(Debug)]
pub struct Planned {
    /// The book's settings, recordings, cache and workspace.
    pub session: Session,
    /// The book's runs.
    pub plan: Plan,
    /// Warnings about the lessons.
    pub warnings: Vec<Diagnostic>,
}

/// A book as a command opens it: read from its folder, planned, and without errors.
#[derive(Debug)]
pub struct Opened {
    /// The book.
    pub book: Book<'static>,
    /// The book's settings, recordings, cache and workspace.
    pub session: Session,
    /// The book's runs.
    pub plan: Plan,
    /// The number of warnings about its lessons, which were reported.
    pub warnings: usize,
}

/// Reads and plans the book in this folder, and reports the warnings about its lessons.
///
/// # Errors
/// There is no book, or its settings or lessons have errors.
pub fn opened(folder: &Path, cargo: Cargo) -> anyhow::Result<Opened> {
    let book = read(folder)?;
    let Planned {
        session,
        plan,
        warnings,
    } = planned(&book, cargo)?;
    let number = warnings.len();
    tell(&book, warnings);
    Ok(Opened {
        book,
        session,
        plan,
        warnings: number,
    })
}

/// Opens a session for a book and plans its runs.
///
/// # Errors
/// All errors in the book's settings and lessons.
pub fn planned(book: &Book<'_>, cargo: Cargo) -> Result<Planned, Errors> {
    let config = settings(book)?;
    let parsed = lessons(book, &config);
    let requests = Requests::of(&parsed.lessons);
    let mut errors = parsed.errors;
    errors.extend(refused_sessions(&requests, &config));
    let opened = Session::open(book, config).and_then(|mut session| {
        let plan = plan_runs(book, &requests, &mut session, cargo, &mut errors)?;
        Ok(Planned {
            session,
            plan,
            warnings: parsed.warnings,
        })
    });
    match opened {
        Ok(planned) if errors.is_empty() => Ok(planned),
        Ok(_) => Err(Errors::in_book(book, errors)),
        Err(first) => {
            let errors = [*first].into_iter().chain(errors);
            Err(Errors::in_book(book, errors.collect()))
        }
    }
}

/// Plans the runs and values of a book's requests. Adds the errors in the requests to those of the lessons.
///
/// # Errors
/// The targets cannot be found: there is no manifest, or Cargo cannot read it.
pub fn plan_runs(
    book: &Book<'_>,
    requests: &Requests<'_>,
    session: &mut Session,
    cargo: Cargo,
    errors: &mut Vec<Diagnostic>,
) -> Result<Plan, Box<Diagnostic>> {
    let (mut plan, mut problems) = if let Some(first) = requests.first_fence() {
        plan_fences(book, requests, session, cargo, &first)?
    } else {
        plan(requests, &Targets::default(), None)
    };
    plan.add_values(requests, &mut problems);
    problems.add_to(errors, book);
    Ok(plan)
}

/// Plans the runs of a book's fences; `first` is the first of them.
fn plan_fences(
    book: &Book<'_>,
    requests: &Requests<'_>,
    session: &mut Session,
    cargo: Cargo,
    first: &Ask,
) -> Result<(Plan, Problems), Box<Diagnostic>> {
    // Recordings name paths relative to the canonical root.
    let root = fs::canonicalize(&book.root).unwrap_or_else(|_| book.root.clone());
    let chapters = book.chapters.iter().map(|chapter| chapter.path.as_path());
    let chapters: Vec<&Path> = chapters.collect();
    let in_pages = requests.targets_in_pages(&root, &chapters);
    if cargo == Cargo::IfNeeded
        && let Some(plan) = plan_of_recordings(requests, session, &in_pages)
    {
        return Ok((plan, Problems::default()));
    }
    let manifest = manifest::find(&book.root, session.config.manifest.as_deref());
    let manifest = manifest.map_err(|error| manifest_not_found(book, &error, first))?;
    plan_of_workspace(book, requests, session, &in_pages, manifest)
}

/// Plans with the targets that the recordings name; `None` if a run has no fresh recording.
fn plan_of_recordings(
    requests: &Requests<'_>,
    session: &mut Session,
    in_pages: &[Target],
) -> Option<Plan> {
    let targets = Targets::of(session.recordings.targets());
    let names = requests.cargo_targets(in_pages);
    if session.recordings.is_empty() || !are_there(&targets, names, &mut session.contents) {
        return None;
    }
    let targets = targets.with_those_in_pages(in_pages);
    let (plan, problems) = plan(requests, &targets, session.config.profile.as_deref());
    session.know_pages(&plan);
    let mut runs = plan.runs.iter();
    let are_fresh =
        problems.is_empty() && runs.all(|run| matches!(session.recorded(run), Freshness::Fresh(_)));
    are_fresh.then_some(plan)
}

/// Plans with the targets that Cargo reports, or has reported for unchanged manifests.
fn plan_of_workspace(
    book: &Book<'_>,
    requests: &Requests<'_>,
    session: &mut Session,
    in_pages: &[Target],
    manifest: PathBuf,
) -> Result<(Plan, Problems), Box<Diagnostic>> {
    let target = target_folder(&manifest);
    let folder = target.join("transcript");
    let key = cache::key(&book.root, &manifest);
    let remembered = folder.join(format!("targets-{key}.json"));
    let names = requests.cargo_targets(in_pages);
    let targets = load(&manifest, &remembered, names, &mut session.contents);
    let targets = targets.map_err(|error| Box::new(no_targets(&manifest, &error)))?;
    let targets = targets.with_those_in_pages(in_pages);
    let workspace = Workspace {
        pages: folder.join(format!("pages-{key}")),
        manifest,
        target,
    };
    let profile = session.config.profile.clone();
    let ((), planned) = rayon::join(
        || session.open_workspace(workspace, &folder, &key),
        || plan(requests, &targets, profile.as_deref()),
    );
    session.know_pages(&planned.0);
    Ok(planned)
}

/// Returns the error for a missing manifest, at the setting that names it or at the first fence that needs it.
fn manifest_not_found(book: &Book<'_>, error: &NoManifest, first: &Ask) -> Box<Diagnostic> {
    let diagnostic = no_manifest(error);
    Box::new(match error {
        NoManifest::NotThere(_) => {
            in_book_toml(book, diagnostic.at(Setting::Value("manifest".to_owned())))
        }
        NoManifest::None | NoManifest::Several(_) => diagnostic.at(first),
    })
}
