//! Checks the rules that every seeded execution obeys.

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::quoted;
use super::text::wrong_count;
use crate::diagnostic::FindingKind;
use crate::transcript::Line;
use crate::transcript::seed::World;
use crate::transcript::shape::token::value;
use crate::transcript::shape::{AtMost, Nth, Schedules, Shape, Span, Total};

/// Returns the rules for seeded executions that one in this world breaks, given its lines in their order across both
/// streams.
pub fn under_seed(shape: &Shape, lines: &[Line], world: World) -> Vec<Difference> {
    let Some(schedules) = &shape.schedules else {
        return Vec::new();
    };
    let fresh = Fresh {
        shape,
        schedules,
        lines,
        assigned: &Assigned::of(shape, lines),
        all: format!("{} recorded schedules", schedules.executions()),
    };
    let mut differences = fresh.orders(&schedules.always, &fresh.all);
    if world == World::Base {
        differences.extend(fresh.on_time(schedules));
    }
    differences.extend(
        schedules
            .spans
            .iter()
            .filter_map(|span| fresh.between(span)),
    );
    differences.extend(
        schedules
            .limits
            .iter()
            .filter_map(|limit| fresh.above(limit)),
    );
    differences.extend(
        schedules
            .totals
            .iter()
            .filter_map(|total| fresh.total(total)),
    );
    let closed = schedules.closed.iter().filter_map(|&(template, hole)| {
        let seen = shape.templates[template].holes().nth(hole)?.range()?;
        Some(((template, hole), seen))
    });
    differences.extend(fresh.outside(closed));
    differences
}

/// A seeded execution that is compared.
struct Fresh<'a> {
    shape: &'a Shape,
    schedules: &'a Schedules,
    lines: &'a [Line],
    assigned: &'a Assigned,
    /// The executions on which the rules rest.
    all: String,
}

impl Fresh<'_> {
    /// The pairs that came in the wrong order, one for each line that came too early.
    fn orders(&self, pairs: &[(Nth, Nth)], executions: &str) -> Vec<Difference> {
        let mut reported = Vec::new();
        let mut differences = Vec::new();
        for &(before, after) in pairs {
            let (a, b) = (self.assigned.place(before), self.assigned.place(after));
            let (Some(a), Some(b)) = (a, b) else {
                continue;
            };
            if a < b || reported.contains(&b) {
                continue;
            }
            reported.push(b);
            let (first, second) = (quoted(&self.lines[a].text), quoted(&self.lines[b].text));
            let mut support = self.schedules.support.iter();
            let support = support.find(|(_, pairs)| pairs.contains(&(before, after)));
            let came_in = match support {
                None => format!("all {executions}"),
                Some((count, _)) => format!("all {count} of {executions} that printed both"),
            };
            let expected = format!("must come after {first} (it did in {came_in})");
            differences.push(Difference {
                lines: vec![(b, expected), (a, "printed only here".to_owned())],
                of: vec![before, after],
                ..Difference::new(
                    FindingKind::Order,
                    format!("prints {second} before {first}"),
                )
            });
        }
        differences
    }

    /// The first line that came within a span.
    fn between(&self, span: &Span) -> Option<Difference> {
        let place = |node: Nth| self.assigned.place(node);
        let (from, to) = (place(span.from)?, place(span.to)?);
        let mut others = span
            .others
            .iter()
            .filter_map(|&other| Some((other, place(other)?)));
        let (other, between) = others.find(|&(_, other)| from < other && other < to)?;
        let text = |line: usize| quoted(&self.lines[line].text);
        let message = format!(
            "prints {} between {} and {}",
            text(between),
            text(from),
            text(to)
        );
        Some(Difference {
            lines: vec![
                (
                    between,
                    format!("came before or after them in all {}", self.all),
                ),
                (from, String::new()),
                (to, String::new()),
            ],
            of: vec![span.from, span.to, other],
            ..Difference::new(FindingKind::Order, message)
        })
    }

    /// The first line with which more has begun than may at once.
    fn above(&self, limit: &AtMost) -> Option<Difference> {
        let mut open: Vec<usize> = Vec::new();
        for (line, template) in self.assigned.template_of.iter().enumerate() {
            let Some(template) = template else {
                continue;
            };
            if limit.begins.contains(template) {
                open.push(line);
                if open.len() > limit.most {
                    let message = format!(
                        "prints {} too early: {} at once were the most in all {}",
                        quoted(&self.lines[line].text),
                        limit.most,
                        self.all
                    );
                    let mut lines = vec![(line, "too early".to_owned())];
                    open.pop();
                    lines.extend(open.into_iter().map(|line| (line, "not ended".to_owned())));
                    return Some(Difference {
                        lines,
                        ..Difference::new(FindingKind::Order, message)
                    });
                }
            } else if limit.ends.contains(template) && !open.is_empty() {
                open.remove(0);
            }
        }
        None
    }

    fn total(&self, total: &Total) -> Option<Difference> {
        let counts = total.templates.iter();
        let counts = counts.map(|&template| self.assigned.lines_of[template].len());
        let found: usize = counts.sum();
        if found == total.sum {
            return None;
        }
        let example = self.shape.templates[*total.templates.first()?].text();
        let message = format!(
            "prints {found} lines such as {}, expected {} in all, as in all {}",
            quoted(&example),
            total.sum,
            self.all
        );
        Some(Difference::new(FindingKind::Count, message))
    }

    /// Differences from every execution whose waits end on time.
    fn on_time(&self, schedules: &Schedules) -> Vec<Difference> {
        let when = format!(
            "{} recorded schedules in which waits end on time",
            schedules.on_time
        );
        let mut differences = self.orders(&schedules.timed, &when);
        for (expected, templates) in &schedules.counts_on_time {
            differences.extend(templates.iter().filter_map(|&number| {
                let template = &self.shape.templates[number];
                let found = self.assigned.lines_of[number].len();
                // Other counts are not allowed at all.
                let is_wrong = found != *expected && template.count.contains(&found);
                let message = format!(
                    "{}, as in all {when}",
                    wrong_count(template, found, *expected)
                );
                is_wrong.then(|| Difference::new(FindingKind::Count, message))
            }));
        }
        let ranges = schedules.values_on_time.iter();
        let ranges = ranges.flat_map(|values| values.holes.iter().map(|&at| (at, values.range)));
        differences.extend(self.outside(ranges));
        differences
    }

    /// The first number outside the range of its hole.
    fn outside(
        &self,
        ranges: impl Iterator<Item = ((usize, usize), (i64, i64))>,
    ) -> Option<Difference> {
        for ((number, at), (low, high)) in ranges {
            let template = &self.shape.templates[number];
            for &line in &self.assigned.lines_of[number] {
                let text = &self.lines[line].text;
                let values = template.values(text);
                let found = values.and_then(|values| value(values.get(at)?).parse::<i64>().ok());
                if found.is_some_and(|found| !(low..=high).contains(&found)) {
                    let message = format!("prints {}: unexpected value", quoted(text));
                    return Some(Difference {
                        lines: vec![(line, format!("expected {low} to {high}"))],
                        ..Difference::new(FindingKind::Field, message)
                    });
                }
            }
        }
        None
    }
}
