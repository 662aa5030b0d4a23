//! Checks what some seeded executions of a run must show again.

use std::collections::{BTreeSet, HashMap};

use super::assign::Assigned;
use super::finding::Difference;
use super::quote::{quoted, quoted_template};
use crate::diagnostic::FindingKind;
use crate::transcript::Line;
use crate::transcript::shape::{AtMost, COMMON, Nth, Schedules, Shape};

/// Orders, lines and overlaps that some executions of a run must show, and have not shown yet.
#[derive(Debug)]
pub struct Awaited<'a> {
    shape: &'a Shape,
    /// Pairs of lines, each in the order in which they must come.
    orders: BTreeSet<(Nth, Nth)>,
    /// The orders of lines in every execution.
    after: After,
    /// Templates, of each of which a line must come.
    lines: BTreeSet<usize>,
    /// Pairs of lines between which one that depends on neither must come.
    overlaps: BTreeSet<(Nth, Nth)>,
    /// The numbers of limits that must be reached.
    limits: BTreeSet<usize>,
    /// The lines of the executions, by which messages name them.
    texts: HashMap<Nth, String>,
    /// The templates of which a line has come.
    came: BTreeSet<usize>,
    executions: usize,
}

impl<'a> Awaited<'a> {
    /// All that executions of a run must show.
    pub fn of(shape: &'a Shape) -> Awaited<'a> {
        let mut awaited = Awaited {
            shape,
            orders: BTreeSet::new(),
            after: After::of(shape),
            lines: BTreeSet::new(),
            overlaps: BTreeSet::new(),
            limits: BTreeSet::new(),
            texts: HashMap::new(),
            came: BTreeSet::new(),
            executions: 0,
        };
        if let Some(schedules) = &shape.schedules {
            let templates = shape.templates.iter().enumerate();
            let optional = templates.filter(|(_, template)| *template.count.start() == 0);
            let optional = optional.map(|(number, _)| number);
            awaited.lines = optional
                .filter(|number| !schedules.rare.contains(number))
                .collect();
            awaited.overlaps = schedules.overlaps.iter().copied().collect();
            awaited.limits = (0..schedules.limits.len()).collect();
            if schedules.either {
                awaited.orders = either_way(shape, schedules, &awaited.after);
            }
        }
        awaited
    }

    /// Takes what an execution shows.
    pub fn sees(&mut self, lines: &[Line]) {
        self.executions += 1;
        let Some(schedules) = self.shape.schedules.as_ref().filter(|_| !self.is_over()) else {
            return;
        };
        let assigned = Assigned::of(self.shape, lines);
        self.came.extend(assigned.template_of.iter().flatten());
        let texts = &mut self.texts;
        let mut places = |(a, b): (Nth, Nth)| {
            let (first, second) = (assigned.place(a)?, assigned.place(b)?);
            for (node, place) in [(a, first), (b, second)] {
                texts
                    .entry(node)
                    .or_insert_with(|| lines[place].text.clone());
            }
            Some((first, second))
        };
        self.orders
            .retain(|&pair| places(pair).is_none_or(|(a, b)| a > b));
        let node_at = |line: usize| {
            let template = assigned.template_of[line]
                .filter(|&number| self.shape.templates[number].is_fixed())?;
            let nth = assigned.lines_of[template].binary_search(&line).ok()?;
            Some(Nth { template, nth })
        };
        self.overlaps.retain(|&(a, b)| {
            places((a, b)).is_none_or(|(first, last)| {
                let mut between = (first + 1..last).filter_map(node_at);
                !between.any(|c| !self.after.is(a, c) && !self.after.is(c, b))
            })
        });
        self.lines
            .retain(|&template| assigned.lines_of[template].is_empty());
        self.limits.retain(|&number| {
            schedules.limits[number].most_in(&assigned.template_of) < schedules.limits[number].most
        });
    }

    /// Whether everything was shown.
    pub fn is_over(&self) -> bool {
        self.orders.is_empty()
            && self.lines.is_empty()
            && self.overlaps.is_empty()
            && self.limits.is_empty()
    }

    /// Differences for all that none of the executions showed, one for each kind. Of a line that never came, each
    /// execution has a difference already.
    pub fn differences(&self) -> Vec<Difference> {
        let text = |node: &Nth| self.texts.get(node).map(|text| quoted(text));
        let texts = |(a, b): &(Nth, Nth)| Some((text(a)?, text(b)?));
        let named = |pairs: &BTreeSet<(Nth, Nth)>| {
            let mut named = pairs.iter().filter_map(texts);
            Some((named.next()?, 1 + named.count()))
        };
        let difference = |kind, what: String, all: usize, others: &str| {
            let others = match all {
                1 => String::new(),
                2 => format!(", and 1 other {others} is missing"),
                all => format!(", and {} other {others}s are missing", all - 1),
            };
            let (executions, least) = (self.executions, (self.executions / COMMON).max(1));
            let message = format!(
                "never {what} in {executions} schedules, expected in at least {least}{others}"
            );
            Difference::new(kind, message)
        };
        let orders = named(&self.orders).map(|((a, b), all)| {
            let what = format!("prints {a} before {b}");
            difference(FindingKind::Order, what, all, "order")
        });
        let lines = self.lines.first().map(|&template| {
            let what = format!(
                "prints {}",
                quoted_template(&self.shape.templates[template])
            );
            difference(FindingKind::Count, what, self.lines.len(), "line")
        });
        let overlaps = named(&self.overlaps).map(|((a, b), all)| {
            let what = format!("prints another line between {a} and {b}");
            difference(FindingKind::Order, what, all, "overlap")
        });
        let schedules = self.shape.schedules.iter();
        let limits = schedules
            .flat_map(|schedules| &schedules.limits)
            .enumerate();
        let limits = limits.filter(|(number, _)| self.limits.contains(number));
        let begins = |(_, limit): (_, &AtMost)| {
            let begins = limit
                .begins
                .iter()
                .find(|begins| self.came.contains(begins))?;
            Some((limit.most, *begins))
        };
        let unreached: Vec<(usize, usize)> = limits.filter_map(begins).collect();
        let limits = unreached.first().map(|&(most, begins)| {
            let line = quoted_template(&self.shape.templates[begins]);
            let what = format!("has {most} at once of lines such as {line}");
            difference(FindingKind::Order, what, unreached.len(), "limit")
        });
        [orders, lines, overlaps, limits]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// The pairs of lines that are required in either order, each in both.
fn either_way(shape: &Shape, schedules: &Schedules, after: &After) -> BTreeSet<(Nth, Nth)> {
    let templates = shape.templates.iter().enumerate();
    let fixed = templates.filter(|(_, template)| template.is_fixed());
    let nodes: Vec<Nth> = fixed
        .flat_map(|(template, known)| (0..*known.count.end()).map(move |nth| Nth { template, nth }))
        .collect();
    let is_seldom = |pair| schedules.seldom.contains(&pair);
    let mut pairs = BTreeSet::new();
    for &a in &nodes {
        for &b in &nodes {
            let is_free = a.template != b.template
                && !after.is(a, b)
                && !after.is(b, a)
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
#[derive(Debug)]
struct After(HashMap<Nth, BTreeSet<Nth>>);

impl After {
    fn of(shape: &Shape) -> After {
        let mut direct: HashMap<Nth, Vec<Nth>> = HashMap::new();
        let always = shape
            .schedules
            .iter()
            .flat_map(|schedules| &schedules.always);
        for &(a, b) in shape.order.hard.iter().chain(always) {
            direct.entry(a).or_default().push(b);
        }
        // A template's lines come in the order of their numbers.
        for (template, known) in shape.templates.iter().enumerate() {
            for nth in 1..*known.count.end() {
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
        After(all)
    }

    /// Whether the second line always comes after the first.
    fn is(&self, first: Nth, second: Nth) -> bool {
        let after = self.0.get(&first);
        after.is_some_and(|after| after.contains(&second))
    }
}
