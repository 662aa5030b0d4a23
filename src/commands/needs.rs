//! What a book needs: its lessons, and the runs that they ask for.

use std::path::PathBuf;

use rayon::prelude::*;

use super::findings::{at, in_lesson, no_targets};
use super::settings::{Part, at_setting, settings};
use crate::book::Book;
use crate::config::Config;
use crate::example::Ask;
use crate::example::cache::Cache;
use crate::example::inputs::Hashes;
use crate::example::plan::{Found, Plan, plan};
use crate::example::store::{State as Recorded, Store};
use crate::example::targets::{Targets, nearest_manifest, target_folder};
use crate::lesson::fence::TargetName;
use crate::lesson::parse::parse;
use crate::lesson::{Kind, Lesson, Severity};
use crate::report::{Finding, Findings};

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

/// A book's settings and what it needs, for commands that show no page.
///
/// # Errors
/// Everything that is wrong in its settings or lessons.
pub fn of_book(book: &Book, cargo: Cargo) -> Result<(Config, Needs), Findings> {
    let config = settings(book)?;
    let (lessons, mut problems) = lessons(book);
    let mut needs = Needs::of(book, &config, &lessons, cargo);
    problems.retain(|(_, problem)| problem.severity == Severity::Error);
    problems.append(&mut needs.problems);
    let problems = problems
        .iter()
        .map(|(chapter, problem)| in_lesson(book, *chapter, problem));
    let findings: Vec<Finding> = needs.nothing.take().into_iter().chain(problems).collect();
    match findings.is_empty() {
        true => Ok((config, needs)),
        false => Err(Findings(findings)),
    }
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
    /// What is recorded of them.
    pub store: Store,
    /// What is kept of them.
    pub cache: Cache,
    /// The hashes of their files, as far as they are known.
    pub hashes: Hashes,
    /// Where Cargo builds them.
    pub target: PathBuf,
    /// The fences that ask for what there is not, or that contradict each other.
    pub problems: Vec<Found>,
    /// Why there are no programs at all.
    pub nothing: Option<Finding>,
}

/// Whether Cargo may be left out where everything is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cargo {
    /// It may: what is recorded says which programs there are.
    IfNeeded,
    /// It says which programs there are.
    Always,
}

impl Needs {
    /// What the lessons of this book need.
    pub fn of(book: &Book, config: &Config, lessons: &[Lesson], cargo: Cargo) -> Needs {
        let nothing = |finding| Needs {
            nothing: Some(finding),
            ..Needs::default()
        };
        let transcripts = book.root.join(&config.transcripts);
        let store = match Store::open(&transcripts, &book.root) {
            Ok(store) => store,
            Err(error) => {
                let folder = transcripts.display();
                let finding = Finding {
                    help: Some(
                        "`transcripts` in [preprocessor.transcript] names the folder of recorded \
                         transcripts"
                            .to_owned(),
                    ),
                    ..Finding::new(format!("failed to read `{folder}`: {error}"))
                };
                return nothing(at_setting(book, Part::Value("transcripts"), finding));
            }
        };
        let mut needs = Needs {
            store,
            ..Needs::default()
        };
        let Some(first) = asks(lessons).next() else {
            return needs;
        };
        if cargo == Cargo::IfNeeded
            && let Some((targets, plan)) = needs.all_recorded(config, lessons)
        {
            return Needs {
                targets,
                plan,
                ..needs
            };
        }
        match find_manifest(book, config, &first) {
            Ok(manifest) => needs.ask_cargo(book, config, lessons, manifest),
            Err(finding) => nothing(*finding),
        }
    }

    /// The programs as they are recorded, and the runs, where all that the lessons show is, and is fresh.
    fn all_recorded(&mut self, config: &Config, lessons: &[Lesson]) -> Option<(Targets, Plan)> {
        let targets = Targets::of(self.store.targets());
        let is_there = |name| {
            targets
                .resolve(name)
                .is_ok_and(|target| target.source.is_file())
        };
        if self.store.is_empty() || !names(lessons).all(is_there) {
            return None;
        }
        let (plan, problems) = plan(lessons, &targets, config.profile.as_deref());
        let Needs { store, hashes, .. } = self;
        let is_fresh = |run| matches!(store.state(run, hashes), Recorded::Fresh(_));
        let are_fresh = problems.is_empty() && plan.runs.iter().all(is_fresh);
        are_fresh.then_some((targets, plan))
    }

    /// Asks Cargo for the programs, unless it is known what it would say.
    fn ask_cargo(
        self,
        book: &Book,
        config: &Config,
        lessons: &[Lesson],
        manifest: PathBuf,
    ) -> Needs {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target_folder(&manifest, target);
        let folder = target.join("transcript");
        let targets = Targets::load(&manifest, &folder.join("targets.json"), names(lessons));
        let targets = match targets {
            Ok(targets) => targets,
            Err(error) => {
                return Needs {
                    nothing: Some(no_targets(&manifest, &error)),
                    ..Needs::default()
                };
            }
        };
        let (plan, problems) = plan(lessons, &targets, config.profile.as_deref());
        Needs {
            cache: Cache::open(&folder, &book.root, &manifest),
            manifest,
            target,
            targets,
            plan,
            problems,
            ..self
        }
    }
}

/// The Cargo.toml of the programs, or that there is none, told where the first fence asks for one.
fn find_manifest(book: &Book, config: &Config, first: &Ask) -> Result<PathBuf, Box<Finding>> {
    match &config.manifest {
        Some(manifest) => {
            let manifest = book.root.join(manifest);
            if manifest.is_file() {
                return Ok(manifest);
            }
            let finding = Finding::new(format!(
                "`manifest` in [preprocessor.transcript]: there is no `{}`",
                manifest.display()
            ));
            Err(Box::new(at_setting(book, Part::Value("manifest"), finding)))
        }
        None => nearest_manifest(&book.root).ok_or_else(|| {
            let finding = Finding {
                help: Some(
                    "set `manifest` in [preprocessor.transcript] of book.toml, or make a package \
                     with `cargo init`"
                        .to_owned(),
                ),
                ..Finding::new(
                    "there is no Cargo.toml in the book's folder or above it, so no examples either",
                )
            };
            Box::new(at(book, first, finding))
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
