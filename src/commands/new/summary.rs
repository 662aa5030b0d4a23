//! The summary that `new` prints: the new files, and the next steps.

use std::path::Path;

use super::lesson::Lesson;
use crate::commands::install::{is_installed, watch};

/// Returns the summary. `entry` is the new line of SUMMARY.md. Also makes `mdbook serve` watch the program's folder.
///
/// # Errors
/// The book.toml cannot be read or written.
pub(super) fn of(lesson: &Lesson<'_>, entry: &str) -> anyhow::Result<String> {
    let name = &lesson.options.name;
    let shown = |path: &Path| lesson.shown(path);
    let program = shown(&lesson.program);
    let chapter = shown(&lesson.src.join(&lesson.chapter));
    let mut lines = vec![format!("created {program}")];
    if lesson.listed.is_some() {
        lines.push(format!("{}: added `{name}`", shown(&lesson.manifest)));
    }
    lines.push(format!("created {chapter}"));
    lines.push(format!("{}: {entry}", shown(&lesson.summary_file())));
    lines.push(format!("created {}", shown(&lesson.recording)));
    let folder = lesson.program.parent().unwrap_or(&lesson.root);
    lines.extend(watch(&lesson.root, folder)?);
    lines.push(format!("\nEdit {program} and {chapter}, and then run:"));
    let steps = next_steps(lesson)?;
    let width = steps.iter().map(|(command, _)| command.len()).max();
    let width = width.unwrap_or(0);
    let steps = steps
        .iter()
        .map(|(command, purpose)| format!("  {command:width$}  {purpose}"));
    lines.extend(steps);
    Ok(lines.join("\n"))
}

/// Returns the commands to run next, each with its purpose.
fn next_steps(lesson: &Lesson<'_>) -> anyhow::Result<Vec<(String, &'static str)>> {
    let name = &lesson.options.name;
    let (book, dir) = match lesson.options.book.as_path() {
        book if book == Path::new(".") => (String::new(), String::new()),
        book => (
            format!(" --book {}", book.display()),
            format!(" {}", book.display()),
        ),
    };
    let mut steps = vec![
        (
            format!("mdbook-transcript record{book} {name}"),
            "to record the program's output again",
        ),
        (
            format!("mdbook-transcript check{book}"),
            "to check that every output in the book still holds",
        ),
        (
            format!("mdbook-transcript build{dir} --open"),
            "to see the page",
        ),
    ];
    if !is_installed(&lesson.root)? {
        steps.push((
            format!("mdbook-transcript install{dir}"),
            "to make `mdbook build` and `mdbook serve` show it, too",
        ));
    }
    Ok(steps)
}
