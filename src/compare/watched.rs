//! What only the observer can see of a fresh run: what waits for what, and what is started.

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::Line;
use crate::transcript::shape::{Apart, Nth, Shape, Starts};

/// What differs in a run in which `apart`'s thread or process was kept from starting: `lines` are what was
/// printed, `came` how many of them before it was let go; `None`: it was never about to start.
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

/// Whether all that goes on beside a thread or process has come.
pub fn all_came(shape: &Shape, apart: &Apart, lines: &[Line]) -> bool {
    let assigned = Assigned::of(&shape.templates, lines);
    apart
        .lines
        .iter()
        .all(|&node| assigned.place(node).is_some())
}

/// What differs in how much a run starts.
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
