//! No command: mdBook's JSON comes on standard input and goes, with what the examples print, to
//! standard output.

use std::io::{Read, Write};
use std::mem;

use anyhow::Context;
use rayon::prelude::*;

use super::findings::{failed, in_lesson, place_of, warned};
use super::needs::{Needs, lessons, settings};
use super::obtain::{Obtained, obtain};
use super::progress::{Stderr, colour};
use super::shelf::{Shelf, read_sources};
use crate::book::{Book, Chapter, Json};
use crate::example::plan::{Found, Plan};
use crate::lesson::{Problem, Severity};
use crate::page::assets::{Asset, SCRIPT, STYLE};
use crate::page::{Directives, Settings, html, plain, test};
use crate::report::{Finding, Findings, line_number, warnings};

/// Reads a book, replaces its blocks, writes it.
///
/// # Errors
/// What came is no book; everything that is wrong in its lessons or with its examples. Nothing is
/// written then.
pub fn preprocess(mut input: impl Read, output: impl Write) -> anyhow::Result<()> {
    // mdBook sends the whole book before it reads. Parsing a slice is faster than parsing a stream.
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .context("failed to read the book from standard input")?;
    share_out(bytes.len());
    let json = Json::read(&bytes)?;
    let texts = replace(&json.book)?;
    json.write(&texts, output)
        .context("failed to write the book to standard output")?;
    // The process is about to end: giving back what a large book took would take longer.
    mem::forget((json, texts));
    mem::forget(bytes);
    Ok(())
}

/// Lets the work for a book of so many bytes be done by this thread and, where there is enough of it,
/// others beside it: to start them takes as long as a small book.
fn share_out(bytes: usize) {
    const LARGE: usize = 100_000;
    let threads = match bytes < LARGE {
        true => 1,
        // As many as there are processors.
        false => 0,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread();
    // Refused where a pool is there already: that one will do.
    pool.build_global().ok();
}

/// The new texts of a book's chapters, in their order; `None`: there is nothing of ours in it.
///
/// # Errors
/// Everything that is wrong in its settings, or in its lessons and with its examples.
pub fn replace(book: &Book) -> Result<Vec<Option<String>>, Findings> {
    let config = settings(book)?;
    let (lessons, mut problems) = lessons(book);
    problems.retain(|(chapter, problem)| {
        let warns = problem.severity == Severity::Warning;
        if warns {
            warn(&book.chapters[*chapter], problem);
        }
        !warns
    });
    let mut needs = match book.renderer.as_str() {
        // `mdbook test` runs no program of ours.
        "test" => Needs::default(),
        _ => Needs::of(book, &config, &lessons),
    };
    let (sources, not_the_source) = read_sources(book, &lessons, &needs.targets);
    let obtained = obtain(&needs.plan.runs, &needs.manifest, &mut needs.cache, &config);
    tell_warnings(book, &needs.plan, &obtained);
    problems.extend(not_the_source);
    let findings = all_findings(book, &problems, &needs, &obtained);
    if !findings.is_empty() {
        return Err(Findings(findings));
    }

    let shelf = Shelf {
        plan: &needs.plan,
        targets: &needs.targets,
        sources: &sources,
        transcripts: &obtained.transcripts,
    };
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

/// What the author may want to know of the runs.
fn tell_warnings(book: &Book, plan: &Plan, obtained: &Obtained) {
    let findings: Vec<Finding> = obtained
        .warnings
        .iter()
        .map(|(run, warning)| warned(book, &plan.runs[*run], warning))
        .collect();
    if !findings.is_empty() {
        // There is no one left to tell that standard error is closed.
        writeln!(Stderr, "{}\n", warnings(&findings, colour())).ok();
    }
}

/// Everything that is wrong, in the order of the book.
fn all_findings(
    book: &Book,
    problems: &[Found],
    needs: &Needs,
    obtained: &Obtained,
) -> Vec<Finding> {
    let problems = problems.iter().chain(&needs.problems);
    let mut findings: Vec<((usize, usize), Finding)> = problems
        .map(|(chapter, problem)| {
            (
                (*chapter, problem.span.start),
                in_lesson(book, *chapter, problem),
            )
        })
        .collect();
    findings.extend(obtained.failures.iter().map(|(run, failure)| {
        let run = &needs.plan.runs[*run];
        let ask = place_of(run, failure);
        ((ask.chapter, ask.span.start), failed(book, run, failure))
    }));
    findings.sort_by_key(|(place, _)| *place);
    let findings = findings.into_iter().map(|(_, finding)| finding);
    needs.nothing.clone().into_iter().chain(findings).collect()
}
