//! The shape in a recording and a fresh transcript → their differences.

use crate::diagnostic::{FindingKind, Severity};
use crate::transcript::execution::Execution;
use crate::transcript::shape::{InOrder, Shape};
use crate::transcript::{Exit, Line, Transcript};

mod assign;
mod awaited;
pub mod claims;
mod cut;
mod fields;
mod finding;
mod observed;
mod order;
mod quote;
mod schedules;
mod text;
mod time;

use assign::Assigned;
pub use awaited::Awaited;
pub use finding::{BrokenRule, Difference, without_digits};
pub use observed::{all_came, beside, is_another, starts};
use order::{exact, order_of_lines};
pub use quote::quoted;
pub use schedules::under_seed;
use text::text_and_count;
use time::times;

/// Compares a fresh transcript with the recording of its run: the shape, and the transcript that readers see.
pub fn compare(
    shape: &Shape,
    recorded: &Transcript,
    fresh: &Transcript,
    order: InOrder,
) -> Vec<Difference> {
    let fresh = &*cut::comparable(shape, fresh);
    let then = Assigned::of(shape, &recorded.lines);
    let now = Assigned::of(shape, &fresh.lines);
    let mut differences = of_lines(shape, &fresh.lines, fresh.exit, order, &now);
    differences.extend(times(shape, (recorded, &then), (fresh, &now)));
    if order == InOrder::Exact {
        differences.extend(exact((&recorded.lines, &then), (&fresh.lines, &now)));
    }
    cut::only_warned(shape, fresh, &mut differences);
    differences
}

/// Compares as [`compare`] does, except for times: delays and held threads change these.
pub fn compare_but_times(
    shape: &Shape,
    recorded: &Transcript,
    fresh: &Transcript,
    order: InOrder,
) -> Vec<Difference> {
    let fresh = &*cut::comparable(shape, fresh);
    let now = Assigned::of(shape, &fresh.lines);
    let mut differences = of_lines(shape, &fresh.lines, fresh.exit, order, &now);
    if order == InOrder::Exact {
        let then = Assigned::of(shape, &recorded.lines);
        differences.extend(exact((&recorded.lines, &then), (&fresh.lines, &now)));
    }
    cut::only_warned(shape, fresh, &mut differences);
    differences
}

/// Returns whether an execution obeys the rules of a shape.
pub fn obeys(shape: &Shape, execution: &Execution) -> bool {
    let lines = execution.as_lines();
    let found = differences(shape, &lines, execution.exit, InOrder::Learned).into_iter();
    let started = execution.starts.into_iter();
    let found = found.chain(started.flat_map(|its| starts(shape, its)));
    let world = execution.world().into_iter();
    let mut found = found.chain(world.flat_map(|world| under_seed(shape, &lines, world)));
    !found.any(|difference| difference.kind.severity() == Severity::Error)
}

/// Compares lines and an exit status with a shape alone; times are not compared.
pub fn differences(shape: &Shape, lines: &[Line], exit: Exit, order: InOrder) -> Vec<Difference> {
    let assigned = Assigned::of(shape, lines);
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
            "expected {}, found {}",
            shape.exit.in_words(),
            exit.in_words()
        );
        differences.push(Difference::new(FindingKind::Exit, message));
    }
    differences.extend(text_and_count(shape, lines, assigned));
    differences.extend(fields::fields(shape, lines, assigned, order));
    if order == InOrder::Learned {
        differences.extend(order_of_lines(shape, lines, assigned));
    }
    differences
}
