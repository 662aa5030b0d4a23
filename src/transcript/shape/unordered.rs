//! Members in any order, some of which vary, as those of a `HashMap`: they are sorted before they are compared.

use std::cmp::Ordering;

use super::set::{BETWEEN, all_members, lists};
use super::token::{Token, seconds, tokens, value};

/// Begins the members of such a list in a line that is learned. A character that nobody prints.
pub const ANY: char = '\u{fdd2}';
/// Ends them.
pub const END: char = '\u{fdd3}';

/// The sort key of a member: first its text without numbers, so that numbers that vary don't matter.
#[derive(Debug)]
pub struct Key {
    kind: String,
    numbers: Vec<f64>,
    text: String,
}

impl Key {
    /// The key of a member.
    pub fn of(member: &str) -> Key {
        let text = sorted(member);
        let (kind, numbers) = kind_and_numbers(&text);
        Key {
            kind,
            numbers,
            text,
        }
    }

    /// The member without numbers.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The member, with the members of each list in it sorted.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Compares two keys.
    pub fn compare(&self, other: &Key) -> Ordering {
        let numbers = self.numbers.iter().zip(&other.numbers);
        let mut numbers = numbers.map(|(a, b)| a.total_cmp(b));
        let number = numbers.find(|order| order.is_ne());
        let kind = self.kind.cmp(&other.kind);
        kind.then(number.unwrap_or(Ordering::Equal))
            .then_with(|| self.text.cmp(&other.text))
    }
}

/// Returns a text with `#` in place of each value.
pub fn kind(text: &str) -> String {
    kind_and_numbers(text).0
}

fn kind_and_numbers(text: &str) -> (String, Vec<f64>) {
    let (mut kind, mut numbers) = (String::with_capacity(text.len()), Vec::new());
    for token in tokens(text) {
        match token {
            Token::Value(_, text) => {
                kind.push('#');
                let number = seconds(text, "").or_else(|| value(text).parse().ok());
                numbers.push(number.unwrap_or(0.0));
            }
            token => kind.push_str(token.text()),
        }
    }
    (kind, numbers)
}

/// Sorts the members of a list.
pub fn sort(members: &mut [&str]) {
    let keyed = members.iter().map(|&member| (Key::of(member), member));
    let mut keyed: Vec<(Key, &str)> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b));
    for (member, (_, sorted)) in members.iter_mut().zip(keyed) {
        *member = sorted;
    }
}

/// Returns a text with the members of each list in it sorted.
fn sorted(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut end = 0;
    let mut outer = lists(text, |_| String::new());
    outer.sort_by_key(|list| list.range().start);
    for list in outer {
        let range = list.range();
        if range.start < end {
            continue;
        }
        let mut members: Vec<Key> = list
            .members
            .iter()
            .map(|at| Key::of(&text[at.clone()]))
            .collect();
        members.sort_by(Key::compare);
        let members: Vec<&str> = members.iter().map(Key::text).collect();
        all += &text[end..range.start];
        all += &members.join(BETWEEN);
        end = range.end;
    }
    all + &text[end..]
}

/// The rest of a line that is compared with a template, in pieces: the members of a list are sorted as soon as it
/// begins.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    /// The next piece is the last one here.
    pieces: Vec<Piece<'a>>,
}

#[derive(Debug)]
enum Piece<'a> {
    Text(&'a str),
    /// The end of a list's members.
    End,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(line: &'a str) -> Pieces<'a> {
        Pieces {
            pieces: vec![Piece::Text(line)],
        }
    }

    /// Removes a text from the beginning; `None` if there is another one.
    pub(super) fn strip(&mut self, mut text: &str) -> Option<()> {
        while !text.is_empty() {
            let piece = self.rest();
            match piece.strip_prefix(text) {
                Some(rest) => {
                    self.skip(piece.len() - rest.len());
                    return Some(());
                }
                None => text = text.strip_prefix(piece).filter(|_| !piece.is_empty())?,
            }
            self.skip(piece.len());
        }
        Some(())
    }

    /// Returns the rest of the piece at the beginning.
    pub(super) fn rest(&self) -> &'a str {
        match self.pieces.last() {
            Some(Piece::Text(text)) => text,
            Some(Piece::End) | None => "",
        }
    }

    /// Removes so many bytes of the piece at the beginning.
    pub(super) fn skip(&mut self, length: usize) {
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            *text = &text[length..];
            if text.is_empty() {
                self.pieces.pop();
            }
        }
    }

    /// Removes the space before a member.
    pub(super) fn skip_space(&mut self) {
        if self.rest() == " " {
            self.skip(1);
        }
    }

    /// Sorts the members of the list that begins here; `None`: none does.
    pub(super) fn begin(&mut self) -> Option<()> {
        let rest = self.rest();
        let mut members = all_members(rest)?;
        let length = members
            .iter()
            .map(|member| member.len() + BETWEEN.len())
            .sum::<usize>()
            - BETWEEN.len();
        self.skip(length);
        sort(&mut members);
        self.pieces.push(Piece::End);
        for (number, member) in members.into_iter().rev().enumerate() {
            let between = (number > 0).then_some(Piece::Text(BETWEEN));
            self.pieces.extend(between);
            self.pieces.push(Piece::Text(member));
        }
        Some(())
    }

    /// Ends the members of a list; `None`: there are more.
    pub(super) fn end(&mut self) -> Option<()> {
        self.pieces
            .pop_if(|piece| matches!(piece, Piece::End))
            .map(drop)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces
            .iter()
            .all(|piece| matches!(piece, Piece::Text("")))
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn members_are_sorted_by_texts_before_numbers() {
        for (members, expected) in [
            (&["10", "9", "-1"] as &[_], &["-1", "9", "10"] as &[_]),
            (&["\"b\": 1", "\"a\": 2"], &["\"a\": 2", "\"b\": 1"]),
            (&["1: 2ms", "2: 950.5µs"], &["1: 2ms", "2: 950.5µs"]),
            (&["7: \"b\"", "8: \"a\""], &["8: \"a\"", "7: \"b\""]),
            (&["{3, 4}", "{2, 1}"], &["{2, 1}", "{3, 4}"]),
            (&["{2, 9}", "{7, 1}"], &["{7, 1}", "{2, 9}"]),
        ] {
            let mut members = members.to_vec();
            sort(&mut members);
            assert_eq!(members, expected);
        }
    }
}
