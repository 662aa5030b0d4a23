//! The states of runs, in words.

use crate::book::Book;
use crate::pipeline::sources::shown_path;
use crate::plan::Plan;
use crate::recordings::freshness::Freshness;
use crate::session::Session;

/// Returns the state of each run as a word, and its reason: that of its recording, or of its cached transcript in a book
/// without recordings.
pub(super) fn states(
    book: &Book<'_>,
    plan: &Plan,
    session: &mut Session,
) -> Vec<(String, Option<String>)> {
    let runs = plan.runs.iter();
    if session.recordings.is_empty() {
        let unknown = "its inputs are not known";
        runs.map(|run| in_words(book, &session.cached(run), unknown))
            .collect()
    } else {
        let other = "the recording is of another run";
        runs.map(|run| in_words(book, &session.recorded(run), other))
            .collect()
    }
}

/// Returns the word and the reason for a state; `other` is the reason if something is stale although no input has
/// changed.
fn in_words<T>(book: &Book<'_>, state: &Freshness<'_, T>, other: &str) -> (String, Option<String>) {
    let why = match state {
        Freshness::Fresh(_) | Freshness::Missing => None,
        Freshness::Unusable(unusable) => Some(unusable.why.to_string()),
        Freshness::Stale { changed: None, .. } => Some(other.to_owned()),
        Freshness::Stale {
            changed: Some((file, fate)),
            ..
        } => {
            let file = shown_path(&book.root, file);
            Some(format!("{} {fate}", file.display()))
        }
    };
    (state.word().to_owned(), why)
}
