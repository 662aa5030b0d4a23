//! Learns rules about families of lines: how many come in all, and how many begin before others end.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::Classes;
use crate::transcript::shape::{AtMost, COMMON, Part, Template, Total};

/// The highest number of kinds of lines among which limits are searched.
const MOST_TEMPLATES: usize = 64;
/// The highest number of limits: more say nothing that a reader would look for.
const MOST_LIMITS: usize = 12;

/// Templates that differ in one word or number alone: lines of the same kind about different things, or of different
/// kinds about the same thing. Each template is a family by itself, too.
fn families_of(templates: &[Template]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
    for (number, template) in templates.iter().enumerate() {
        let parts = template.parts.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Hole(_) => "{}",
            Part::Redacted(name) => name,
            Part::Any | Part::End => "",
        });
        let text: String = parts.collect();
        let words: Vec<&str> = text.split(' ').collect();
        for at in 0..words.len() {
            let mut other = words.clone();
            other[at] = "*";
            if words.len() > 1 {
                let key = (format!("{:?} {}", template.stream, other.join(" ")), at);
                groups.entry(key).or_default().push(number);
            }
        }
    }
    let groups = groups.into_values().filter(|all| all.len() > 1);
    let alone = (0..templates.len()).map(|number| vec![number]);
    let families: BTreeSet<Vec<usize>> = groups.chain(alone).collect();
    families.into_iter().collect()
}

/// The number of lines of each family in an execution.
fn counts(families: &[Vec<usize>], lines: &[usize]) -> Vec<usize> {
    let count = |family: &Vec<usize>| lines.iter().filter(|line| family.contains(line)).count();
    families.iter().map(count).collect()
}

/// The families whose lines are as many in every execution, although the counts of their templates vary.
pub(super) fn totals(classes: &Classes) -> Vec<Total> {
    let families = families_of(&classes.templates);
    let all: Vec<Vec<usize>> = classes
        .of_lines
        .iter()
        .map(|lines| counts(&families, lines))
        .collect();
    let mut totals = Vec::new();
    for (number, templates) in families.into_iter().enumerate() {
        let varies = |template: &usize| !classes.templates[*template].is_fixed();
        let sum = all.first().map_or(0, |counts| counts[number]);
        if sum > 0 && templates.iter().any(varies) && all.iter().all(|counts| counts[number] == sum)
        {
            totals.push(Total { sum, templates });
        }
    }
    totals
}

/// The limits of what has begun and not ended at any time.
pub(super) fn limits(classes: &Classes, seeded: &[usize]) -> Vec<AtMost> {
    if classes.templates.len() > MOST_TEMPLATES {
        return Vec::new();
    }
    let executions: Vec<&[usize]> = seeded
        .iter()
        .map(|&number| &*classes.of_lines[number])
        .collect();
    let mut families: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for family in families_of(&classes.templates) {
        let count = |lines: &&[usize]| lines.iter().filter(|line| family.contains(line)).count();
        let mut counts = executions.iter().map(count);
        let total = counts.next().unwrap_or(0);
        if total > 1 && counts.all(|count| count == total) {
            families.entry(total).or_default().push(family);
        }
    }
    let mut limits = Vec::new();
    for (total, families) in families {
        for begins in &families {
            for ends in &families {
                if begins.iter().any(|begin| ends.contains(begin)) {
                    continue;
                }
                let most = executions
                    .iter()
                    .map(|lines| most_open(lines, begins, ends));
                let Some(most) = most.collect::<Option<Vec<usize>>>() else {
                    continue;
                };
                let highest = most.iter().copied().max().unwrap_or(0);
                let reached = most.iter().filter(|&&most| most == highest).count();
                let is_kept = highest < total && reached * COMMON >= executions.len();
                if is_kept && alternate(&executions, begins, ends) {
                    limits.push(AtMost {
                        most: highest,
                        begins: begins.clone(),
                        ends: ends.clone(),
                    });
                }
            }
        }
    }
    limits.sort_by_key(|limit| limit.most);
    limits.truncate(MOST_LIMITS);
    limits
}

/// Whether the lines of two families come in more than one order: otherwise rules of order say more.
fn alternate(executions: &[&[usize]], begins: &[usize], ends: &[usize]) -> bool {
    let is_either = |line: &&usize| begins.contains(line) || ends.contains(line);
    let sequences = executions.iter();
    let mut sequences = sequences.map(|lines| lines.iter().filter(is_either).collect::<Vec<_>>());
    let first = sequences.next();
    sequences.any(|sequence| Some(&sequence) != first.as_ref())
}

/// The highest number of lines of one family without one of the other; `None`: the other one's lines came first.
fn most_open(lines: &[usize], begins: &[usize], ends: &[usize]) -> Option<usize> {
    let (mut open, mut most) = (0_usize, 0);
    for line in lines {
        if begins.contains(line) {
            open += 1;
            most = most.max(open);
        } else if ends.contains(line) {
            open = open.checked_sub(1)?;
        }
    }
    Some(most)
}
