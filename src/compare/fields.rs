//! Compares the values in the holes of a new transcript.

use std::collections::{HashMap, HashSet};

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::Line;
use crate::transcript::shape::InOrder;
use crate::transcript::shape::token::value;
use crate::transcript::shape::{Common, Kind, Rule, Shape};

/// Returns the differences in values.
pub(super) fn fields(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
    order: InOrder,
) -> Vec<Difference> {
    let values: Vec<Vec<&str>> = lines
        .iter()
        .zip(&assigned.of_lines)
        .map(|(line, template)| {
            let template = template.map(|template| &shape.templates[template]);
            let values = template.and_then(|template| template.values(&line.text));
            values.unwrap_or_default()
        })
        .collect();
    let mut differences = Vec::new();
    let holds = |rule: &&Rule| order != InOrder::Free || rule.what != Common::Increasing;
    for rule in shape.rules.iter().filter(holds) {
        differences.extend(broken(rule, lines, assigned, &values));
    }
    differences.extend(same(shape, lines, assigned, &values));
    differences.extend(unseen(shape, lines, assigned, &values));
    differences
}

/// Returns the values of several holes in the order of the lines, each with its line.
fn of_rule<'a>(rule: &Rule, assigned: &Assigned, values: &[Vec<&'a str>]) -> Vec<(usize, &'a str)> {
    let mut of_rule = Vec::new();
    for (line, template) in assigned.of_lines.iter().enumerate() {
        for &(its, hole) in &rule.holes {
            if *template == Some(its) {
                of_rule.extend(values[line].get(hole).map(|text| (line, value(text))));
            }
        }
    }
    of_rule
}

fn broken(
    rule: &Rule,
    lines: &[Line],
    assigned: &Assigned,
    values: &[Vec<&str>],
) -> Option<Difference> {
    let found = of_rule(rule, assigned, values);
    let numbers = || {
        found
            .iter()
            .filter_map(|(line, text)| Some((*line, text.parse::<i64>().ok()?)))
    };
    let wrong = match &rule.what {
        Common::EachOf(all) => {
            // Missing and surplus lines are reported elsewhere.
            if found.len() != all.len() {
                return None;
            }
            let mut open = all.clone();
            numbers()
                .find(
                    |(_, number)| match open.iter().position(|its| its == number) {
                        Some(at) => {
                            open.swap_remove(at);
                            false
                        }
                        None => true,
                    },
                )?
                .0
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
        lines: vec![(wrong, format!("expected {}", rule.what.in_words()))],
        ..Difference::new(
            What::Field,
            format!(
                "prints {}: a number in it cannot be so",
                quoted(&lines[wrong].text)
            ),
        )
    })
}

/// Returns holes that share a name but differ in value.
fn same(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
    values: &[Vec<&str>],
) -> Vec<Difference> {
    let mut first: HashMap<(Kind, char), (usize, &str)> = HashMap::new();
    let mut differences = Vec::new();
    for (line, template) in assigned.of_lines.iter().enumerate() {
        let Some(template) = template else {
            continue;
        };
        for (hole, text) in shape.templates[*template].holes().zip(&values[line]) {
            let Some(name) = hole.name else {
                continue;
            };
            let text = value(text);
            let &mut (there, then) = first.entry((hole.kind, name)).or_insert((line, text));
            if then != text {
                let message = format!("prints {}", quoted(&lines[line].text));
                differences.push(Difference {
                    lines: vec![
                        (line, format!("expected {then}")),
                        (there, "as it stands here".to_owned()),
                    ],
                    ..Difference::new(What::Field, message)
                });
            }
        }
    }
    differences
}

/// Returns numbers outside the range that was seen.
fn unseen(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
    values: &[Vec<&str>],
) -> Option<Difference> {
    for (line, template) in assigned.of_lines.iter().enumerate() {
        let Some(template) = template else {
            continue;
        };
        let template = &shape.templates[*template];
        for (hole, text) in template.holes().zip(&values[line]) {
            if let Some(seen) = hole.seen
                && Kind::is_outside(seen, text)
            {
                let message = format!("prints {}", quoted(&lines[line].text));
                let label = format!("only {} to {} were ever seen", seen.0, seen.1);
                return Some(Difference {
                    lines: vec![(line, label)],
                    ..Difference::new(What::Learn, message)
                });
            }
        }
    }
    None
}

impl Common {
    /// Describes the rule in a message.
    pub fn in_words(&self) -> String {
        match self {
            Common::EachOf(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                format!("each of {}, once", values.join(", "))
            }
            Common::Increasing => "a higher one with each line".to_owned(),
            Common::Distinct => "a different one each time".to_owned(),
        }
    }
}
