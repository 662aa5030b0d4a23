//! Splits a line into tokens: values that may become holes, and the text between them.

use std::ops::Range;

use super::Kind;
use crate::transcript::folders::TEMPORARY;
use crate::transcript::redaction::placeholder_at;
use clock::clock;
use ids::{address, hash, hash_of_cargo, uuid, uuid_length};

pub use part::Token;

pub mod clock;
pub mod ids;
mod part;

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
    tokens_with(line, &[])
}

/// Splits a line into tokens, some of which are known: their places, in order, and kinds.
pub fn tokens_with<'a>(line: &'a str, known: &[(Range<usize>, Kind)]) -> Vec<Token<'a>> {
    let mut tokens: Vec<Token<'a>> = Vec::new();
    let mut known = known.iter().peekable();
    let mut at = 0;
    while at < line.len() {
        if let Some((place, kind)) = known.next_if(|(place, _)| place.start == at) {
            tokens.push(Token::Value(*kind, &line[place.clone()]));
            at = place.end;
            continue;
        }
        let rest = &line[at..known.peek().map_or(line.len(), |(place, _)| place.start)];
        let before = tokens.last().copied();
        let token = placeholder_at(rest)
            .map(Token::Redacted)
            .or_else(|| path(rest))
            .or_else(|| address(rest))
            .or_else(|| hash(rest, &tokens))
            .or_else(|| uuid(rest, before))
            .or_else(|| clock(rest, before))
            .or_else(|| version(rest, &line[..at]))
            .or_else(|| number(rest, before, &line[..at]))
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

/// Parses a number, with its minus sign. Spaces before it are padding, and so are spaces after it: all of them at the
/// end of a column, but all but one before a word.
fn number<'a>(rest: &'a str, before: Option<Token<'a>>, line: &str) -> Option<Token<'a>> {
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    let number = &rest[spaces..];
    let is_hash = |number: &str| hash_of_cargo(number).is_some();
    if address(number).is_some()
        || (spaces > 0 && (clock(number, None).is_some() || uuid_length(number).is_some()))
        || (spaces > 0 && version(number, &format!("{line} ")).is_some())
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
    let size = size_unit_length(&number[length..]);
    let unit = unit_of(&number[length..]).map_or(0, str::len);
    length += size.unwrap_or(unit);
    let following = &number[length..];
    let kind = match (
        unit,
        fraction,
        unit_of(following.strip_prefix(' ').unwrap_or("")),
    ) {
        _ if size.is_some() => Kind::Size,
        (1.., ..) | (0, _, Some(_)) => Kind::Duration,
        (0, 1.., None) => Kind::Number,
        (0, 0, None) if names_a_port(line) => Kind::Port,
        (0, 0, None) => Kind::Int,
    };
    let after = following.trim_start_matches(' ');
    let padding = following.len() - after.len();
    let is_column = after.starts_with(|c: char| !c.is_alphanumeric());
    let padding = padding.saturating_sub(usize::from(!is_column));
    Some(Token::Value(kind, &rest[..spaces + length + padding]))
}

/// The units of sizes.
const SIZES: [&str; 12] = [
    "KiB", "MiB", "GiB", "TiB", "kiB", "kB", "KB", "MB", "GB", "TB", "B", "bytes",
];

/// Returns the length in bytes of a size's unit with which a text begins, including a space before it.
pub fn size_unit_length(text: &str) -> Option<usize> {
    let unit = text.strip_prefix(' ').unwrap_or(text);
    let is_over = |rest: &str| {
        !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'))
    };
    let mut units = SIZES.iter().filter_map(|size| unit.strip_prefix(size));
    let rest = units.find(|rest| is_over(rest))?;
    Some(text.len() - rest.len())
}

/// Returns whether the text of a line before a number tells that the number is a port: `127.0.0.1:`, `[::1]:`, `port `.
fn names_a_port(line: &str) -> bool {
    if let Some(host) = line.strip_suffix(':') {
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let begin = host.rfind(|c: char| !c.is_ascii_digit() && c != '.');
        let address = &host[begin.map_or(0, |at| {
            at + host[at..].chars().next().map_or(1, char::len_utf8)
        })..];
        let is_address = address.split('.').count() == 4 && address.split('.').all(digits);
        if is_address || host.ends_with("localhost") || host.ends_with(']') {
            return true;
        }
    }
    let word = line.trim_end_matches([' ', '=', ':', '#']);
    let start = word.len().checked_sub("port".len());
    let start = start.filter(|&start| word.is_char_boundary(start));
    start.is_some_and(|start| {
        word[start..].eq_ignore_ascii_case("port")
            && !word[..start].ends_with(char::is_alphanumeric)
    })
}

/// Parses the version of a program after a `v` or the word `version`. Any other number with dots may be a result.
fn version<'a>(rest: &'a str, line: &str) -> Option<Token<'a>> {
    let is_word = |word: &str, line: &str| {
        let before = line.strip_suffix(word);
        before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let follows = is_word("v", line)
        || line
            .strip_suffix([' ', '='])
            .is_some_and(|line| is_word("version", line));
    let length = version_length(rest).filter(|_| follows)?;
    let is_over = !rest[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    is_over.then(|| Token::Value(Kind::Version, &rest[..length]))
}

/// Returns the length in bytes of the version with which a text begins: three numbers, and what semantic versioning
/// allows after them.
pub fn version_length(text: &str) -> Option<usize> {
    let mut length = 0;
    for number in 0..3 {
        if number > 0 {
            length += text[length..].strip_prefix('.').map(|_| 1)?;
        }
        let digits = text[length..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        length += Some(digits).filter(|&digits| digits > 0)?;
    }
    for mark in ['-', '+'] {
        if let Some(more) = text[length..].strip_prefix(mark) {
            let is_in = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            let end = more.find(|c| !is_in(c)).unwrap_or(more.len());
            let end = more[..end].trim_end_matches(['.', '-']).len();
            length += if end > 0 { 1 + end } else { 0 };
        }
    }
    Some(length)
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
            ("ThreadId(2) 1.2.3", "ThreadId({i:2}){n: 1.2}.{i:3}"),
            (
                "v1.2.3, version 0.1.0-rc.1+7. rev1.2.3",
                "v{v:1.2.3}, version {v:0.1.0-rc.1+7}. rev{n:1.2}.{i:3}",
            ),
            (
                "id 550e8400-e29b-41d4-a716-446655440000, x-550e8400-e29b-41d4-a716-446655440000",
                "id {u:550e8400-e29b-41d4-a716-446655440000}, x-{i:550}e{i:8400}-e{i:29}b-{i:41}d{i:4}-a{i:716}-{i:446655440000}",
            ),
            (
                "on 127.0.0.1:8080, localhost:1, [::1]:22, port 80 main.rs:12 report 7",
                "on{n: 127.0}.{n:0.1}:{p:8080}, localhost:{p:1}, [::{i:1}]:{p:22}, port{p: 80} main.rs:{i:12} report{i: 7}",
            ),
            (
                "1.5 MiB 3kB 2 B, 4 Bob",
                "{s:1.5 MiB}{s: 3kB}{s: 2 B},{i: 4} Bob",
            ),
            ("a \u{fdd0}ID2\u{fdd1} b", "a \u{fdd0}ID2\u{fdd1} b"),
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
