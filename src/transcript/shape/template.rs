//! The text of a template, and the lines that fit it.

use std::fmt;

use super::set::members;
use super::token::clock::clock_length;
use super::token::ids::{HASH, uuid_length};
use super::token::{size_unit_length, value, version_length};
use super::unordered::Pieces;
use super::{Hole, Kind, Part, Template};
use crate::transcript::escape::{escape, unescape};
use crate::transcript::redaction::{is_name, name_of, placeholder};

impl Template {
    /// Formats the template as in a shape: `worker {int 1..4} sum {int}`. A brace in the text is doubled.
    pub fn text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            Part::Hole(hole) => hole.to_string(),
            Part::Redacted(placeholder) => format!("{{{}}}", name_of(placeholder)),
            Part::Any => "{any}".to_owned(),
            Part::End => "{end}".to_owned(),
        };
        escape(&self.parts.iter().map(part).collect::<String>())
    }

    /// Parses the text that [`text`](Template::text) writes; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Vec<Part>> {
        let text = unescape(text)?;
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if let Some(following) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = following;
                continue;
            }
            let end = hole_end(rest).filter(|_| brace == "{")?;
            let (hole, following) = (&rest[..end], &rest[end + 1..]);
            rest = following;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(match hole {
                "any" => Part::Any,
                "end" => Part::End,
                name if is_name(name) => Part::Redacted(placeholder(name)),
                hole => Part::Hole(Hole::parse(hole)?),
            });
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Some(parts)
    }

    /// Returns whether the template has the same number of lines in every execution.
    pub fn is_fixed(&self) -> bool {
        self.count.start() == self.count.end()
    }

    /// Returns the holes in order.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole(hole) => Some(hole),
            Part::Text(_) | Part::Redacted(_) | Part::Any | Part::End => None,
        })
    }

    /// Returns the values in the holes of a line; `None` if the line doesn't fit.
    pub fn values<'a>(&self, line: &'a str) -> Option<Vec<&'a str>> {
        let mut pieces = Pieces::of(line);
        let mut values = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(_) | Part::Redacted(_) => pieces.strip(self.literal(at))?,
                Part::Any => pieces.begin()?,
                Part::End => pieces.end()?,
                Part::Hole(hole) => {
                    let following = match self.parts.get(at + 1) {
                        Some(Part::Text(text) | Part::Redacted(text)) => text,
                        _ => "",
                    };
                    if hole.kind.is_padded() {
                        pieces.skip_space();
                    }
                    let rest = pieces.rest();
                    let length = hole.fits(rest, following)?;
                    values.push(&rest[..length]);
                    pieces.skip(length);
                }
            }
        }
        pieces.is_empty().then_some(values)
    }

    /// Returns the text at this place among the parts that every line has; empty at a hole. The last space before a
    /// number isn't part of it: a number that fills its column has no space before it.
    pub fn literal(&self, at: usize) -> &str {
        let pads = |part: &Part| matches!(part, Part::Hole(hole) if hole.kind.is_padded());
        match self.parts.get(at) {
            Some(Part::Text(text)) if self.parts.get(at + 1).is_some_and(pads) => {
                text.strip_suffix(' ').unwrap_or(text)
            }
            Some(Part::Text(text) | Part::Redacted(text)) => text,
            Some(Part::Hole(_) | Part::Any | Part::End) | None => "",
        }
    }

    /// Returns the text after a hole, which may begin with the unit of a duration.
    pub fn text_after(&self, hole: usize) -> &str {
        let mut holes = 0;
        for (at, part) in self.parts.iter().enumerate() {
            if let Part::Hole(_) = part {
                if holes == hole {
                    return match self.parts.get(at + 1) {
                        Some(Part::Text(text) | Part::Redacted(text)) => text,
                        _ => "",
                    };
                }
                holes += 1;
            }
        }
        ""
    }
}

impl Hole {
    /// Creates a hole of this kind without name or range.
    pub fn of(kind: Kind) -> Hole {
        Hole {
            kind,
            name: None,
            seen: None,
            members: Vec::new(),
        }
    }

    fn parse(text: &str) -> Option<Hole> {
        let (word, more) = match text.split_once(' ') {
            Some((word, more)) => (word, Some(more)),
            None => (text, None),
        };
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        let mut hole = Hole::of(kind);
        match more {
            Some(more) if kind == Kind::Set => {
                let (length, members) = members(more, members_in(more))?;
                (length == more.len()).then_some(())?;
                hole.members = members.into_iter().map(str::to_owned).collect();
            }
            Some(more) if kind == Kind::Hex && !more.contains("..") => {
                let digits = more.parse().ok()?;
                hole.seen = Some((digits, digits));
            }
            None if kind == Kind::Set => return None,
            None => {}
            Some(more) if more.len() == 1 && more.as_bytes()[0].is_ascii_lowercase() => {
                hole.name = more.chars().next();
            }
            Some(more) => {
                let (low, high) = more.split_once("..")?;
                hole.seen = Some((low.parse().ok()?, high.parse().ok()?));
            }
        }
        Some(hole)
    }
}

