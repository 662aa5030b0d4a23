//! Verdicts → a JUnit report: a suite for each chapter, a case for each run.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::checkout::Checkout;
use super::human;
use super::render::Color;
use super::sources::Chapters;
use super::verdict::{Fence, RunVerdict, Unchecked, Verdict, Verdicts};
use crate::diagnostic::Severity;

/// The suite of orphaned recordings.
const ORPHANED: &str = "orphaned";

/// The report as XML. Runs that opt out of checks, or that a check did not reach, become skipped cases; warnings become
/// a case's `system-out`.
///
/// # Errors
/// No known ones: characters that XML does not allow are replaced.
pub fn text(verdicts: &Verdicts, checkout: &Checkout) -> Result<String, SerializeError> {
    // A run belongs to the first chapter that shows it, and runs stay in the order of the book.
    let mut suites: Vec<TestSuite> = Vec::new();
    let of_runs = |runs| {
        let runs = <[RunVerdict]>::iter(runs);
        runs.map(|run| (run.fence.as_ref(), case(run, &verdicts.chapters)))
    };
    let checked = of_runs(&verdicts.runs);
    let unchecked = verdicts.unchecked.iter().chain(&verdicts.unreached);
    let unchecked = unchecked.map(|run| (Some(&run.fence), skipped(run)));
    let orphans = of_runs(&verdicts.orphans);
    for (fence, mut case) in checked.chain(unchecked).chain(orphans) {
        let suite = match fence {
            Some(fence) => fence.chapter.display().to_string(),
            None => ORPHANED.to_owned(),
        };
        case.set_classname(xml(&suite));
        if let Some(Fence { chapter, line }) = fence {
            let mut extra =
                |name: &str, value: String| case.extra.insert(name.into(), xml(&value).into());
            extra("file", checkout.name(chapter));
            extra("line", line.to_string());
        }
        let known = suites.iter_mut().find(|known| *known.name == *xml(&suite));
        match known {
            Some(known) => {
                known.add_test_case(case);
            }
            None => {
                let mut new = TestSuite::new(xml(&suite));
                new.add_test_case(case);
                suites.push(new);
            }
        }
    }
    let mut report = Report::new("mdbook-transcript check");
    report.add_test_suites(suites);
    report.to_string()
}

/// The case of a checked run or an orphaned recording.
fn case(run: &RunVerdict, chapters: &Chapters) -> TestCase {
    let drawn = |severity| {
        let findings = run.of(severity);
        let drawn = findings.map(|finding| human::finding(run, finding, chapters, Color::Plain));
        drawn.collect::<Vec<_>>().join("\n\n")
    };
    let status = match (run.verdict(), run.of(Severity::Error).next()) {
        (Verdict::Differs, Some(first)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let messages = run.of(Severity::Error).map(|error| error.message.as_str());
            status.set_message(xml(&messages.collect::<Vec<_>>().join("; ")));
            status.set_type(first.kind.map_or("", |kind| kind.word()));
            status.set_description(xml(&drawn(Severity::Error)));
            status
        }
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(xml(&run.run), status);
    if let Some(wall) = run.wall {
        case.set_time(wall);
    }
    let warnings = drawn(Severity::Warning);
    if !warnings.is_empty() {
        case.set_system_out(xml(&warnings));
    }
    case
}

/// The case of a run that was not checked.
fn skipped(run: &Unchecked) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(xml(&run.reason));
    TestCase::new(xml(&run.run), status)
}

/// Replaces the two characters that XML 1.0 does not allow (its production `Char`) and `quick_junit` leaves alone;
/// it removes control characters and ANSI sequences itself.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
