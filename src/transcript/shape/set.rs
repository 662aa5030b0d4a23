//! Lists in a line, as `Debug` prints them: `{"a", "b"}`, `[1, 2]`, `{'a': {1, 2}}`.

use std::ops::Range;

/// A list with several members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The opening bracket.
    pub bracket: u8,
    /// The bytes of each member, in order.
    pub members: Vec<Range<usize>>,
    /// The place of the list: the texts before it and before each list around it, within their members.
    pub path: String,
}

impl List {
    /// Returns the bytes of all members, without the brackets.
    pub fn range(&self) -> Range<usize> {
        let (first, last) = (self.members.first(), self.members.last());
        first.map_or(0, |first| first.start)..last.map_or(0, |last| last.end)
    }
}

/// The text between members.
pub const BETWEEN: &str = ", ";

/// A bracket that is not closed yet.
#[derive(Default)]
struct Open {
    bracket: u8,
    members: Vec<Range<usize>>,
    /// The start of the next member.
    start: usize,
    path: String,
    /// The path of a list that begins here, without the text from `from` on.
    label: String,
    from: usize,
}

impl Open {
    /// Opens a bracket inside this one, before `start`. `before` is the shortened text before it.
    fn open(&mut self, bracket: u8, start: usize, before: &str) -> Open {
        self.label += before;
        self.label.push(char::from(bracket));
        self.from = start;
        Open {
            bracket,
            members: Vec::new(),
            start,
            path: self.label.clone(),
            label: self.label.clone(),
            from: start,
        }
    }

    /// Ends a member at its comma.
    fn end_member(&mut self, comma: usize) {
        self.members.push(self.start..comma);
        self.start = comma + BETWEEN.len();
        // The members of a tuple are told apart by the texts before them.
        if self.bracket != b'(' {
            self.label.clone_from(&self.path);
            self.from = self.start;
        }
    }
}

/// Returns the lists with at least two members in a line, those inside others first. `label` shortens the texts of
/// paths.
pub fn lists(line: &str, label: impl Fn(&str) -> String) -> Vec<List> {
    let mut lists = Vec::new();
    let mut line_itself = Open::default();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(next) = next_mark(line, at) {
        at = next + 1;
        match line.as_bytes()[next] {
            b'"' => match string_end(line, next) {
                Some(end) => at = end,
                None => break,
            },
            b'\'' => at = char_end(line, next).unwrap_or(at),
            bracket @ (b'{' | b'[' | b'(') => {
                let around = open.last_mut().unwrap_or(&mut line_itself);
                let before = label(&line[around.from..next]);
                let inside = around.open(bracket, at, &before);
                open.push(inside);
            }
            b',' => {
                if let Some(list) = open.last_mut()
                    && line[next..].starts_with(BETWEEN)
                {
                    list.end_member(next);
                }
            }
            closing => {
                let Some(mut list) = open.pop() else {
                    continue;
                };
                if !is_pair(list.bracket, closing) {
                    open.clear();
                    line_itself.from = at;
                    continue;
                }
                open.last_mut().unwrap_or(&mut line_itself).from = at;
                list.members.push(list.start..next);
                if list.bracket != b'(' && list.members.len() > 1 {
                    lists.push(List {
                        bracket: list.bracket,
                        members: list.members,
                        path: list.path,
                    });
                }
            }
        }
    }
    lists
}

/// Returns the length in bytes of this number of members with which a text begins, and the members.
pub fn members(text: &str, count: usize) -> Option<(usize, Vec<&str>)> {
    let mut members = Vec::new();
    let mut rest = text;
    loop {
        let (member, ends) = member(rest)?;
        members.push(member);
        let length = text.len() - rest.len() + member.len();
        if members.len() == count {
            return Some((length, members));
        }
        rest = rest[member.len()..]
            .strip_prefix(BETWEEN)
            .filter(|_| !ends)?;
    }
}

