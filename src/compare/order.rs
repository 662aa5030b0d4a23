//! Checks the order of a fresh transcript's lines.

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::quoted;
use crate::diagnostic::FindingKind;
use crate::transcript::shape::{MOST_SOFT, Nth, Shape};
use crate::transcript::{Line, Stream};

/// Returns the lines in an order that was proved impossible; if there are none, the first in an order that was
/// never seen before.
pub(super) fn order_of_lines(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let wrong = |&(a, b): &(Nth, Nth)| match (assigned.place(a), assigned.place(b)) {
        (Some(first), Some(second)) => (first > second).then(|| (first, second, vec![a, b])),
        _ => None,
    };
    // One finding a line, however many lines it should have waited for.
    let mut reported = Vec::new();
    for (a, b, of) in shape.order.hard.iter().filter_map(wrong) {
        if reported.contains(&b) {
            continue;
        }
        reported.push(b);
        let (first, second) = (quoted(&lines[a].text), quoted(&lines[b].text));
        differences.push(Difference {
            lines: vec![
                (
                    b,
                    format!("must come after {first} (this line waited while that one was held)"),
                ),
                (a, "printed only here".to_owned()),
            ],
            of,
            ..Difference::new(
                FindingKind::Order,
                format!("prints {second} before {first}"),
            )
        });
    }
    if lines.len() <= MOST_SOFT && differences.is_empty() {
        let new = shape.order.soft.iter().filter_map(wrong).next();
        differences.extend(new.map(|(a, b, of)| {
            let (first, second) = (quoted(&lines[a].text), quoted(&lines[b].text));
            let message = format!("prints {second} before {first}, an order never seen before");
            Difference {
                lines: vec![(b, String::new()), (a, String::new())],
                of,
                ..Difference::new(FindingKind::Learn, message)
            }
        }));
    }
    differences
}

/// Returns the first line of a stream that is not where the recording has it. Each list of lines comes with the
/// templates of the lines.
pub(super) fn exact(
    (recorded, then): (&[Line], &Assigned),
    (fresh, now): (&[Line], &Assigned),
) -> Option<Difference> {
    [Stream::Stdout, Stream::Stderr]
        .into_iter()
        .find_map(|stream| {
            let of_stream = |lines: &[Line]| -> Vec<usize> {
                (0..lines.len())
                    .filter(|&at| lines[at].stream == stream)
                    .collect()
            };
            let mut places = of_stream(recorded).into_iter().zip(of_stream(fresh));
            let (was, is) =
                places.find(|&(was, is)| then.template_of[was] != now.template_of[is])?;
            let expected = quoted(&recorded[was].text);
            let message = format!(
                "prints {} where the recording has {expected}",
                quoted(&fresh[is].text)
            );
            let label = format!("expected {expected}: the fence has `order=exact`");
            Some(Difference {
                lines: vec![(is, label)],
                ..Difference::new(FindingKind::Order, message)
            })
        })
}
