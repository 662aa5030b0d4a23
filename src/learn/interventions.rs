//! What is held back to learn the order of lines, one thing in each run.

use std::collections::{BTreeSet, HashSet};

use crate::learn::shape::classes::{Classes, classes};
use crate::observe::control::{Gap, Hold, Pattern};
use crate::transcript::execution::Execution;
use crate::transcript::shape::{Kind, Part, Template};

/// At most so many lines are held back; orders of what is not stay unproved.
const MOST: usize = 64;
/// At most so many threads and processes are kept from starting.
const MOST_STARTS: usize = 32;

/// What to hold back, given what was seen of runs that were not held. `actors`: for each of them, the
/// threads and processes that started.
pub fn interventions(seen: &[Execution], actors: &[BTreeSet<String>]) -> Vec<Hold> {
    let mut all: Vec<&String> = actors
        .iter()
        .flatten()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    // The first that are started, whatever their numbers look like as text.
    all.sort_by_key(|actor| (actor.len(), *actor));
    let starts = all.into_iter().take(MOST_STARTS);
    let mut holds: Vec<Hold> = starts.map(|actor| Hold::Start(actor.clone())).collect();
    for hold in chosen(lines(seen), MOST) {
        // Lines that are printed under one lock are held together.
        if !holds.contains(&hold) {
            holds.push(hold);
        }
    }
    holds
}

/// Whether a thread or process is started each time, however many processors there are.
pub fn is_always_started(actor: &str, actors: &[BTreeSet<String>]) -> bool {
    actors.iter().all(|actors| actors.contains(actor))
}

/// A way to hold a line, and who printed it in the first execution.
struct Line {
    hold: Hold,
    actor: String,
}

/// The lines that can be held, in the order of the first execution.
fn lines(seen: &[Execution]) -> Vec<Line> {
    let classes = classes(seen);
    let mut lines = Vec::new();
    let Some(first) = seen.first() else {
        return lines;
    };
    let mut counts = vec![0; classes.templates.len()];
    for (line, &template) in first.lines.iter().zip(&classes.of_lines[0]) {
        let nth = counts[template];
        counts[template] += 1;
        let hold =
            by_text(seen, &classes, template, nth).or_else(|| by_number(seen, &classes, template));
        let actor = line.printed_by.clone().map(|(actor, _)| actor);
        if let (Some(hold), Some(actor)) = (hold, actor) {
            lines.push(Line { hold, actor });
        }
    }
    lines
}

/// A template's lines from one on, by their text, where nothing else has such a text and each of them is
/// printed at once.
fn by_text(seen: &[Execution], classes: &Classes, template: usize, nth: usize) -> Option<Hold> {
    let its = &classes.templates[template];
    for (execution, lines) in seen.iter().zip(&classes.of_lines) {
        for (line, &other) in execution.lines.iter().zip(lines) {
            let alike = || its.values(&line.text).is_some();
            if (other == template && !line.whole) || (other != template && alike()) {
                return None;
            }
        }
    }
    Some(Hold::Prints(pattern(its)?, nth))
}

fn pattern(template: &Template) -> Option<Pattern> {
    Pattern::of(
        template
            .parts
            .iter()
            .enumerate()
            .map(|(at, part)| match part {
                Part::Text(_) => Gap::Text(template.literal(at)),
                Part::Hole(hole) => match hole.kind {
                    Kind::Pid | Kind::Tid | Kind::Int | Kind::Number => Gap::Number,
                    Kind::Duration | Kind::Address | Kind::Path => Gap::Word,
                },
            }),
    )
}

/// A template's only line, by the thread that prints it and the number of its print, where these are always
/// the same.
fn by_number(seen: &[Execution], classes: &Classes, template: usize) -> Option<Hold> {
    let mut printed_by = HashSet::new();
    if *classes.templates[template].count.end() != 1 {
        return None;
    }
    for (execution, lines) in seen.iter().zip(&classes.of_lines) {
        let its = execution
            .lines
            .iter()
            .zip(lines)
            .filter(|(_, its)| **its == template);
        printed_by.extend(its.map(|(line, _)| line.printed_by.clone()));
    }
    let one = printed_by.len() == 1;
    let (actor, print) = printed_by.into_iter().next().flatten().filter(|_| one)?;
    Some(Hold::Print(actor, print))
}

/// So many of the lines: the first and the last of each thread, then others, evenly.
fn chosen(lines: Vec<Line>, room: usize) -> Vec<Hold> {
    let count = lines.len();
    let mut order: Vec<usize> = Vec::new();
    let is_first = |at: usize| lines[..at].iter().all(|line| line.actor != lines[at].actor);
    let is_last = |at: usize| {
        lines[at + 1..]
            .iter()
            .all(|line| line.actor != lines[at].actor)
    };
    order.extend((0..count).filter(|&at| is_first(at)));
    order.extend((0..count).filter(|&at| is_last(at) && !is_first(at)));
    let known: HashSet<usize> = order.iter().copied().collect();
    let others: Vec<usize> = (0..count).filter(|at| !known.contains(at)).collect();
    let left = room.saturating_sub(order.len());
    let step = others.len().div_ceil(left.max(1)).max(1);
    order.extend(others.into_iter().step_by(step));
    order.truncate(room);
    order.sort_unstable();
    let chosen: HashSet<usize> = order.into_iter().collect();
    let lines = lines.into_iter().enumerate();
    lines
        .filter(|(at, _)| chosen.contains(at))
        .map(|(_, line)| line.hold)
        .collect()
}
