//! `list`: the runs of a book, and what is known of each.

use std::path::Path;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::book::Book;
use crate::book::open::read;
use crate::cli::ListFormat;
use crate::pipeline::findings::tell;
use crate::pipeline::plan::{Cargo, Planned, planned};
use crate::pipeline::sources::shown_path;
use crate::pipeline::values::check_recorded_values;
use crate::plan::{Plan, Run};
use crate::recordings::freshness::Freshness;
use crate::recordings::paths::relative;
use crate::report::line_number;
use crate::session::Session;

mod table;

/// What is known of a run, in the order of the columns, and as `--format json` writes it.
#[derive(Debug, Serialize)]
struct Row {
    /// `fresh`, `stale`, `missing`, `unusable` or `orphaned`.
    state: String,
    /// Its name; `None`: of an orphan that was kept, and not recorded, the command is known alone.
    run: Option<String>,
    /// How long it took when it was recorded or kept, in seconds.
    #[serde(serialize_with = "in_seconds")]
    wall: Option<Duration>,
    /// Where it is shown, in the order of the book.
    places: Vec<Place>,
    /// The command by which a reader runs it.
    command: Option<String>,
    /// Why its state is so.
    why: Option<String>,
    /// The program's file, relative to the book.
    program: Option<String>,
    /// The file with what is recorded of it, relative to the book; `None`: nothing is.
    transcript: Option<String>,
}

/// A fence.
#[derive(Debug, Serialize)]
struct Place {
    /// The chapter's file, relative to the book.
    chapter: String,
    /// The line, from 1.
    line: usize,
}

fn in_seconds<S: Serializer>(wall: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    wall.map(|wall| wall.as_secs_f64()).serialize(serializer)
}

/// What is known of the runs of the book in this folder, in the order of the book: `fresh`, `stale` and what
/// has changed, or `missing`; behind them the transcripts that are kept of runs which no fence asks for,
/// `orphaned`. For people it is a table, with a header and no wider than `screen` where it is to be shown on
/// one; for programs an object of JSON a line. Nothing is built or run.
///
/// # Errors
/// There is no book, or something is wrong in its settings or lessons.
pub fn list(folder: &Path, format: ListFormat, screen: Option<usize>) -> anyhow::Result<String> {
    let book = read(folder)?;
    let Planned {
        mut session,
        plan,
        warnings,
    } = planned(&book, Cargo::IfNeeded)?;
    tell(&book, warnings);
    check_recorded_values(&book, &plan, &mut session)?;
    let mut rows = Vec::new();
    let states = states(&book, &plan, &mut session);
    for (run, (word, why)) in plan.runs.iter().zip(states) {
        rows.push(of_run(&book, &session, run, word, why));
    }
    rows.extend(orphans(&book, &plan, &session));
    match format {
        ListFormat::Human => Ok(table::text(&rows, screen)),
        ListFormat::Json => {
            let lines: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
            Ok(lines?.join("\n"))
        }
    }
}

fn of_run(
    book: &Book<'_>,
    session: &Session,
    run: &Run,
    state: String,
    why: Option<String>,
) -> Row {
    let recorded = session.recordings.get(run).map(|its| &its.transcript);
    let known = recorded.or_else(|| session.cache.get(run));
    let file = || relative(&book.root, &session.recordings.path(&run.id));
    Row {
        state,
        run: Some(run.id.clone()),
        wall: known.map(|transcript| transcript.wall),
        places: places(book, run),
        command: Some(run.command.clone()),
        why,
        program: Some(relative(&book.root, &run.target.source)),
        transcript: recorded.map(|_| file()),
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

/// What is kept, and nobody asks for.
fn orphans(book: &Book<'_>, plan: &Plan, session: &Session) -> Vec<Row> {
    let recorded = session.recordings.orphans(&plan.runs).into_iter();
    let of_store = recorded.map(|id| {
        let recorded = session.recordings.by_id(id);
        Row {
            run: Some(id.to_owned()),
            wall: recorded.map(|its| its.transcript.wall),
            command: recorded.map(|its| its.head.run.clone()),
            program: recorded.map(|its| its.head.source.clone()),
            transcript: Some(relative(&book.root, &session.recordings.path(id))),
            ..Row::orphaned()
        }
    });
    // Of a book that records, what is kept beside is of no interest.
    let kept = session.cache.orphans(&plan.runs).into_iter();
    let of_cache = kept.map(|command| Row {
        command: Some(command.to_owned()),
        ..Row::orphaned()
    });
    if session.recordings.is_empty() {
        of_cache.collect()
    } else {
        of_store.collect()
    }
}

impl Row {
    /// A run that nobody asks for, and of which nothing else is known.
    fn orphaned() -> Row {
        Row {
            state: "orphaned".to_owned(),
            run: None,
            wall: None,
            places: Vec::new(),
            command: None,
            why: None,
            program: None,
            transcript: None,
        }
    }
}

/// The state of each run as a word, and its reason: that of its recording, or of its cached transcript in a book
/// without recordings.
fn states(book: &Book<'_>, plan: &Plan, session: &mut Session) -> Vec<(String, Option<String>)> {
    let runs = plan.runs.iter();
    if session.recordings.is_empty() {
        let unknown = "its inputs are not known";
        runs.map(|run| in_words(book, &session.cached(run), unknown))
            .collect()
    } else {
        let other = "what is recorded is of another run";
        runs.map(|run| in_words(book, &session.recorded(run), other))
            .collect()
    }
}

/// The word and the reason for a state; `other` is the reason why something is stale although no input has changed.
fn in_words<T>(book: &Book<'_>, state: &Freshness<'_, T>, other: &str) -> (String, Option<String>) {
    let why = match state {
        Freshness::Fresh(_) | Freshness::Missing => None,
        Freshness::Unusable(why) => Some(why.to_string()),
        Freshness::Stale { changed: None, .. } => Some(other.to_owned()),
        Freshness::Stale {
            changed: Some(file),
            ..
        } => {
            let file = shown_path(&book.root, file);
            Some(format!("{} has changed", file.display()))
        }
    };
    (state.word().to_owned(), why)
}
