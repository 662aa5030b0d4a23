//! No command: mdBook's JSON comes on standard input and goes, with what the examples print, to
//! standard output.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;

use super::shelf::{Shelf, Sources, read_sources, shown_path};
use super::{Failure, obtain};
use crate::book::{Book, Json};
use crate::config::Config;
use crate::example::build::BuildError;
use crate::example::cache::Cache;
use crate::example::plan::{Found, Plan, plan};
use crate::example::run::RunError;
use crate::example::targets::{Targets, nearest_manifest, target_folder};
use crate::example::Ask;
use crate::lesson::fence::TargetName;
use crate::lesson::parse::parse;
use crate::lesson::{Kind, Lesson, Problem};
use crate::page::{Directives, TabNames, html, plain, test};
use crate::report::{Finding, Findings, Place};
use crate::transcript::Transcript;

/// Reads a book, replaces its blocks, writes it.
///
/// # Errors
/// What came is no book; everything that is wrong in its lessons or with its examples. Nothing is
/// written then.
pub fn preprocess(mut input: impl Read, mut output: impl Write) -> anyhow::Result<()> {
    // mdBook sends the whole book before it reads. Parsing a slice is faster than parsing a stream.
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).context("failed to read the book from standard input")?;
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
/// Everything that is wrong in its settings, its lessons or with its examples, up to the first of
/// these three that has errors.
pub fn replace(book: &Book) -> Result<Vec<Option<String>>, Findings> {
    let config = Config::read(&book.settings, book.links_run)
        .map_err(|errors| Findings(errors.iter().map(|error| in_settings(book, error)).collect()))?;
    let lessons = parse_all(book)?;
    let replaced = |render: &(dyn Fn(&str, &Lesson) -> String + Sync)| {
        let chapters = book.chapters.par_iter().zip(&lessons);
        chapters
            .map(|(chapter, lesson)| {
                (!lesson.blocks.is_empty()).then(|| render(&chapter.text, lesson))
            })
            .collect::<Vec<_>>()
    };
    if book.renderer == "test" {
        return Ok(replaced(&test::chapter));
    }

    let stock = stock(book, &config, &lessons)?;
    let shelf = stock.shelf();
    let names = TabNames {
        code: &config.labels.code,
        output: &config.labels.output,
    };
    let directives = if book.links_run { Directives::Expanded } else { Directives::Kept };
    Ok(match book.renderer.as_str() {
        "html" => replaced(&|text, lesson| html::chapter(text, lesson, &shelf, names, directives)),
        _ => replaced(&|text, lesson| plain::chapter(text, lesson, &shelf, names, directives)),
    })
}

fn parse_all(book: &Book) -> Result<Vec<Lesson>, Findings> {
    let parsed: Vec<_> = book.chapters.par_iter().map(|chapter| parse(&chapter.text)).collect();
    let mut lessons = Vec::new();
    let mut problems: Vec<Found> = Vec::new();
    for (number, parsed) in parsed.into_iter().enumerate() {
        match parsed {
            Ok(lesson) => lessons.push(lesson),
            Err(found) => problems.extend(found.into_iter().map(|problem| (number, problem))),
        }
    }
    if problems.is_empty() { Ok(lessons) } else { Err(in_lessons(book, problems)) }
}

/// All that the pages of a book are made of.
#[derive(Default)]
struct Stock {
    plan: Plan,
    targets: Targets,
    sources: Sources,
    transcripts: Vec<Transcript>,
}

impl Stock {
    fn shelf(&self) -> Shelf<'_> {
        Shelf {
            plan: &self.plan,
            targets: &self.targets,
            sources: &self.sources,
            transcripts: &self.transcripts,
        }
    }
}

/// Finds the programs, reads them, and obtains their transcripts.
fn stock(book: &Book, config: &Config, lessons: &[Lesson]) -> Result<Stock, Findings> {
    let lessons: Vec<&Lesson> = lessons.iter().collect();
    let Some(first) = asks(&lessons).next() else {
        return Ok(Stock::default());
    };
    let manifest = find_manifest(book, config)
        .map_err(|message| Findings(vec![at(book, &first, Finding::new(message))]))?;
    let folder = target_folder(&manifest, std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from));
    let folder = folder.join("transcript");
    let targets = Targets::load(&manifest, &folder.join("targets.json"), names(&lessons))
        .map_err(|error| Findings(vec![no_targets(&manifest, &error)]))?;

    let planned = plan(&lessons, &targets);
    let read = read_sources(book, &lessons, &targets);
    let (plan, sources) = match (planned, read) {
        (Ok(plan), Ok(sources)) => (plan, sources),
        (planned, read) => {
            let mut problems = planned.err().unwrap_or_default();
            problems.extend(read.err().unwrap_or_default());
            return Err(in_lessons(book, problems));
        }
    };
    let transcripts = obtain(&plan.runs, &manifest, &Cache::at(folder), config).map_err(|failures| {
        let findings = failures.into_iter().map(|(run, failure)| failed(book, &plan, run, failure));
        Findings(findings.collect())
    })?;
    Ok(Stock {
        plan,
        targets,
        sources,
        transcripts,
    })
}

