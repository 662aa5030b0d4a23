//! No command: mdBook's JSON comes on standard input and goes, with what the examples print, to
//! standard output.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use rayon::prelude::*;

use super::findings::{at, failed, in_lesson, in_settings, no_targets, place_of, warned};
use super::obtain::{Obtained, obtain};
use super::progress::{Stderr, colour};
use super::shelf::{Shelf, Sources, read_sources};
use crate::book::{Book, Chapter, Json};
use crate::config::Config;
use crate::example::Ask;
use crate::example::cache::Cache;
use crate::example::plan::{Found, Plan, plan};
use crate::example::targets::{Targets, nearest_manifest, target_folder};
use crate::lesson::fence::TargetName;
use crate::lesson::parse::parse;
use crate::lesson::{Kind, Lesson, Problem, Severity};
use crate::page::assets::{Asset, SCRIPT, STYLE};
use crate::page::{Directives, Settings, html, plain, test};
use crate::report::{Finding, Findings, line_number, warnings as warnings_text};

/// Reads a book, replaces its blocks, writes it.
///
/// # Errors
/// What came is no book; everything that is wrong in its lessons or with its examples. Nothing is
/// written then.
pub fn preprocess(mut input: impl Read, mut output: impl Write) -> anyhow::Result<()> {
    // mdBook sends the whole book before it reads. Parsing a slice is faster than parsing a stream.
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .context("failed to read the book from standard input")?;
    let json = Json::read(&bytes)?;
    let texts = replace(&json.book)?;
    output
        .write_all(json.write(&texts).as_bytes())
        .and_then(|()| output.flush())
        .context("failed to write the book to standard output")
}

/// The new texts of a book's chapters, in their order; `None`: there is nothing of ours in it.
///
/// # Errors
/// Everything that is wrong in its settings, or in its lessons and with its examples.
pub fn replace(book: &Book) -> Result<Vec<Option<String>>, Findings> {
    let config = Config::read(&book.settings, book.links_run).map_err(|errors| {
        Findings(
            errors
                .iter()
                .map(|error| in_settings(book, error))
                .collect(),
        )
    })?;
    let (lessons, mut problems) = parse_all(book);
    problems.retain(|(chapter, problem)| {
        let warns = problem.severity == Severity::Warning;
        if warns {
            warn(&book.chapters[*chapter], problem);
        }
        !warns
    });
    let stock = match book.renderer.as_str() {
        // `mdbook test` runs no program of ours.
        "test" => Stock::default(),
        _ => take_stock(book, &config, &lessons),
    };
    tell_warnings(book, &stock);
    let findings = all_findings(book, problems, &stock);
    if !findings.is_empty() {
        return Err(Findings(findings));
    }

    let shelf = stock.shelf();
    let settings = Settings {
        code: &config.labels.code,
        output: &config.labels.output,
        directives: if book.links_run {
            Directives::Expanded
        } else {
            Directives::Kept
        },
        inline: assets_to_inline(book),
    };
    let chapters = book
        .chapters
        .par_iter()
        .zip(&lessons)
        .map(|(chapter, lesson)| {
            let text = chapter.text.as_str();
            (!lesson.blocks.is_empty()).then(|| match book.renderer.as_str() {
                "test" => test::chapter(text, lesson),
                "html" => html::chapter(text, lesson, &shelf, &settings),
                _ => plain::chapter(text, lesson, &shelf, &settings),
            })
        });
    Ok(chapters.collect())
}

/// The style sheet and the script, as far as the book does not name them: then `install` has written
/// them, and an older version of this program may have.
fn assets_to_inline(book: &Book) -> Vec<Asset> {
    let mut inline = vec![STYLE, SCRIPT];
    inline.retain(|asset| {
        let Some(named) = asset.named_in(&book.additional) else {
            return true;
        };
        let written = || std::fs::read_to_string(book.root.join(named));
        if book.renderer == "html" && written().is_ok_and(|text| text != asset.text) {
            tracing::warn!(
                "{} is not what this version of mdbook-transcript has: run `mdbook-transcript install`",
                named.display()
            );
        }
        false
    });
    inline
}

