//! Splits a line into tokens: values that may become holes, and the text between them.

use super::Kind;
use crate::transcript::folders::TEMPORARY;

/// A token of a line. All tokens together are the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A value that can vary: a number, duration, address or path, including padding.
    Value(Kind, &'a str),
    /// A run of letters.
    Word(&'a str),
    /// Any other text.
    Other(&'a str),
}

impl<'a> Token<'a> {
    /// Returns the token's text.
    pub fn text(self) -> &'a str {
        match self {
            Token::Value(_, text) | Token::Word(text) | Token::Other(text) => text,
        }
    }
}

/// The units of printed times. `s` and longer words may follow a space, too.
const UNITS: [&str; 18] = [
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "millis",
    "micros",
    "nanos",
    "seconds",
    "second",
    "minutes",
    "minute",
    "secs",
    "sec",
    "min",
    "ms",
    "µs",
    "us",
    "ns",
    "s",
];

/// Splits a line into tokens.
pub fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let before = tokens.last().copied();
        let token = path(rest)
            .or_else(|| address(rest))
            .or_else(|| hash(rest, &tokens))
            .or_else(|| clock(rest, before))
            .or_else(|| number(rest, before))
            .unwrap_or_else(|| plain(rest));
        at += token.text().len();
        tokens.push(token);
    }
    tokens
}

/// Returns the number in a token's text, without padding and unit.
pub fn value(text: &str) -> &str {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
    &text[..end.unwrap_or(text.len())]
}

/// Parses a duration into seconds. The unit is part of the text or begins the text after it, `following`.
pub fn seconds(text: &str, following: &str) -> Option<f64> {
    let number = value(text);
    let unit = text.trim()[number.len()..].trim();
    let unit = match unit {
        "" => unit_of(following.trim_start())?,
        unit => unit,
    };
    let factor = match unit {
        "milliseconds" | "millis" | "ms" => 1e-3,
        "microseconds" | "micros" | "µs" | "us" => 1e-6,
        "nanoseconds" | "nanos" | "ns" => 1e-9,
        "minutes" | "minute" | "min" => 60.0,
        _ => 1.0,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// Returns the unit with which a text begins.
fn unit_of(text: &str) -> Option<&'static str> {
    let ends = |unit: &str| {
        !text[unit.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '/')
    };
    UNITS
        .into_iter()
        .find(|unit| text.starts_with(unit) && ends(unit))
}

/// Parses a path below an execution's temporary folder; a program may choose the rest at random.
fn path(rest: &str) -> Option<Token<'_>> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ')' | '>' | ':');
    let path = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let below = path.strip_prefix(TEMPORARY)?;
    (below.is_empty() || below.starts_with('/')).then_some(Token::Value(Kind::Path, path))
}

fn address(rest: &str) -> Option<Token<'_>> {
    let digits = rest.strip_prefix("0x")?;
    let length = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    (length >= 4).then(|| Token::Value(Kind::Address, &rest[..2 + length]))
}

/// The least number of digits of a hash that Cargo or the compiler puts into a name.
pub const HASH: usize = 16;

/// Parses the hash after the name of a file (`deps/hello-0123456789abcdef`), in an argument of the compiler
/// (`metadata=0123456789abcdef`), or in the name of the file with a type's long name (`hello.long-type-12345678901234567890.txt`).
/// Another hexadecimal number may be a result of the program.
fn hash<'a>(rest: &'a str, before: &[Token<'a>]) -> Option<Token<'a>> {
    let word = |back: usize| Some(before.get(before.len().checked_sub(back)?)?.text());
    let digits = match (word(2), word(1)) {
        (Some("type"), Some("-")) if word(4) == Some("long") => hexadecimal(rest),
        (_, Some("-")) | (Some("metadata"), Some("=")) => hash_of_cargo(rest),
        _ => None,
    };
    digits.map(|digits| Token::Value(Kind::Hash, digits))
}

/// Parses a hash as Cargo writes it. Without letters, it may be any number.
fn hash_of_cargo(rest: &str) -> Option<&str> {
    let digits = hexadecimal(rest).filter(|digits| digits.len() == HASH)?;
    let has = |is: fn(&u8) -> bool| digits.as_bytes().iter().any(is);
    (has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase)).then_some(digits)
}