fn find_manifest(book: &Book, config: &Config) -> Result<PathBuf, String> {
    match &config.manifest {
        Some(manifest) => {
            let manifest = book.root.join(manifest);
            let is_there = manifest.is_file();
            let missing = || format!("`manifest` in [preprocessor.transcript]: there is no `{}`", manifest.display());
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
fn asks(lessons: &[&Lesson]) -> impl Iterator<Item = Ask> {
    lessons.iter().enumerate().flat_map(|(chapter, lesson)| {
        lesson
            .walk()
            .filter(|block| !matches!(block.kind, Kind::Tabs(_)))
            .map(move |block| Ask {
                chapter,
                span: block.place.clone(),
            })
    })
}

/// The targets that a book names.
fn names<'a>(lessons: &[&'a Lesson]) -> impl Iterator<Item = &'a TargetName> {
    lessons.iter().flat_map(|lesson| lesson.walk()).filter_map(|block| match &block.kind {
        Kind::Source(fence) => Some(&fence.run.target),
        Kind::Output(fence) => Some(&fence.run.target),
        Kind::Tabs(_) => None,
    })
}

fn in_settings(book: &Book, error: &crate::config::ConfigError) -> Finding {
    let file = book.root.join("book.toml");
    Finding::new(format!("{}: {error}", file.display()))
}

fn in_lessons(book: &Book, mut problems: Vec<Found>) -> Findings {
    problems.sort_by_key(|(chapter, problem)| (*chapter, problem.span.start));
    problems.dedup();
    let findings = problems.into_iter().map(|(chapter, problem)| {
        let Problem {
            span,
            message,
            label,
            help,
        } = problem;
        let mut finding = at(book, &Ask { chapter, span }, Finding::new(message));
        if let Some(place) = &mut finding.place {
            place.label = label;
        }
        Finding { help, ..finding }
    });
    Findings(findings.collect())
}

/// A finding at a place in a lesson.
fn at(book: &Book, ask: &Ask, finding: Finding) -> Finding {
    let chapter = &book.chapters[ask.chapter];
    Finding {
        place: Some(Place {
            path: chapter.path.clone(),
            text: chapter.text.clone(),
            span: ask.span.clone(),
            label: String::new(),
        }),
        ..finding
    }
}

fn no_targets(manifest: &Path, error: &cargo_metadata::Error) -> Finding {
    let message = format!("failed to ask Cargo for the targets of `{}`", manifest.display());
    match error {
        cargo_metadata::Error::CargoMetadata { stderr } => Finding {
            said: stderr.clone(),
            ..Finding::new(message)
        },
        error => Finding {
            notes: vec![error.to_string()],
            ..Finding::new(message)
        },
    }
}

/// A run that failed, at the first place that asks for it.
fn failed(book: &Book, plan: &Plan, number: usize, failure: Failure) -> Finding {
    let run = &plan.runs[number];
    let name = format!("`{}`", run.command);
    let mut finding = Finding {
        program: Some(shown_path(&book.root, &run.target.source).to_owned()),
        ..Finding::new(format!("{name}: {failure}"))
    };
    match failure {
        Failure::Build(error) => {
            finding.message = error.to_string();
            if let BuildError::Failed { output, .. } = error {
                finding.said = output;
            }
        }
        Failure::Run(error) => {
            finding.message = format!("{name}: {error}");
            match error {
                RunError::Start(_) => {}
                RunError::TimedOut { printed, .. } => {
                    finding.notes.push(last_lines(&printed));
                    finding.help = Some("it was stopped; give it time with `timeout=…` in the fence".to_owned());
                }
                RunError::TooMuch { printed, .. } => {
                    finding.notes.push(last_lines(&printed));
                    finding.help = Some("it was stopped; `output-limit` in [preprocessor.transcript] sets how much a run may print".to_owned());
                }
            }
        }
        Failure::Exit { transcript, .. } => {
            let printed: Vec<String> = transcript.lines.into_iter().map(|line| line.text).collect();
            finding.notes.push(last_lines(&printed));
            finding.help = Some(format!("if it is meant to end so, write `exit={}` in the fence", transcript.exit));
        }
    }
    let others = run.asks.len() - 1;
    if others > 0 {
        finding.notes.push(format!("{others} more fences show this run"));
    }
    at(book, &run.asks[0], finding)
}

/// What a program printed last, for a message.
fn last_lines(printed: &[String]) -> String {
    const SHOWN: usize = 10;
    const LONGEST: usize = 200;
    if printed.is_empty() {
        return "it printed nothing".to_owned();
    }
    let lines: Vec<String> = printed[printed.len().saturating_sub(SHOWN)..]
        .iter()
        .map(|line| crate::page::output::printable(&line.chars().take(LONGEST).collect::<String>()))
        .collect();
    format!("it printed last:\n{}", lines.join("\n"))
}
