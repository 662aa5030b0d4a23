//! Existing files and names that a new lesson would overwrite, or that would be mistaken for it.

use std::fs;
use std::path::Path;

use super::lesson::Lesson;
use crate::book::summary::Summary;
use crate::diagnostic::Diagnostic;

/// Pages that mdBook itself writes.
const PAGES: [&str; 3] = ["index", "print", "toc"];

/// Returns an error for each part of the lesson that exists already.
pub(super) fn of(lesson: &Lesson<'_>) -> Vec<Diagnostic> {
    let name = &lesson.options.name;
    let exists = |path: &Path| fs::symlink_metadata(path).is_ok();
    let mut messages = Vec::new();
    // An output fence names a program of any kind, in any package.
    let same: Vec<_> = lesson.targets.of_name(name).collect();
    for target in &same {
        messages.push(format!(
            "{} is named `{name}` already: `{}`",
            target.in_words(),
            lesson.shown(&target.source)
        ));
    }
    let is_reported = same.iter().any(|target| target.source == lesson.program);
    if !is_reported && exists(&lesson.program) {
        messages.push(format!("`{}` exists", lesson.shown(&lesson.program)));
    }
    let chapter = lesson.src.join(&lesson.chapter);
    if exists(&chapter) {
        messages.push(format!("`{}` exists", lesson.shown(&chapter)));
    }
    let summary = Summary::read(&lesson.summary);
    if summary
        .entries()
        .iter()
        .any(|entry| entry.file == lesson.chapter)
    {
        let file = lesson.chapter.display();
        messages.push(format!("SUMMARY.md has an entry for `{file}`"));
    }
    let is_at_the_top = lesson.chapter.parent() == Some(Path::new(""));
    if is_at_the_top && PAGES.contains(&name.as_str()) {
        messages.push(format!("`{name}.html` is a page that mdBook itself writes"));
    }
    // On some systems, both would have one file.
    let is_alike = |id: &&str| id.eq_ignore_ascii_case(name) && *id != name;
    let mut ids = lesson.plan.runs.iter().map(|run| run.id.as_str());
    if let Some(alike) = ids.find(is_alike) {
        messages.push(format!("the run `{alike}` differs only in case"));
    }
    if exists(&lesson.recording) {
        messages.push(format!("`{}` exists", lesson.shown(&lesson.recording)));
    }
    if lesson.plan.runs.iter().any(|run| run.id == *name) && same.is_empty() {
        messages.push(format!(
            "a run is named `{name}`: `mdbook-transcript list` shows where"
        ));
    }
    let mut found: Vec<Diagnostic> = messages.into_iter().map(Diagnostic::error).collect();
    if let Some(last) = found.last_mut() {
        last.help = Some("choose another name, or remove the existing files".to_owned());
    }
    found
}
