//! Finds values that only several executions together show: hexadecimal numbers, some of which look like words or
//! decimal numbers, and sets, whose members come in any order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::unordered::Sorted;
use crate::transcript::Stream;
use crate::transcript::execution::Execution;
use crate::transcript::shape::Kind;
use crate::transcript::shape::set::{BETWEEN, List, lists};
use crate::transcript::shape::token::ids::{HASH, uuid_length};

/// The places and kinds of the known values of a line, in order.
pub(super) type Known = Vec<(Range<usize>, Kind)>;

/// The usual lengths of hexadecimal ids and digests: a short commit id has 7 digits, SHA-256 has 64.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=64;

/// The number of an execution, and of a line in it.
type Line = (usize, usize);

/// Texts that stand in the same place of the same kind of line, with the lines in which each stands.
type Texts<'a> = BTreeMap<&'a str, Vec<(Line, Range<usize>)>>;

/// Returns the lines with such values.
pub(super) fn forms(executions: &[Execution], sorted: &Sorted<'_>) -> HashMap<Line, Known> {
    let mut all: HashMap<Line, Known> = HashMap::new();
    for (line, place, kind) in hexadecimal(executions, sorted)
        .into_iter()
        .chain(sets(executions, sorted))
    {
        all.entry(line).or_default().push((place, kind));
    }
    for known in all.values_mut() {
        // Of lists in lists, the outer one counts.
        known.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
        let mut end = 0;
        known.retain(|(place, _)| {
            let is_apart = place.start >= end;
            end = end.max(place.end);
            is_apart
        });
    }
    all
}

/// Returns whether executions differ in texts that stand in one place.
fn differ(texts: &Texts<'_>, executions: usize) -> bool {
    let is_steady = |lines: &Vec<(Line, Range<usize>)>| {
        let mut counts = vec![0; executions];
        for ((execution, _), _) in lines {
            counts[*execution] += 1;
        }
        counts.iter().all(|&count| count == counts[0])
    };
    texts.len() > 1 && !texts.values().all(is_steady)
}

/// Finds hexadecimal numbers that differ in most executions, and of which at least one is certainly none but a
/// hexadecimal number.
fn hexadecimal(executions: &[Execution], sorted: &Sorted<'_>) -> Vec<(Line, Range<usize>, Kind)> {
    let mut groups: HashMap<(Stream, String, usize), Texts<'_>> = HashMap::new();
    for (number, execution) in executions.iter().enumerate() {
        for (at, line) in execution.lines.iter().enumerate() {
            let text = sorted.text(line);
            let words = words(text);
            if words.is_empty() {
                continue;
            }
            let kind = without(text, &words);
            for (nth, place) in words.into_iter().enumerate() {
                let group = groups.entry((line.stream, kind.clone(), nth)).or_default();
                let lines = group.entry(&text[place.clone()]).or_default();
                lines.push(((number, at), place));
            }
        }
    }
    let is_certain = |text: &&&str| {
        let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
        has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
    };
    let groups = groups.into_values().filter(|texts| {
        let lines: usize = texts.values().map(Vec::len).sum();
        // Some results come in some executions only; a digest or random number is hardly ever the same.
        texts.len() * 4 > lines
            && differ(texts, executions.len())
            && texts.keys().any(|text| is_certain(&text))
    });
    let lines = groups.flat_map(|texts| texts.into_values().flatten());
    lines
        .map(|(line, place)| (line, place, Kind::Hex))
        .collect()
}

