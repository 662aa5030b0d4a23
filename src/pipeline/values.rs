//! The values that chapters show, and those that there are not.

use super::findings::in_lesson;
use super::needs::Needs;
use crate::book::Book;
use crate::lesson::field::Field;
use crate::lesson::value::Value;
use crate::lesson::{Kind, Lesson, Problem};
use crate::page::value::{Missing, text};
use crate::plan::Ask;
use crate::plan::{Found, Plan};
use crate::recordings::store::State;
use crate::report::Findings;
use crate::spelling::nearest;
use crate::transcript::Transcript;

/// A place in a lesson that shows a value of a run.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The number of the run.
    pub run: usize,
    /// What is shown of it.
    pub field: Field,
    /// Where.
    pub place: Ask,
}

/// The values that lessons show of the runs of a plan. Beside them stands every one whose run there is not.
pub fn wanted(lessons: &[Lesson], plan: &Plan) -> (Vec<Wanted>, Vec<Found>) {
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for (chapter, lesson) in lessons.iter().enumerate() {
        for block in lesson.walk() {
            let Kind::Value(value) = &block.kind else {
                continue;
            };
            match plan.named(&value.run) {
                None => problems.push((chapter, no_run(value, plan))),
                Some(run) => all.push(Wanted {
                    run,
                    field: value.field.clone(),
                    place: Ask {
                        chapter,
                        span: block.place.clone(),
                    },
                }),
            }
        }
    }
    (all, problems)
}

fn no_run(value: &Value, plan: &Plan) -> Problem {
    let ids = plan.runs.iter().map(|run| run.id.as_str());
    let near = nearest(&value.run, ids);
    let near = near.map(|near| format!("did you mean `{near}`?"));
    let help = match plan.runs.is_empty() {
        true => "a value is taken from a run that a fence asks for, and no fence of the book does",
        false => "`mdbook-transcript list` names the runs that the fences of the book ask for",
    };
    Problem {
        label: near.unwrap_or_default(),
        help: Some(help.to_owned()),
        ..Problem::error(
            value.run_place.clone(),
            format!("no run is named `{}`", value.run),
        )
    }
}

/// Every value that the transcript of its run does not have; of a run without one nothing is said.
pub fn missing<'a>(
    values: &[Wanted],
    plan: &Plan,
    transcript: impl Fn(usize) -> Option<&'a Transcript>,
) -> Vec<Found> {
    let of = |wanted: &Wanted| {
        let transcript = transcript(wanted.run)?;
        let missing = text(&wanted.field, transcript).err()?;
        let id = &plan.runs[wanted.run].id;
        let problem = problem(id, wanted, missing, transcript);
        Some((wanted.place.chapter, problem))
    };
    values.iter().filter_map(of).collect()
}

fn problem(id: &str, wanted: &Wanted, missing: Missing, transcript: &Transcript) -> Problem {
    let problem = |message, help: &str| Problem {
        help: Some(help.to_owned()),
        ..Problem::error(wanted.place.span.clone(), message)
    };
    match missing {
        Missing::Unknown => problem(
            format!("this is not known of `{id}`"),
            "on Linux alone is it known, and not of every short run; take away what is recorded, and record the run there",
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

/// Whether what is recorded of the runs has the values that the book shows of them. Nothing is said of what
/// is stale: it would not be shown.
///
/// # Errors
/// Every value that it does not have.
pub fn are_recorded(book: &Book<'_>, needs: &mut Needs) -> Result<(), Findings> {
    let Needs {
        plan,
        store,
        contents,
        values,
        ..
    } = needs;
    // Most books have none.
    if values.is_empty() {
        return Ok(());
    }
    let runs = plan.runs.iter();
    let recorded: Vec<Option<&Transcript>> = runs
        .map(|run| match store.state(run, contents) {
            State::Fresh(recorded) => Some(&recorded.transcript),
            State::Stale { .. } | State::Missing | State::Unusable(_) => None,
        })
        .collect();
    let missing = missing(values, plan, |run| recorded[run]);
    let findings = missing
        .iter()
        .map(|(chapter, problem)| in_lesson(book, *chapter, problem));
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Findings(findings.collect())),
    }
}
