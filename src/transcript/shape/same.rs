//! Compares two shapes whose templates may be in different orders.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hole, Nth, Part, Shape, Template};

impl Shape {
    /// Returns whether another shape, learned from other executions of the same program, has the same proved rules.
    /// Ranges and orders that were merely seen may differ.
    pub fn has_the_rules_of(&self, other: &Shape) -> bool {
        self.exit == other.exit
            && self.starts == other.starts
            && self.order.untested == other.order.untested
            && self.proved() == other.proved()
    }

    /// Returns whether this shape has every kind of rule that another one has, learned from the same program: shapes of
    /// earlier versions lack some.
    pub fn has_the_kinds_of(&self, other: &Shape) -> bool {
        let names_threads = self.apart.iter().all(|apart| {
            let same = other.apart.iter().find(|same| same.actor == apart.actor);
            apart.prints.is_some() || same.is_none_or(|same| same.prints.is_none())
        });
        let support = |shape: &Shape| {
            let schedules = shape.schedules.as_ref();
            schedules.is_some_and(|schedules| !schedules.support.is_empty())
        };
        let counts_reaped = |shape: &Shape| shape.starts.reaped > 0;
        names_threads
            && support(self) >= support(other)
            && counts_reaped(self) >= counts_reaped(other)
    }

    /// Returns the proved rules, with the templates' texts in place of their numbers.
    fn proved(&self) -> Proved {
        let texts: Vec<String> = self.templates.iter().map(text).collect();
        let node = |node: &Nth| (texts[node.template].clone(), node.nth);
        let hole = |&(template, hole): &(usize, usize)| (texts[template].clone(), hole);
        let mut named: BTreeMap<char, BTreeSet<(String, usize)>> = BTreeMap::new();
        for (number, template) in self.templates.iter().enumerate() {
            for (at, Hole { name, .. }) in template.holes().enumerate() {
                if let Some(name) = *name {
                    named.entry(name).or_default().insert(hole(&(number, at)));
                }
            }
        }
        Proved {
            order: self
                .order
                .hard
                .iter()
                .map(|(a, b)| (node(a), node(b)))
                .collect(),
            rules: self
                .rules
                .iter()
                .map(|rule| {
                    let holes = rule.holes.iter().map(hole).collect();
                    (holes, rule.relation.in_words())
                })
                .collect(),
            same: named.into_values().collect(),
            apart: self
                .apart
                .iter()
                .map(|apart| {
                    let actor = match &apart.prints {
                        Some(line) => Actor::Printing(node(line)),
                        None => Actor::Numbered(apart.actor.clone()),
                    };
                    (actor, apart.lines.iter().map(node).collect())
                })
                .collect(),
            templates: texts.into_iter().collect(),
        }
    }
}

/// The proved rules of a shape, comparable with those of another shape.
#[derive(PartialEq, Eq)]
struct Proved {
    templates: BTreeSet<String>,
    order: BTreeSet<((String, usize), (String, usize))>,
    rules: BTreeSet<(BTreeSet<(String, usize)>, String)>,
    same: BTreeSet<BTreeSet<(String, usize)>>,
    apart: BTreeMap<Actor, BTreeSet<(String, usize)>>,
}

/// A thread or process, by a line that it prints, or else by its path.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Actor {
    Printing((String, usize)),
    Numbered(String),
}

/// Formats a template with its stream and count, without ranges that were merely seen.
fn text(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => Part::Text(text.clone()),
        Part::Hole(hole) => Part::Hole(Hole {
            members: hole.members.clone(),
            ..Hole::of(hole.kind)
        }),
        Part::Redacted(_) | Part::Any | Part::End => part.clone(),
    };
    let bare = Template {
        parts: template.parts.iter().map(part).collect(),
        ..template.clone()
    };
    format!("{:?} {:?} {}", template.stream, template.count, bare.text())
}
