//! What is there already, and would be overwritten or mistaken for the new lesson.

use std::fs;
use std::path::Path;

use super::Lesson;
use crate::book::summary::Summary;
use crate::diagnostic::Diagnostic;
use crate::lesson::fence::TargetName;

/// Pages that mdBook writes beside those of the chapters.
const PAGES: [&str; 3] = ["index", "print", "toc"];

/// Everything of a lesson that exists, each as an error.
pub(super) fn what_exists(lesson: &Lesson<'_>) -> Vec<Diagnostic> {
    let name = &lesson.wanted.name;
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let mut messages = Vec::new();
    // An output fence names a program of any kind, in any package.
    let any = TargetName {
        kind: None,
        name: name.clone(),
        package: None,
    };
    let same: Vec<_> = lesson.targets.of_name(&any.name).collect();
    for target in &same {
        messages.push(format!(
            "{} is named `{name}` already: `{}`",
            target.in_words(),
            lesson.shown(&target.source)
        ));
    }
    let is_told = same.iter().any(|target| target.source == lesson.program);
    if !is_told && is_there(&lesson.program) {
        messages.push(format!("`{}` exists", lesson.shown(&lesson.program)));
    }
    let chapter = lesson.src.join(&lesson.chapter);
    if is_there(&chapter) {
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
        messages.push(format!("`{name}.html` is a page that mdBook writes itself"));
    }
    if is_there(&lesson.transcript) {
        messages.push(format!("`{}` exists", lesson.shown(&lesson.transcript)));
    }
    if lesson.plan.runs.iter().any(|run| run.id == *name) && same.is_empty() {
        messages.push(format!(
            "a run is named `{name}`: `mdbook-transcript list` says where"
        ));
    }
    let mut found: Vec<Diagnostic> = messages.into_iter().map(Diagnostic::error).collect();
    if let Some(last) = found.last_mut() {
        last.help = Some("choose another name, or remove what is there".to_owned());
    }
    found
}
