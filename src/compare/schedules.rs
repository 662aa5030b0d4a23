//! Checks what rests on seeded executions: rules that each of them obeys, and orders that some of them must show.

use std::collections::{BTreeSet, HashMap};

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::quoted;
use crate::diagnostic::FindingKind;
use crate::transcript::Line;
use crate::transcript::seed::World;
use crate::transcript::shape::schedules::{AtMost, Schedules, Span, Total};
use crate::transcript::shape::token::value;
use crate::transcript::shape::{Nth, Shape};

/// Returns the rules for seeded executions that one in this world breaks, given its lines in their order across both
/// streams.
pub fn under_seed(shape: &Shape, lines: &[Line], world: World) -> Vec<Difference> {
    let Some(schedules) = &shape.schedules else {
        return Vec::new();
    };
    let fresh = Fresh {
        shape,
        lines,
        assigned: &Assigned::of(&shape.templates, lines),
    };
    let mut differences = fresh.orders(&schedules.always, "every schedule");
    if world == World::Base {
        let timed = fresh.orders(
            &schedules.timed,
            "every schedule in which waits end on time",
        );
        differences.extend(timed);
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
    differences.extend(fresh.outside(schedules));
    differences
}

/// A seeded execution that is compared.
struct Fresh<'a> {
    shape: &'a Shape,
    lines: &'a [Line],
    assigned: &'a Assigned,
}

