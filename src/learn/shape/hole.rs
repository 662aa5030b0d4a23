//! The hole for values that were seen at one place.

use std::collections::HashSet;

use crate::transcript::shape::set::members;
use crate::transcript::shape::token::value;
use crate::transcript::shape::{Hole, Kind};

/// Returns the members of a set, sorted.
pub(super) fn sorted_members(set: &str) -> Vec<&str> {
    let mut count = 1;
    let mut all = vec![set];
    while let Some((_, more)) = members(set, count + 1) {
        count += 1;
        all = more;
    }
    all.sort_unstable();
    all
}

/// Returns the hole for values of a kind, and the text after it: the unit of sizes that all have the same one.
pub(super) fn hole<'a>(kind: Kind, values: &[&'a str]) -> (Hole, &'a str) {
    let unit = |text: &'a str| {
        let number = text.len() - text.trim_start_matches(' ').len();
        &text[number + value(text).len()..]
    };
    let first = values.first().copied().unwrap_or("");
    let (kind, unit) = match kind {
        Kind::Size if values.iter().all(|text| unit(text) == unit(first)) => {
            let has_fraction = values.iter().any(|text| value(text).contains('.'));
            let number = if has_fraction {
                Kind::Number
            } else {
                Kind::Int
            };
            (number, unit(first))
        }
        kind => (kind, ""),
    };
    let members = match kind {
        Kind::Set => sorted_members(first)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    let hole = Hole {
        seen: range(kind, values),
        members,
        ..Hole::of(kind)
    };
    (hole, unit)
}

/// Returns the lowest and the highest of several integers, or the least and the most digits of hexadecimal numbers. A
/// number whose digits vary in number has no leading zeros, and may be of any length below.
fn range(kind: Kind, values: &[&str]) -> Option<(i64, i64)> {
    let number = |text: &&str| match kind {
        Kind::Int => value(text).parse().ok(),
        Kind::Hex => i64::try_from(text.len()).ok(),
        _ => None,
    };
    let numbers: Vec<i64> = values.iter().filter_map(number).collect();
    let (low, high) = (*numbers.iter().min()?, *numbers.iter().max()?);
    let distinct = || numbers.iter().collect::<HashSet<_>>().len();
    match kind {
        // A random number or a time, which no execution repeats but one with the same seed: any other value is as good.
        Kind::Int if numbers.len() >= 10 && distinct() * 5 >= numbers.len() * 2 => None,
        Kind::Hex if low < high => Some((1, high)),
        _ => Some((low, high)),
    }
}
