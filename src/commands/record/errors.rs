//! The errors of runs that were not recorded, and of values that the new recordings lack.

use crate::book::Book;
use crate::diagnostic::Diagnostic;
use crate::pipeline::failures::all_failed;
use crate::pipeline::obtain::Failure;
use crate::plan::{Plan, RunId};
use crate::report::Errors;

/// Returns the errors for failures and missing values, in the order of the book.
pub(in crate::commands) fn errors(
    book: &Book<'_>,
    plan: &Plan,
    failures: &[(RunId, Failure)],
    missing: Vec<Diagnostic>,
) -> Errors {
    let mut errors: Vec<_> = all_failed(book, plan, failures).chain(missing).collect();
    errors.sort_by_key(Diagnostic::position);
    Errors::in_book(book, errors)
}
