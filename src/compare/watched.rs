//! Compares observations of an execution: the lines that wait for a held actor, and the number of threads and
//! processes.

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::Line;
use crate::transcript::shape::{Apart, Nth, Shape, Starts};

/// Compares an execution in which `apart`'s thread or process was held at its start: `lines` are its output, `came`
/// is the number of lines before the actor was released; `None` if the actor never started.
pub fn beside(
    shape: &Shape,
    apart: &Apart,
    lines: &[Line],
    came: Option<usize>,
) -> Option<Difference> {
    let Some(came) = came else {
        let message = format!("no longer starts {}", apart.in_words());
        return Some(Difference::new(What::Count, message));
    };
    let assigned = Assigned::of(&shape.templates, lines);
    let late = |node: &&Nth| assigned.place(**node).is_some_and(|place| place >= came);
    let place = assigned.place(*apart.lines.iter().find(late)?)?;
    let message = format!(
        "prints {} only after {} has gone on; it did not wait for that",
        quoted(&lines[place].text),
        apart.in_words()
    );
    Some(Difference {
        lines: vec![(place, "comes too late".to_owned())],
        ..Difference::new(What::Order, message)
    })
}

/// Whether all lines that don't wait for the held thread or process have come.
pub fn all_came(shape: &Shape, apart: &Apart, lines: &[Line]) -> bool {
    let assigned = Assigned::of(&shape.templates, lines);
    apart
        .lines
        .iter()
        .all(|&node| assigned.place(node).is_some())
}

/// Compares the number of threads and processes that an execution starts.
pub fn starts(shape: &Shape, fresh: Starts) -> Option<Difference> {
    let Starts { threads, processes } = shape.starts;
    let (now, then, what) = match fresh {
        fresh if fresh.threads < threads => (fresh.threads, threads, "threads"),
        fresh if fresh.processes < processes => (fresh.processes, processes, "processes"),
        _ => return None,
    };
    let message = format!("starts {now} {what}; when it was recorded, {then} at least");
    Some(Difference::new(What::Count, message))
}
