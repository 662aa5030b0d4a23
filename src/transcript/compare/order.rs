//! The order of a fresh transcript's lines.

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::Line;
use crate::transcript::shape::order::MOST_SOFT;
use crate::transcript::shape::{Nth, Shape};

/// Lines in an order that was proved to be impossible; else one that was never seen.
pub(super) fn order_of_lines(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let wrong = |&(a, b): &(Nth, Nth)| match (assigned.place(a), assigned.place(b)) {
        (Some(a), Some(b)) => (a > b).then_some((a, b)),
        _ => None,
    };
    // One finding a line, however many lines it should have waited for.
    let mut told = Vec::new();
    for (a, b) in shape.order.hard.iter().filter_map(wrong) {
        if told.contains(&b) {
            continue;
        }
        told.push(b);
        let (first, second) = (quoted(&lines[a].text), quoted(&lines[b].text));
        differences.push(Difference {
            lines: vec![
                (
                    b,
                    format!("must come after {first} (when that was held back, this waited)"),
                ),
                (a, "comes only here".to_owned()),
            ],
            ..Difference::new(What::Order, format!("prints {second} before {first}"))
        });
    }
    if lines.len() <= MOST_SOFT && differences.is_empty() {
        let new = shape.order.soft.iter().filter_map(wrong).next();
        differences.extend(new.map(|(a, b)| {
            let (first, second) = (quoted(&lines[a].text), quoted(&lines[b].text));
            let message = format!("prints {second} before {first}, which was never seen before");
            Difference {
                lines: vec![(b, String::new()), (a, String::new())],
                ..Difference::new(What::Learn, message)
            }
        }));
    }
    differences
}

/// The first line that does not come where it came when it was recorded.
pub fn exact(shape: &Shape, recorded: &[Line], fresh: &[Line]) -> Option<Difference> {
    let of = |lines| Assigned::of(&shape.templates, lines).of_lines;
    let (then, now) = (of(recorded), of(fresh));
    let place = now.iter().zip(&then).position(|(now, then)| now != then)?;
    let expected = quoted(&recorded[place].text);
    Some(Difference {
        lines: vec![(
            place,
            format!("expected {expected}: the fence says `order=exact`"),
        )],
        ..Difference::new(
            What::Order,
            format!(
                "prints {} where {expected} was recorded",
                quoted(&fresh[place].text)
            ),
        )
    })
}
