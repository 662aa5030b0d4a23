//! The state of a pending recording.

use crate::pipeline::not_recorded::NotRecorded;
use crate::plan::Run;
use crate::session::Session;
use crate::transcript::format::Recording;

/// The state of a run's pending recording.
pub(super) enum State {
    /// There is none.
    Absent,
    /// It is of the program as it is.
    Ready(Box<Recording>),
    /// It is of another program, or cannot be used; the reason in words.
    Blocked(String),
}

/// Returns the state of a run's pending recording.
pub(super) fn state(run: &Run, session: &mut Session) -> State {
    let new = match session.pending().get(&run.id) {
        None => return State::Absent,
        Some(Err(unusable)) => return State::Blocked(unusable.to_string()),
        Some(Ok(new)) => new,
    };
    let Session {
        recordings,
        contents,
        ..
    } = session;
    match NotRecorded::of(&recordings.state_of(&new, run, contents)) {
        None => State::Ready(Box::new(new)),
        Some(why) => State::Blocked(why.in_words()),
    }
}
