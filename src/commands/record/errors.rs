//! The errors of runs that were not recorded, and of values that the new recordings lack.

use crate::book::Book;
use crate::pipeline::findings::{all_failed, in_lesson};
use crate::pipeline::obtain::Failure;
use crate::plan::{Found, Plan, RunId};
use crate::report::Findings;

/// Returns the errors for failures and missing values, in the order of the book.
pub(super) fn errors(
    book: &Book<'_>,
    plan: &Plan,
    failures: &[(RunId, Failure)],
    missing: &[Found],
) -> Findings {
    let mut findings: Vec<_> = all_failed(book, plan, failures).collect();
    findings.extend(missing.iter().map(|(chapter, problem)| {
        let finding = in_lesson(book, *chapter, problem);
        ((*chapter, problem.span.start), finding)
    }));
    findings.sort_by_key(|(place, _)| *place);
    Findings(findings.into_iter().map(|(_, finding)| finding).collect())
}
