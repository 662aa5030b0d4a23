//! The rows of the list.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::book::Book;
use crate::pipeline::orphans::orphans as orphans_of;
use crate::plan::{Plan, Run};
use crate::recordings::paths::relative;
use crate::report::line_number;
use crate::session::Session;

/// A run or an orphan, with its fields in the order of `--format json`.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// `fresh`, `stale`, `missing`, `unusable` or `orphaned`.
    pub(super) state: String,
    /// The run's name; `None` for an orphaned cached transcript, of which only the command is known.
    pub(super) run: Option<String>,
    /// The wall time of the recorded or cached execution, in seconds.
    #[serde(serialize_with = "in_seconds")]
    pub(super) wall: Option<Duration>,
    /// The fences that show the run, in the order of the book.
    pub(super) places: Vec<Place>,
    /// The command with which a reader executes the run.
    pub(super) command: Option<String>,
    /// The reason for the state.
    pub(super) why: Option<String>,
    /// The program's source file, relative to the book.
    pub(super) program: Option<String>,
    /// The recording's file, relative to the book; `None` if there is no recording.
    pub(super) transcript: Option<String>,
    /// The file of the run's pending recording, relative to the book; `None` if there is none.
    pub(super) pending: Option<String>,
}

/// The place of a fence.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    /// The chapter's file, relative to the book.
    pub(super) chapter: String,
    /// The line of the fence, from 1.
    pub(super) line: usize,
}

fn in_seconds<S: Serializer>(wall: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    wall.map(|wall| wall.as_secs_f64()).serialize(serializer)
}

/// Returns the row of a run with this state and the reason for it.
pub(super) fn of_run(
    book: &Book<'_>,
    session: &Session,
    run: &Run,
    (state, why): (String, Option<String>),
) -> Row {
    let recorded = session
        .recordings
        .get(run)
        .map(|recorded| &recorded.transcript);
    let known = recorded.or_else(|| session.cache.get(run));
    let file = || relative(&book.root, &session.recordings.path(&run.id));
    let pending = session.pending();
    Row {
        state,
        run: Some(run.id.clone()),
        wall: known
            .filter(|_| run.purpose.is_run())
            .map(|transcript| transcript.wall),
        places: places(book, run),
        command: Some(run.command.clone()),
        why,
        program: Some(relative(&book.root, &run.target.source)),
        transcript: recorded.map(|_| file()),
        pending: pending
            .has(&run.id)
            .then(|| relative(&book.root, &pending.path(&run.id))),
    }
}

fn places(book: &Book<'_>, run: &Run) -> Vec<Place> {
    let asks = run.asks.iter().map(|ask| {
        let chapter = &book.chapters[ask.chapter];
        Place {
            chapter: chapter.path.display().to_string(),
            line: line_number(&chapter.text, ask.span.start),
        }
    });
    asks.collect()
}

/// Returns the rows of the orphaned recordings, or, in a book without recordings, of the orphaned cached transcripts.
pub(super) fn orphans(book: &Book<'_>, plan: &Plan, session: &Session) -> Vec<Row> {
    let orphans = orphans_of(book, plan, session).ids.into_iter();
    let recordings = orphans.map(|id| {
        let recorded = session.recordings.by_id(&id);
        Row {
            wall: recorded.map(|recorded| recorded.transcript.wall),
            command: recorded.map(|recorded| recorded.head.run.clone()),
            program: recorded.map(|recorded| recorded.head.source.clone()),
            transcript: Some(relative(&book.root, &session.recordings.path(&id))),
            run: Some(id),
            ..Row::orphaned()
        }
    });
    let orphans = session.cache.orphans(&plan.runs).into_iter();
    let cached = orphans.map(|command| Row {
        command: Some(command.to_owned()),
        ..Row::orphaned()
    });
    if session.recordings.is_empty() {
        cached.collect()
    } else {
        recordings.collect()
    }
}

impl Row {
    /// Returns the row of an orphan of which nothing is known.
    pub(super) fn orphaned() -> Row {
        Row {
            state: "orphaned".to_owned(),
            run: None,
            wall: None,
            places: Vec::new(),
            command: None,
            why: None,
            program: None,
            transcript: None,
            pending: None,
        }
    }
}