/// Returns the members with which a text begins, up to the bracket that closes their list.
pub fn all_members(text: &str) -> Option<Vec<&str>> {
    let mut members = Vec::new();
    let mut rest = text;
    loop {
        let (member, ends) = member(rest)?;
        members.push(member);
        rest = &rest[member.len()..];
        if ends {
            return (!rest.is_empty()).then_some(members);
        }
        rest = rest.strip_prefix(BETWEEN)?;
    }
}

/// Returns the member with which a text begins, and whether its list ends after it: at the bracket of the whole list,
/// or at the end of the text.
fn member(text: &str) -> Option<(&str, bool)> {
    let mut open: Vec<u8> = Vec::new();
    let mut at = 0;
    loop {
        let next = next_mark(text, at).unwrap_or(text.len());
        at = next + 1;
        match text.as_bytes().get(next) {
            Some(b'"') => at = string_end(text, next)?,
            Some(b'\'') => at = char_end(text, next).unwrap_or(at),
            Some(&bracket @ (b'{' | b'[' | b'(')) => open.push(bracket),
            Some(b',') if !open.is_empty() || !text[next..].starts_with(BETWEEN) => {}
            Some(&closing @ (b'}' | b']' | b')')) if !open.is_empty() => {
                open.pop().filter(|&bracket| is_pair(bracket, closing))?;
            }
            mark => return Some((&text[..next], mark != Some(&b','))),
        }
    }
}

/// Returns the place of the next character that can end a member or begin a part of it.
fn next_mark(text: &str, from: usize) -> Option<usize> {
    let is_mark = |c: char| matches!(c, '"' | '\'' | '{' | '[' | '(' | '}' | ']' | ')' | ',');
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

/// Returns the end of a character that begins with a quote at this place; `None`: the quote is an apostrophe.
fn char_end(text: &str, quote: usize) -> Option<usize> {
    let inside = &text[quote + 1..];
    let first = inside.chars().next().filter(|&c| c != '\'')?;
    let length = match inside.strip_prefix('\\') {
        Some(escape) if escape.starts_with("u{") => inside.find('}')? + 1,
        Some(escape) => 1 + escape.chars().next()?.len_utf8(),
        None => first.len_utf8(),
    };
    let after = &inside[length..];
    after.starts_with('\'').then_some(quote + 1 + length + 1)
}

fn is_pair(open: u8, close: u8) -> bool {
    matches!((open, close), (b'{', b'}') | (b'[', b']') | (b'(', b')'))
}

#[cfg(test)]
mod tests {
    use super::{all_members, lists, members};

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
            // Characters, some of which are brackets or quotes, and apostrophes.
            (
                "{',', '}', '\"', '\\'', '\\\\', '\\u{1f}', 'é'}",
                &[&["','", "'}'", "'\"'", "'\\''", "'\\\\'", "'\\u{1f}'", "'é'"]],
            ),
            (
                "it's {'a', 2} of users' [1, 2]",
                &[&["'a'", "2"], &["1", "2"]],
            ),
        ] {
            let found = lists(line, |_| String::new()).into_iter().map(|list| {
                let members = list.members.into_iter();
                members.map(|at| &line[at]).collect::<Vec<_>>()
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn paths_of_lists() {
        for (line, expected) in [
            ("a [1, 2] b {3, 4}", &["a [", "a [ b {"] as &[_]),
            (
                "S { m: {1, 2}, n: {3, 4} }",
                &["S { m: {", "S {n: {", "S {"],
            ),
            (
                "{\"x\": {1, 2}, \"y\": {3, 4}}",
                &["{\"x\": {", "{\"y\": {", "{"],
            ),
            ("[{1, 2}, {3, 4}]", &["[{", "[{", "["]),
            ("({1, 2}, {3, 4})", &["({", "({, {"]),
        ] {
            let found = lists(line, str::to_owned).into_iter().map(|list| list.path);
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
        assert_eq!(
            all_members("1, '}', {2, 3}} {4, 5}"),
            Some(vec!["1", "'}'", "{2, 3}"])
        );
        assert_eq!(all_members("1, 2"), None);
    }
}
