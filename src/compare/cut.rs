//! Compares executions that the time-out cuts: two of them are seldom cut at the same line.

use std::borrow::Cow;
use std::time::Duration;

use super::assign::Assigned;
use super::finding::Difference;
use crate::diagnostic::FindingKind;
use crate::transcript::shape::Shape;
use crate::transcript::{Exit, Timing, Transcript};

/// Returns a fresh transcript without the lines that follow everything in the shape, if the time-out cuts the run: it
/// was cut a little later.
pub(super) fn comparable<'a>(shape: &Shape, fresh: &'a Transcript) -> Cow<'a, Transcript> {
    if shape.exit != Exit::Timeout || fresh.exit != Exit::Timeout {
        return Cow::Borrowed(fresh);
    }
    let assigned = Assigned::of(shape, &fresh.lines);
    let mut missing: usize = shape.templates.iter().map(|it| *it.count.end()).sum();
    let mut left: Vec<usize> = shape.templates.iter().map(|it| *it.count.end()).collect();
    let mut end = 0;
    for template in &assigned.template_of {
        if missing == 0 {
            break;
        }
        if let Some(left) = template.map(|template| &mut left[template])
            && *left > 0
        {
            *left -= 1;
            missing -= 1;
        }
        end += 1;
    }
    let mut fresh = fresh.clone();
    fresh.lines.truncate(end);
    Cow::Owned(fresh)
}

/// Makes warnings of the differences that the place of the cut can explain: those in lines of the second half of the
/// time, and missing lines of an execution that had to wait for processors.
pub(super) fn only_warned(shape: &Shape, fresh: &Transcript, differences: &mut [Difference]) {
    if shape.exit != Exit::Timeout || fresh.exit != Exit::Timeout {
        return;
    }
    let half = fresh.wall / 2;
    let is_late = |at: Duration| at > half;
    for difference in differences {
        let first = difference.lines.first();
        let is_of_the_cut = match first.and_then(|(line, _)| fresh.lines.get(*line)) {
            Some(line) => is_late(line.at),
            None => difference.kind == FindingKind::Count && fresh.timing == Timing::Noisy,
        };
        if is_of_the_cut
            && matches!(
                difference.kind,
                FindingKind::Text | FindingKind::Count | FindingKind::Field
            )
        {
            difference.kind = FindingKind::Learn;
        }
    }
}
