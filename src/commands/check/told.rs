//! Verdicts → text, for people and for programs.

use std::cmp::Reverse;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;

use serde::Serialize;

use super::found::Found;
use super::{Checked, Verdict};
use crate::book::Book;
use crate::cli::Format;
use crate::commands::findings::{at, program_of};
use crate::commands::needs::Needs;
use crate::commands::shelf::shown_path;
use crate::example::Run;
use crate::report::{Colour, Excerpt, Finding, errors, line_number, warnings};
use crate::transcript::compare::{Severity, What};
use crate::transcript::escape::escape;

/// Writes the verdicts; whether all hold.
///
/// # Errors
/// They cannot be written.
pub(super) fn tell(
    book: &Book,
    needs: &Needs,
    checked: &Checked,
    repeat: NonZero<usize>,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<Verdict> {
    let differs = |(_, found): &&(usize, Vec<Found>)| found.iter().any(is_error);
    let differing = checked.runs.iter().filter(differs).count();
    match format {
        Format::Human => {
            human(book, needs, checked, out)?;
            let all = checked.runs.len();
            writeln!(
                out,
                "{}",
                summary(all, differing, checked.orphans.len(), repeat)
            )?;
        }
        Format::Json => json(book, needs, checked, out)?,
    }
    match differing + checked.orphans.len() {
        0 => Ok(Verdict::Holds),
        _ => Ok(Verdict::Differs),
    }
}

fn is_error(found: &Found) -> bool {
    found.difference.what.severity() == Severity::Error
}

fn summary(all: usize, differing: usize, orphans: usize, repeat: NonZero<usize>) -> String {
    let times = match repeat.get() {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let runs = match (all, differing) {
        (0, _) => "no run was checked".to_owned(),
        (1, 0) => format!("1 run holds, made {times}"),
        (all, 0) => format!("{all} runs hold, each made {times}"),
        (1, _) => "1 run, which differs".to_owned(),
        (all, 1) => format!("1 of {all} runs differs"),
        (all, differing) => format!("{differing} of {all} runs differ"),
    };
    match orphans {
        0 => runs,
        orphans => format!("{runs}, {orphans} orphaned"),
    }
}

fn human(book: &Book, needs: &Needs, checked: &Checked, out: &mut impl Write) -> io::Result<()> {
    let colour = match io::stdout().is_terminal() {
        true => Colour::Ansi,
        false => Colour::Plain,
    };
    for (run, found) in &checked.runs {
        let run = &needs.plan.runs[*run];
        for found in found {
            let finding = [finding(book, run, found)];
            let text = match is_error(found) {
                true => errors(&finding, colour),
                false => warnings(&finding, colour),
            };
            writeln!(out, "{text}\n")?;
        }
    }
    for id in &checked.orphans {
        let finding = Finding {
            kind: Some(What::Orphan.word()),
            program: Some(shown_path(&book.root, &needs.store.path(id)).to_owned()),
            help: Some("remove it with `mdbook-transcript record`, or show it".to_owned()),
            ..Finding::new(format!("`{id}` is recorded, and no fence asks for it"))
        };
        writeln!(out, "{}\n", errors(&[finding], colour))?;
    }
    Ok(())
}

/// A finding at the first fence that asks for its run.
fn finding(book: &Book, run: &Run, found: &Found) -> Finding {
    let what = found.difference.what;
    let record = format!("`mdbook-transcript record {}`", run.id);
    let help = match what {
        What::Order => {
            format!("was a `join`, a lock or a thread taken away? If it is meant so: {record}")
        }
        What::Missing => format!("record it: {record}"),
        What::Stale => format!("record it again: {record}"),
        What::Claim => "change the program, or what the fence says".to_owned(),
        What::Timing | What::Learn | What::Build | What::Timeout => String::new(),
        _ => format!("if it is meant so: {record}"),
    };
    let finding = Finding {
        kind: Some(what.word()),
        program: program_of(book, run),
        program_line: line_of_program(run, found),
        excerpt: excerpt(found),
        notes: notes(found),
        help: (!help.is_empty()).then_some(help),
        said: found.said.clone(),
        ..Finding::new(format!("`{}`: {}", run.id, found.difference.message))
    };
    at(book, &run.asks[0], finding)
}

/// In which run it was found, and how much more.
fn notes(found: &Found) -> Vec<String> {
    let more = match found.more {
        0 => None,
        1 => Some("1 more of this kind is not told".to_owned()),
        more => Some(format!("{more} more of this kind are not told")),
    };
    found.when.iter().cloned().chain(more).collect()
}

/// The line of the program, from 1, that most likely prints what a finding is about: one with a string that
/// has the most of its words.
fn line_of_program(run: &Run, found: &Found) -> Option<usize> {
    /// Shorter words say little.
    const LEAST: usize = 3;
    let text = &found.lines.get(found.difference.lines.first()?.0)?.text;
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() >= LEAST)
        .collect();
    let program = std::fs::read_to_string(&run.target.source).ok()?;
    let has = |line: &str| match line.contains('"') {
        true => words.iter().filter(|word| line.contains(**word)).count(),
        false => 0,
    };
    let lines = program
        .lines()
        .enumerate()
        .map(|(at, line)| (has(line), at));
    // Of several that are alike, the first.
    let (most, at) = lines.max_by_key(|&(has, at)| (has, Reverse(at)))?;
    (most > 0).then_some(at + 1)
}

/// The lines that a finding is about, and those around them.
fn excerpt(found: &Found) -> Option<Excerpt> {
    /// Around a line.
    const AROUND: usize = 1;
    /// More lines than these are not shown: then it is about the first alone.
    const MOST: usize = 12;
    let marks = &found.difference.lines;
    let first = marks.first()?.0;
    let lowest = marks.iter().map(|(line, _)| *line).min()?;
    let highest = marks.iter().map(|(line, _)| *line).max()?;
    let (from, to) = match highest - lowest < MOST {
        true => (lowest, highest),
        false => (first, first),
    };
    let from = from.saturating_sub(AROUND);
    let to = (to + AROUND + 1).min(found.lines.len());
    let cut = |line: &crate::transcript::Line| escape(&line.text).chars().take(160).collect();
    let marks = marks.iter().filter(|(line, _)| (from..to).contains(line));
    Some(Excerpt {
        of: "its output".to_owned(),
        lines: found.lines[from..to].iter().map(cut).collect(),
        number: from + 1,
        marks: marks
            .map(|(line, label)| (line - from, label.clone()))
            .collect(),
    })
}

/// A run's verdict, as `--format json` writes it.
#[derive(Serialize)]
struct RunVerdict<'a> {
    run: &'a str,
    verdict: &'static str,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    kind: &'static str,
    severity: &'static str,
    message: &'a str,
    chapter: Option<String>,
    line: Option<usize>,
}

