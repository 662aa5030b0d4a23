//! Lines and orders that executions show for the first time: when nothing new comes, enough is known.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::transcript::Stream;
use crate::transcript::execution::Execution;

/// The highest number of lines of an execution whose order is looked at.
const MOST_LINES: usize = 100;

/// The lines and orders that executions have shown. Numbers in lines are ignored.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Each kind of line, and its number among the lines of its kind, with a number.
    lines: HashMap<(Stream, String, usize), usize>,
    /// The orders, each with the number of the execution that alone has shown it, if one has.
    orders: HashMap<(usize, usize), Option<usize>>,
    /// The number of executions.
    executions: usize,
}

impl Known {
    /// Adds what an execution shows, and returns whether some of it is new.
    pub(super) fn learns_from(&mut self, execution: &Execution) -> bool {
        let mut counts: HashMap<(Stream, String), usize> = HashMap::new();
        let mut is_new = false;
        let mut all = Vec::new();
        for line in &execution.lines {
            let text = without_numbers(&line.text);
            let nth = counts.entry((line.stream, text.clone())).or_default();
            *nth += 1;
            let next = self.lines.len();
            let number = *self.lines.entry((line.stream, text, *nth)).or_insert(next);
            is_new |= number == next;
            all.push(number);
        }
        all.truncate(MOST_LINES);
        for (at, &a) in all.iter().enumerate() {
            for &b in &all[at + 1..] {
                match self.orders.entry((a, b)) {
                    Entry::Occupied(mut known) => *known.get_mut() = None,
                    Entry::Vacant(new) => {
                        new.insert(Some(self.executions));
                        is_new = true;
                    }
                }
            }
        }
        self.executions += 1;
        is_new
    }

    /// The number of executions that alone have shown some order. Their share is about the probability that the next
    /// execution shows an order that none has shown (Good and Turing, 1953).
    pub(super) fn lonely(&self) -> usize {
        let lonely: HashSet<usize> = self.orders.values().copied().flatten().collect();
        lonely.len()
    }
}

/// The lines of an execution with `#` in place of the ids of its threads and processes, which follow from its seed.
pub(super) fn without_ids(execution: &Execution) -> Vec<(Stream, String)> {
    let is_id = |number: &str| number.parse().is_ok_and(|id| execution.tids.contains(&id));
    let of_line = |text: &str| {
        let parts = text.split_inclusive(|c: char| !c.is_ascii_digit());
        let parts = parts.map(|part| {
            let number = part.trim_end_matches(|c: char| !c.is_ascii_digit());
            match is_id(number) {
                true => format!("#{}", &part[number.len()..]),
                false => part.to_owned(),
            }
        });
        parts.collect()
    };
    let lines = execution.lines.iter();
    lines
        .map(|line| (line.stream, of_line(&line.text)))
        .collect()
}

/// The text with `#` in place of each number.
fn without_numbers(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if result.ends_with('#') => {}
            true => result.push('#'),
            false => result.push(c),
        }
    }
    result
}
