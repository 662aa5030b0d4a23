//! Lessons → plan: the targets that Cargo or the recordings know, and the runs that the lessons need.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::failures::{no_manifest, no_targets};
use super::lessons::{lessons, refused_sessions};
use crate::book::Book;
use crate::cargo::build::Workspace;
use crate::cargo::manifest::{self, NoManifest};
use crate::cargo::targets::{are_there, load, target_folder, workspace_root};
use crate::diagnostic::{Diagnostic, Setting};
use crate::hash::hash_of;
use crate::plan::requests::Requests;
use crate::plan::targets::Targets;
use crate::plan::{Ask, Plan, Problems, Target, plan};
use crate::recordings::cache;
use crate::recordings::freshness::Freshness;
use crate::recordings::paths::relative;
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
    let root = canonical(book.root.clone());
    let chapters = book.chapters.iter().map(|chapter| chapter.path.as_path());
    let chapters: Vec<&Path> = chapters.collect();
    let in_pages = requests.targets_in_pages(&root, &chapters);
    if cargo == Cargo::IfNeeded
        && let Some(plan) = plan_of_recordings(requests, session, &in_pages, &root)
    {
        return Ok((plan, Problems::default()));
    }
    let standalone: BTreeSet<PathBuf> = requests
        .manifests()
        .iter()
        .map(|it| root.join(it))
        .collect();
    let manifests = match manifest::find(&book.root, session.config.manifest.as_deref()) {
        Ok(main) => Manifests {
            main,
            is_workspace: true,
            standalone,
        },
        // A book whose programs are all in packages of their own needs no other.
        Err(error) => {
            let first_of_them = standalone.iter().find(|manifest| manifest.is_file());
            let main = first_of_them.cloned();
            Manifests {
                main: main.ok_or_else(|| manifest_not_found(book, &error, first))?,
                is_workspace: false,
                standalone,
            }
        }
    };
    plan_of_workspace(book, requests, session, &in_pages, manifests)
}

/// The manifests of a book's programs.
struct Manifests {
    /// The manifest below which the tool builds.
    main: PathBuf,
    /// Whether that is the book's own, and not the first of those that its fences name.
    is_workspace: bool,
    /// The manifests that fences name.
    standalone: BTreeSet<PathBuf>,
}

/// Plans with the targets that the recordings name; `None` if a run has no fresh recording.
fn plan_of_recordings(
    requests: &Requests<'_>,
    session: &mut Session,
    in_pages: &[Target],
    root: &Path,
) -> Option<Plan> {
    let targets = Targets::of(session.recordings.targets()).of_book(root);
    let names = requests.cargo_targets(in_pages);
    if session.recordings.is_empty() || !are_there(&targets, names, &mut session.contents) {
        return None;
    }
    let targets = targets.with_those_in_pages(in_pages);
    let (mut plan, problems) = plan(requests, &targets, session.config.profile.as_deref());
    plan.redact(&session.config.redactions);
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
    manifests: Manifests,
) -> Result<(Plan, Problems), Box<Diagnostic>> {
    let Manifests {
        main: manifest,
        is_workspace,
        standalone,
    } = manifests;
    let target = target_folder(&manifest);
    let folder = target.join("transcript");
    let key = cache::key(&book.root, &manifest);
    let remembered = folder.join(format!("targets-{key}.json"));
    let root = canonical(book.root.clone());
    let names = || {
        let names = requests.cargo_targets(in_pages);
        names.filter(|name| name.manifest.is_none())
    };
    let contents = &mut session.contents;
    let is_complete = |targets: &Targets| are_there(targets, names(), contents);
    let targets = match is_workspace {
        true => load(&manifest, &remembered, is_complete),
        false => Ok(Targets::default()),
    };
    let targets = targets.map_err(|error| Box::new(no_targets(&manifest, &error)))?;
    let targets = with_standalone(targets, &standalone, &folder)?;
    let targets = targets.of_book(&root).with_those_in_pages(in_pages);
    // The same on every machine: a snippet knows the name of its package, which is made of it.
    let of_book = relative(&canonical(workspace_root(&manifest)), &root);
    let workspace = Workspace {
        pages: folder.join(format!("pages-{}", &hash_of(of_book.as_bytes())[..16])),
        manifest,
        target,
    };
    let profile = session.config.profile.clone();
    let ((), mut planned) = rayon::join(
        || session.open_workspace(workspace, &folder, &key),
        || plan(requests, &targets, profile.as_deref()),
    );
    planned.0.redact(&session.config.redactions);
    session.know_pages(&planned.0);
    Ok(planned)
}

/// Adds the targets of packages outside the workspace, by their manifests; `folder` is that of the tool's files. A
/// manifest that is missing or that Cargo cannot read has no targets, which is an error of the fences that name it.
fn with_standalone(
    targets: Targets,
    manifests: &BTreeSet<PathBuf>,
    folder: &Path,
) -> Result<Targets, Box<Diagnostic>> {
    if manifests.is_empty() {
        return Ok(targets);
    }
    let mut all: Vec<Target> = targets.iter().cloned().collect();
    let mut unreadable = BTreeMap::new();
    for manifest in manifests {
        // The path of a target is canonical.
        let Ok(manifest) = fs::canonicalize(manifest) else {
            continue;
        };
        // A package of the workspace needs no second look.
        if targets.iter().any(|target| target.manifest == manifest) {
            continue;
        }
        let remembered = folder.join(format!("targets-{}.json", cache::key(folder, &manifest)));
        let are_sources_there = |targets: &Targets| targets.iter().all(|it| it.source.is_file());
        let found = match load(&manifest, &remembered, are_sources_there) {
            Ok(found) => found,
            Err(cargo_metadata::Error::CargoMetadata { stderr }) => {
                unreadable.insert(manifest, stderr);
                continue;
            }
            Err(error) => return Err(Box::new(no_targets(&manifest, &error))),
        };
        let own = found.iter().filter(|target| target.manifest == manifest);
        all.extend(own.cloned().map(|target| Target {
            standalone: true,
            ..target
        }));
    }
    Ok(Targets::of(all).without(unreadable))
}

/// Returns the error for a missing manifest, at the setting that names it or at the first fence that needs it.
fn manifest_not_found(book: &Book<'_>, error: &NoManifest, first: &Ask) -> Box<Diagnostic> {
    let diagnostic = no_manifest(error);
    Box::new(match error {
        NoManifest::NotThere(_) => {
            let setting = Setting::Value("manifest".to_owned());
            in_book_toml(&book.root, diagnostic.at(setting))
        }
        NoManifest::None | NoManifest::Several(_) => diagnostic.at(first),
    })
}

fn canonical(folder: PathBuf) -> PathBuf {
    fs::canonicalize(&folder).unwrap_or(folder)
}
