//! Compares a shape with a new transcript and returns the differences.

pub use crate::diagnostic::FindingKind as What;
use crate::transcript::shape::{InOrder, Shape, Template};
use crate::transcript::{Exit, Line, Transcript};

mod assign;
mod fields;
mod order;
mod text;
mod time;
mod watched;

use assign::Assigned;
use order::{exact, order_of_lines};
use text::text_and_count;
use time::times;
pub use watched::{all_came, beside, starts};

/// A difference between a new transcript and the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The kind of the difference.
    pub what: What,
    /// A description that follows the name of the run.
    pub message: String,
    /// The affected lines of the new transcript, numbered from 0, each with a label.
    pub lines: Vec<(usize, String)>,
}

impl Difference {
    fn new(what: What, message: String) -> Difference {
        Difference {
            what,
            message,
            lines: Vec::new(),
        }
    }
}

/// Compares a new transcript with a run's shape and with the recorded transcript.
pub fn compare(
    shape: &Shape,
    recorded: &Transcript,
    fresh: &Transcript,
    order: InOrder,
) -> Vec<Difference> {
    let then = Assigned::of(&shape.templates, &recorded.lines);
    let now = Assigned::of(&shape.templates, &fresh.lines);
    let mut differences = of_lines(shape, &fresh.lines, fresh.exit, order, &now);
    differences.extend(times(shape, (recorded, &then), (fresh, &now)));
    if order == InOrder::Exact {
        differences.extend(exact((&recorded.lines, &then), (&fresh.lines, &now)));
    }
    differences
}

/// Compares like [`compare`], but ignores times: those of a disturbed execution say nothing.
pub fn compare_but_times(
    shape: &Shape,
    recorded: &Transcript,
    fresh: &Transcript,
    order: InOrder,
) -> Vec<Difference> {
    let now = Assigned::of(&shape.templates, &fresh.lines);
    let mut differences = of_lines(shape, &fresh.lines, fresh.exit, order, &now);
    if order == InOrder::Exact {
        let then = Assigned::of(&shape.templates, &recorded.lines);
        differences.extend(exact((&recorded.lines, &then), (&fresh.lines, &now)));
    }
    differences
}

/// Compares lines and an exit with a shape, without times.
pub fn differences(shape: &Shape, lines: &[Line], exit: Exit, order: InOrder) -> Vec<Difference> {
    let assigned = Assigned::of(&shape.templates, lines);
    of_lines(shape, lines, exit, order, &assigned)
}

fn of_lines(
    shape: &Shape,
    lines: &[Line],
    exit: Exit,
    order: InOrder,
    assigned: &Assigned,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if exit != shape.exit {
        let message = format!(
            "ends with {}, not with {}",
            exit.in_words(),
            shape.exit.in_words()
        );
        differences.push(Difference::new(What::Exit, message));
    }
    differences.extend(text_and_count(shape, lines, assigned));
    differences.extend(fields::fields(shape, lines, assigned, order));
    if order == InOrder::Learnt {
        differences.extend(order_of_lines(shape, lines, assigned));
    }
    differences
}

/// Quotes a line in messages.
pub fn quoted(line: &str) -> String {
    in_ticks(crate::transcript::escape::escape(line))
}

/// Quotes the text of a template in messages.
fn quoted_template(template: &Template) -> String {
    in_ticks(template.text())
}

fn in_ticks(mut text: String) -> String {
    const LONGEST: usize = 100;
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST).collect::<String>() + "…";
    }
    format!("`{text}`")
}
