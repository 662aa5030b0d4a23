//! Checks what only the observer can see: which lines depend on a thread or process, and how many are started.

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::quoted;
use crate::diagnostic::FindingKind;
use crate::transcript::Line;
use crate::transcript::execution::Execution;
use crate::transcript::shape::{Apart, Nth, Shape, Starts};

/// Returns the first line that waited for the held thread or process of `apart`, though it did not wait before.
///
/// `lines` are all lines that were printed, the first `came` of them before the hold ended. `None`: the thread or
/// process was never about to start.
pub fn beside(
    shape: &Shape,
    apart: &Apart,
    lines: &[Line],
    came: Option<usize>,
) -> Option<Difference> {
    let Some(came) = came else {
        let message = format!("no longer starts {}", apart.in_words());
        return Some(Difference::new(FindingKind::Count, message));
    };
    let assigned = Assigned::of(shape, lines);
    let late = |node: &&Nth| assigned.place(**node).is_some_and(|place| place >= came);
    let place = assigned.place(*apart.lines.iter().find(late)?)?;
    let message = format!(
        "prints {} only after {} continues, for which it did not wait before",
        quoted(&lines[place].text),
        apart.in_words()
    );
    Some(Difference {
        lines: vec![(place, "too late".to_owned())],
        ..Difference::new(FindingKind::Order, message)
    })
}

/// Returns whether the thread or process that was held in an execution is another one than that of `apart`: threads may
/// be started in another order, or one that prints nothing before it, and so have its number.
///
/// `fewest` are the lowest numbers of threads and processes that any execution of the program starts now.
pub fn is_another(shape: &Shape, apart: &Apart, execution: &Execution, fewest: Starts) -> bool {
    let lines = execution.as_lines();
    let assigned = Assigned::of(shape, &lines);
    let printed_by = |line: Nth| {
        let printed_by = execution.lines[assigned.place(line)?].printed_by.as_ref();
        printed_by.map(|(actor, _)| actor.as_str())
    };
    match apart.prints {
        Some(own) => printed_by(own).is_some_and(|actor| actor != apart.actor),
        // It does not print the lines that do not depend on it.
        None if apart
            .lines
            .iter()
            .any(|&line| printed_by(line) == Some(&apart.actor)) =>
        {
            true
        }
        // Nothing but the number tells which one is meant.
        None => {
            let Starts {
                threads, processes, ..
            } = shape.starts;
            fewest.threads > threads || fewest.processes > processes
        }
    }
}

/// Returns whether all lines that do not depend on a thread or process have been printed.
pub fn all_came(shape: &Shape, apart: &Apart, lines: &[Line]) -> bool {
    let assigned = Assigned::of(shape, lines);
    apart
        .lines
        .iter()
        .all(|&node| assigned.place(node).is_some())
}

/// Returns the difference if a run starts fewer threads or processes than its shape requires, or waits for the ends of
/// fewer processes.
pub fn starts(shape: &Shape, fresh: Starts) -> Option<Difference> {
    let Starts {
        threads,
        processes,
        reaped,
    } = shape.starts;
    let (does, found, expected, unit) = match fresh {
        fresh if fresh.threads < threads => ("starts", fresh.threads, threads, "thread"),
        fresh if fresh.processes < processes => ("starts", fresh.processes, processes, "process"),
        fresh if fresh.reaped < reaped => ("waits for", fresh.reaped, reaped, "process"),
        _ => return None,
    };
    let unit = match (found, unit) {
        (1, unit) => unit.to_owned(),
        (_, "process") => "processes".to_owned(),
        (_, unit) => format!("{unit}s"),
    };
    let message = format!("{does} {found} {unit}, expected at least {expected}");
    Some(Difference::new(FindingKind::Count, message))
}
