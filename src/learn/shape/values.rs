//! Learns rules for the values in holes within one execution.

use std::collections::{BTreeMap, HashSet};

use super::classes::Classes;
use super::order::has_many_late;
use crate::transcript::Stream;
use crate::transcript::execution::{Execution, Held};
use crate::transcript::shape::token::value;
use crate::transcript::shape::{Common, Kind, Part, Rule, Template};

/// A hole: the number of its template, and its number among the holes of the template.
type Place = (usize, usize);

/// Identifies holes of several templates that belong together: by the words around them.
type Family<'a> = (Stream, usize, usize, &'a str, &'a str);

/// Returns the rules for these templates' holes. Holes that always have the same value get a common name.
pub fn rules(executions: &[Execution], classes: &mut Classes) -> Vec<Rule> {
    let mut rules = ids(classes);
    let mut families: BTreeMap<Family<'_>, Vec<Place>> = BTreeMap::new();
    for (number, template) in classes.templates.iter().enumerate() {
        for (at, hole) in template.holes().enumerate() {
            if hole.kind == Kind::Int && template.is_fixed() {
                let family = (
                    template.stream,
                    template.holes().count(),
                    at,
                    word_before(template, at),
                    word_after(template, at),
                );
                families.entry(family).or_default().push((number, at));
            }
        }
    }
    for holes in families.into_values() {
        let common = common(&holes, executions, classes);
        rules.extend(common.into_iter().map(|relation| Rule {
            holes: holes.clone(),
            relation,
        }));
    }
    rules.sort_by(|a, b| a.holes.cmp(&b.holes));
    rules
}

fn is_single(template: &Template) -> bool {
    template.count == (1..=1)
}

/// Returns the values of several holes in each execution, in the order of the lines; `None` if a value isn't a
/// number.
fn numbers(holes: &[Place], classes: &Classes) -> Option<Vec<Vec<i64>>> {
    let mut all = Vec::new();
    for (lines, values) in classes.of_lines.iter().zip(&classes.values) {
        let mut numbers = Vec::new();
        for (line, values) in lines.iter().zip(values) {
            for &(template, hole) in holes {
                if *line == template {
                    numbers.push(value(&values[hole]).parse().ok()?);
                }
            }
        }
        all.push(numbers);
    }
    Some(all)
}

fn common(holes: &[Place], executions: &[Execution], classes: &Classes) -> Vec<Common> {
    let Some(numbers) = numbers(holes, classes) else {
        return Vec::new();
    };
    if numbers.first().is_none_or(|numbers| numbers.len() < 2) {
        return Vec::new();
    }
    let sorted = |numbers: &Vec<i64>| {
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted
    };
    let mut common = Vec::new();
    let first = sorted(&numbers[0]);
    if numbers.iter().any(|numbers| sorted(numbers) != first) {
        return common;
    }
    common.push(Common::EachOf(first));
    let rise = |numbers: &Vec<i64>| numbers.windows(2).all(|pair| pair[0] < pair[1]);
    // A rise in every execution proves little, unless holding lines or being late didn't change it.
    let templates: HashSet<usize> = holes.iter().map(|(template, _)| *template).collect();
    let is_tried = held(executions, classes, &templates) >= 2 || has_many_late(executions);
    if numbers.iter().all(rise) && is_tried {
        common.push(Common::Increasing);
    }
    common
}

/// Returns the number of executions in which a line of these templates was held.
fn held(executions: &[Execution], classes: &Classes, templates: &HashSet<usize>) -> usize {
    let executions = executions.iter().zip(&classes.of_lines);
    let held = executions.filter(|(execution, lines)| match execution.held {
        Some(Held::Line(line)) => lines
            .get(line)
            .is_some_and(|template| templates.contains(template)),
        _ => false,
    });
    held.count()
}

/// Finds the holes whose ids are always equal and gives them a name. Returns the rule that the others differ, if they
/// do.
fn ids(classes: &mut Classes) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut names = 'a'..='z';
    for kind in [Kind::Pid, Kind::Tid] {
        let mut places: Vec<Place> = Vec::new();
        for (number, template) in classes.templates.iter().enumerate() {
            let holes = template.holes().enumerate();
            let holes = holes.filter(|(_, hole)| hole.kind == kind && is_single(template));
            places.extend(holes.map(|(hole, _)| (number, hole)));
        }
        let values: Vec<Vec<&str>> = places
            .iter()
            .map(|&(template, hole)| {
                let executions = classes.of_lines.iter().zip(&classes.values);
                let lines = executions.flat_map(|(lines, values)| lines.iter().zip(values));
                let lines = lines.filter(|(line, _)| **line == template);
                lines.map(|(_, values)| value(&values[hole])).collect()
            })
            .collect();
        // Maps each hole to the first that always has the same value.
        let first = |at: usize| {
            (0..at)
                .find(|&before| values[before] == values[at])
                .unwrap_or(at)
        };
        let groups: Vec<usize> = (0..places.len()).map(first).collect();
        let mut named = BTreeMap::new();
        for (at, &group) in groups.iter().enumerate() {
            if groups.iter().filter(|&&other| other == group).count() > 1 {
                let name = *named.entry(group).or_insert_with(|| names.next());
                set_name(&mut classes.templates[places[at].0], places[at].1, name);
            }
        }
        let ones: Vec<usize> = (0..places.len()).filter(|&at| groups[at] == at).collect();
        let differ = |a: usize, b: usize| values[a].iter().zip(&values[b]).all(|(a, b)| a != b);
        let all_differ = ones
            .iter()
            .all(|&a| ones.iter().all(|&b| a == b || differ(a, b)));
        if ones.len() > 1 && all_differ {
            rules.push(Rule {
                holes: ones.iter().map(|&at| places[at]).collect(),
                relation: Common::Distinct,
            });
        }
    }
    rules
}

fn set_name(template: &mut Template, hole: usize, name: Option<char>) {
    let mut holes = template.parts.iter_mut().filter_map(|part| match part {
        Part::Hole(hole) => Some(hole),
        Part::Text(_) | Part::Redacted(_) | Part::Any | Part::End => None,
    });
    if let Some(hole) = holes.nth(hole) {
        hole.name = name;
    }
}

/// Returns the last word before a hole.
fn word_before(template: &Template, hole: usize) -> &str {
    let holes = template.parts.iter().enumerate();
    let mut holes = holes.filter(|(_, part)| matches!(part, Part::Hole(_)));
    let at = holes.nth(hole).map_or(0, |(at, _)| at);
    match at.checked_sub(1).map(|before| &template.parts[before]) {
        Some(Part::Text(text)) => {
            let text = text.trim_end();
            let start = text.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |at| {
                at + text[at..].chars().next().map_or(1, char::len_utf8)
            });
            &text[start..]
        }
        _ => "",
    }
}

/// Returns the first word after a hole.
fn word_after(template: &Template, hole: usize) -> &str {
    let text = template.text_after(hole).trim_start();
    let end = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    &text[..end]
}
