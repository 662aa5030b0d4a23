//! The text of the rules that rest on seeded executions.

use std::collections::BTreeMap;

use super::text::{all, node, nodes};
use super::{AtMost, Nth, Schedules, Shape, Span, Total, Values};

impl Shape {
    /// Formats the rules that rest on seeds, one line each, or tells that the order was tested in real time.
    ///
    /// ```text
    /// schedules: 100 on time, 100 late, 0.5% unseen
    /// 3 under seeds after 2
    /// 4 on time after 3
    /// printed in 57: 3-4
    /// 4 5 seldom before 1
    /// other pairs: in either order
    /// seldom printed: 8
    /// others between: 1-3 2-4
    /// never between 1 and 2: 3 4
    /// at most 2 at once: 1 3 to 2 4
    /// 7 in all: 5 6
    /// within: 5.1
    /// on time exactly 0: 8
    /// on time 1 to 3: 6.1
    /// ```
    pub(super) fn schedules_lines(&self) -> Vec<String> {
        let Some(schedules) = &self.schedules else {
            let is_tested = self.order.untested.is_none();
            return is_tested
                .then(|| REAL_TIME.to_owned())
                .into_iter()
                .collect();
        };
        let Schedules {
            on_time,
            late,
            other_exits,
            unseen,
            ..
        } = schedules;
        let (whole, tenths) = (unseen / 10, unseen % 10);
        let mut lines = vec![format!(
            "schedules: {on_time} on time, {late} late, {whole}.{tenths}% unseen"
        )];
        if *other_exits > 0 {
            lines.push(format!("{OTHER_EXITS}{other_exits}"));
        }
        lines.extend(self.pair_lines(&schedules.always, AFTER));
        lines.extend(self.pair_lines(&schedules.timed, ON_TIME));
        let support = schedules.support.iter();
        lines.extend(
            support
                .map(|(executions, pairs)| format!("{BOTH}{executions}: {}", self.joined(pairs))),
        );
        let seldom: Vec<(Nth, Nth)> = schedules.seldom.iter().map(|&(a, b)| (b, a)).collect();
        lines.extend(self.pair_lines(&seldom, SELDOM));
        if schedules.either {
            lines.push(EITHER.to_owned());
        }
        if !schedules.rare.is_empty() {
            lines.push(format!("{RARE}{}", numbers_text(&schedules.rare)));
        }
        if !schedules.overlaps.is_empty() {
            lines.push(format!("{BETWEEN}{}", self.joined(&schedules.overlaps)));
        }
        lines.extend(self.family_lines(schedules));
        lines
    }

