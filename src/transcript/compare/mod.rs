//! A recorded shape and a fresh transcript → what differs.

use super::shape::order::MOST_SOFT;
use super::shape::token::seconds;
use super::shape::{Common, Kind, Nth, Shape, Template};
use super::{Exit, Line, Transcript};

mod assign;
mod fields;

use assign::Assigned;

/// Something in which a fresh transcript is not what was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What kind of thing.
    pub what: What,
    /// Which, in words that follow the name of the run.
    pub message: String,
    /// The lines of the fresh transcript that it is about, by number, from 0, each with what to say of it.
    pub lines: Vec<(usize, String)>,
}

/// The kinds of findings of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A line that was never printed before.
    Text,
    /// A line that comes too seldom or too often.
    Count,
    /// A value that cannot stand where it stands.
    Field,
    /// Lines in an order that was proved to be impossible, or that was declared to be wrong; lines that wait
    /// for what they did not wait for.
    Order,
    /// Another end.
    Exit,
    /// No end in time.
    Timeout,
    /// A source has changed since it was recorded.
    Stale,
    /// Nothing is recorded.
    Missing,
    /// What is recorded is shown nowhere.
    Orphan,
    /// It cannot be built.
    Build,
    /// What the author claims of its time, its lines or their order does not hold.
    Claim,
    /// Another time, by far. A warning.
    Timing,
    /// An order or a value that was never seen before. A warning.
    Learn,
}

/// What a finding means for its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It does not hold.
    Error,
    /// The author may want to know.
    Warning,
}

impl What {
    /// As a message writes it.
    pub fn word(self) -> &'static str {
        match self {
            What::Text => "TEXT",
            What::Count => "COUNT",
            What::Field => "FIELD",
            What::Order => "ORDER",
            What::Exit => "EXIT",
            What::Timeout => "TIMEOUT",
            What::Stale => "STALE",
            What::Missing => "MISSING",
            What::Orphan => "ORPHAN",
            What::Build => "BUILD",
            What::Claim => "CLAIM",
            What::Timing => "TIMING",
            What::Learn => "LEARN",
        }
    }

    /// Whether it fails a check.
    pub fn severity(self) -> Severity {
        match self {
            What::Timing | What::Learn => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Difference {
    fn new(what: What, message: String) -> Difference {
        Difference {
            what,
            message,
            lines: Vec::new(),
        }
    }
}

/// Whether the order of lines is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InOrder {
    /// What was proved fails, what was never seen otherwise is told.
    #[default]
    Learnt,
    /// Each line must come where it came when it was recorded.
    Exact,
    /// Not at all.
    Free,
}

/// What differs between a recorded run, its shape and the transcript that readers see, and a fresh one.
pub fn compare(
    shape: &Shape,
    recorded: &Transcript,
    fresh: &Transcript,
    order: InOrder,
) -> Vec<Difference> {
    let mut differences = differences(shape, &fresh.lines, fresh.exit, order);
    differences.extend(times(shape, recorded, fresh));
    if order == InOrder::Exact {
        differences.extend(exact(shape, &recorded.lines, &fresh.lines));
    }
    differences
}

/// In what some lines and their end differ from a shape, times aside.
pub fn differences(shape: &Shape, lines: &[Line], exit: Exit, order: InOrder) -> Vec<Difference> {
    let mut differences = Vec::new();
    if exit != shape.exit {
        let message = format!(
            "ends with {}, not with {}",
            in_words(exit),
            in_words(shape.exit)
        );
        differences.push(Difference::new(What::Exit, message));
    }
    let assigned = Assigned::of(&shape.templates, lines);
    differences.extend(text_and_count(shape, lines, &assigned));
    differences.extend(fields::fields(shape, lines, &assigned));
    if order == InOrder::Learnt {
        differences.extend(order_of_lines(shape, lines, &assigned));
    }
    differences
}

/// An end, as messages name it.
pub fn in_words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit status {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
    }
}

/// A line, as messages quote it.
pub fn quoted(line: &str) -> String {
    const LONGEST: usize = 100;
    let mut text: String = super::escape::escape(line);
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST).collect::<String>() + "…";
    }
    format!("`{text}`")
}

