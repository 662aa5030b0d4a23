//! Learns the answer of a run that nothing delays: what is the same in every execution whose waits end on time.

use std::collections::BTreeMap;

use super::classes::Classes;
use crate::transcript::shape::Values;
use crate::transcript::shape::token::value;

/// A hole, as the number of a template and of the hole in it.
type At = (usize, usize);

/// The number of executions that must have the lowest and the highest value of a range.
pub(super) const EXTREMES: usize = 3;

/// The templates with a varying count that have the same count in each of these executions, by that count.
pub(super) fn counts(classes: &Classes, executions: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let mut counts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, template) in classes.templates.iter().enumerate() {
        let mut all = executions.iter().map(|&execution| {
            let lines = classes.of_lines[execution].iter();
            lines.filter(|&&line| line == number).count()
        });
        if let Some(first) = all.next()
            && !template.is_fixed()
            && all.all(|count| count == first)
        {
            counts.entry(first).or_default().push(number);
        }
    }
    counts.into_iter().collect()
}

/// The holes with fewer values in these executions than in others, by their lowest and highest value.
pub(super) fn values(classes: &Classes, executions: &[usize]) -> Vec<Values> {
    let mut values: BTreeMap<(i64, i64), Vec<At>> = BTreeMap::new();
    for (number, template) in classes.templates.iter().enumerate() {
        for (at, hole) in template.holes().enumerate() {
            if let Some(seen) = hole.range()
                && let Some(range) = range_of(classes, executions, (number, at))
                && range != seen
            {
                values.entry(range).or_default().push((number, at));
            }
        }
    }
    let values = values.into_iter();
    values
        .map(|(range, holes)| Values { range, holes })
        .collect()
}

/// The lowest and the highest value of a hole in these executions, if they came so often that no others are to be
/// expected.
pub(super) fn range_of(classes: &Classes, executions: &[usize], at: At) -> Option<(i64, i64)> {
    let ranges: Vec<(i64, i64)> = executions
        .iter()
        .filter_map(|&execution| {
            let values = values_in(classes, execution, at);
            Some((*values.iter().min()?, *values.iter().max()?))
        })
        .collect();
    let low = ranges.iter().map(|range| range.0).min()?;
    let high = ranges.iter().map(|range| range.1).max()?;
    let lowest = ranges.iter().filter(|range| range.0 == low).count();
    let highest = ranges.iter().filter(|range| range.1 == high).count();
    (lowest >= EXTREMES && highest >= EXTREMES).then_some((low, high))
}

/// The values of a hole in an execution.
fn values_in(classes: &Classes, execution: usize, (template, hole): At) -> Vec<i64> {
    let lines = classes.of_lines[execution].iter();
    let lines = lines.zip(&classes.values[execution]);
    let lines = lines.filter(|(line, _)| **line == template);
    lines
        .filter_map(|(_, values)| value(&values[hole]).parse().ok())
        .collect()
}
