//! Verdicts → a JUnit report: a suite for each chapter, a case for each run.

use std::path::PathBuf;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::Colour;
use super::checkout::Checkout;
use super::human;
use super::verdict::{RunVerdict, Severity, Told, Unchecked, Verdict, Verdicts};

/// The suite of recorded transcripts that no fence asks for.
const ORPHANED: &str = "orphaned";

/// The report, as XML. Runs that no check is wanted of are skipped cases; warnings are what a case says.
///
/// # Errors
/// None of which we know: what XML cannot hold is taken out.
pub fn text(verdicts: &Verdicts, checkout: &Checkout) -> Result<String, SerializeError> {
    // A run belongs to the first chapter that asks for it, and runs stand in the order of the book.
    let mut suites: Vec<TestSuite> = Vec::new();
    let of_runs = |runs| <[RunVerdict]>::iter(runs).map(|run| (&run.fence, case(run)));
    let checked = of_runs(&verdicts.runs);
    let unchecked = verdicts.unchecked.iter();
    let unchecked = unchecked.map(|run| (&run.fence, skipped(run)));
    let orphans = of_runs(&verdicts.orphans);
    for (fence, mut case) in checked.chain(unchecked).chain(orphans) {
        let chapter = suite_of(fence);
        case.set_classname(xml(&chapter));
        if let Some((chapter, line)) = fence {
            let mut extra =
                |name: &str, value: String| case.extra.insert(name.into(), xml(&value).into());
            extra("file", checkout.name(chapter));
            extra("line", line.to_string());
        }
        let known = suites
            .iter_mut()
            .find(|suite| *suite.name == *xml(&chapter));
        match known {
            Some(suite) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(xml(&chapter));
                suite.add_test_case(case);
                suites.push(suite);
            }
        }
    }
    let mut report = Report::new("mdbook-transcript check");
    report.add_test_suites(suites);
    report.to_string()
}

fn suite_of(fence: &Option<(PathBuf, usize)>) -> String {
    match fence {
        Some((chapter, _)) => chapter.display().to_string(),
        None => ORPHANED.to_owned(),
    }
}

/// A run that was checked.
fn case(run: &RunVerdict) -> TestCase {
    let of = |severity: Severity| {
        run.told
            .iter()
            .filter(move |told| told.severity == severity)
    };
    let drawn = |severity| {
        let drawn = of(severity).map(|told| human::finding(run, told, Colour::Plain));
        drawn.collect::<Vec<_>>().join("\n\n")
    };
    let status = match (run.verdict(), of(Severity::Error).next()) {
        (Verdict::Differs, Some(first)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let message = |told: &Told| told.finding.message.clone();
            let messages: Vec<String> = of(Severity::Error).map(message).collect();
            status.set_message(xml(&messages.join("; ")));
            status.set_type(first.finding.kind.unwrap_or_default());
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

/// A run that is not checked, as its author wants it.
fn skipped(run: &Unchecked) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(xml(&run.reason));
    TestCase::new(xml(&run.run), status)
}

/// What may stand in XML 1.0 (its production `Char`): `quick_junit` takes out control characters and ANSI
/// sequences, but leaves these two, which are no characters.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
