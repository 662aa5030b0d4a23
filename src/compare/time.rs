//! Checks the times of a fresh transcript: its wall time, and the times in its text.

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::quoted;
use crate::diagnostic::FindingKind;
use crate::transcript::Transcript;
use crate::transcript::shape::token::seconds;
use crate::transcript::shape::{Kind, Shape};

/// The difference from the recorded time, in seconds, below which a factor of more than two is accepted too.
const SLACK: f64 = 0.05;

/// Returns whether two times, in seconds, differ by more than a factor of two and by more than [`SLACK`].
pub(super) fn is_far(then: f64, now: f64) -> bool {
    let (low, high) = if then < now { (then, now) } else { (now, then) };
    high > low * 2.0 && high - low > SLACK
}

/// Returns the times that are far from the recorded ones. Each transcript comes with the templates of its lines.
pub(super) fn times(
    shape: &Shape,
    (recorded, of_recorded): (&Transcript, &Assigned),
    (fresh, of_fresh): (&Transcript, &Assigned),
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (then, now) = (recorded.wall.as_secs_f64(), fresh.wall.as_secs_f64());
    if is_far(then, now) {
        let message = format!("took {now:.2} s, expected about {then:.2} s");
        differences.push(Difference::new(FindingKind::Timing, message));
    }
    let then_redacted = shape.redacted(&recorded.lines);
    let now_redacted = shape.redacted(&fresh.lines);
    for (number, template) in shape.templates.iter().enumerate() {
        let lines = of_recorded.lines_of[number]
            .iter()
            .zip(&of_fresh.lines_of[number]);
        for (&then, &now) in lines {
            let then = template.values(&then_redacted[then].text);
            let then = then.unwrap_or_default();
            let values = template.values(&now_redacted[now].text);
            let values = values.unwrap_or_default();
            let holes = template.holes().enumerate().zip(then.iter().zip(&values));
            for ((number, hole), (then, value)) in holes {
                if hole.kind != Kind::Duration {
                    continue;
                }
                let seconds = |text| seconds(text, template.text_after(number));
                if let (Some(was), Some(is)) = (seconds(then), seconds(value))
                    && is_far(was, is)
                {
                    let label = format!("expected about {}", then.trim());
                    let message = format!("prints {}", quoted(&fresh.lines[now].text));
                    differences.push(Difference {
                        lines: vec![(now, label)],
                        ..Difference::new(FindingKind::Timing, message)
                    });
                }
            }
        }
    }
    differences
}
