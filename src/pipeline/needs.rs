//! What a book needs: its lessons, and the runs that they ask for.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use rayon::prelude::*;

use super::findings::{in_lesson, no_manifest, no_targets};
use super::values::{Wanted, wanted};
use crate::book::Book;
use crate::cargo::build::Workspace;
use crate::cargo::manifest::{self, NoManifest};
use crate::cargo::targets::{are_there, load, target_folder};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::lesson::fence::{TargetKind, TargetName};
use crate::lesson::in_page::{self, InPage};
use crate::lesson::parse::parse;
use crate::lesson::{Kind, Lesson, Problem, Severity, Span};
use crate::plan::targets::Targets;
use crate::plan::{Ask, Target};
use crate::plan::{Found, Plan, plan};
use crate::recordings::cache::{self, Cache};
use crate::recordings::inputs::Contents;
use crate::recordings::store::{State as Recorded, Store};
use crate::report::Errors;
use crate::session::settings::{Part, at_setting, settings};

/// The lessons of a book, and what is wrong in them.
pub fn lessons(book: &Book<'_>, config: &Config) -> (Vec<Lesson>, Vec<Found>) {
    let parsed: Vec<_> = book
        .chapters
        .par_iter()
        .map(|chapter| parse(&chapter.text, &chapter.name))
        .collect();
    let mut problems = Vec::new();
    let lessons = parsed
        .into_iter()
        .enumerate()
        .map(|(number, (lesson, found))| {
            problems.extend(found.into_iter().map(|problem| (number, problem)));
            lesson
        });
    let lessons: Vec<Lesson> = lessons.collect();
    if !config.shell {
        problems.extend(lessons.iter().enumerate().flat_map(|(number, lesson)| {
            let commands = in_page::in_page(lesson).filter(InPage::is_commands);
            commands.map(move |InPage { place, .. }| (number, no_shell(place)))
        }));
    }
    (lessons, problems)
}

/// Takes what is no error out of what is wrong in the lessons of a book.
pub fn warnings_among(problems: &mut Vec<Found>) -> Vec<Diagnostic> {
    let is_warning = |(_, problem): &mut Found| problem.severity == Severity::Warning;
    let warnings = problems.extract_if(.., is_warning);
    warnings
        .map(|(chapter, problem)| in_lesson(chapter, &problem))
        .collect()
}

/// A book is text, and that it may run text is a decision.
fn no_shell(place: &Span) -> Problem {
    Problem {
        help: Some(
            "these commands would run on the machine of whoever builds the book, with their rights: \
             if they may, write `shell = true` into [preprocessor.transcript] of book.toml"
                .to_owned(),
        ),
        ..Problem::error(place.clone(), "this book may run no commands")
    }
}

/// A book's settings and what it needs, for commands that show no page.
///
/// # Errors
/// Everything that is wrong in its settings or lessons.
pub fn of_book(book: &Book<'_>, cargo: Cargo) -> Result<(Config, Needs), Errors> {
    let config = settings(book)?;
    let (lessons, mut problems) = lessons(book, &config);
    let mut needs = Needs::of(book, &config, &lessons, cargo);
    needs.warnings = warnings_among(&mut problems);
    problems.append(&mut needs.problems);
    let problems = problems
        .iter()
        .map(|(chapter, problem)| in_lesson(*chapter, problem));
    let errors: Vec<Diagnostic> = needs.nothing.take().into_iter().chain(problems).collect();
    if errors.is_empty() {
        Ok((config, needs))
    } else {
        Err(Errors::in_book(book, errors))
    }
}

/// What a book needs to be built.
#[derive(Debug, Default)]
pub struct Needs {
    /// Where its programs come from, and where Cargo builds them.
    pub workspace: Workspace,
    /// The programs that it names.
    pub targets: Targets,
    /// The runs that it shows.
    pub plan: Plan,
    /// What is recorded of them.
    pub store: Store,
    /// What is kept of them.
    pub cache: Cache,
    /// Their files, as far as they were read.
    pub contents: Contents,
    /// The values that it shows of them.
    pub values: Vec<Wanted>,
    /// The fences and values that ask for what there is not, or that contradict each other.
    pub problems: Vec<Found>,
    /// What is probably not meant in its lessons.
    pub warnings: Vec<Diagnostic>,
    /// Why there are no programs at all.
    pub nothing: Option<Diagnostic>,
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
    pub fn of(book: &Book<'_>, config: &Config, lessons: &[Lesson], cargo: Cargo) -> Needs {
        let mut needs = Needs::of_fences(book, config, lessons, cargo);
        // Without any programs there are no runs that values could name.
        if needs.nothing.is_none() {
            let (values, problems) = wanted(lessons, &needs.plan);
            needs.values = values;
            needs.problems.extend(problems);
        }
        needs
    }

    fn of_fences(book: &Book<'_>, config: &Config, lessons: &[Lesson], cargo: Cargo) -> Needs {
        let nothing = |finding| Needs {
            nothing: Some(finding),
            ..Needs::default()
        };
        let transcripts = book.root.join(&config.transcripts);
        let store = match Store::open(&transcripts, &book.root) {
            Ok(store) => store,
            Err(error) => {
                let folder = transcripts.display();
                let error = Diagnostic::error(format!("failed to read `{folder}`: {error}")).help(
                    "`transcripts` in [preprocessor.transcript] names the folder of recorded transcripts",
                );
                return nothing(at_setting(book, Part::Value("transcripts"), error));
            }
        };
        let mut needs = Needs {
            store,
            ..Needs::default()
        };
        let Some(first) = asks(lessons).next() else {
            return needs;
        };
        let in_pages = in_pages(book, lessons);
        if cargo == Cargo::IfNeeded
            && let Some((targets, plan)) = needs.all_recorded(config, lessons, &in_pages)
        {
            return Needs {
                targets,
                plan,
                ..needs
            };
        }
        match manifest::find(&book.root, config.manifest.as_deref()) {
            Ok(manifest) => needs.ask_cargo(book, config, lessons, &in_pages, manifest),
            Err(error) => nothing(manifest_not_found(book, &error, &first)),
        }
    }

