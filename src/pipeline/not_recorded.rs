//! Why a run has no fresh recording, in the words of every command.

use std::path::PathBuf;

use crate::recordings::freshness::Freshness;
use crate::recordings::inputs::Fate;
use crate::transcript::format::Recording;

/// The reason why a run has no fresh recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRecorded {
    /// It has no recording.
    Missing,
    /// An input of its program has changed; `None` if the recording is of another run.
    Stale(Option<(PathBuf, Fate)>),
    /// The recording cannot be used, in words.
    Unusable(String),
}

impl NotRecorded {
    /// Returns the reason for the state of a recording; `None`: it is fresh.
    pub fn of(state: &Freshness<'_, Recording>) -> Option<NotRecorded> {
        match state {
            Freshness::Fresh(_) => None,
            Freshness::Stale { changed, .. } => Some(NotRecorded::Stale(changed.clone())),
            Freshness::Missing => Some(NotRecorded::Missing),
            Freshness::Unusable(unusable) => Some(NotRecorded::Unusable(unusable.to_string())),
        }
    }

    /// Describes the reason: `it is not recorded`.
    pub fn in_words(&self) -> String {
        match self {
            NotRecorded::Missing => "it is not recorded".to_owned(),
            NotRecorded::Stale(Some((file, Fate::Changed))) => {
                format!("`{}` has changed since it was recorded", file.display())
            }
            NotRecorded::Stale(Some((file, fate))) => format!("`{}` {fate}", file.display()),
            NotRecorded::Stale(None) => "its recording is of another run".to_owned(),
            NotRecorded::Unusable(why) => why.clone(),
        }
    }

    /// Returns how to get a fresh recording of the run with this id.
    pub fn help(&self, id: &str) -> String {
        let record = format!("`mdbook-transcript record {id}`");
        match self {
            NotRecorded::Missing => format!("record it: {record}"),
            NotRecorded::Stale(_) => format!("record it again: {record}"),
            NotRecorded::Unusable(_) => format!("restore it from version control, or run {record}"),
        }
    }
}