    /// Formats pairs: `1-3 2-4`.
    fn joined(&self, pairs: &[(Nth, Nth)]) -> String {
        let pairs = pairs.iter();
        let pairs = pairs.map(|&(a, b)| format!("{}-{}", self.node(a), self.node(b)));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// Returns the lines about spans, families of lines, and values.
    fn family_lines(&self, schedules: &Schedules) -> Vec<String> {
        let mut lines = Vec::new();
        for Span { from, to, others } in &schedules.spans {
            let others: Vec<String> = others.iter().map(|&node| self.node(node)).collect();
            let (from, to) = (self.node(*from), self.node(*to));
            lines.push(format!(
                "never between {from} and {to}: {}",
                others.join(" ")
            ));
        }
        for AtMost { most, begins, ends } in &schedules.limits {
            let (begins, ends) = (numbers_text(begins), numbers_text(ends));
            lines.push(format!("at most {most} at once: {begins} to {ends}"));
        }
        for Total { sum, templates } in &schedules.totals {
            lines.push(format!("{sum} in all: {}", numbers_text(templates)));
        }
        if !schedules.closed.is_empty() {
            lines.push(format!("within: {}", holes_text(&schedules.closed)));
        }
        for (count, templates) in &schedules.counts_on_time {
            lines.push(format!(
                "on time exactly {count}: {}",
                numbers_text(templates)
            ));
        }
        for Values { range, holes } in &schedules.values_on_time {
            let (low, high) = range;
            let range = match low == high {
                true => low.to_string(),
                false => format!("{low} to {high}"),
            };
            lines.push(format!("on time {range}: {}", holes_text(holes)));
        }
        lines
    }

    /// Returns one line for all that have the same firsts: `5 6 under seeds after 2 3`.
    fn pair_lines(&self, pairs: &[(Nth, Nth)], words: &str) -> Vec<String> {
        let mut firsts: BTreeMap<Nth, Vec<Nth>> = BTreeMap::new();
        for &(a, b) in pairs {
            firsts.entry(b).or_default().push(a);
        }
        let mut groups: Vec<(Vec<Nth>, Vec<Nth>)> = Vec::new();
        for (second, firsts) in firsts {
            match groups.iter_mut().find(|(_, other)| *other == firsts) {
                Some((seconds, _)) => seconds.push(second),
                None => groups.push((vec![second], firsts)),
            }
        }
        let text = |nodes: Vec<Nth>| {
            let nodes = nodes.into_iter().map(|node| self.node(node));
            nodes.collect::<Vec<_>>().join(" ")
        };
        let lines = groups.into_iter();
        lines
            .map(|(seconds, firsts)| format!("{}{words}{}", text(seconds), text(firsts)))
            .collect()
    }

    /// The number of executions with another exit status; see [`Schedules::other_exits`].
    pub fn other_exits(&self) -> usize {
        let schedules = self.schedules.as_ref();
        schedules.map_or(0, |schedules| schedules.other_exits)
    }

    /// Adds the number of executions with another exit status. A shape that does not rest on seeds has none.
    pub fn with_other_exits(mut self, other_exits: usize) -> Shape {
        if let Some(schedules) = &mut self.schedules {
            schedules.other_exits = other_exits;
        }
        self
    }

    /// Parses a line that [`schedules_lines`](Shape::schedules_lines) writes, and adds its rule; `None`: it is
    /// malformed.
    pub(super) fn take_schedules(&mut self, line: &str) -> Option<()> {
        if line == REAL_TIME {
            return Some(());
        }
        if let Some(counts) = line.strip_prefix("schedules: ") {
            let (on_time, rest) = counts.split_once(" on time, ")?;
            let (late, unseen) = rest.strip_suffix("% unseen")?.split_once(" late, ")?;
            let (whole, tenths) = unseen.split_once('.')?;
            let tenths = Some(tenths).filter(|tenths| tenths.len() == 1)?;
            self.schedules = Some(Schedules {
                on_time: on_time.parse().ok()?,
                late: late.parse().ok()?,
                unseen: whole.parse::<usize>().ok()? * 10 + tenths.parse::<usize>().ok()?,
                ..Schedules::default()
            });
            return Some(());
        }
        let schedules = self.schedules.as_mut()?;
        if let Some(executions) = line.strip_prefix(OTHER_EXITS) {
            schedules.other_exits = executions.parse().ok()?;
        } else if let Some((seconds, firsts)) = line.split_once(AFTER) {
            schedules.always.extend(pairs(seconds, firsts)?);
            schedules.always.sort_unstable_by_key(by_second);
        } else if let Some((seconds, firsts)) = line.split_once(ON_TIME) {
            schedules.timed.extend(pairs(seconds, firsts)?);
            schedules.timed.sort_unstable_by_key(by_second);
        } else if let Some((firsts, seconds)) = line.split_once(SELDOM) {
            let pairs = pairs(firsts, seconds)?.into_iter();
            schedules.seldom.extend(pairs.map(|(a, b)| (b, a)));
            schedules.seldom.sort_unstable();
        } else if line == EITHER {
            schedules.either = true;
        } else if let Some(templates) = line.strip_prefix(RARE) {
            schedules.rare = numbers(templates)?;
        } else if let Some(pairs) = line.strip_prefix(BETWEEN) {
            schedules.overlaps = pairs_of(pairs)?;
        } else if let Some(support) = line.strip_prefix(BOTH) {
            let (executions, pairs) = support.split_once(": ")?;
            let support = (executions.parse().ok()?, pairs_of(pairs)?);
            schedules.support.push(support);
        } else {
            return schedules.take(line);
        }
        Some(())
    }
}

/// The order of a rule's pairs. The text has another: one line has all seconds of the same firsts.
fn by_second(&(first, second): &(Nth, Nth)) -> (Nth, Nth) {
    (second, first)
}

/// The line that tells that no execution was seeded.
const REAL_TIME: &str = "schedules: in real time";
/// The beginning of the line for the executions that are left out.
const OTHER_EXITS: &str = "late with another exit status: ";
/// The words between the lines of a rule.
const AFTER: &str = " under seeds after ";
const ON_TIME: &str = " on time after ";
const SELDOM: &str = " seldom before ";
/// The line that tells that pairs without a rule must be seen in either order.
const EITHER: &str = "other pairs: in either order";
/// The beginning of a line for rules on which fewer executions have a say.
const BOTH: &str = "printed in ";
/// The beginnings of the lines for what must be seen again.
const RARE: &str = "seldom printed: ";
const BETWEEN: &str = "others between: ";

impl Schedules {
    /// The number of executions on which the rules rest.
    pub fn executions(&self) -> usize {
        self.on_time + self.late
    }

