//! The state of a recording or of a cached transcript: fresh, stale or missing.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::inputs::{Contents, Fate};
use crate::transcript::format::FormatError;

/// The state of a recording or of a cached transcript, decided by the inputs of its program.
#[derive(Debug)]
pub enum Freshness<'a, T> {
    /// No input of the program has changed.
    Fresh(&'a T),
    /// An input has changed, or nothing is known of the inputs.
    Stale {
        /// The recording or transcript as it was.
        old: &'a T,
        /// The first input that has changed, and how. `None`: the recording is of another run, or the inputs of the
        /// cached transcript are not known.
        changed: Option<(PathBuf, Fate)>,
    },
    /// There is no recording or cached transcript.
    Missing,
    /// The recording's file cannot be read, or is not a recording.
    Unusable(&'a Unusable),
}

/// A file that is unusable as a recording.
#[derive(Debug, thiserror::Error)]
#[error("the recording `{}` cannot be used: {why}", file.display())]
pub struct Unusable {
    /// The file.
    pub file: PathBuf,
    /// The reason.
    #[source]
    pub why: WhyUnusable,
}

/// Why a file is unusable as a recording.
#[derive(Debug, thiserror::Error)]
pub enum WhyUnusable {
    /// The file cannot be read.
    #[error("failed to read it: {0}")]
    Unreadable(#[from] io::Error),
    /// The file does not have the format of a recording.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl<'a, T> Freshness<'a, T> {
    /// Compares the hashes of inputs, as a recording or transcript has them, with the current contents.
    ///
    /// Each input is a name and a hash, or the first digits of one; `locate` returns the file of a name.
    pub(super) fn of<'i, N: Copy + AsRef<Path>>(
        old: &'a T,
        inputs: impl Iterator<Item = (N, &'i str)>,
        locate: impl Fn(N) -> Cow<'i, Path>,
        contents: &mut Contents,
    ) -> Freshness<'a, T> {
        match contents.first_changed(inputs, locate) {
            None => Freshness::Fresh(old),
            Some((name, fate)) => Freshness::Stale {
                old,
                changed: Some((name.as_ref().to_owned(), fate)),
            },
        }
    }

    /// The recording or transcript, if it is fresh.
    pub fn fresh(self) -> Option<&'a T> {
        match self {
            Freshness::Fresh(fresh) => Some(fresh),
            Freshness::Stale { .. } | Freshness::Missing | Freshness::Unusable(_) => None,
        }
    }

    /// The word for the state in lists and messages: `fresh`, `stale`, `missing` or `unusable`.
    pub fn word(&self) -> &'static str {
        match self {
            Freshness::Fresh(_) => "fresh",
            Freshness::Stale { .. } => "stale",
            Freshness::Missing => "missing",
            Freshness::Unusable(_) => "unusable",
        }
    }
}
