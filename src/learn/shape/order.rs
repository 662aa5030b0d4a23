//! Learns the order of lines: observed and proved.

use std::collections::{BTreeMap, HashSet};

use super::classes::Classes;
use crate::transcript::Stream;
use crate::transcript::execution::{Execution, Held, Seen};
use crate::transcript::seed::World;
use crate::transcript::shape::{MOST_SOFT, Nth, Order, Untested};

/// The number of executions in the late world that turn round every order that is merely a habit.
const MANY: usize = 50;

/// The path of a program's first thread.
const FIRST: &str = "0";

/// The position of each template's lines in each execution.
pub struct Positions {
    /// The lines.
    pub nodes: Vec<Nth>,
    streams: Vec<Stream>,
    /// For each execution, the position of each of `nodes`.
    places: Vec<Vec<Option<usize>>>,
    /// For each execution, the node of each line.
    of_lines: Vec<Vec<usize>>,
}

impl Positions {
    /// Numbers the lines of each template in every execution.
    pub fn of(classes: &Classes) -> Positions {
        let mut first = Vec::new();
        let mut nodes = Vec::new();
        let mut streams = Vec::new();
        for (number, template) in classes.templates.iter().enumerate() {
            first.push(nodes.len());
            let most = *template.count.end();
            nodes.extend((0..most).map(|nth| Nth {
                template: number,
                nth,
            }));
            streams.extend((0..most).map(|_| template.stream));
        }
        let mut places = Vec::new();
        let mut of_lines = Vec::new();
        for lines in &classes.of_lines {
            let mut counts = vec![0; classes.templates.len()];
            let mut place = vec![None; nodes.len()];
            let mut nodes_of_lines = Vec::new();
            for (at, &template) in lines.iter().enumerate() {
                let node = first[template] + counts[template];
                counts[template] += 1;
                place[node] = Some(at);
                nodes_of_lines.push(node);
            }
            places.push(place);
            of_lines.push(nodes_of_lines);
        }
        Positions {
            nodes,
            streams,
            places,
            of_lines,
        }
    }

    /// Returns the lines that came before this place of an execution.
    pub fn before_place(&self, execution: usize, place: usize) -> impl Iterator<Item = usize> {
        let lines = &self.of_lines[execution];
        lines[..place.min(lines.len())].iter().copied()
    }

    /// Returns the lines of an execution, in order.
    pub fn lines(&self, execution: usize) -> &[usize] {
        &self.of_lines[execution]
    }

    /// Returns the place of a line in an execution.
    pub fn place(&self, execution: usize, node: usize) -> Option<usize> {
        self.places[execution][node]
    }

    /// Returns whether the first line came before the second in every execution that has both, and some execution has.
    pub fn always_before(&self, a: usize, b: usize) -> bool {
        let mut together = false;
        for places in &self.places {
            if let (Some(a), Some(b)) = (places[a], places[b]) {
                if a > b {
                    return false;
                }
                together = true;
            }
        }
        together
    }
}

/// For each line that was held, the lines that are proved to come after it.
pub type Proofs = BTreeMap<usize, HashSet<usize>>;

/// Returns whether a line is the same one in each execution that has it. Of a template with a varying count, only the
/// number tells the lines apart, and it depends on who comes first.
pub fn is_named(line: Nth, classes: &Classes) -> bool {
    let template = &classes.templates[line.template];
    template.is_fixed() || *template.count.end() == 1
}

/// Learns the order of lines, given the pairs that are proved.
pub fn order(
    proofs: &Proofs,
    classes: &Classes,
    positions: &Positions,
    untested: Option<Untested>,
) -> Order {
    // A single message of a compiler, or the execution of a single seed, shows its order, but proves nothing.
    let is_single = matches!(untested, Some(Untested::Compiler | Untested::Seed));
    let soft = if positions.nodes.len() <= MOST_SOFT && !is_single {
        soft(proofs, classes, positions)
    } else {
        Vec::new()
    };
    let pairs_of = |stream| {
        let lines = positions.streams.iter().filter(|&&other| other == stream);
        let lines = lines.count();
        lines * lines.saturating_sub(1) / 2
    };
    Order {
        hard: hard(proofs, classes, positions),
        soft,
        pairs: (
            proofs.values().map(HashSet::len).sum(),
            pairs_of(Stream::Stdout) + pairs_of(Stream::Stderr),
        ),
        untested,
    }
}

/// The proved pairs, without those that follow from others.
fn hard(proofs: &Proofs, classes: &Classes, positions: &Positions) -> Vec<(Nth, Nth)> {
    // A pair follows from others only through a line that always comes: without it, nothing would connect the two.
    let always_comes = |node: usize| {
        let Nth { template, nth } = positions.nodes[node];
        nth < *classes.templates[template].count.start()
    };
    let follows = |a: usize, b: usize| {
        let mut between = proofs.iter().filter(|&(&c, _)| always_comes(c));
        between.any(|(&c, after)| c != a && c != b && proofs[&a].contains(&c) && after.contains(&b))
    };
    let mut hard = Vec::new();
    for (&a, after) in proofs {
        let direct = after.iter().filter(|&&b| !follows(a, b));
        hard.extend(direct.map(|&b| (positions.nodes[a], positions.nodes[b])));
    }
    hard.sort_by_key(|&(a, b)| (b, a));
    hard
}

