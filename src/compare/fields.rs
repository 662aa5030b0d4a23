//! Checks the values in the holes of a fresh transcript's lines.

use std::collections::{HashMap, HashSet};

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::quoted;
use crate::diagnostic::FindingKind;
use crate::transcript::Line;
use crate::transcript::shape::InOrder;
use crate::transcript::shape::token::value;
use crate::transcript::shape::{Common, Kind, Rule, Shape};

/// For each line, the values in the holes of its template.
type Values<'a> = [Vec<&'a str>];

/// Returns every value that breaks a rule, differs from a value of the same name, or was never seen before.
pub(super) fn fields(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
    order: InOrder,
) -> Vec<Difference> {
    let redacted = shape.redacted(lines);
    let values: Vec<Vec<&str>> = redacted
        .iter()
        .zip(&assigned.template_of)
        .map(|(line, template)| {
            let template = template.map(|template| &shape.templates[template]);
            let values = template.and_then(|template| template.values(&line.text));
            values.unwrap_or_default()
        })
        .collect();
    let mut differences = Vec::new();
    let applies = |rule: &&Rule| order != InOrder::Free || rule.relation != Common::Increasing;
    for rule in shape.rules.iter().filter(applies) {
        differences.extend(broken(rule, lines, assigned, &values));
    }
    differences.extend(contradictions(shape, lines, assigned, &values));
    differences.extend(first_unseen(shape, lines, assigned, &values));
    differences
}

/// The values of a rule's holes in the order of the lines, each with its line.
fn values_of<'a>(rule: &Rule, assigned: &Assigned, values: &Values<'a>) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    for (line, template) in assigned.template_of.iter().enumerate() {
        for &(of_hole, hole) in &rule.holes {
            if *template == Some(of_hole) {
                found.extend(values[line].get(hole).map(|text| (line, value(text))));
            }
        }
    }
    found
}

/// The first line that breaks a rule.
fn broken(
    rule: &Rule,
    lines: &[Line],
    assigned: &Assigned,
    values: &Values<'_>,
) -> Option<Difference> {
    let found = values_of(rule, assigned, values);
    let numbers = || {
        found
            .iter()
            .filter_map(|(line, text)| Some((*line, text.parse::<i64>().ok()?)))
    };
    let wrong = match &rule.relation {
        Common::EachOf(all) => {
            // A missing or surplus line is a finding of its own.
            if found.len() != all.len() {
                return None;
            }
            let mut left = all.clone();
            let is_surplus = |(_, number): &(usize, i64)| {
                let place = left.iter().position(|other| other == number);
                place.map(|at| left.swap_remove(at)).is_none()
            };
            numbers().find(is_surplus)?.0
        }
        Common::Increasing => {
            let numbers: Vec<(usize, i64)> = numbers().collect();
            numbers.windows(2).find(|pair| pair[0].1 >= pair[1].1)?[1].0
        }
        Common::Distinct => {
            let mut seen = HashSet::new();
            found.iter().find(|(_, text)| !seen.insert(*text))?.0
        }
    };
    Some(Difference {
        lines: vec![(wrong, format!("expected {}", rule.relation.in_words()))],
        ..Difference::new(
            FindingKind::Field,
            format!("prints {}: unexpected value", quoted(&lines[wrong].text)),
        )
    })
}

/// Holes of one name with different values.
fn contradictions(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
    values: &Values<'_>,
) -> Vec<Difference> {
    let mut first: HashMap<(Kind, char), (usize, &str)> = HashMap::new();
    let mut differences = Vec::new();
    for (line, template) in assigned.template_of.iter().enumerate() {
        let Some(template) = template else {
            continue;
        };
        for (hole, text) in shape.templates[*template].holes().zip(&values[line]) {
            let Some(name) = hole.name else {
                continue;
            };
            let text = value(text);
            let &mut (there, expected) = first.entry((hole.kind, name)).or_insert((line, text));
            if expected != text {
                let message = format!("prints {}", quoted(&lines[line].text));
                differences.push(Difference {
                    lines: vec![
                        (line, format!("expected {expected}")),
                        (there, "as in this line".to_owned()),
                    ],
                    ..Difference::new(FindingKind::Field, message)
                });
            }
        }
    }
    differences
}

/// The first number outside the range that was seen in its hole.
fn first_unseen(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
    values: &Values<'_>,
) -> Option<Difference> {
    for (line, template) in assigned.template_of.iter().enumerate() {
        let Some(template) = template else {
            continue;
        };
        let template = &shape.templates[*template];
        for (hole, text) in template.holes().zip(&values[line]) {
            if let Some(seen) = hole.range_without(text) {
                let message = format!("prints {}", quoted(&lines[line].text));
                let label = format!(
                    "only numbers from {} to {} were seen before",
                    seen.0, seen.1
                );
                return Some(Difference {
                    lines: vec![(line, label)],
                    ..Difference::new(FindingKind::Learn, message)
                });
            }
        }
    }
    None
}

impl Common {
    /// The rule as messages write it after "expected": `each of 1, 2, 3 once`.
    pub fn in_words(&self) -> String {
        match self {
            Common::EachOf(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                format!("each of {} once", values.join(", "))
            }
            Common::Increasing => "a higher number in each line".to_owned(),
            Common::Distinct => "a different value each time".to_owned(),
        }
    }
}