fn times_in_words(count: usize) -> String {
    match count {
        0 => "not at all".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn text_and_count(shape: &Shape, lines: &[Line], assigned: &Assigned) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut missing: Vec<(usize, usize)> = Vec::new();
    for (number, template) in shape.templates.iter().enumerate() {
        let (least, most) = (*template.count.start(), *template.count.end());
        let places = &assigned.of_templates[number];
        if places.len() < least {
            missing.push((number, least - places.len()));
        } else if places.len() > most {
            let seldom = least < most && template.holes().next().is_some();
            let message = format!(
                "prints {} {}, not {}",
                quoted(&template.text()),
                times_in_words(places.len()),
                times_in_words(most)
            );
            differences.push(Difference {
                lines: vec![(places[most], "one too many".to_owned())],
                // How far it gets, before it is ended, depends on the machine.
                ..Difference::new(if seldom { What::Learn } else { What::Count }, message)
            });
        }
    }
    for &line in &assigned.left {
        let stream = lines[line].stream;
        let text = &lines[line].text;
        let nearest = missing
            .iter_mut()
            .filter(|(number, count)| *count > 0 && shape.templates[*number].stream == stream)
            .map(|missing| (likeness(text, &shape.templates[missing.0]), missing))
            .filter(|(likeness, _)| *likeness > 0.5)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let found = quoted(text);
        differences.push(match nearest {
            Some((_, (number, count))) => {
                *count -= 1;
                let template = &shape.templates[*number];
                let only_numbers = without_digits(text) == without_digits(&template.text());
                let what = if only_numbers {
                    What::Field
                } else {
                    What::Text
                };
                let expected = quoted(&template.text());
                Difference {
                    lines: vec![(line, format!("expected {expected}"))],
                    ..Difference::new(what, format!("prints {found}, not {expected}"))
                }
            }
            None => Difference {
                lines: vec![(line, "it was not there when it was recorded".to_owned())],
                ..Difference::new(What::Text, format!("prints a new line, {found}"))
            },
        });
    }
    for (number, _) in missing.into_iter().filter(|(_, count)| *count > 0) {
        let template = &shape.templates[number];
        let message = format!(
            "prints {} {}, not {}",
            quoted(&template.text()),
            times_in_words(assigned.of_templates[number].len()),
            times_in_words(*template.count.start())
        );
        differences.push(Difference::new(What::Count, message));
    }
    differences
}

fn likeness(text: &str, template: &Template) -> f64 {
    // Beyond this length, comparing takes longer than it helps.
    const LONGEST: usize = 300;
    let template = template.text();
    if text.len().max(template.len()) > LONGEST {
        return 0.0;
    }
    strsim::normalized_damerau_levenshtein(text, &template)
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn order_of_lines(shape: &Shape, lines: &[Line], assigned: &Assigned) -> Vec<Difference> {
    let mut differences = Vec::new();
    let wrong = |&(a, b): &(Nth, Nth)| match (assigned.place(a), assigned.place(b)) {
        (Some(a), Some(b)) => (a > b).then_some((a, b)),
        _ => None,
    };
    // One finding a line, however many lines it should have waited for.
    let mut told = Vec::new();
    for (a, b) in shape.order.hard.iter().filter_map(wrong) {
        if told.contains(&b) {
            continue;
        }
        told.push(b);
        let (first, second) = (quoted(&lines[a].text), quoted(&lines[b].text));
        differences.push(Difference {
            lines: vec![
                (
                    b,
                    format!("must come after {first} (when that was held back, this waited)"),
                ),
                (a, "comes only here".to_owned()),
            ],
            ..Difference::new(What::Order, format!("prints {second} before {first}"))
        });
    }
    if lines.len() <= MOST_SOFT && differences.is_empty() {
        let new = shape.order.soft.iter().filter_map(wrong).next();
        differences.extend(new.map(|(a, b)| {
            let (first, second) = (quoted(&lines[a].text), quoted(&lines[b].text));
            let message = format!("prints {second} before {first}, which was never seen before");
            Difference {
                lines: vec![(b, String::new()), (a, String::new())],
                ..Difference::new(What::Learn, message)
            }
        }));
    }
    differences
}

/// Each line where it came when it was recorded.
fn exact(shape: &Shape, recorded: &[Line], fresh: &[Line]) -> Option<Difference> {
    let of = |lines| Assigned::of(&shape.templates, lines).of_lines;
    let (then, now) = (of(recorded), of(fresh));
    let place = now.iter().zip(&then).position(|(now, then)| now != then)?;
    let expected = quoted(&recorded[place].text);
    Some(Difference {
        lines: vec![(
            place,
            format!("expected {expected}: the fence says `order=exact`"),
        )],
        ..Difference::new(
            What::Order,
            format!(
                "prints {} where {expected} was recorded",
                quoted(&fresh[place].text)
            ),
        )
    })
}

/// How far a time may be from the recorded one, in seconds, where it is not beyond a factor of two.
const SLACK: f64 = 0.05;

fn is_far(then: f64, now: f64) -> bool {
    let (low, high) = if then < now { (then, now) } else { (now, then) };
    high > low * 2.0 && high - low > SLACK
}

fn times(shape: &Shape, recorded: &Transcript, fresh: &Transcript) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (then, now) = (recorded.wall.as_secs_f64(), fresh.wall.as_secs_f64());
    if is_far(then, now) {
        let message = format!("took {now:.2} s, and {then:.2} s when it was recorded");
        differences.push(Difference::new(What::Timing, message));
    }
    let then = Assigned::of(&shape.templates, &recorded.lines);
    let now = Assigned::of(&shape.templates, &fresh.lines);
    for (number, template) in shape.templates.iter().enumerate() {
        let lines = then.of_templates[number]
            .iter()
            .zip(&now.of_templates[number]);
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

impl Common {
    /// What it asks for, as a message says it.
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