fn json(book: &Book, needs: &Needs, checked: &Checked, out: &mut impl Write) -> anyhow::Result<()> {
    for (run, found) in &checked.runs {
        let run = &needs.plan.runs[*run];
        let chapter = &book.chapters[run.asks[0].chapter];
        let line = line_number(&chapter.text, run.asks[0].span.start);
        let findings = found.iter().map(|found| JsonFinding {
            kind: found.difference.what.word(),
            severity: if is_error(found) { "error" } else { "warning" },
            message: &found.difference.message,
            chapter: Some(chapter.path.display().to_string()),
            line: Some(line),
        });
        let verdict = RunVerdict {
            run: &run.id,
            verdict: if found.iter().any(is_error) {
                "differs"
            } else {
                "holds"
            },
            findings: findings.collect(),
        };
        writeln!(out, "{}", serde_json::to_string(&verdict)?)?;
    }
    for id in &checked.orphans {
        let verdict = RunVerdict {
            run: id,
            verdict: "differs",
            findings: vec![JsonFinding {
                kind: What::Orphan.word(),
                severity: "error",
                message: "it is recorded, and no fence asks for it",
                chapter: None,
                line: None,
            }],
        };
        writeln!(out, "{}", serde_json::to_string(&verdict)?)?;
    }
    Ok(())
}
