//! Examines the fences of a book and its recordings.

use std::path::Path;

use super::diagnosis::{Diagnosis, State};
use crate::config::Execute;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::orphans::{Orphans, Unread, orphans};
use crate::pipeline::plan::Cargo;
use crate::plan::Origin;
use crate::recordings::freshness::Freshness;
use crate::recordings::paths::relative;
use crate::report::Errors;

const FENCES: &str = "fences";
const RECORDINGS: &str = "recordings";

/// The properties of the lessons that decide what else a book needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lessons {
    /// Whether a run is of the book's own package.
    pub(super) needs_package: bool,
    /// The number of runs that fences show with a seed.
    pub(super) seeds: usize,
}

/// Examines the fences and the recordings of the book in this folder; returns the lessons, too, unless they have an error.
pub(super) fn examine(root: &Path) -> (Vec<Diagnosis>, Option<Lessons>) {
    let mut opened = match opened(root, &[], Cargo::IfNeeded) {
        Ok(opened) => opened,
        Err(error) => return (vec![wrong(&error)], None),
    };
    let lessons = Lessons {
        needs_package: opened.plan.runs.iter().any(|run| match run.origin {
            Origin::Target => !run.target.standalone,
            Origin::Snippet { .. } | Origin::Shell { .. } => true,
        }),
        seeds: opened
            .plan
            .runs
            .iter()
            .filter(|run| run.seed().is_some())
            .count(),
    };
    let mut found = vec![fences(&opened)];
    found.extend(recordings(&mut opened));
    (found, Some(lessons))
}

/// The errors of the lessons, or of another preprocessor.
fn wrong(error: &anyhow::Error) -> Diagnosis {
    let list = "run `mdbook-transcript list` to see";
    let Some(errors) = error.downcast_ref::<Errors>() else {
        let found = format!("the chapters cannot be read: {error:#}");
        return Diagnosis::error(FENCES, found).help(format!("{list} it at length"));
    };
    let first = errors.each().next().map(|(line, error)| {
        let line = line.map(|line| format!(" ({line})")).unwrap_or_default();
        format!("{}{line}", error.message)
    });
    let first = first.unwrap_or_default();
    match errors.count() {
        1 => Diagnosis::error(FENCES, first).help(format!("{list} the line and advice")),
        count => Diagnosis::error(FENCES, format!("{count} errors; the first: {first}"))
            .help(format!("{list} all of them")),
    }
}

/// The numbers of runs and warnings.
fn fences(opened: &Opened) -> Diagnosis {
    let asked = match opened.plan.runs.len() {
        0 => "none asks for a run (`mdbook-transcript new NAME` creates a lesson)".to_owned(),
        1 => "they ask for 1 run".to_owned(),
        runs => format!("they ask for {runs} runs"),
    };
    let warnings = match opened.warnings {
        0 => return Diagnosis::ok(FENCES, format!("no error; {asked}")),
        1 => "1 warning".to_owned(),
        warnings => format!("{warnings} warnings"),
    };
    Diagnosis::warning(FENCES, format!("{warnings}; {asked}"))
        .help("see stderr, or run `mdbook-transcript list`")
}

/// The states of the recordings.
fn recordings(opened: &mut Opened) -> Vec<Diagnosis> {
    let Opened { session, plan, .. } = opened;
    let mut found = Vec::new();
    let (mut fresh, mut stale, mut missing) = (0, Vec::new(), Vec::new());
    for run in &plan.runs {
        match session.recorded(run) {
            Freshness::Fresh(_) => fresh += 1,
            Freshness::Stale { .. } => stale.push(run.id.as_str()),
            Freshness::Missing => missing.push(run.id.as_str()),
            Freshness::Unusable(unusable) => {
                let help = format!("run `mdbook-transcript record {}`", run.id);
                found.push(Diagnosis::error(RECORDINGS, unusable.to_string()).help(help));
            }
        }
    }
    let state = match session.config.execute {
        // Nothing is executed in their place.
        Execute::Never => State::Error,
        Execute::Stale => State::Warning,
    };
    for (ids, word) in [(stale, "stale"), (missing, "missing")] {
        if !ids.is_empty() {
            let warning = Diagnosis::warning(RECORDINGS, format!("{word}: {}", named(&ids)));
            found.push(Diagnosis {
                state,
                ..warning.help("run `mdbook-transcript record`")
            });
        }
    }
    found.extend(orphaned(opened));
    if found.is_empty() {
        let ok = match fresh {
            0 => "no fence needs one".to_owned(),
            1 => "the only one is fresh".to_owned(),
            fresh => format!("all {fresh} are fresh"),
        };
        found.push(Diagnosis::ok(RECORDINGS, ok));
    }
    found
}

/// The recordings that no fence shows.
fn orphaned(opened: &Opened) -> Vec<Diagnosis> {
    let Opened {
        book,
        session,
        plan,
        ..
    } = opened;
    let mut found = Vec::new();
    let Orphans { ids, unread } = orphans(book, plan, session);
    if let Some(Unread { book, ids }) = unread {
        let (ids, book) = (named(&ids), book.display());
        let unknown = format!(
            "no fence shows {ids}, but the book in `{book}` shares their folder and has errors"
        );
        let help = format!("run `mdbook-transcript doctor {book}`");
        found.push(Diagnosis::warning(RECORDINGS, unknown).help(help));
    }
    let is_usable = |id: &String| session.recordings.unusable(id).is_none();
    let (usable, unusable): (Vec<String>, Vec<String>) = ids.into_iter().partition(is_usable);
    if !usable.is_empty() {
        let orphans = format!("orphaned, because no fence shows them: {}", named(&usable));
        let help = "run `mdbook-transcript record`, which removes them, or show them in a fence";
        found.push(Diagnosis::warning(RECORDINGS, orphans).help(help));
    }
    for id in unusable {
        let file = relative(&book.root, &session.recordings.path(&id));
        let why = session
            .recordings
            .unusable(&id)
            .map(|it| it.why.to_string());
        let why = why.unwrap_or_default();
        let orphan = format!("no fence shows `{file}`, which is no usable recording: {why}");
        found.push(Diagnosis::warning(RECORDINGS, orphan).help("remove the file"));
    }
    found
}

/// The most names that are listed.
const MOST: usize = 5;

/// Lists names; of many, only some.
fn named<T: AsRef<str>>(ids: &[T]) -> String {
    let names = ids.iter().take(MOST);
    let names: Vec<String> = names.map(|id| format!("`{}`", id.as_ref())).collect();
    match ids.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
