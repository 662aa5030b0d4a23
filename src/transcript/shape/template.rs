//! The text of a template, and the lines that fit it.

use std::fmt;

use super::token::{HASH, clock_length, value};
use super::{Hole, Kind, Part, Template};
use crate::transcript::escape::{escape, unescape};

impl Template {
    /// Formats the template as in a shape: `worker {int 1..4} sum {int}`. A brace in the text is doubled.
    pub fn text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            Part::Hole(hole) => hole.to_string(),
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
            let (hole, following) = rest.split_once('}').filter(|_| brace == "{")?;
            rest = following;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Hole(Hole::parse(hole)?));
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
            Part::Text(_) => None,
        })
    }

    /// Returns the values in the holes of a line; `None` if the line doesn't fit.
    pub fn values<'a>(&self, line: &'a str) -> Option<Vec<&'a str>> {
        let mut rest = line;
        let mut values = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(_) => rest = rest.strip_prefix(self.literal(at))?,
                Part::Hole(hole) => {
                    let following = match self.parts.get(at + 1) {
                        Some(Part::Text(text)) => text,
                        _ => "",
                    };
                    let length = hole.kind.fits(rest, following)?;
                    values.push(&rest[..length]);
                    rest = &rest[length..];
                }
            }
        }
        rest.is_empty().then_some(values)
    }

    /// Returns the text at this place among the parts that every line has; empty at a hole. The last space before a
    /// number isn't part of it: a number that fills its column has no space before it.
    pub fn literal(&self, at: usize) -> &str {
        let pads = |part: &Part| matches!(part, Part::Hole(hole) if !matches!(hole.kind, Kind::Address | Kind::Path));
        match self.parts.get(at) {
            Some(Part::Text(text)) if self.parts.get(at + 1).is_some_and(pads) => {
                text.strip_suffix(' ').unwrap_or(text)
            }
            Some(Part::Text(text)) => text,
            Some(Part::Hole(_)) | None => "",
        }
    }

    /// Returns the text after a hole, which may begin with the unit of a duration.
    pub fn text_after(&self, hole: usize) -> &str {
        let mut holes = 0;
        for (at, part) in self.parts.iter().enumerate() {
            if let Part::Hole(_) = part {
                if holes == hole {
                    return match self.parts.get(at + 1) {
                        Some(Part::Text(text)) => text,
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
    /// Formats the hole: `{pid a}`, `{int 0..3}`, `{duration}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.kind.word();
        match (self.name, self.seen) {
            (Some(name), _) => write!(f, "{{{word} {name}}}"),
            (None, Some((low, high))) => write!(f, "{{{word} {low}..{high}}}"),
            (None, None) => write!(f, "{{{word}}}"),
        }
    }
}

impl Kind {
    /// Returns how many bytes at the beginning of a text fill a hole of this kind, including padding. `following` is the
    /// text that must follow.
    fn fits(self, text: &str, following: &str) -> Option<usize> {
        let run =
            |text: &str, is_in: fn(char) -> bool| text.find(|c| !is_in(c)).unwrap_or(text.len());
        match self {
            Kind::Address => {
                let digits = run(text.strip_prefix("0x")?, |c| c.is_ascii_hexdigit());
                (digits > 0).then_some(2 + digits)
            }
            Kind::Clock => clock_length(text),
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
            Kind::Pid | Kind::Tid | Kind::Int | Kind::Number | Kind::Duration => {
                let padding = run(text, |c| c == ' ');
                let number = &text[padding..];
                let mut length = usize::from(number.starts_with('-'));
                let whole = run(&number[length..], |c| c.is_ascii_digit());
                if whole == 0 {
                    return None;
                }
                length += whole;
                if matches!(self, Kind::Number | Kind::Duration)
                    && let Some(fraction) = number[length..].strip_prefix('.')
                    && let digits @ 1.. = run(fraction, |c| c.is_ascii_digit())
                {
                    length += 1 + digits;
                }
                if self == Kind::Duration && !following.starts_with(char::is_alphabetic) {
                    length += run(&number[length..], char::is_alphabetic);
                }
                let spaces = run(&number[length..], |c| c == ' ');
                let their_spaces = run(following, |c| c == ' ');
                Some(padding + length + spaces.saturating_sub(their_spaces))
            }
        }
    }

    /// Returns whether a value is outside the range that was seen.
    pub fn is_outside(seen: (i64, i64), text: &str) -> bool {
        let number = value(text).parse::<i64>();
        number.is_ok_and(|number| number < seen.0 || number > seen.1)
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
            "",
        ] {
            assert_eq!(template(text).text(), text);
        }
        for wrong in ["{", "}", "{x}", "{int 3}", "{pid A}", "{int a..b}", "\\q"] {
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
        assert_eq!(values("in {duration}", "in 950.1µs"), some(&[" 950.1µs"]));
        assert_eq!(values("in {duration} s", "in 2.0 ms"), None);
        assert_eq!(
            values("{pid} {address}", "12 0xffee"),
            some(&["12", "0xffee"])
        );
    }
}
