//! The holds that prove the order of lines: each execution holds one line, or the start of one thread or process.

use std::collections::{BTreeSet, HashSet};

use crate::learn::shape::classes::{Classes, classes};
use crate::observe::control::{Gap, Hold, Pattern};
use crate::transcript::execution::Execution;
use crate::transcript::shape::{Kind, Part, Template};

/// The highest number of lines that are held. The order of other lines stays unproved.
const MOST_LINES: usize = 64;
/// The highest number of threads and processes that are held at their start.
const MOST_STARTS: usize = 32;

/// Chooses the holds, given executions without one. `actors` are, for each execution, the threads and processes that it
/// started.
pub fn interventions(observed: &[Execution], actors: &[BTreeSet<String>]) -> Vec<Hold> {
    let mut all: Vec<&String> = actors
        .iter()
        .flatten()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    // In the order of their numbers, which is not that of the text: `0.10` is after `0.9`.
    all.sort_by_key(|actor| (actor.len(), *actor));
    let starts = all.into_iter().take(MOST_STARTS);
    let mut holds: Vec<Hold> = starts.map(|actor| Hold::Start(actor.clone())).collect();
    for hold in chosen(lines(observed), MOST_LINES) {
        // Lines that are printed under one lock have the same hold.
        if !holds.contains(&hold) {
            holds.push(hold);
        }
    }
    holds
}

/// Returns whether every execution has started a thread or process, however many cores it had.
pub fn is_always_started(actor: &str, actors: &[BTreeSet<String>]) -> bool {
    actors.iter().all(|actors| actors.contains(actor))
}

/// A way to hold a line, and the path of the thread that printed it in the first execution.
struct Line {
    hold: Hold,
    actor: String,
}

/// The lines that can be held, in the order of the first execution.
fn lines(observed: &[Execution]) -> Vec<Line> {
    let classes = classes(observed);
    let mut lines = Vec::new();
    let Some(first) = observed.first() else {
        return lines;
    };
    let mut counts = vec![0; classes.templates.len()];
    for (line, &template) in first.lines.iter().zip(&classes.of_lines[0]) {
        let nth = counts[template];
        counts[template] += 1;
        let hold = by_text(observed, &classes, template, nth)
            .or_else(|| by_number(observed, &classes, template));
        let actor = line.printed_by.clone().map(|(actor, _)| actor);
        if let (Some(hold), Some(actor)) = (hold, actor) {
            lines.push(Line { hold, actor });
        }
    }
    lines
}

/// Holds the lines of a template from the nth on, by their text. `None`: a line of another template has such a text, or
/// a line of the template is not printed by a call of its own.
fn by_text(observed: &[Execution], classes: &Classes, number: usize, nth: usize) -> Option<Hold> {
    let template = &classes.templates[number];
    for (execution, lines) in observed.iter().zip(&classes.of_lines) {
        for (line, &other) in execution.lines.iter().zip(lines) {
            let fits = || template.values(&line.text).is_some();
            if (other == number && !line.whole) || (other != number && fits()) {
                return None;
            }
        }
    }
    Some(Hold::Prints(pattern(template)?, nth))
}

/// The pattern of a template's lines. `None`: the observer cannot compare them.
fn pattern(template: &Template) -> Option<Pattern> {
    let parts = template.parts.iter().enumerate();
    let gaps = parts.map(|(at, part)| {
        Some(match part {
            Part::Text(_) => Gap::Text(template.literal(at)),
            // The observer does not redact.
            Part::Redacted(_) => return None,
            // Nor does it sort.
            Part::Any | Part::End => return None,
            Part::Hole(hole) => match hole.kind {
                Kind::Pid | Kind::Tid | Kind::Int | Kind::Number => Gap::Number,
                Kind::Port => Gap::Number,
                Kind::Duration | Kind::Address | Kind::Path | Kind::Hash | Kind::Hex => Gap::Word,
                // They have colons, hyphens, dots or spaces, at which a word ends.
                Kind::Clock | Kind::Uuid | Kind::Version | Kind::Size | Kind::Set => return None,
            },
        })
    });
    Pattern::of(gaps.collect::<Option<Vec<_>>>()?)
}

/// Holds the only line of a template, by its thread and the number of its print. `None`: these vary.
fn by_number(observed: &[Execution], classes: &Classes, number: usize) -> Option<Hold> {
    let mut printed_by = HashSet::new();
    if *classes.templates[number].count.end() != 1 {
        return None;
    }
    for (execution, lines) in observed.iter().zip(&classes.of_lines) {
        let lines = execution.lines.iter().zip(lines);
        let lines = lines.filter(|(_, template)| **template == number);
        printed_by.extend(lines.map(|(line, _)| line.printed_by.clone()));
    }
    let is_constant = printed_by.len() == 1;
    let first = printed_by.into_iter().next().flatten();
    let (actor, print) = first.filter(|_| is_constant)?;
    Some(Hold::Print(actor, print))
}

/// Chooses at most `most` lines: the first and the last of each thread, then others at even intervals.
fn chosen(lines: Vec<Line>, most: usize) -> Vec<Hold> {
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
    let left = most.saturating_sub(order.len());
    let step = others.len().div_ceil(left.max(1)).max(1);
    order.extend(others.into_iter().step_by(step));
    order.truncate(most);
    order.sort_unstable();
    let chosen: HashSet<usize> = order.into_iter().collect();
    let lines = lines.into_iter().enumerate();
    lines
        .filter(|(at, _)| chosen.contains(at))
        .map(|(_, line)| line.hold)
        .collect()
}
