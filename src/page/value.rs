//! Renders values of runs in running text.

use std::fmt::Write;

use super::terminal::plain;
use super::{Programs, seconds};
use crate::lesson::Block;
use crate::lesson::field::Field;
use crate::lesson::splice::{After, Replacement};
use crate::lesson::value::Value;
use crate::transcript::{Exit, Transcript};

/// The reason that a transcript lacks a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The system that made the recording doesn't report it.
    Unknown,
    /// There is no line with this number.
    Line,
    /// No line matches.
    Match,
}

/// Returns the replacement for a value, which was checked to exist.
pub fn value(block: &Block, value: &Value, programs: &dyn Programs) -> Replacement {
    let text = text(&value.field, programs.transcript(block)).unwrap_or_default();
    Replacement::of(block, markdown(&text, value.leads), After::Nothing)
}

/// Returns the value.
///
/// # Errors
/// The transcript lacks the value.
pub fn text(field: &Field, transcript: &Transcript) -> Result<String, Missing> {
    let known = |text: Option<String>| text.ok_or(Missing::Unknown);
    let lines = &transcript.lines;
    match field {
        Field::Wall => Ok(seconds(transcript.wall)),
        Field::Cpu => known(transcript.cpu.map(seconds)),
        Field::Memory => known(transcript.memory.map(|bytes| {
            let size = bytesize::ByteSize(bytes);
            size.display().iec().to_string()
        })),
        Field::Exit => Ok(match transcript.exit {
            Exit::Code(code) => code.to_string(),
            Exit::Signal(signal) => format!("signal {signal}"),
            Exit::Timeout => "time-out".to_owned(),
        }),
        Field::Threads => known(transcript.most_threads().map(|count| count.to_string())),
        Field::Processes => known(transcript.most_processes().map(|count| count.to_string())),
        Field::Lines => Ok(lines.len().to_string()),
        Field::Line(number) => {
            let line = lines.get(number.get() - 1).ok_or(Missing::Line)?;
            Ok(plain(&line.text))
        }
        Field::Match(regex) => {
            let found = |line: &str| {
                let captures = regex.captures(line)?;
                let part = captures.get(1).or_else(|| captures.get(0))?;
                Some(part.as_str().to_owned())
            };
            let mut lines = lines.iter().map(|line| plain(&line.text));
            lines.find_map(|line| found(&line)).ok_or(Missing::Match)
        }
    }
}

/// Escapes a text as inline Markdown that shows it unchanged in any place: in a table, and, if it `leads`, at the
/// beginning of a line. Leading and trailing white space is dropped, as Markdown ignores it.
pub(super) fn markdown(text: &str, leads: bool) -> String {
    let text = text.trim();
    let mut markdown = String::with_capacity(text.len());
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let within = before.is_alphanumeric() && chars.peek().is_some_and(|c| c.is_alphanumeric());
        match c {
            // Markdown splits a table's row before it parses the cells.
            '|' => markdown.push_str("&#124;"),
            // With the author's full stop after it, the digit would start a list.
            '0'..='9' if leads && is_number && markdown.is_empty() => {
                write!(markdown, "&#{};", u32::from(c)).expect("a string takes everything");
            }
            // These have a meaning only next to a space, at the start of a line, or in sequence.
            '.' | ':' | '-' | '+' | '=' if within => markdown.push(c),
            // These have no meaning.
            ',' | ';' | '/' | '?' | '%' | '@' => markdown.push(c),
            // All others may follow a backslash (CommonMark 0.31, 2.4).
            c if c.is_ascii_punctuation() => markdown.extend(['\\', c]),
            c => markdown.push(c),
        }
        before = c;
    }
    markdown
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::time::Duration;

    use regex::Regex;

    use super::{Field, Missing, markdown, text};
    use crate::transcript::{Exit, Line, Stream, Transcript};

    fn transcript(lines: &[&str]) -> Transcript {
        let line = |text: &&str| Line {
            stream: Stream::Stdout,
            at: Duration::ZERO,
            writer: None,
            track: None,
            text: (*text).to_owned(),
        };
        Transcript {
            wall: Duration::from_millis(2001),
            threads: Some(4),
            cpu: Some(Duration::from_micros(840)),
            memory: Some(2_202_010),
            ..Transcript::of(lines.iter().map(line).collect(), Exit::Signal(6))
        }
    }

    #[test]
    fn values_have_the_format_of_captions() {
        let lines = transcript(&["0%\r100%", "\u{1b}[31mtook 1.5 s\u{1b}[0m", "took 9 s"]);
        let line = |number| Field::Line(NonZero::new(number).expect("not zero"));
        let matching = |regex| Field::Match(Regex::new(regex).expect("it compiles"));
        for (field, expected) in [
            (Field::Wall, Ok("2.00 s")),
            (Field::Cpu, Ok("0.8 ms")),
            (Field::Memory, Ok("2.1 MiB")),
            (Field::Exit, Ok("signal 6")),
            (Field::Threads, Ok("4")),
            (Field::Processes, Err(Missing::Unknown)),
            (Field::Lines, Ok("3")),
            (line(1), Ok("100%")),
            (line(4), Err(Missing::Line)),
            (matching("took (.*) s"), Ok("1.5")),
            (matching("^took .*$"), Ok("took 1.5 s")),
            (matching("^s"), Err(Missing::Match)),
        ] {
            let found = text(&field, &lines);
            assert_eq!(found.as_deref().map_err(|why| *why), expected, "{field:?}");
        }
    }

    #[test]
    fn markdown_syntax_is_escaped() {
        for (text, expected) in [
            ("2.00 s", "2.00 s"),
            ("  a\tb ", "a\tb"),
            ("10:20:30, x-y", "10:20:30, x-y"),
            ("1. x", "1\\. x"),
            ("# x", "\\# x"),
            ("- x -- y...", "\\- x \\-\\- y\\.\\.\\."),
            ("a*b_c`d`", "a\\*b\\_c\\`d\\`"),
            (
                "<b> & [x](y) | \\",
                "\\<b\\> \\& \\[x\\]\\(y\\) &#124; \\\\",
            ),
            ("{{#include x}}", "\\{\\{\\#include x\\}\\}"),
            ("\"it's\"", "\\\"it\\'s\\\""),
            ("4", "4"),
            ("", ""),
        ] {
            assert_eq!(markdown(text, false), expected, "{text:?}");
        }
        assert_eq!(markdown("41", true), "&#52;1");
        assert_eq!(markdown("4 x", true), "4 x");
    }
}
