//! Finds lists in braces whose members executions print in different orders, and sorts their members, so that those
//! that vary can be compared.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::transcript::Stream;
use crate::transcript::execution::{Execution, Seen};
use crate::transcript::shape::set::{BETWEEN, List, all_members, lists};
use crate::transcript::shape::unordered::{ANY, END, Key, kind};

/// The place of lists: the stream, and the text before them.
type Place = (Stream, String);

/// A list's members, as far as they are constant.
type Names = Vec<String>;

/// The number of times that each execution prints something; executions that don't are left out.
type Counts = BTreeMap<usize, usize>;

/// The lists of the same names at one place, by the order of the names.
type Orders = HashMap<Names, Counts>;

/// The texts of the lines of executions. The members of a list that has no order are sorted, and between two marks.
pub(super) struct Sorted<'a> {
    sorted: HashMap<(Stream, &'a str), String>,
}

impl<'a> Sorted<'a> {
    pub(super) fn of(executions: &'a [Execution]) -> Sorted<'a> {
        let mut texts: HashMap<(Stream, &str), Counts> = HashMap::new();
        for (number, execution) in executions.iter().enumerate() {
            let lines = execution.lines.iter();
            for line in lines.filter(|line| line.text.contains(BETWEEN) && line.text.contains('{'))
            {
                let counts = texts.entry((line.stream, line.text.as_str()));
                *counts.or_default().entry(number).or_default() += 1;
            }
        }
        let mut orders: HashMap<(Place, usize, Names), Orders> = HashMap::new();
        for ((stream, text), counts) in &texts {
            for list in in_braces(text) {
                let place: Place = (*stream, list.path.clone());
                for (way, names) in ways(text, &list).into_iter().enumerate() {
                    let mut sorted = names.clone();
                    sorted.sort_unstable();
                    let orders = orders.entry((place.clone(), way, sorted)).or_default();
                    let all = orders.entry(names).or_default();
                    for (execution, count) in counts {
                        *all.entry(*execution).or_default() += count;
                    }
                }
            }
        }
        let varying = orders.into_iter();
        let varying = varying.filter(|(_, orders)| vary(orders, executions.len()));
        let places: HashSet<Place> = varying.map(|((place, ..), _)| place).collect();
        let is_unordered = |stream, list: &List| places.contains(&(stream, list.path.clone()));
        let sorted = texts.into_keys().filter_map(|(stream, text)| {
            let lists = in_braces(text).into_iter();
            let lists: Vec<List> = lists.filter(|list| is_unordered(stream, list)).collect();
            (!lists.is_empty()).then(|| ((stream, text), marked(text, 0, &lists)))
        });
        Sorted {
            sorted: sorted.collect(),
        }
    }

    /// The text of a line.
    pub(super) fn text<'b>(&'b self, line: &'b Seen) -> &'b str {
        let sorted = self.sorted.get(&(line.stream, line.text.as_str()));
        sorted.map_or(&line.text, String::as_str)
    }
}

/// Returns whether executions differ in an order: one that comes equally often in each is no chance.
fn vary(orders: &Orders, executions: usize) -> bool {
    let is_steady = |counts: &Counts| {
        let first = counts.values().next();
        counts.len() == executions && counts.values().all(|count| Some(count) == first)
    };
    orders.len() > 1 && !orders.values().all(is_steady)
}

/// Returns the lists in braces of a text, those inside others first.
fn in_braces(text: &str) -> Vec<List> {
    let mut lists = lists(text, kind);
    lists.retain(|list| list.bracket == b'{');
    lists
}

/// Returns the names of a list's members: their texts, their texts without numbers, and their keys, if all have one.
fn ways(text: &str, list: &List) -> Vec<Names> {
    let members = || list.members.iter().map(|at| &text[at.clone()]);
    let keys: Vec<Key> = members().map(Key::of).collect();
    let names = |name: fn(&Key) -> &str| keys.iter().map(|key| name(key).to_owned()).collect();
    let mut ways: Vec<Names> = vec![names(Key::text), names(Key::kind)];
    ways.extend(members().map(key_of_entry).collect::<Option<Names>>());
    ways
}

/// Returns the key of a map's entry: the text before the first colon outside strings.
fn key_of_entry(member: &str) -> Option<String> {
    let colons = member.match_indices(": ");
    // Of a string or character that has a colon, the quotes before the colon are not closed.
    let mut keys = colons.map(|(at, _)| &member[..at]);
    let key = keys.find(|key| is_whole(key))?;
    Some(Key::of(key).text().to_owned())
}

/// Returns whether a text is a single member of a list.
fn is_whole(text: &str) -> bool {
    let closed = format!("{text}}}");
    all_members(&closed).is_some_and(|members| members == [text])
}

/// Returns a text that begins at this place of its line, with the members of lists sorted and between marks.
fn marked(text: &str, start: usize, lists: &[List]) -> String {
    let mut all = String::with_capacity(text.len() + 8);
    let mut end = start;
    let is_inside = |list: &&List| {
        let range = list.range();
        start <= range.start && range.end <= start + text.len()
    };
    let mut inside: Vec<&List> = lists.iter().filter(is_inside).collect();
    inside.sort_by_key(|list| (list.range().start, std::cmp::Reverse(list.range().end)));
    for list in inside {
        let range = list.range();
        if range.start < end {
            continue;
        }
        all += &text[end - start..range.start - start];
        let mut members: Vec<(Key, String)> = Vec::new();
        for at in &list.members {
            let member = &text[at.start - start..at.end - start];
            members.push((Key::of(member), marked(member, at.start, lists)));
        }
        members.sort_by(|(a, _), (b, _)| a.compare(b));
        let members: Vec<String> = members.into_iter().map(|(_, text)| text).collect();
        all.push(ANY);
        all += &members.join(BETWEEN);
        all.push(END);
        end = range.end;
    }
    all + &text[end - start..]
}