/// Parses a long hexadecimal number that is a whole word.
fn hexadecimal(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !c.is_ascii_hexdigit());
    let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    (digits.len() >= HASH && !after.starts_with(goes_on)).then_some(digits)
}

/// Parses a time of day or a date that doesn't continue a number.
fn clock<'a>(rest: &'a str, before: Option<Token<'a>>) -> Option<Token<'a>> {
    let continues = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | '.');
    if before.is_some_and(|before| before.text().ends_with(continues)) {
        return None;
    }
    let length = clock_length(rest)?;
    let is_over =
        !rest[length..].starts_with(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-'));
    is_over.then(|| Token::Value(Kind::Clock, &rest[..length]))
}

/// Returns the length in bytes of a time of day (`19:45:00.123`), a date (`2026-11-27`), or both with a `T` between them
/// and a time zone (`2026-11-27T19:45:00Z`, ISO 8601), with which a text begins.
pub fn clock_length(text: &str) -> Option<usize> {
    let Some(date) = date_length(text) else {
        return time_length(text);
    };
    let Some(time) = text[date..].strip_prefix('T').and_then(time_length) else {
        return Some(date);
    };
    let length = date + 1 + time;
    Some(length + zone_length(&text[length..]))
}

/// Returns the number of two digits at this place, below a bound.
fn two_digits(text: &str, at: usize, below: u8) -> Option<usize> {
    let digits = text.get(at..at + 2)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && digits.parse::<u8>().ok()? < below).then_some(at + 2)
}

fn date_length(text: &str) -> Option<usize> {
    let year = text.get(..4)?.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.get(4..5)? == "-" && text.get(7..8)? == "-";
    (year && parts).then_some(())?;
    two_digits(text, 5, 13)?;
    two_digits(text, 8, 32)
}

fn time_length(text: &str) -> Option<usize> {
    (text.get(2..3)? == ":" && text.get(5..6)? == ":").then_some(())?;
    two_digits(text, 0, 24)?;
    two_digits(text, 3, 60)?;
    // A leap second is the sixty-first.
    let length = two_digits(text, 6, 61)?;
    let fraction = text[length..].strip_prefix(['.', ',']).unwrap_or("");
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    Some(length + if digits > 0 { 1 + digits } else { 0 })
}

fn zone_length(text: &str) -> usize {
    if text.starts_with('Z') {
        return 1;
    }
    let is_offset = text.starts_with(['+', '-']) && text.get(3..4) == Some(":");
    let offset = two_digits(text, 1, 24).and_then(|_| two_digits(text, 4, 60));
    offset.filter(|_| is_offset).unwrap_or(0)
}

/// Parses a number, with its minus sign. Spaces before it are padding, and so are spaces after it: all of them at the
/// end of a column, but all but one before a word.
fn number<'a>(rest: &'a str, before: Option<Token<'a>>) -> Option<Token<'a>> {
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    let number = &rest[spaces..];
    let is_hash = |number: &str| hash_of_cargo(number).is_some();
    if address(number).is_some()
        || (spaces > 0 && clock(number, None).is_some())
        || number.strip_prefix('-').is_some_and(is_hash)
    {
        return None;
    }
    let may_be_negative = before.is_none_or(|before| {
        spaces > 0
            || before
                .text()
                .ends_with([' ', '\t', '(', '=', '[', ',', ':'])
    });
    let sign = usize::from(number.starts_with('-') && may_be_negative);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(&number[sign..]);
    if whole == 0 {
        return None;
    }
    let mut length = sign + whole;
    let fraction = number[length..].strip_prefix('.').map_or(0, digits);
    if fraction > 0 {
        length += 1 + fraction;
    }
    let unit = unit_of(&number[length..]).map_or(0, str::len);
    length += unit;
    let following = &number[length..];
    let kind = match (
        unit,
        fraction,
        unit_of(following.strip_prefix(' ').unwrap_or("")),
    ) {
        (1.., ..) | (0, _, Some(_)) => Kind::Duration,
        (0, 1.., None) => Kind::Number,
        (0, 0, None) => Kind::Int,
    };
    let after = following.trim_start_matches(' ');
    let padding = following.len() - after.len();
    let is_column = after.starts_with(|c: char| !c.is_alphanumeric());
    let padding = padding.saturating_sub(usize::from(!is_column));
    Some(Token::Value(kind, &rest[..spaces + length + padding]))
}

