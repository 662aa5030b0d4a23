//! What a book needs: its lessons, and the runs that they ask for.

use std::path::PathBuf;

use rayon::prelude::*;

use super::findings::{at, in_settings, no_targets};
use crate::book::Book;
use crate::config::Config;
use crate::example::Ask;
use crate::example::cache::Cache;
use crate::example::plan::{Found, Plan, plan};
use crate::example::targets::{Targets, nearest_manifest, target_folder};
use crate::lesson::fence::TargetName;
use crate::lesson::parse::parse;
use crate::lesson::{Kind, Lesson};
use crate::report::{Finding, Findings};

/// The settings of a book.
///
/// # Errors
/// All that is wrong in them.
pub fn settings(book: &Book) -> Result<Config, Findings> {
    let findings = |errors: Vec<_>| {
        errors
            .iter()
            .map(|error| in_settings(book, error))
            .collect()
    };
    Config::read(&book.settings, book.links_run).map_err(|errors| Findings(findings(errors)))
}

/// The lessons of a book, and what is wrong in them.
pub fn lessons(book: &Book) -> (Vec<Lesson>, Vec<Found>) {
    let parsed: Vec<_> = book
        .chapters
        .par_iter()
        .map(|chapter| parse(&chapter.text))
        .collect();
    let mut problems = Vec::new();
    let lessons = parsed
        .into_iter()
        .enumerate()
        .map(|(number, (lesson, found))| {
            problems.extend(found.into_iter().map(|problem| (number, problem)));
            lesson
        });
    (lessons.collect(), problems)
}

/// What a book needs to be built.
#[derive(Debug, Default)]
pub struct Needs {
    /// The Cargo.toml of its programs.
    pub manifest: PathBuf,
    /// The programs that it names.
    pub targets: Targets,
    /// The runs that it shows.
    pub plan: Plan,
    /// What is kept of them.
    pub cache: Cache,
    /// The fences that ask for what there is not, or that contradict each other.
    pub problems: Vec<Found>,
    /// Why there are no programs at all.
    pub nothing: Option<Finding>,
}

impl Needs {
    /// What the lessons of this book need.
    pub fn of(book: &Book, config: &Config, lessons: &[Lesson]) -> Needs {
        let Some(first) = asks(lessons).next() else {
            return Needs::default();
        };
        let nothing = |finding| Needs {
            nothing: Some(finding),
            ..Needs::default()
        };
        let manifest = match find_manifest(book, config) {
            Ok(manifest) => manifest,
            Err(message) => return nothing(at(book, &first, Finding::new(message))),
        };
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let folder = target_folder(&manifest, target).join("transcript");
        let targets = Targets::load(&manifest, &folder.join("targets.json"), names(lessons));
        let targets = match targets {
            Ok(targets) => targets,
            Err(error) => return nothing(no_targets(&manifest, &error)),
        };
        let (plan, problems) = plan(lessons, &targets, config.profile.as_deref());
        Needs {
            cache: Cache::open(&folder, &book.root, &manifest),
            manifest,
            targets,
            plan,
            problems,
            nothing: None,
        }
    }
}

fn find_manifest(book: &Book, config: &Config) -> Result<PathBuf, String> {
    match &config.manifest {
        Some(manifest) => {
            let manifest = book.root.join(manifest);
            let is_there = manifest.is_file();
            let missing = || {
                format!(
                    "`manifest` in [preprocessor.transcript]: there is no `{}`",
                    manifest.display()
                )
            };
            is_there.then(|| manifest.clone()).ok_or_else(missing)
        }
        None => nearest_manifest(&book.root).ok_or_else(|| {
            "there is no Cargo.toml in the book's folder or above it, so no examples either; \
             set `manifest` in [preprocessor.transcript]"
                .to_owned()
        }),
    }
}

/// The tagged fences of a book.
fn asks(lessons: &[Lesson]) -> impl Iterator<Item = Ask> {
    lessons.iter().enumerate().flat_map(|(chapter, lesson)| {
        lesson
            .walk()
            .filter(|block| matches!(block.kind, Kind::Source(_) | Kind::Output(_)))
            .map(move |block| Ask {
                chapter,
                span: block.place.clone(),
            })
    })
}

/// The targets that a book names.
fn names(lessons: &[Lesson]) -> impl Iterator<Item = &TargetName> {
    lessons
        .iter()
        .flat_map(|lesson| lesson.walk())
        .filter_map(|block| match &block.kind {
            Kind::Source(fence) => Some(&fence.run.target),
            Kind::Output(fence) => Some(&fence.run.target),
            Kind::Code(_) | Kind::Tabs(_) | Kind::Admonition(_) => None,
        })
}
