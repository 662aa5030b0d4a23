//! Compares the order of a new transcript's lines.

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::shape::{MOST_SOFT, Nth, Shape};
use crate::transcript::{Line, Stream};

/// Returns lines in an order that was proved impossible, or else one that was never seen.
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
    // One finding per line, however many lines it should have waited for.
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

/// Returns the first line that isn't in its recorded place within its stream. Both transcripts come with the
/// templates of their lines.
pub(super) fn exact(
    (recorded, then): (&[Line], &Assigned),
    (fresh, now): (&[Line], &Assigned),
) -> Option<Difference> {
    [Stream::Stdout, Stream::Stderr]
        .into_iter()
        .find_map(|stream| {
            let of = |lines: &[Line]| -> Vec<usize> {
                (0..lines.len())
                    .filter(|&at| lines[at].stream == stream)
                    .collect()
            };
            let mut places = of(recorded).into_iter().zip(of(fresh));
            let (was, is) = places.find(|&(was, is)| then.of_lines[was] != now.of_lines[is])?;
            let expected = quoted(&recorded[was].text);
            let message = format!(
                "prints {} where {expected} was recorded",
                quoted(&fresh[is].text)
            );
            Some(Difference {
                lines: vec![(
                    is,
                    format!("expected {expected}: the fence says `order=exact`"),
                )],
                ..Difference::new(What::Order, message)
            })
        })
}
