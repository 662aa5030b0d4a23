//! Which lines come before which: what was seen, and what was proved.

use std::collections::{BTreeMap, HashSet};

use super::classes::Classes;
use crate::transcript::Stream;
use crate::transcript::execution::{Held, Recording, Seen};
use crate::transcript::shape::{MOST_SOFT, Nth, Order, Untested};

/// The path of a program's first thread.
const FIRST: &str = "0";

/// Where each line of each template stands in each recording.
pub struct Positions {
    /// The lines.
    pub nodes: Vec<Nth>,
    streams: Vec<Stream>,
    /// For each recording, the place of each of `nodes`.
    places: Vec<Vec<Option<usize>>>,
    /// For each recording, which of `nodes` each line is.
    of_lines: Vec<Vec<usize>>,
}

impl Positions {
    /// Counts the lines of each template, in every recording.
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

    /// The lines that came before this place of a recording.
    pub fn before_place(&self, recording: usize, place: usize) -> impl Iterator<Item = usize> {
        let lines = &self.of_lines[recording];
        lines[..place.min(lines.len())].iter().copied()
    }

    /// Where a line stands in a recording.
    pub fn place(&self, recording: usize, node: usize) -> Option<usize> {
        self.places[recording][node]
    }

    /// Whether the first of two lines came before the second wherever both came.
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

/// The order of the lines of recordings.
pub fn order(
    recordings: &[Recording],
    classes: &Classes,
    positions: &Positions,
    untested: Option<Untested>,
) -> Order {
    let proofs = proofs(recordings, positions);
    let count = positions.nodes.len();
    // What is between them must always come: else nothing is said of two lines where it does not.
    let always_comes = |node: usize| {
        let Nth { template, nth } = positions.nodes[node];
        nth < *classes.templates[template].count.start()
    };
    let follows = |a: usize, b: usize| {
        let mut between = proofs.iter().filter(|&(&c, _)| always_comes(c));
        between
            .any(|(&c, behind)| c != a && c != b && proofs[&a].contains(&c) && behind.contains(&b))
    };
    let mut hard = Vec::new();
    for (&a, behind) in &proofs {
        let direct = behind.iter().filter(|&&b| !follows(a, b));
        hard.extend(direct.map(|&b| (positions.nodes[a], positions.nodes[b])));
    }
    hard.sort_by_key(|&(a, b)| (b, a));

    let is_hard = |a: usize, b: usize| proofs.get(&a).is_some_and(|behind| behind.contains(&b));
    // What does not always come was seen too seldom.
    let is_fixed = |node: usize| classes.templates[positions.nodes[node].template].is_fixed();
    let mut soft = Vec::new();
    // One look at what a compiler says shows its order, and proves nothing.
    if count <= MOST_SOFT && untested != Some(Untested::Compiler) {
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
        for a in 0..count {
            for b in (0..count).filter(|&b| before[a][b] && !is_hard(a, b)) {
                // The first of a template comes before its second: that says nothing.
                let same = positions.nodes[a].template == positions.nodes[b].template;
                if !same && !(0..count).any(|c| before[a][c] && before[c][b]) {
                    soft.push((positions.nodes[a], positions.nodes[b]));
                }
            }
        }
    }
    soft.sort_by_key(|&(a, b)| (b, a));
    let of = |stream| {
        positions
            .streams
            .iter()
            .filter(|&&its| its == stream)
            .count()
    };
    let pairs = |lines: usize| lines * lines.saturating_sub(1) / 2;
    Order {
        hard,
        soft,
        pairs: (
            proofs.values().map(HashSet::len).sum(),
            pairs(of(Stream::Stdout)) + pairs(of(Stream::Stderr)),
        ),
        untested,
    }
}

/// For each line that was held back, those that were held up by it, and never came before it.
///
/// A thread may be held while it has a lock that others want: that it has come first may be no more than a
/// habit. So it must have been kept from starting once, and the other line still have come behind it; the
/// program's first thread cannot be.
///
/// That a thread's own next line is held up too proves nothing where the thread waits between the two for
/// what others bring: then they decide which of its lines comes first, and were not held.
fn proofs(recordings: &[Recording], positions: &Positions) -> BTreeMap<usize, HashSet<usize>> {
    let mut proofs: BTreeMap<usize, HashSet<usize>> = BTreeMap::new();
    let kept_from_starting: HashSet<&str> = recordings
        .iter()
        .filter_map(|recording| match &recording.held {
            Some(Held::Start(actor, _)) => Some(actor.as_str()),
            _ => None,
        })
        .collect();
    let is_settled = |actor: &Option<String>| {
        let actor = actor.as_deref();
        actor.is_none_or(|actor| actor == FIRST || kept_from_starting.contains(actor))
    };
    for (number, recording) in recordings.iter().enumerate() {
        let Some(Held::Line(line)) = recording.held else {
            continue;
        };
        let Some(&a) = positions.of_lines[number].get(line) else {
            continue;
        };
        let actor = |line: &Seen| line.printed_by.as_ref().map(|(actor, _)| actor.clone());
        let its = actor(&recording.lines[line]);
        let behind = positions.of_lines[number].iter().enumerate().skip(line + 1);
        let behind = behind.filter(|&(at, &b)| {
            positions.streams[a] == positions.streams[b]
                && positions.nodes[a].template != positions.nodes[b].template
                && positions.always_before(a, b)
                && match its.is_some() && its == actor(&recording.lines[at]) {
                    true => !waits_between(recordings, positions, a, b),
                    false => is_settled(&its),
                }
        });
        let behind = behind.map(|(_, &b)| b);
        proofs.entry(a).or_default().extend(behind);
    }
    proofs
}

/// Whether a thread that printed both lines has ever waited between them for what others bring.
fn waits_between(recordings: &[Recording], positions: &Positions, a: usize, b: usize) -> bool {
    recordings
        .iter()
        .zip(&positions.places)
        .any(|(recording, places)| {
            let line = |node: usize| places[node].map(|place| &recording.lines[place]);
            let actor = |line: &Seen| line.printed_by.as_ref().map(|(actor, _)| actor.clone());
            match (line(a), line(b)) {
                (Some(a), Some(b)) => {
                    actor(a).is_some() && actor(a) == actor(b) && a.waits != b.waits
                }
                _ => false,
            }
        })
}
