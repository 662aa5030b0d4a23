//! The text of a shape, for recordings and their reviewers.

use std::ops::RangeInclusive;

use super::{Apart, Common, Nth, Order, Rule, Shape, Starts, Template, Untested};
use crate::transcript::redaction::{Redaction, Redactions};
use crate::transcript::{Exit, Stream};

/// The words before the numbers of threads, and of processes whose ends are waited for.
const STARTS: &str = "starts at least ";
const WAITS: &str = ", waits for ";
/// The word before a redaction.
const REDACTED: &str = "redacted ";

impl Shape {
    /// Formats the shape, one line per rule. Templates are numbered from 1; `3.2` is the second line of the third
    /// template, or its second hole.
    ///
    /// ```text
    /// ends with 0
    /// starts at least 2 threads, 0 processes
    /// redacted FILE: file-\w+
    /// 1 stdout 1 start foo
    /// 2 stdout 0..1 end foo
    /// 3 stdout 1 Finished in: {duration} seconds
    /// order: 2 of 3 pairs proved
    /// 2 after 1
    /// 3 seen after 2
    /// apart from 0.0 printing 1: 3
    /// ```
    pub fn text(&self) -> String {
        let Starts {
            threads,
            processes,
            reaped,
        } = self.starts;
        let mut starts = format!("{STARTS}{threads} threads, {processes} processes");
        if reaped > 0 {
            starts.push_str(&format!("{WAITS}{reaped}"));
        }
        let mut lines = vec![format!("ends with {}", self.exit), starts];
        let redactions = self.redactions.iter();
        lines.extend(redactions.map(|it| format!("{REDACTED}{}: {}", it.name, it.pattern)));
        for (at, template) in self.templates.iter().enumerate() {
            let stream = stream_word(template.stream);
            let count = count_text(&template.count);
            let text = template.text();
            let line = format!("{} {stream} {count} {text}", at + 1);
            lines.push(line.trim_end().to_owned());
        }
        for Rule { holes, relation } in &self.rules {
            let holes: Vec<String> = holes
                .iter()
                .map(|(template, hole)| format!("{}.{}", template + 1, hole + 1))
                .collect();
            let relation = match relation {
                Common::EachOf(values) => {
                    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                    format!("each of {}", values.join(" "))
                }
                Common::Increasing => "increasing".to_owned(),
                Common::Distinct => "distinct".to_owned(),
            };
            lines.push(format!("{relation}: {}", holes.join(" ")));
        }
        let (proved, all) = self.order.pairs;
        lines.push(match self.order.untested {
            None => format!("order: {proved} of {all} pairs proved"),
            Some(why) => format!("order: untested, {why}: {all} pairs"),
        });
        lines.extend(self.order_lines(&self.order.hard, "after"));
        lines.extend(self.order_lines(&self.order.soft, "seen after"));
        for apart in &self.apart {
            let numbers = apart.lines.iter().map(|&node| self.node(node));
            let numbers = numbers.collect::<Vec<_>>().join(" ");
            let prints = apart
                .prints
                .map(|line| format!(" printing {}", self.node(line)));
            let prints = prints.unwrap_or_default();
            lines.push(format!("apart from {}{prints}: {numbers}", apart.actor));
        }
        lines.extend(self.schedules_lines());
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Returns one line for the second of each pair, with all its firsts.
    fn order_lines(&self, pairs: &[(Nth, Nth)], words: &str) -> Vec<String> {
        let mut lines: Vec<(Nth, String)> = Vec::new();
        for &(a, b) in pairs {
            match lines.last_mut() {
                Some((last, line)) if *last == b => line.push_str(&format!(" {}", self.node(a))),
                _ => lines.push((b, format!("{} {words} {}", self.node(b), self.node(a)))),
            }
        }
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Formats a line's number: `3`, or `3.2` if the template can have several lines.
    pub(super) fn node(&self, Nth { template, nth }: Nth) -> String {
        match self.templates.get(template).map(|known| *known.count.end()) {
            Some(2..) => format!("{}.{}", template + 1, nth + 1),
            _ => format!("{}", template + 1),
        }
    }

    /// Parses the text that [`text`](Shape::text) writes.
    ///
    /// # Errors
    /// The number of the first malformed line, from 0.
    pub fn parse(text: &str) -> Result<Shape, usize> {
        let mut shape = Shape {
            exit: Exit::SUCCESS,
            redactions: Redactions::default(),
            templates: Vec::new(),
            rules: Vec::new(),
            order: Order::default(),
            starts: Starts::default(),
            apart: Vec::new(),
            schedules: None,
        };
        for (number, line) in text.lines().enumerate() {
            shape.take(number, line).ok_or(number)?;
        }
        // References can be checked only when everything is parsed.
        if shape.is_sound() {
            Ok(shape)
        } else {
            Err(text.lines().count())
        }
    }

    /// Parses the line with this number and adds its rule; `None` if it is malformed.
    fn take(&mut self, number: usize, line: &str) -> Option<()> {
        if number == 0 {
            self.exit = line.strip_prefix("ends with ")?.parse().ok()?;
            return Some(());
        }
        if let Some(starts) = line.strip_prefix(STARTS) {
            let (starts, reaped) = starts.split_once(WAITS).unwrap_or((starts, "0"));
            let (threads, processes) = starts.split_once(" threads, ")?;
            self.starts = Starts {
                threads: threads.parse().ok()?,
                processes: processes.strip_suffix(" processes")?.parse().ok()?,
                reaped: reaped.parse().ok()?,
            };
        } else if let Some(redaction) = line.strip_prefix(REDACTED) {
            let (name, pattern) = redaction.split_once(": ")?;
            self.redactions.add(Redaction::recorded(name, pattern));
        } else if let Some(order) = line.strip_prefix("order: ") {
            self.take_order(order)?;
        } else if let Some(apart) = line.strip_prefix("apart from ") {
            let (actor, lines) = apart.split_once(": ")?;
            let (actor, prints) = match actor.split_once(" printing ") {
                Some((actor, line)) => (actor, Some(node(line)?)),
                None => (actor, None),
            };
            self.apart.push(Apart {
                actor: actor.to_owned(),
                prints,
                lines: nodes(lines)?,
            });
        } else if self.schedules.is_some() || line.starts_with("schedules: ") {
            self.take_schedules(line)?;
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            self.take_numbered(line)?;
        } else {
            let (relation, holes) = line.split_once(": ")?;
            let relation = match relation.strip_prefix("each of ") {
                Some(values) => {
                    Common::EachOf(all(values.split(' ').map(|value| value.parse().ok()))?)
                }
                None if relation == "increasing" => Common::Increasing,
                None if relation == "distinct" => Common::Distinct,
                None => return None,
            };
            let holes = nodes(holes)?
                .into_iter()
                .map(|node| (node.template, node.nth));
            self.rules.push(Rule {
                holes: holes.collect(),
                relation,
            });
        }
        Some(())
    }

    fn take_order(&mut self, text: &str) -> Option<()> {
        if let Some(untested) = text.strip_prefix("untested, ") {
            let (why, pairs) = untested.rsplit_once(": ")?;
            let why = Untested::ALL.into_iter().find(|(_, words)| *words == why)?;
            self.order.untested = Some(why.0);
            self.order.pairs = (0, pairs.strip_suffix(" pairs")?.parse().ok()?);
            return Some(());
        }
        let (proved, all) = text.strip_suffix(" pairs proved")?.split_once(" of ")?;
        self.order.pairs = (proved.parse().ok()?, all.parse().ok()?);
        Some(())
    }

    /// Parses a rule that begins with a number: a template, or the lines that come before a line.
    fn take_numbered(&mut self, line: &str) -> Option<()> {
        let (number, rest) = line.split_once(' ')?;
        let pairs = |firsts: &str| -> Option<Vec<(Nth, Nth)>> {
            let b = node(number)?;
            Some(nodes(firsts)?.into_iter().map(|a| (a, b)).collect())
        };
        if let Some(firsts) = rest.strip_prefix("after ") {
            self.order.hard.extend(pairs(firsts)?);
        } else if let Some(firsts) = rest.strip_prefix("seen after ") {
            self.order.soft.extend(pairs(firsts)?);
        } else {
            let (stream, rest) = rest.split_once(' ')?;
            let (count, text) = rest.split_once(' ').unwrap_or((rest, ""));
            if number.parse() != Ok(self.templates.len() + 1) {
                return None;
            }
            self.templates.push(Template {
                stream: stream_of(stream)?,
                parts: Template::parse(text)?,
                count: count_of(count)?,
            });
        }
        Some(())
    }

    /// Returns whether every number refers to an existing template, line or hole.
    fn is_sound(&self) -> bool {
        let is_line = |node: &Nth| {
            let template = self.templates.get(node.template);
            template.is_some_and(|template| node.nth < *template.count.end())
        };
        let is_hole = |&(template, hole): &(usize, usize)| {
            let template = self.templates.get(template);
            template.is_some_and(|template| hole < template.holes().count())
        };
        let mut pairs = self.order.hard.iter().chain(&self.order.soft);
        pairs.all(|(a, b)| is_line(a) && is_line(b))
            && self.rules.iter().all(|rule| rule.holes.iter().all(is_hole))
            && self
                .apart
                .iter()
                .all(|apart| apart.lines.iter().chain(&apart.prints).all(is_line))
            && self.schedules.as_ref().is_none_or(|schedules| {
                let (lines, templates, holes) = schedules.references();
                lines.iter().all(is_line)
                    && templates
                        .iter()
                        .all(|&number| number < self.templates.len())
                    && holes.iter().all(is_hole)
            })
    }
}

/// Formats a stream: `stdout`, `stderr`.
pub fn stream_word(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

/// Reverses [`stream_word`].
pub fn stream_of(word: &str) -> Option<Stream> {
    [Stream::Stdout, Stream::Stderr]
        .into_iter()
        .find(|&stream| stream_word(stream) == word)
}

fn count_text(count: &RangeInclusive<usize>) -> String {
    match (*count.start(), *count.end()) {
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least}..{most}"),
    }
}

fn count_of(text: &str) -> Option<RangeInclusive<usize>> {
    let (least, most) = match text.split_once("..") {
        Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
        None => (text.parse().ok()?, text.parse().ok()?),
    };
    (least <= most).then_some(least..=most)
}

pub(super) fn nodes(text: &str) -> Option<Vec<Nth>> {
    all(text.split(' ').map(node))
}

/// Parses a reference: `3`, `3.2`.
pub(super) fn node(text: &str) -> Option<Nth> {
    let (template, nth) = text.split_once('.').unwrap_or((text, "1"));
    Some(Nth {
        template: template.parse::<usize>().ok()?.checked_sub(1)?,
        nth: nth.parse::<usize>().ok()?.checked_sub(1)?,
    })
}

pub(super) fn all<T>(values: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    values.collect()
}