/// Returns the words that may be hexadecimal numbers.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let place = at..at + word.len();
        at = place.end + text[place.end..].chars().next().map_or(0, char::len_utf8);
        if !DIGITS.contains(&word.len()) || !word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
        let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
        let (before, after) = (&text[..place.start], &text[place.end..]);
        let digit = |c: char| c.is_ascii_digit();
        let is_fraction = before.ends_with('.')
            || after
                .strip_prefix('.')
                .is_some_and(|after| after.starts_with(digit));
        let is_of_cargo = word.len() == HASH && before.ends_with(['-', '=']);
        if !is_mixed && !is_fraction && !is_of_cargo {
            words.push(place);
        }
    }
    let uuids = text.match_indices('-').filter_map(|(at, _)| {
        let start = at.checked_sub(8)?;
        let length = uuid_length(text.get(start..)?)?;
        Some(start..start + length)
    });
    let uuids: Vec<Range<usize>> = uuids.collect();
    words.retain(|word| {
        !uuids
            .iter()
            .any(|uuid| uuid.start < word.end && word.start < uuid.end)
    });
    words
}

/// Returns a line without some places of it and without the digits of its numbers: lines of one kind have the same.
fn without(text: &str, places: &[Range<usize>]) -> String {
    let mut kind = String::with_capacity(text.len());
    let mut end = 0;
    let starts = places.iter().map(|place| (place.start, place.end));
    for (start, next) in starts.chain([(text.len(), text.len())]) {
        for c in text[end..start].chars() {
            match c.is_ascii_digit() {
                true if kind.ends_with('#') => {}
                true => kind.push('#'),
                false => kind.push(c),
            }
        }
        kind.push('\0');
        end = next;
    }
    kind
}

/// Finds lists whose members executions print in different orders. Members that always come first or last in their list
/// do not belong to the set.
fn sets(executions: &[Execution], sorted: &Sorted<'_>) -> Vec<(Line, Range<usize>, Kind)> {
    let mut groups: HashMap<(Stream, Vec<&str>, String), Texts<'_>> = HashMap::new();
    let mut of_lines: HashMap<(Line, usize), List> = HashMap::new();
    for (number, execution) in executions.iter().enumerate() {
        for (at, line) in execution.lines.iter().enumerate() {
            let text = sorted.text(line);
            if !text.contains(BETWEEN) {
                continue;
            }
            for list in lists(text, |_| String::new()) {
                let members = list.members.iter().map(|at| &text[at.clone()]);
                let mut members: Vec<&str> = members.collect();
                members.sort_unstable();
                let range = list.range();
                // Another list of the line may be a set, too: its letters are the same in any order.
                let outside = without(text, std::slice::from_ref(&range));
                let mut outside: Vec<char> = outside.chars().collect();
                outside.sort_unstable();
                let key = (line.stream, members, outside.into_iter().collect());
                let lines = groups.entry(key).or_default();
                let lines = lines.entry(&text[range.clone()]).or_default();
                lines.push(((number, at), range.clone()));
                of_lines.insert(((number, at), range.start), list);
            }
        }
    }
    let differing = groups.into_values();
    let differing = differing.filter(|texts| differ(texts, executions.len()));
    let mut all = Vec::new();
    for texts in differing {
        let lines = texts.values().flatten();
        let lists = lines.filter_map(|(line, range)| {
            let text = sorted.text(&executions[line.0].lines[line.1]);
            Some((*line, text, of_lines.get(&(*line, range.start))?))
        });
        let lists: Vec<(Line, &str, &List)> = lists.collect();
        let Some((first, last)) = varying(&lists) else {
            continue;
        };
        let places = lists.iter().map(|(line, _, list)| {
            let place = list.members[first].start..list.members[last].end;
            (*line, place, Kind::Set)
        });
        all.extend(places);
    }
    all
}

/// Returns the first and the last place at which lists of the same members have different ones.
fn varying(lists: &[(Line, &str, &List)]) -> Option<(usize, usize)> {
    let count = lists.first().map_or(0, |(_, _, list)| list.members.len());
    let varies = |at: &usize| {
        let members = lists.iter();
        let members = members.map(|(_, text, list)| &text[list.members[*at].clone()]);
        members.collect::<BTreeSet<&str>>().len() > 1
    };
    Some(((0..count).find(varies)?, (0..count).rfind(varies)?))
}
