//! Learns the shape from observed executions.

pub mod classes;
mod families;
mod forms;
mod hole;
mod on_time;
pub mod order;
pub mod schedules;
pub mod unlearned;
mod unordered;
pub mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::transcript::Exit;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::redaction::Redactions;
use crate::transcript::shape::{Apart, Nth, Shape, Starts, Untested};
use classes::{Classes, classes};
use order::{Positions, order, proofs};
use schedules::schedules;
use values::rules;

/// Learns the shape of several executions of a run. The first is the one that readers see. `untested` is the reason
/// that no line could be held.
pub fn shape(executions: &[Execution], untested: Option<Untested>) -> Shape {
    let mut classes = classes(executions);
    let positions = Positions::of(&classes);
    let rules = rules(executions, &mut classes);
    let proofs = proofs(executions, &classes, &positions);
    Shape {
        exit: executions.first().map_or(Exit::SUCCESS, |first| first.exit),
        order: order(&proofs, &classes, &positions, untested),
        starts: starts(executions),
        apart: apart(executions, &classes, &positions),
        rules,
        schedules: schedules(executions, &classes, &positions, &proofs),
        redactions: Redactions::default(),
        templates: classes.templates,
    }
}

/// Returns the threads and processes that every observed execution started.
fn starts(executions: &[Execution]) -> Starts {
    let all = executions.iter().filter_map(|execution| execution.starts);
    all.reduce(Starts::least).unwrap_or_default()
}

/// Returns the lines that always came while a thread or process was held at its start.
fn apart(executions: &[Execution], classes: &Classes, positions: &Positions) -> Vec<Apart> {
    let mut came: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (number, execution) in executions.iter().enumerate() {
        let Some(Held::Start(actor, lines)) = &execution.held else {
            continue;
        };
        let now = positions.before_place(number, *lines).collect();
        let came = came.entry(actor);
        came.and_modify(|came| came.retain(|node| BTreeSet::contains(&now, node)))
            .or_insert(now);
    }
    let is_fixed = |node: &Nth| classes.templates[node.template].is_fixed();
    let apart = came.into_iter().map(|(actor, came)| {
        let lines = came
            .iter()
            .filter(|&&node| can_come_after_start(actor, node, executions, positions));
        let lines = lines.filter(|&&node| has_constant_print(node, executions, positions));
        let lines = lines.map(|&node| positions.nodes[node]).filter(is_fixed);
        Apart {
            actor: actor.to_owned(),
            prints: own_line(actor, executions, classes, positions),
            lines: lines.collect(),
        }
    });
    apart.filter(|apart| !apart.lines.is_empty()).collect()
}

/// Returns whether a line is the same print of the same thread in every execution. If not, threads share the work in
/// varying ways, and a held thread may block any line.
fn has_constant_print(node: usize, executions: &[Execution], positions: &Positions) -> bool {
    let mut printed_by = BTreeSet::new();
    for (number, execution) in executions.iter().enumerate() {
        if let Some(line) = positions.place(number, node) {
            printed_by.extend(execution.lines[line].printed_by.as_ref());
        }
    }
    printed_by.len() == 1
}

/// Returns the first line that comes once in every execution, and that the actor always prints.
fn own_line(
    actor: &str,
    executions: &[Execution],
    classes: &Classes,
    positions: &Positions,
) -> Option<Nth> {
    let is_own = |node: usize| {
        let lines = executions
            .iter()
            .enumerate()
            .filter_map(|(number, execution)| {
                let place = positions.place(number, node)?;
                execution.lines[place].printed_by.as_ref()
            });
        let mut printed_by = lines.map(|(actor, _)| actor).peekable();
        printed_by.peek().is_some() && printed_by.all(|other| other == actor)
    };
    let comes_once = |line: Nth| classes.templates[line.template].count == (1..=1);
    let mut nodes = positions.nodes.iter().copied().enumerate();
    let own = nodes.find(|&(node, line)| comes_once(line) && is_own(node));
    own.map(|(_, line)| line)
}

/// Returns whether a line can come after the actor's start: it has come after a line of the actor, or the actor prints
/// nothing that would show it. A line that always comes before the actor's start proves nothing.
fn can_come_after_start(
    actor: &str,
    node: usize,
    executions: &[Execution],
    positions: &Positions,
) -> bool {
    let mut prints = false;
    for (number, execution) in executions.iter().enumerate() {
        let is_of_actor = |path: &str| {
            let rest = path.strip_prefix(actor);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
        };
        let first = execution.lines.iter().position(|line| {
            line.printed_by
                .as_ref()
                .is_some_and(|(path, _)| is_of_actor(path))
        });
        let Some(first) = first else {
            continue;
        };
        prints = true;
        if positions
            .before_place(number, first)
            .all(|before| before != node)
            && positions
                .before_place(number, usize::MAX)
                .any(|line| line == node)
        {
            return true;
        }
    }
    !prints
}