/// Tells of what is probably not meant, in one line of the log.
fn warn(chapter: &Chapter, problem: &Problem) {
    let before = &chapter.text[..problem.span.start];
    let line = line_number(&chapter.text, problem.span.start);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let help = problem.help.as_ref().map(|help| format!(" ({help})"));
    tracing::warn!(
        "{}:{line}:{column}: {}{}",
        chapter.path.display(),
        problem.message,
        help.unwrap_or_default()
    );
}

fn parse_all(book: &Book) -> (Vec<Lesson>, Vec<Found>) {
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

/// All that the pages of a book are made of, and what is wrong with it.
#[derive(Default)]
struct Stock {
    plan: Plan,
    targets: Targets,
    sources: Sources,
    /// What the plan's runs brought.
    obtained: Obtained,
    problems: Vec<Found>,
    /// There are no examples at all.
    nothing: Option<Finding>,
}

impl Stock {
    fn shelf(&self) -> Shelf<'_> {
        Shelf {
            plan: &self.plan,
            targets: &self.targets,
            sources: &self.sources,
            transcripts: &self.obtained.transcripts,
        }
    }
}

/// Finds the programs, reads them, and obtains their transcripts.
fn take_stock(book: &Book, config: &Config, lessons: &[Lesson]) -> Stock {
    let Some(first) = asks(lessons).next() else {
        return Stock::default();
    };
    let nothing = |finding| Stock {
        nothing: Some(finding),
        ..Stock::default()
    };
    let manifest = match find_manifest(book, config) {
        Ok(manifest) => manifest,
        Err(message) => return nothing(at(book, &first, Finding::new(message))),
    };
    let folder = target_folder(
        &manifest,
        std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from),
    );
    let folder = folder.join("transcript");
    let targets = match Targets::load(&manifest, &folder.join("targets.json"), names(lessons)) {
        Ok(targets) => targets,
        Err(error) => return nothing(no_targets(&manifest, &error)),
    };
    let (plan, mut problems) = plan(lessons, &targets, config.profile.as_deref());
    let (sources, not_the_source) = read_sources(book, lessons, &targets);
    problems.extend(not_the_source);
    let obtained = obtain(&plan.runs, &manifest, &Cache::at(folder), config);
    Stock {
        plan,
        targets,
        sources,
        obtained,
        problems,
        nothing: None,
    }
}

/// What the author may want to know of the runs.
fn tell_warnings(book: &Book, stock: &Stock) {
    let warnings = stock.obtained.warnings.iter();
    let findings: Vec<Finding> = warnings
        .map(|(run, warning)| warned(book, &stock.plan.runs[*run], warning))
        .collect();
    if !findings.is_empty() {
        // There is no one left to tell that standard error is closed.
        writeln!(Stderr, "{}\n", warnings_text(&findings, colour())).ok();
    }
}

/// Everything that is wrong, in the order of the book.
fn all_findings(book: &Book, problems: Vec<Found>, stock: &Stock) -> Vec<Finding> {
    let problems = problems.iter().chain(&stock.problems);
    let mut findings: Vec<((usize, usize), Finding)> = problems
        .map(|(chapter, problem)| {
            (
                (*chapter, problem.span.start),
                in_lesson(book, *chapter, problem),
            )
        })
        .collect();
    findings.extend(stock.obtained.failures.iter().map(|(run, failure)| {
        let ask = place_of(&stock.plan.runs[*run], failure);
        (
            (ask.chapter, ask.span.start),
            failed(book, &stock.plan.runs[*run], failure),
        )
    }));
    findings.sort_by_key(|(place, _)| *place);
    let findings = findings.into_iter().map(|(_, finding)| finding);
    stock.nothing.clone().into_iter().chain(findings).collect()
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
