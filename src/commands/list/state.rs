//! The states of runs, in words.

use std::path::Path;

use crate::book::Book;
use crate::pipeline::sources::shown_path;
use crate::plan::Plan;
use crate::recordings::cache::State;
use crate::recordings::inputs::Contents;
use crate::recordings::store::State as Recorded;
use crate::session::Session;

/// Returns the state of each run as a word, and the reason for it: the state of its recording, or, in a book without
/// recordings, of its cached transcript.
pub(super) fn states(
    book: &Book<'_>,
    plan: &Plan,
    session: &mut Session,
) -> Vec<(String, Option<String>)> {
    let Session {
        recordings,
        cache,
        contents,
        ..
    } = session;
    let has_changed =
        |file: &Path| format!("{} has changed", shown_path(&book.root, file).display());
    let of_cache = |run, contents: &mut Contents| {
        let state = cache.state(run, contents);
        let why = match &state {
            State::Stale {
                changed: Some(file),
            } => Some(has_changed(file)),
            State::Stale { changed: None } => Some("its source files are not known".to_owned()),
            State::Fresh(_) | State::Missing => None,
        };
        (state.word().to_owned(), why)
    };
    let of_store = |run, contents: &mut Contents| {
        let (word, why) = match recordings.state(run, contents) {
            Recorded::Fresh(_) => ("fresh", None),
            Recorded::Missing => ("missing", None),
            Recorded::Unusable(why) => ("unusable", Some(why.to_string())),
            Recorded::Stale { changed, .. } => (
                "stale",
                Some(match changed {
                    Some(file) => has_changed(&file),
                    None => "the recording is of another run".to_owned(),
                }),
            ),
        };
        (word.to_owned(), why)
    };
    let runs = plan.runs.iter();
    if recordings.is_empty() {
        runs.map(|run| of_cache(run, contents)).collect()
    } else {
        runs.map(|run| of_store(run, contents)).collect()
    }
}
