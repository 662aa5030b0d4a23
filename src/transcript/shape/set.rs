//! Lists in a line, as `Debug` prints them: `{"a", "b"}`, `[1, 2]`.

use std::ops::Range;

/// A list with several members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The bytes of each member, in order.
    pub members: Vec<Range<usize>>,
}

impl List {
    /// Returns the bytes of all members, without the brackets.
    pub fn range(&self) -> Range<usize> {
        let (first, last) = (self.members.first(), self.members.last());
        first.map_or(0, |first| first.start)..last.map_or(0, |last| last.end)
    }
}

/// The text between members.
const BETWEEN: &str = ", ";

/// Returns the lists with at least two members in a line, those inside others first.
pub fn lists(line: &str) -> Vec<List> {
    let mut lists = Vec::new();
    // The opening brackets, each with its members so far and the start of the next.
    let mut open: Vec<(u8, Vec<Range<usize>>, usize)> = Vec::new();
    let mut at = 0;
    while let Some(next) = next_mark(line, at) {
        at = next + 1;
        match line.as_bytes()[next] {
            b'"' => match string_end(line, next) {
                Some(end) => at = end,
                None => break,
            },
            bracket @ (b'{' | b'[' | b'(') => open.push((bracket, Vec::new(), at)),
            b',' => {
                if let Some((_, members, start)) = open.last_mut()
                    && line[next..].starts_with(BETWEEN)
                {
                    members.push(*start..next);
                    *start = next + BETWEEN.len();
                }
            }
            closing => {
                let Some((bracket, mut members, start)) = open.pop() else {
                    continue;
                };
                if !is_pair(bracket, closing) {
                    open.clear();
                    continue;
                }
                members.push(start..next);
                if bracket != b'(' && members.len() > 1 {
                    lists.push(List { members });
                }
            }
        }
    }
    lists
}

/// Returns the length in bytes of this number of members with which a text begins, and the members.
pub fn members(text: &str, count: usize) -> Option<(usize, Vec<&str>)> {
    let mut members = Vec::new();
    let mut open: Vec<u8> = Vec::new();
    let (mut start, mut at) = (0, 0);
    while members.len() < count {
        let next = next_mark(text, at).unwrap_or(text.len());
        at = next + 1;
        match text.as_bytes().get(next) {
            Some(b'"') => at = string_end(text, next)?,
            Some(&bracket @ (b'{' | b'[' | b'(')) => open.push(bracket),
            Some(b',') if !open.is_empty() || !text[next..].starts_with(BETWEEN) => {}
            Some(&closing @ (b'}' | b']' | b')')) if !open.is_empty() => {
                open.pop().filter(|&bracket| is_pair(bracket, closing))?;
            }
            // A member ends before a comma, before the bracket of the whole list, and at the end.
            mark => {
                members.push(&text[start..next]);
                if members.len() == count {
                    return Some((next, members));
                }
                mark.filter(|&&mark| mark == b',')?;
                start = next + BETWEEN.len();
                at = start;
            }
        }
    }
    None
}

/// Returns the place of the next character that can end a member or begin a part of it.
fn next_mark(text: &str, from: usize) -> Option<usize> {
    let is_mark = |c: char| matches!(c, '"' | '{' | '[' | '(' | '}' | ']' | ')' | ',');
    Some(from + text.get(from..)?.find(is_mark)?)
}

/// Returns the end of a string that begins with a quote at this place.
fn string_end(text: &str, quote: usize) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(quote + 1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn is_pair(open: u8, close: u8) -> bool {
    matches!((open, close), (b'{', b'}') | (b'[', b']') | (b'(', b')'))
}

#[cfg(test)]
mod tests {
    use super::{lists, members};

    #[test]
    fn lists_of_lines() {
        for (line, expected) in [
            (
                "names {\"a\", \"b, c\"}!",
                &[&["\"a\"", "\"b, c\""] as &[_]] as &[&[_]],
            ),
            ("[3, (1, 2), P { x: 1 }]", &[&["3", "(1, 2)", "P { x: 1 }"]]),
            (
                "{1: [2, 3], 4: []}",
                &[&["2", "3"], &["1: [2, 3]", "4: []"]],
            ),
            ("[1] {} f(1, 2) a, b", &[]),
            ("[1, 2) [3, 4]", &[&["3", "4"]]),
            ("] [\"a\\\"\", 2]", &[&["\"a\\\"\"", "2"]]),
            ("say \"[1, 2]", &[]),
        ] {
            let found = lists(line).into_iter().map(|list| {
                let members = list.members.into_iter();
                members.map(|at| &line[at]).collect::<Vec<_>>()
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn members_of_a_text() {
        assert_eq!(members("1, [2, 3]] x", 2), Some((9, vec!["1", "[2, 3]"])));
        assert_eq!(members("1, 2, 3]", 2), Some((4, vec!["1", "2"])));
        assert_eq!(members("\"a, b\", c", 2), Some((9, vec!["\"a, b\"", "c"])));
        assert_eq!(members("1]", 2), None);
        assert_eq!(members("1, \"2", 2), None);
        assert_eq!(members("", 1), Some((0, vec![""])));
    }
}