/// The pairs that were always seen in one order but are not proved, without those that follow from others.
fn soft(proofs: &Proofs, classes: &Classes, positions: &Positions) -> Vec<(Nth, Nth)> {
    let count = positions.nodes.len();
    let is_hard = |a: usize, b: usize| proofs.get(&a).is_some_and(|after| after.contains(&b));
    // Lines that don't always come were seen too rarely.
    let is_fixed = |node: usize| classes.templates[positions.nodes[node].template].is_fixed();
    let mut before = vec![vec![false; count]; count];
    for (a, row) in before.iter_mut().enumerate() {
        for (b, before) in row.iter_mut().enumerate() {
            *before = a != b
                && is_fixed(a)
                && is_fixed(b)
                && positions.streams[a] == positions.streams[b]
                && positions.always_before(a, b);
        }
    }
    let mut soft = Vec::new();
    for a in 0..count {
        for b in (0..count).filter(|&b| before[a][b] && !is_hard(a, b)) {
            // A template's first line always comes before its second: that says nothing.
            let same = positions.nodes[a].template == positions.nodes[b].template;
            if !same && !(0..count).any(|c| before[a][c] && before[c][b]) {
                soft.push((positions.nodes[a], positions.nodes[b]));
            }
        }
    }
    soft.sort_by_key(|&(a, b)| (b, a));
    soft
}

/// Returns, for each held line, the lines that waited for it and never came before it.
///
/// A held thread may own a lock that other threads want, and may come first just by habit. So another thread's line is
/// proved only if the held thread was also held at its start once, and the line came after the held line even then. The
/// program's first thread can't be held at its start.
///
/// A later line of the held thread itself is proved only if the thread never waits for other threads between the two:
/// otherwise these decide which of the lines comes first, and they weren't held.
///
/// Many executions in the late world turn such habits round by themselves: then neither is required.
pub fn proofs(executions: &[Execution], classes: &Classes, positions: &Positions) -> Proofs {
    let mut proofs = Proofs::new();
    let held_at_start: HashSet<&str> = executions
        .iter()
        .filter_map(|execution| match &execution.held {
            Some(Held::Start(actor, _)) => Some(actor.as_str()),
            _ => None,
        })
        .collect();
    let is_settled = |actor: &Option<String>| {
        let actor = actor.as_deref();
        actor.is_none_or(|actor| actor == FIRST || held_at_start.contains(actor))
    };
    let has_many_late = has_many_late(executions);
    for (number, execution) in executions.iter().enumerate() {
        let Some(Held::Line(line)) = execution.held else {
            continue;
        };
        let Some(&a) = positions.of_lines[number].get(line) else {
            continue;
        };
        let actor = |line: &Seen| line.printed_by.as_ref().map(|(actor, _)| actor.clone());
        let held = actor(&execution.lines[line]);
        let after = positions.of_lines[number].iter().enumerate().skip(line + 1);
        let after = after.filter(|&(at, &b)| {
            positions.streams[a] == positions.streams[b]
                && positions.nodes[a].template != positions.nodes[b].template
                && positions.always_before(a, b)
                && is_named(positions.nodes[a], classes)
                && is_named(positions.nodes[b], classes)
                && if has_many_late {
                    true
                } else if held.is_some() && held == actor(&execution.lines[at]) {
                    !waits_between(executions, positions, a, b)
                } else {
                    is_settled(&held)
                }
        });
        let after = after.map(|(_, &b)| b);
        proofs.entry(a).or_default().extend(after);
    }
    proofs
}

/// Returns whether so many executions took place in the late world that what all of them show is no habit.
pub fn has_many_late(executions: &[Execution]) -> bool {
    let late = executions.iter();
    let late = late.filter(|execution| execution.world() == Some(World::Late));
    late.count() >= MANY
}

/// Returns whether a thread that printed both lines ever waited for another thread between them.
fn waits_between(executions: &[Execution], positions: &Positions, a: usize, b: usize) -> bool {
    executions
        .iter()
        .zip(&positions.places)
        .any(|(execution, places)| {
            let line = |node: usize| places[node].map(|place| &execution.lines[place]);
            let actor = |line: &Seen| line.printed_by.as_ref().map(|(actor, _)| actor.clone());
            match (line(a), line(b)) {
                (Some(a), Some(b)) => {
                    actor(a).is_some() && actor(a) == actor(b) && a.waits != b.waits
                }
                _ => false,
            }
        })
}
