//! The ways to decide: by key, by an option for all, or not at all.

use std::env;

use anyhow::bail;

use crate::ask;
use crate::cli::ReviewOptions;

/// The variables that a CI service sets.
const CI: [&str; 2] = ["CI", "TF_BUILD"];

/// The way in which a review decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The person at the terminal decides on each change.
    Ask,
    /// Nobody can be asked: changes are only shown.
    Show,
    /// All changes are accepted.
    Accept,
    /// All changes are rejected.
    Reject,
}

impl Mode {
    /// Returns the mode that the options and the terminal call for.
    ///
    /// # Errors
    /// Recordings would be accepted unseen in CI.
    pub(super) fn of(options: &ReviewOptions) -> anyhow::Result<Mode> {
        if options.reject {
            return Ok(Mode::Reject);
        }
        if !options.accept {
            return Ok(match ask::is_possible() {
                true => Mode::Ask,
                false => Mode::Show,
            });
        }
        if let Some(variable) = CI.into_iter().find(|variable| is_set(variable)) {
            bail!(
                "`review --accept` is refused in CI (`{variable}` is set), where it would accept recordings that nobody \
                 has seen: run `mdbook-transcript review` on your machine, and commit the recordings"
            );
        }
        Ok(Mode::Accept)
    }

    /// Returns whether runs are executed before their recordings are reviewed.
    pub(super) fn executes(self) -> bool {
        matches!(self, Mode::Ask | Mode::Show)
    }
}

/// Whether a variable has a value other than those with which it is turned off.
fn is_set(variable: &str) -> bool {
    let value = env::var(variable).unwrap_or_default();
    !matches!(value.as_str(), "" | "0" | "false")
}