impl fmt::Display for Hole {
    /// Formats the hole: `{pid a}`, `{int 0..3}`, `{duration}`, `{set "a", "b"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.kind.word();
        match (self.name, self.seen) {
            _ if self.kind == Kind::Set => write!(f, "{{{word} {}}}", self.members.join(", ")),
            (Some(name), _) => write!(f, "{{{word} {name}}}"),
            (None, Some((least, most))) if self.kind == Kind::Hex && least == most => {
                write!(f, "{{{word} {least}}}")
            }
            (None, Some((low, high))) => write!(f, "{{{word} {low}..{high}}}"),
            (None, None) => write!(f, "{{{word}}}"),
        }
    }
}

/// Returns the end of a hole, whose text begins after its brace. The members of a set may have braces, in pairs.
fn hole_end(text: &str) -> Option<usize> {
    let set = format!("{} ", Kind::Set.word());
    match text.strip_prefix(&set) {
        Some(all) => Some(set.len() + members(all, members_in(all))?.0),
        None => text.find('}'),
    }
}

/// Returns the number of members before the end of a set.
fn members_in(text: &str) -> usize {
    let mut count = 1;
    while members(text, count + 1).is_some() {
        count += 1;
    }
    count
}

/// Returns the length in bytes of the characters of a kind with which a text begins.
fn run(text: &str, is_in: fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

impl Hole {
    /// Returns how many bytes at the beginning of a text fill the hole, including padding. `following` is the text that
    /// must follow.
    fn fits(&self, text: &str, following: &str) -> Option<usize> {
        match self.kind {
            Kind::Address => {
                let digits = run(text.strip_prefix("0x")?, |c| c.is_ascii_hexdigit());
                (digits > 0).then_some(2 + digits)
            }
            Kind::Clock => clock_length(text),
            Kind::Uuid => uuid_length(text),
            Kind::Version => version_length(text),
            Kind::Hex => {
                let length = run(text, |c| c.is_ascii_hexdigit());
                let (least, most) = self.seen.unwrap_or((1, i64::MAX));
                let is_as_long = (least..=most).contains(&i64::try_from(length).ok()?);
                is_as_long.then_some(length)
            }
            Kind::Set => {
                let (length, mut found) = members(text, self.members.len())?;
                found.sort_unstable();
                (found == self.members).then_some(length)
            }
            Kind::Hash => {
                let length = run(text, |c| c.is_ascii_hexdigit());
                (length >= HASH).then_some(length)
            }
            Kind::Path => {
                let length = run(text, |c| {
                    !(c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ')' | '>' | ':'))
                });
                (length > 0).then_some(length)
            }
            Kind::Pid
            | Kind::Tid
            | Kind::Port
            | Kind::Int
            | Kind::Number
            | Kind::Size
            | Kind::Duration => self.fits_number(text, following),
        }
    }

    /// As [`fits`](Hole::fits), for numbers with or without a unit.
    fn fits_number(&self, text: &str, following: &str) -> Option<usize> {
        let padding = run(text, |c| c == ' ');
        let number = &text[padding..];
        let mut length = usize::from(number.starts_with('-'));
        let whole = run(&number[length..], |c| c.is_ascii_digit());
        if whole == 0 {
            return None;
        }
        length += whole;
        if matches!(self.kind, Kind::Number | Kind::Size | Kind::Duration)
            && let Some(fraction) = number[length..].strip_prefix('.')
            && let digits @ 1.. = run(fraction, |c| c.is_ascii_digit())
        {
            length += 1 + digits;
        }
        if self.kind == Kind::Size {
            length += size_unit_length(&number[length..])?;
        }
        if self.kind == Kind::Duration && !following.starts_with(char::is_alphabetic) {
            length += run(&number[length..], char::is_alphabetic);
        }
        let spaces = run(&number[length..], |c| c == ' ');
        let their_spaces = run(following, |c| c == ' ');
        Some(padding + length + spaces.saturating_sub(their_spaces))
    }

    /// Returns the lowest and the highest number that was seen.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.seen.filter(|_| self.kind == Kind::Int)
    }

    /// Returns the range of numbers that were seen, if a value is outside.
    pub fn range_without(&self, text: &str) -> Option<(i64, i64)> {
        let (low, high) = self.range()?;
        let number = value(text).parse::<i64>().ok()?;
        (number < low || number > high).then_some((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::Template;
    use crate::transcript::Stream;

    fn template(text: &str) -> Template {
        Template {
            stream: Stream::Stdout,
            parts: Template::parse(text).expect("it is well-formed"),
            count: 1..=1,
        }
    }

    #[test]
    fn templates_round_trip() {
        for text in [
            "start foo",
            "{pid a} and {int 0..3}: {{x}} {duration} {clock}",
            "\\u{1b}[1m{number}\\\\",
            "{uuid} {hex 7} {hex 1..16} v{version} :{port} {size} {FILE_2}",
            "x {{{set \"a}\", P {x: 1}}}} {{{int}}}",
            "x {{{any}1: {int}, 2: {{{set '}', ','}}}{end}}}",
            "",
        ] {
            assert_eq!(template(text).text(), text);
        }
        for wrong in [
            "{",
            "}",
            "{x}",
            "{int 3}",
            "{pid A}",
            "{set}",
            "{Id}",
            "{hex x}",
            "{int a..b}",
            "\\q",
        ] {
            assert_eq!(Template::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn values_of_lines() {
        let values = |text: &str, line: &str| {
            let template = template(text);
            template
                .values(line)
                .map(|values| values.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let some = |values: &[&str]| Some(values.iter().map(ToString::to_string).collect());
        assert_eq!(values("end foo", "end foo"), some(&[]));
        assert_eq!(values("end foo", "end foo "), None);
        assert_eq!(values("n {int}|", "n    7|"), some(&["    7"]));
        assert_eq!(values("n {int}|", "n1234567|"), some(&["1234567"]));
        assert_eq!(values("n {int}|", "n 7   |"), some(&[" 7   "]));
        assert_eq!(values("n {int} |", "n 7   |"), some(&[" 7  "]));
        assert_eq!(values("n {int}", "n x"), None);
        assert_eq!(values("n {int}", "n 1.5"), None);
        assert_eq!(values("n {number}", "n 1.5"), some(&[" 1.5"]));
        assert_eq!(
            values("in {duration} seconds", "in 2.05 seconds"),
            some(&[" 2.05"])
        );
        assert_eq!(values("a {hex 7}!", "a 12ab34f!"), some(&["12ab34f"]));
        assert_eq!(values("a {hex 7}", "a 12ab34"), None);
        assert_eq!(values("a {hex 1..4}", "a f"), some(&["f"]));
        assert_eq!(values("used {size}.", "used 1.5 MiB."), some(&[" 1.5 MiB"]));
        assert_eq!(values("used {size}", "used 7kB"), some(&[" 7kB"]));
        assert_eq!(values("used {size}", "used 7 s"), None);
        assert_eq!(values("[::1]:{port}", "[::1]:50123"), some(&["50123"]));
        assert_eq!(
            values("v{version}!", "v1.10.0-rc.1!"),
            some(&["1.10.0-rc.1"])
        );
        let uuid = "550e8400-e29b-41d4-a716-446655440000";
        assert_eq!(values("{uuid}", uuid), some(&[uuid]));
        let set = "of {{{set \"a, b\", c}, 2}}";
        assert_eq!(values(set, "of {c, \"a, b\", 2}"), some(&["c, \"a, b\""]));
        assert_eq!(values(set, "of {c, c, 2}"), None);
        assert_eq!(values(set, "of {c, \"a, b\"}"), None);
        let set = "of {{{any}1: {int}, 2: {duration}{end}}}.";
        assert_eq!(values(set, "of {2: 1.5ms, 1: 7}."), some(&[" 7", " 1.5ms"]));
        assert_eq!(values(set, "of {1: 7, 2: 1.5ms}"), None);
        assert_eq!(values(set, "of {1: 7, 2: 1.5ms, 3: 1}."), None);
        assert_eq!(values(set, "of {1: 7}."), None);
        assert_eq!(values(set, "of {1: 7, 2: 1.5ms"), None);
        let two = "{{{any}{int}, {int}{end}}} {int}";
        assert_eq!(values(two, "{10, 9} 8"), some(&["9", "10", " 8"]));
        assert_eq!(values("in {duration}", "in 950.1µs"), some(&[" 950.1µs"]));
        assert_eq!(values("in {duration} s", "in 2.0 ms"), None);
        assert_eq!(
            values("{pid} {address}", "12 0xffee"),
            some(&["12", "0xffee"])
        );
    }
}
