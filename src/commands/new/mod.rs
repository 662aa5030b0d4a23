//! `new`: creates a lesson: a program, a chapter with its line in SUMMARY.md, and the recording.

use std::io;

use crate::book::summary::Summary;
use crate::cli::{NewLesson, RecordOptions, Selection};
use crate::commands::record::record;
use crate::interrupt;
use crate::report::Errors;
use changes::Changes;
use lesson::Lesson;

mod changes;
mod conflicts;
mod entry;
mod lesson;
mod name;
mod package;
mod summary;

/// Creates a lesson; returns a summary of the new files and the next steps.
///
/// # Errors
/// The name cannot be that of a lesson, a part of the lesson exists already (all of them are listed), the book has an
/// error, a file cannot be written, or the program cannot be recorded. No part of the lesson is left then.
pub fn new(options: &NewLesson) -> anyhow::Result<String> {
    name::check(&options.name)?;
    let title = name::title(options)?;
    let lesson = Lesson::plan(options)?;
    let conflicts = conflicts::of(&lesson);
    if !conflicts.is_empty() {
        return Err(Errors::from(conflicts).into());
    }
    let read = Summary::read(&lesson.summary);
    let added = read.with(&title, &lesson.chapter, lesson.after)?;
    // From here on, there are changes to undo.
    if let Err(error) = interrupt::catch() {
        tracing::warn!("failed to watch for Ctrl-C: {error}");
    }
    let mut changes = Changes::default();
    let written = lesson.write(&title, &added.text, &mut changes);
    match written.and_then(|()| record_lesson(options)) {
        Ok(()) => summary::of(&lesson, &added.line),
        Err(error) => {
            // A lesson without a recording fails the next build, and a second attempt would be refused because the
            // lesson exists. The author has not put any work into it yet.
            changes.undo();
            Err(error)
        }
    }
}

fn record_lesson(options: &NewLesson) -> anyhow::Result<()> {
    let options = RecordOptions {
        selection: Selection {
            names: vec![options.name.clone()],
            book: options.book.clone(),
        },
        all: false,
        keep_orphans: true,
        yes: false,
        pending: false,
        dry_run: false,
    };
    // The summary mentions the recording.
    record(&options, &mut io::sink())
}