fn plain(rest: &str) -> Token<'_> {
    let run = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    let letter = |c: char| c.is_alphabetic() || c == '_';
    match run(letter) {
        0 => {
            let one = rest.chars().next().map_or(0, char::len_utf8);
            Token::Other(&rest[..one])
        }
        letters => Token::Word(&rest[..letters]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, seconds, tokens};

    /// Puts values in braces, with the first letter of their kind.
    fn marked(line: &str) -> String {
        let token = |token: Token<'_>| match token {
            Token::Value(kind, text) => format!("{{{}:{text}}}", &kind.word()[..1]),
            token => token.text().to_owned(),
        };
        tokens(line).into_iter().map(token).collect()
    }

    #[test]
    fn lines_are_split_into_tokens() {
        for (line, expected) in [
            ("start foo", "start foo"),
            ("worker 2 sum 199", "worker{i: 2} sum{i: 199}"),
            ("x=-3, (-4) 5-6", "x={i:-3}, ({i:-4}){i: 5}-{i:6}"),
            ("Finished in: 2.00 seconds", "Finished in:{d: 2.00} seconds"),
            ("took 1.5ms, 20µs, 3 s", "took{d: 1.5ms},{d: 20µs},{d: 3} s"),
            ("3sheep 2.5 sheep", "{i:3}sheep{n: 2.5} sheep"),
            ("   7|", "{i:   7}|"),
            ("[  92 ms] [1003 ms]", "[{d:  92} ms] [{d:1003} ms]"),
            ("a    7|8   | 12ms   |", "a{i:    7}|{i:8   }|{d: 12ms   }|"),
            ("7   8", "{i:7  }{i: 8}"),
            ("123 8", "{i:123}{i: 8}"),
            ("at 0x7fff00aa12", "at {a:0x7fff00aa12}"),
            (
                "in /tmp/transcript/a.txt: 1, /tmp/transcript-x",
                "in {p:/tmp/transcript/a.txt}:{i: 1}, /tmp/transcript-x",
            ),
            ("ThreadId(2) v1.2.3", "ThreadId({i:2}) v{n:1.2}.{i:3}"),
            ("[19:45:00 INFO] up", "[{c:19:45:00} INFO] up"),
            ("at 09:05:59.123456, 7", "at {c:09:05:59.123456},{i: 7}"),
            (
                "2026-11-27T19:45:00.5+01:00 and 2026-11-27 19:45:00Z",
                "{c:2026-11-27T19:45:00.5+01:00} and {c:2026-11-27} {c:19:45:00}Z",
            ),
            // No time of day, and no date.
            (
                "24:00:00 1:02:03",
                "{i:24}:{i:00}:{i:00}{i: 1}:{i:02}:{i:03}",
            ),
            ("192:10:20:30", "{i:192}:{i:10}:{i:20}:{i:30}"),
            ("10:20:30:40", "{i:10}:{i:20}:{i:30}:{i:40}"),
            ("2026-13-01", "{i:2026}-{i:13}-{i:01}"),
            (
                "Running main.rs (target/debug/deps/a_b-0123456789abcdef)",
                "Running main.rs (target/debug/deps/a_b-{h:0123456789abcdef})",
            ),
            (
                "-C metadata=f123456789abcdef -C extra-filename=-0123456789abcdef",
                "-C metadata={h:f123456789abcdef} -C extra-filename=-{h:0123456789abcdef}",
            ),
            (
                "'a.long-type-16653758331743910105.txt'",
                "'a.long-type-{h:16653758331743910105}.txt'",
            ),
            // Results of a program.
            ("sum=abcdef", "sum=abcdef"),
            ("sum abcdefabcdefab12", "sum abcdefabcdefab{i:12}"),
            ("a-1234567890123456", "a-{i:1234567890123456}"),
            ("a-abcdefabcdefabcdef1", "a-abcdefabcdefabcdef{i:1}"),
            ("größer 1é", "größer{i: 1}é"),
            ("", ""),
        ] {
            assert_eq!(marked(line), expected);
        }
    }

    #[test]
    fn a_durations_unit_is_inside_or_after_it() {
        assert_eq!(seconds("2.00", " seconds"), Some(2.0));
        assert_eq!(seconds("250.5ms", " later"), Some(0.2505));
        assert_eq!(seconds("  3", " min"), Some(180.0));
        assert_eq!(seconds("3", " sheep"), None);
    }
}
