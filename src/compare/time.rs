//! Compares the times of a new transcript: its wall time, and the durations in its text.

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::Transcript;
use crate::transcript::shape::token::seconds;
use crate::transcript::shape::{Kind, Shape};

/// The tolerance in seconds, for times that are off by more than a factor of two.
const SLACK: f64 = 0.05;

/// Whether a time is far from the recorded one, both in seconds.
pub(super) fn is_far(then: f64, now: f64) -> bool {
    let (low, high) = if then < now { (then, now) } else { (now, then) };
    high > low * 2.0 && high - low > SLACK
}

/// Returns times that are far from the recorded ones. Both transcripts come with the templates of their lines.
pub(super) fn times(
    shape: &Shape,
    (recorded, of_recorded): (&Transcript, &Assigned),
    (fresh, of_fresh): (&Transcript, &Assigned),
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (then, now) = (recorded.wall.as_secs_f64(), fresh.wall.as_secs_f64());
    if is_far(then, now) {
        let message = format!("took {now:.2} s, and {then:.2} s when it was recorded");
        differences.push(Difference::new(What::Timing, message));
    }
    for (number, template) in shape.templates.iter().enumerate() {
        let lines = of_recorded.of_templates[number]
            .iter()
            .zip(&of_fresh.of_templates[number]);
        for (&then, &now) in lines {
            let then = template
                .values(&recorded.lines[then].text)
                .unwrap_or_default();
            let values = template.values(&fresh.lines[now].text).unwrap_or_default();
            let holes = template.holes().enumerate().zip(then.iter().zip(&values));
            for ((hole, its), (then, value)) in holes {
                if its.kind != Kind::Duration {
                    continue;
                }
                let seconds = |text| seconds(text, template.behind(hole));
                if let (Some(was), Some(is)) = (seconds(then), seconds(value))
                    && is_far(was, is)
                {
                    let label = format!("it was {} when it was recorded", then.trim());
                    differences.push(Difference {
                        lines: vec![(now, label)],
                        ..Difference::new(
                            What::Timing,
                            format!("prints {}", quoted(&fresh.lines[now].text)),
                        )
                    });
                }
            }
        }
    }
    differences
}