    /// Parses a line with a rule about spans, families of lines, or values, and adds it; `None`: it is malformed.
    fn take(&mut self, line: &str) -> Option<()> {
        if let Some(span) = line.strip_prefix("never between ") {
            let (ends, others) = span.split_once(": ")?;
            let (from, to) = ends.split_once(" and ")?;
            self.spans.push(Span {
                from: node(from)?,
                to: node(to)?,
                others: nodes(others)?,
            });
        } else if let Some(limit) = line.strip_prefix("at most ") {
            let (most, templates) = limit.split_once(" at once: ")?;
            let (begins, ends) = templates.split_once(" to ")?;
            self.limits.push(AtMost {
                most: most.parse().ok()?,
                begins: numbers(begins)?,
                ends: numbers(ends)?,
            });
        } else if let Some(holes) = line.strip_prefix("within: ") {
            self.closed = holes_of(holes)?;
        } else if let Some(rule) = line.strip_prefix("on time ") {
            let (found, of) = rule.split_once(": ")?;
            match found.strip_prefix("exactly ") {
                Some(count) => {
                    let counted = (count.parse().ok()?, numbers(of)?);
                    self.counts_on_time.push(counted);
                }
                None => {
                    let (low, high) = found.split_once(" to ").unwrap_or((found, found));
                    self.values_on_time.push(Values {
                        range: (low.parse().ok()?, high.parse().ok()?),
                        holes: holes_of(of)?,
                    });
                }
            }
        } else {
            let (sum, templates) = line.split_once(" in all: ")?;
            self.totals.push(Total {
                sum: sum.parse().ok()?,
                templates: numbers(templates)?,
            });
        }
        Some(())
    }

    /// Returns the lines that the rules name, the templates, and the holes.
    pub(super) fn references(&self) -> (Vec<Nth>, Vec<usize>, Vec<(usize, usize)>) {
        let pairs = [&self.always, &self.timed, &self.seldom, &self.overlaps];
        let pairs = pairs.into_iter().flatten().flat_map(|&(a, b)| [a, b]);
        let spans = self.spans.iter().flat_map(|span| {
            let ends = [span.from, span.to].into_iter();
            ends.chain(span.others.iter().copied())
        });
        let limits = self.limits.iter();
        let limits = limits.flat_map(|limit| limit.begins.iter().chain(&limit.ends));
        let totals = self.totals.iter().flat_map(|total| &total.templates);
        let counts = self.counts_on_time.iter();
        let counts = counts.flat_map(|(_, templates)| templates);
        let templates = limits.chain(totals).chain(counts).chain(&self.rare);
        let values = self.values_on_time.iter().flat_map(|values| &values.holes);
        (
            pairs.chain(spans).collect(),
            templates.copied().collect(),
            self.closed.iter().chain(values).copied().collect(),
        )
    }
}

/// Formats numbers of templates, which count from 1.
fn numbers_text(templates: &[usize]) -> String {
    let numbers = templates.iter().map(|template| (template + 1).to_string());
    numbers.collect::<Vec<_>>().join(" ")
}

/// Formats holes: `3.1 4.2`.
fn holes_text(holes: &[(usize, usize)]) -> String {
    let holes = holes.iter();
    let holes = holes.map(|(template, hole)| format!("{}.{}", template + 1, hole + 1));
    holes.collect::<Vec<_>>().join(" ")
}

/// Parses holes: `3.1 4.2`.
fn holes_of(text: &str) -> Option<Vec<(usize, usize)>> {
    let holes = nodes(text)?.into_iter();
    Some(holes.map(|node| (node.template, node.nth)).collect())
}

/// Parses pairs: `1-3 2-4`.
fn pairs_of(text: &str) -> Option<Vec<(Nth, Nth)>> {
    all(text.split(' ').map(|pair| {
        let (a, b) = pair.split_once('-')?;
        Some((node(a)?, node(b)?))
    }))
}

/// Parses the pairs of lines and those that come before each of them.
fn pairs(seconds: &str, firsts: &str) -> Option<Vec<(Nth, Nth)>> {
    let firsts = nodes(firsts)?;
    let seconds = nodes(seconds)?.into_iter();
    Some(
        seconds
            .flat_map(|b| firsts.iter().map(move |&a| (a, b)))
            .collect(),
    )
}

/// Parses numbers of templates, which count from 1.
fn numbers(text: &str) -> Option<Vec<usize>> {
    all(text.split(' ').map(|number| {
        let number: usize = number.parse().ok()?;
        number.checked_sub(1)
    }))
}
