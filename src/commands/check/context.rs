//! The values that every step of a check needs.

use super::times::Times;
use crate::plan::Plan;
use crate::progress::ProgressLine;
use crate::session::Session;

/// The book that is checked, and the way in which its runs are executed.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The runs of the book.
    pub(super) plan: &'a Plan,
    /// Its recordings and its configuration.
    pub(super) session: &'a Session,
    /// How often each run is executed.
    pub(super) times: Times,
    /// The line that shows how far the check has come.
    pub(super) progress: &'a ProgressLine,
}
