//! The changes to decide on.

use std::io::{self, Write};

use super::state::{State, state};
use crate::commands::record::changes::reviewed;
use crate::commands::record::orphans::Removal;
use crate::plan::{Plan, RunId};
use crate::session::Session;
use crate::transcript::format::Recording;

/// A change of the book's recordings.
pub(super) enum Change {
    /// A run has a new recording.
    Recorded(RunId, Box<Recording>),
    /// The run of a recording has got another name.
    Renamed {
        /// The name of the file.
        old: String,
        /// The name of the run.
        new: String,
    },
    /// No fence shows a recording: it is to be removed.
    Orphaned(String),
}

/// The changes of a review.
#[derive(Default)]
pub(super) struct Changes {
    /// The changes, in the order of the book; removals come last.
    pub(super) all: Vec<Change>,
    /// The pending recordings that cannot be accepted, each with the reason.
    pub(super) blocked: Vec<(RunId, String)>,
}

/// Finds the changes of the selected runs.
pub(super) fn changes(selected: &[RunId], plan: &Plan, session: &mut Session) -> Changes {
    let mut changes = Changes::default();
    for &id in selected {
        let run = &plan[id];
        match state(run, session) {
            State::Ready(new) => changes.all.push(Change::Recorded(id, new)),
            State::Blocked(why) => changes.blocked.push((id, why)),
            State::Absent => {
                let mut renamed = session.recordings.renamed();
                let renamed = renamed.find(|(_, new)| *new == run.id);
                changes
                    .all
                    .extend(renamed.map(|(old, new)| Change::Renamed {
                        old: old.to_owned(),
                        new: new.to_owned(),
                    }));
            }
        }
    }
    changes
}

impl Changes {
    /// Adds the removal of orphaned recordings, and tells which ones stay.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub(super) fn add_removal(&mut self, removal: Removal, out: &mut impl Write) -> io::Result<()> {
        removal.tell_kept("keeping", out)?;
        self.all
            .extend(removal.remove.into_iter().map(Change::Orphaned));
        Ok(())
    }
}

impl Change {
    /// The name of the recording.
    pub(super) fn id<'a>(&'a self, plan: &'a Plan) -> &'a str {
        match self {
            Change::Recorded(run, _) => &plan[*run].id,
            Change::Renamed { new, .. } => new,
            Change::Orphaned(id) => id,
        }
    }

    /// Returns whether the author would see no difference: the rules and the text are the same.
    pub(super) fn is_invisible(&self, plan: &Plan, session: &Session) -> bool {
        match self {
            Change::Recorded(run, new) => {
                let old = session.recordings.get(&plan[*run]);
                old.is_some_and(|old| reviewed(old) == reviewed(new))
            }
            Change::Renamed { .. } | Change::Orphaned(_) => false,
        }
    }
}
