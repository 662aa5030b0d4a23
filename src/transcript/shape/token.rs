//! A line → tokens: what can be a hole, and what stands between.

use super::Kind;

/// A piece of a line. All pieces together are the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// What can vary: a number, a duration, an address, a path; with the spaces that pad it.
    Value(Kind, &'a str),
    /// A run of letters.
    Word(&'a str),
    /// Anything else.
    Other(&'a str),
}

impl<'a> Token<'a> {
    /// Its text.
    pub fn text(self) -> &'a str {
        match self {
            Token::Value(_, text) | Token::Word(text) | Token::Other(text) => text,
        }
    }
}

/// The units in which programs print times; `s` and longer ones may stand behind a space too.
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

/// The tokens of a line. `folders`: where the program ran; what begins with one of them is a path.
pub fn tokens<'a>(line: &'a str, folders: &[String]) -> Vec<Token<'a>> {
    let mut tokens: Vec<Token<'a>> = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let before = tokens.last().copied();
        let token = path(rest, folders)
            .or_else(|| address(rest))
            .or_else(|| number(rest, before))
            .unwrap_or_else(|| plain(rest));
        at += token.text().len();
        tokens.push(token);
    }
    tokens
}

/// The number in a token's text, without padding and unit.
pub fn value(text: &str) -> &str {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
    &text[..end.unwrap_or(text.len())]
}

/// The seconds that a text says, whose unit is in it or, where it is not, begins the text `behind` it.
pub fn seconds(text: &str, behind: &str) -> Option<f64> {
    let number = value(text);
    let unit = text.trim()[number.len()..].trim();
    let unit = match unit {
        "" => unit_of(behind.trim_start())?,
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

/// The unit with which a text begins.
fn unit_of(text: &str) -> Option<&'static str> {
    let ends = |unit: &str| {
        !text[unit.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '/')
    };
    UNITS
        .into_iter()
        .find(|unit| text.starts_with(unit) && ends(unit))
}

fn path<'a>(rest: &'a str, folders: &[String]) -> Option<Token<'a>> {
    let is_one = |folder: &&String| !folder.is_empty() && rest.starts_with(folder.as_str());
    folders.iter().find(is_one)?;
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ')' | '>' | ':');
    let end = rest.find(ends).unwrap_or(rest.len());
    Some(Token::Value(Kind::Path, &rest[..end]))
}

fn address(rest: &str) -> Option<Token<'_>> {
    let digits = rest.strip_prefix("0x")?;
    let length = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    (length >= 4).then(|| Token::Value(Kind::Address, &rest[..2 + length]))
}

/// A number, a minus included where one can stand; the spaces in front of it but for one, and those behind
/// it but for one, pad it.
fn number<'a>(rest: &'a str, before: Option<Token<'a>>) -> Option<Token<'a>> {
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    // The first of several spaces stays outside, unless the line begins with them.
    let has_room = before.is_none_or(|before| before.text().ends_with(' '));
    if spaces > 0 && !has_room {
        return None;
    }
    let number = &rest[spaces..];
    let sign = usize::from(
        number.starts_with('-')
            && (spaces > 0
                || before
                    .is_none_or(|before| before.text().ends_with([' ', '(', '=', '[', ',', ':']))),
    );
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
    let behind = &number[length..];
    if let Some(unit) = unit_of(behind) {
        let text = &rest[..spaces + length + unit.len()];
        return Some(Token::Value(Kind::Duration, text));
    }
    let kind = match (fraction, unit_of(behind.strip_prefix(' ').unwrap_or(""))) {
        (1.., Some(_)) => Kind::Duration,
        (1.., None) => Kind::Number,
        (0, _) => Kind::Int,
    };
    let padding = behind.len() - behind.trim_start_matches(' ').len();
    let length = spaces + length + padding.saturating_sub(1);
    Some(Token::Value(kind, &rest[..length]))
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

    /// What can vary stands in braces, with the first letter of its kind.
    fn marked(line: &str) -> String {
        let token = |token: Token<'_>| match token {
            Token::Value(kind, text) => format!("{{{}:{text}}}", &kind.word()[..1]),
            token => token.text().to_owned(),
        };
        let folders = ["/tmp/transcript-x".to_owned()];
        tokens(line, &folders).into_iter().map(token).collect()
    }

    #[test]
    fn a_line_is_taken_apart() {
        for (line, expected) in [
            ("start foo", "start foo"),
            ("worker 2 sum 199", "worker {i:2} sum {i:199}"),
            ("x=-3, (-4) 5-6", "x={i:-3}, ({i:-4}) {i:5}-{i:6}"),
            ("Finished in: 2.00 seconds", "Finished in: {d:2.00} seconds"),
            ("took 1.5ms, 20µs, 3 s", "took {d:1.5ms}, {d:20µs}, {i:3} s"),
            ("3sheep 2.5 sheep", "{i:3}sheep {n:2.5} sheep"),
            ("   7|", "{i:   7}|"),
            ("a    7|8   |", "a {i:   7}|{i:8  } |"),
            ("at 0x7fff00aa12", "at {a:0x7fff00aa12}"),
            (
                "in /tmp/transcript-x/a.txt: 1",
                "in {p:/tmp/transcript-x/a.txt}: {i:1}",
            ),
            ("ThreadId(2) v1.2.3", "ThreadId({i:2}) v{n:1.2}.{i:3}"),
            ("größer 1é", "größer {i:1}é"),
            ("", ""),
        ] {
            assert_eq!(marked(line), expected);
        }
    }

    #[test]
    fn a_duration_has_its_unit_in_it_or_behind_it() {
        assert_eq!(seconds("2.00", " seconds"), Some(2.0));
        assert_eq!(seconds("250.5ms", " later"), Some(0.2505));
        assert_eq!(seconds("  3", " min"), Some(180.0));
        assert_eq!(seconds("3", " sheep"), None);
    }
}