    /// The programs as they are recorded, and the runs, where all that the lessons show is, and is fresh.
    fn all_recorded(
        &mut self,
        config: &Config,
        lessons: &[Lesson],
        in_pages: &[Target],
    ) -> Option<(Targets, Plan)> {
        let targets = Targets::of(self.store.targets());
        let names = names(lessons, in_pages);
        if self.store.is_empty() || !are_there(&targets, names, &mut self.contents) {
            return None;
        }
        let targets = targets.with_those_in_pages(in_pages);
        let (plan, problems) = plan(lessons, &targets, config.profile.as_deref());
        self.know_pages(&plan);
        let Needs {
            store, contents, ..
        } = self;
        let is_fresh = |run| matches!(store.state(run, contents), Recorded::Fresh(_));
        let are_fresh = problems.is_empty() && plan.runs.iter().all(is_fresh);
        are_fresh.then_some((targets, plan))
    }

    /// Notes the hashes of the programs in the pages, which are no files.
    fn know_pages(&mut self, plan: &Plan) {
        for run in &plan.runs {
            self.contents.know_page(run);
        }
    }

    /// Asks Cargo for the programs, unless it is known what it would say.
    fn ask_cargo(
        mut self,
        book: &Book<'_>,
        config: &Config,
        lessons: &[Lesson],
        in_pages: &[Target],
        manifest: PathBuf,
    ) -> Needs {
        let target = target_folder(&manifest);
        let folder = target.join("transcript");
        let key = cache::key(&book.root, &manifest);
        let remembered = folder.join(format!("targets-{key}.json"));
        let names = names(lessons, in_pages);
        let targets = load(&manifest, &remembered, names, &mut self.contents);
        let targets = match targets {
            Ok(targets) => targets.with_those_in_pages(in_pages),
            Err(error) => {
                return Needs {
                    nothing: Some(no_targets(&manifest, &error)),
                    ..Needs::default()
                };
            }
        };
        let (cache, (plan, problems)) = rayon::join(
            || Cache::open(&folder, &key),
            || plan(lessons, &targets, config.profile.as_deref()),
        );
        self.know_pages(&plan);
        Needs {
            cache,
            workspace: Workspace {
                pages: folder.join(format!("pages-{key}")),
                manifest,
                target,
            },
            targets,
            plan,
            problems,
            ..self
        }
    }
}

/// That there is no Cargo.toml of the programs, told at the setting that names one, else where the first fence
/// asks for it.
fn manifest_not_found(book: &Book<'_>, error: &NoManifest, first: &Ask) -> Diagnostic {
    let diagnostic = no_manifest(error);
    match error {
        NoManifest::NotThere(_) => at_setting(book, Part::Value("manifest"), diagnostic),
        NoManifest::None | NoManifest::Several(_) => diagnostic.at(first),
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

/// What is run from a book's pages.
fn in_pages(book: &Book<'_>, lessons: &[Lesson]) -> Vec<Target> {
    // What is recorded names paths from there.
    let root = fs::canonicalize(&book.root).unwrap_or_else(|_| book.root.clone());
    // The second of one name is told of where the runs are planned.
    let mut known = HashSet::new();
    let chapters = book.chapters.iter().zip(lessons);
    let all = chapters.flat_map(|(chapter, lesson)| {
        let root = &root;
        in_page::in_page(lesson).filter_map(move |InPage { run, .. }| {
            let TargetName {
                kind,
                name,
                package,
            } = &run.target;
            Some(Target {
                package: package.clone().unwrap_or_default(),
                kind: (*kind)?,
                name: name.clone(),
                source: root.join(format!("{}#{name}", chapter.path.display())),
                manifest: PathBuf::new(),
            })
        })
    });
    all.filter(|target: &Target| known.insert(target.name.clone()))
        .collect()
}

/// The targets of Cargo's that a book names: all but those `in_pages`.
fn names<'a>(
    lessons: &'a [Lesson],
    in_pages: &'a [Target],
) -> impl Iterator<Item = &'a TargetName> {
    // Asked of every fence: a look-up each, not a walk.
    let in_pages: HashSet<&str> = in_pages.iter().map(|target| target.name.as_str()).collect();
    let is_in_page = move |name: &&TargetName| match name.kind {
        Some(TargetKind::Inline | TargetKind::Shell) => true,
        Some(TargetKind::Example | TargetKind::Bin) => false,
        None => in_pages.contains(name.name.as_str()),
    };
    let all = lessons
        .iter()
        .flat_map(|lesson| lesson.walk())
        .filter_map(|block| match &block.kind {
            Kind::Source(fence) => Some(&fence.run.target),
            Kind::Output(fence) => Some(&fence.run.target),
            Kind::Code(_) | Kind::Tabs(_) | Kind::Admonition(_) | Kind::Value(_) => None,
        });
    all.filter(move |name| !is_in_page(name))
}
