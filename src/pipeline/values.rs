//! Values of runs in running text, checked against the transcripts.

use crate::book::Book;
use crate::diagnostic::Diagnostic;
use crate::page::value::{Missing, text};
use crate::plan::{Plan, RunId, ShownValue};
use crate::recordings::freshness::Freshness;
use crate::report::Errors;
use crate::session::Session;
use crate::transcript::Transcript;

/// An error for every value that the transcript of its run does not have; none for runs without a transcript.
pub fn missing<'a>(
    plan: &Plan,
    transcript: impl Fn(RunId) -> Option<&'a Transcript>,
) -> Vec<Diagnostic> {
    let error = |value: &ShownValue| {
        let transcript = transcript(value.run)?;
        let missing = text(&value.field, transcript).err()?;
        let id = &plan[value.run].id;
        Some(problem(id, value, missing, transcript))
    };
    plan.values.iter().filter_map(error).collect()
}

fn problem(id: &str, value: &ShownValue, missing: Missing, transcript: &Transcript) -> Diagnostic {
    let problem =
        |message: String, help: &str| Diagnostic::error(message).at(&value.place).help(help);
    match missing {
        Missing::Unknown => problem(
            format!("this is not known of `{id}`"),
            "it is known on Linux only, and not of every short run: delete the recording and record the run there",
        ),
        Missing::Match => problem(
            format!("no line that `{id}` printed matches"),
            "the regular expression is matched with each line by itself",
        ),
        Missing::Line => {
            let printed = match transcript.lines.len() {
                0 => "nothing".to_owned(),
                1 => "1 line".to_owned(),
                lines => format!("{lines} lines"),
            };
            problem(
                format!("there is no such line: `{id}` printed {printed}"),
                "lines are counted from 1, those of both streams",
            )
        }
    }
}

/// Checks that fresh recordings have the values that the book shows of them. Stale ones are left out: a page
/// would not show them.
///
/// # Errors
/// Every value that its recording does not have.
pub fn check_recorded_values(
    book: &Book<'_>,
    plan: &Plan,
    session: &mut Session,
) -> Result<(), Errors> {
    // Most books show no values.
    if plan.values.is_empty() {
        return Ok(());
    }
    let Session {
        recordings,
        contents,
        ..
    } = session;
    let runs = plan.runs.iter();
    let recorded: Vec<Option<&Transcript>> = runs
        .map(|run| match recordings.state(run, contents) {
            Freshness::Fresh(recorded) => Some(&recorded.transcript),
            Freshness::Stale { .. } | Freshness::Missing | Freshness::Unusable(_) => None,
        })
        .collect();
    let missing = missing(plan, |run| recorded[run.0]);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Errors::in_book(book, missing))
}