impl Fresh<'_> {
    /// The pairs that came in the wrong order, one for each line that came too early.
    fn orders(&self, pairs: &[(Nth, Nth)], came_in: &str) -> Vec<Difference> {
        let mut reported = Vec::new();
        let mut differences = Vec::new();
        for &(a, b) in pairs {
            let (Some(a), Some(b)) = (self.assigned.place(a), self.assigned.place(b)) else {
                continue;
            };
            if a < b || reported.contains(&b) {
                continue;
            }
            reported.push(b);
            let (first, second) = (quoted(&self.lines[a].text), quoted(&self.lines[b].text));
            let expected = format!("must come after {first} (it did in {came_in})");
            differences.push(Difference {
                lines: vec![(b, expected), (a, "printed only here".to_owned())],
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
        let mut others = span.others.iter().filter_map(|&other| place(other));
        let between = others.find(|&other| from < other && other < to)?;
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
                    "came before or after them in every schedule".to_owned(),
                ),
                (from, String::new()),
                (to, String::new()),
            ],
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
                        "prints {} too early: {} at once were the most in every schedule",
                        quoted(&self.lines[line].text),
                        limit.most
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
            "prints {found} lines such as {}, expected {} in all",
            quoted(&example),
            total.sum
        );
        Some(Difference::new(FindingKind::Count, message))
    }

    /// The first number outside its closed range.
    fn outside(&self, schedules: &Schedules) -> Option<Difference> {
        for (line, template) in self.assigned.template_of.iter().enumerate() {
            let Some(number) = *template else {
                continue;
            };
            let template = &self.shape.templates[number];
            let Some(values) = template.values(&self.lines[line].text) else {
                continue;
            };
            for (at, (hole, text)) in template.holes().zip(values).enumerate() {
                let (Some((low, high)), true) =
                    (hole.seen, schedules.closed.contains(&(number, at)))
                else {
                    continue;
                };
                let number = value(text).parse::<i64>();
                if number.is_ok_and(|number| !(low..=high).contains(&number)) {
                    let message = format!(
                        "prints {}: unexpected value",
                        quoted(&self.lines[line].text)
                    );
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

/// The orders of two lines that some executions must show, and have not shown yet.
#[derive(Debug)]
pub struct Awaited<'a> {
    shape: &'a Shape,
    /// The pairs, and for each the text of its lines when they came in the other order.
    left: BTreeSet<(Nth, Nth)>,
    texts: HashMap<Nth, String>,
    executions: usize,
}

impl<'a> Awaited<'a> {
    /// All orders that executions of a run must show.
    pub fn of(shape: &'a Shape) -> Awaited<'a> {
        Awaited {
            shape,
            left: either_way(shape),
            texts: HashMap::new(),
            executions: 0,
        }
    }

    /// Takes the orders that an execution shows.
    pub fn sees(&mut self, lines: &[Line]) {
        self.executions += 1;
        if self.left.is_empty() {
            return;
        }
        let assigned = Assigned::of(&self.shape.templates, lines);
        let texts = &mut self.texts;
        let mut text = |node: Nth, place: usize| {
            texts
                .entry(node)
                .or_insert_with(|| lines[place].text.clone());
        };
        self.left.retain(|&(a, b)| {
            let (Some(first), Some(second)) = (assigned.place(a), assigned.place(b)) else {
                return true;
            };
            text(a, first);
            text(b, second);
            first > second
        });
    }

    /// Whether every order was shown.
    pub fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    /// The orders that none of the executions showed, as one difference.
    pub fn difference(&self) -> Option<Difference> {
        let (a, b) = self.left.first()?;
        let text = |node: &Nth| match self.texts.get(node) {
            Some(text) => quoted(text),
            None => quoted(&self.shape.templates[node.template].text()),
        };
        let others = match self.left.len() {
            1 => String::new(),
            2 => ", and 1 other order is missing".to_owned(),
            all => format!(", and {} other orders are missing", all - 1),
        };
        let message = format!(
            "never prints {} before {} in {} schedules, expected in at least {}{others}",
            text(a),
            text(b),
            self.executions,
            self.executions / 20
        );
        Some(Difference::new(FindingKind::Order, message))
    }
}

/// The pairs of lines that are required in either order, each in both.
fn either_way(shape: &Shape) -> BTreeSet<(Nth, Nth)> {
    let mut pairs = BTreeSet::new();
    let Some(schedules) = shape
        .schedules
        .as_ref()
        .filter(|schedules| schedules.either)
    else {
        return pairs;
    };
    let templates = shape.templates.iter().enumerate();
    let fixed = templates.filter(|(_, template)| template.is_fixed());
    let nodes: Vec<Nth> = fixed
        .flat_map(|(number, template)| {
            (0..*template.count.end()).map(move |nth| Nth {
                template: number,
                nth,
            })
        })
        .collect();
    let after = ordered(shape, schedules);
    let none = BTreeSet::new();
    let is_ordered = |a: &Nth, b: &Nth| after.get(a).unwrap_or(&none).contains(b);
    let is_seldom = |pair| schedules.seldom.contains(&pair);
    for &a in &nodes {
        for &b in &nodes {
            let is_free = a.template != b.template
                && !is_ordered(&a, &b)
                && !is_ordered(&b, &a)
                && !is_seldom((a, b))
                && !is_seldom((b, a));
            if is_free {
                pairs.insert((a, b));
            }
        }
    }
    pairs
}

/// For each line, all lines that come after it in every execution: by a rule, or by several.
fn ordered(shape: &Shape, schedules: &Schedules) -> HashMap<Nth, BTreeSet<Nth>> {
    let mut direct: HashMap<Nth, Vec<Nth>> = HashMap::new();
    for &(a, b) in shape.order.hard.iter().chain(&schedules.always) {
        direct.entry(a).or_default().push(b);
    }
    // A template's lines come in the order of their numbers.
    for (template, count) in shape
        .templates
        .iter()
        .map(|template| &template.count)
        .enumerate()
    {
        for nth in 1..*count.end() {
            let before = Nth {
                template,
                nth: nth - 1,
            };
            direct
                .entry(before)
                .or_default()
                .push(Nth { template, nth });
        }
    }
    let mut all = HashMap::new();
    for &start in direct.keys() {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            for &next in direct.get(&node).into_iter().flatten() {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        all.insert(start, reached);
    }
    all
}
