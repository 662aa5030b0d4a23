//! The fields of a run that a value can show, and their names.

use std::num::NonZero;

use regex::Regex;

use super::info::{InfoError, WordValue};
use crate::spelling::nearest;

/// A field of a run that a value can show.
#[derive(Debug, Clone)]
pub enum Field {
    /// The wall time.
    Wall,
    /// The CPU time.
    Cpu,
    /// The peak memory.
    Memory,
    /// The exit.
    Exit,
    /// The number of threads.
    Threads,
    /// The number of processes.
    Processes,
    /// The number of printed lines.
    Lines,
    /// The text of a printed line, by its number, from 1.
    Line(NonZero<usize>),
    /// A part of the first printed line that matches: the first group, or the whole match if there is no group.
    Match(Regex),
}

/// The names of the fields.
const FIELDS: [&str; 9] = [
    "wall",
    "cpu",
    "memory",
    "exit",
    "threads",
    "processes",
    "lines",
    "line",
    "match",
];

/// Reads a field from its name and the words after it, and returns the words that are left.
///
/// # Errors
/// The name is unknown, or its argument is missing or malformed. The error's span is that of the word.
pub fn read<'a>(
    name: &WordValue,
    rest: &'a [WordValue],
) -> Result<(Field, &'a [WordValue]), InfoError> {
    let error = |word: &WordValue, message: String, label: &str| InfoError {
        span: word.span.clone(),
        message,
        label: label.to_owned(),
    };
    let simple = match name.text.as_str() {
        "wall" => Field::Wall,
        "cpu" => Field::Cpu,
        "memory" => Field::Memory,
        "exit" => Field::Exit,
        "threads" => Field::Threads,
        "processes" => Field::Processes,
        "lines" => Field::Lines,
        "line" => {
            let label = "expected a number from 1, like `line 3`";
            let Some((number, rest)) = rest.split_first() else {
                return Err(error(name, "`line` needs a number".to_owned(), label));
            };
            let Ok(line) = number.text.parse() else {
                let message = format!("invalid value `{}` for `line`", number.text);
                return Err(error(number, message, label));
            };
            return Ok((Field::Line(line), rest));
        }
        "match" => {
            let Some((written, rest)) = rest.split_first() else {
                let message = "`match` needs a regular expression".to_owned();
                let label = "expected a quoted one, like `match \"in (.*) s\"`";
                return Err(error(name, message, label));
            };
            let regex = Regex::new(&written.text).map_err(|cause| {
                // The first lines repeat the expression, which the message shows anyway; the last one has the reason.
                let reason = cause.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason);
                error(written, "invalid regular expression".to_owned(), reason)
            })?;
            return Ok((Field::Match(regex), rest));
        }
        unknown => {
            let label = match nearest(unknown, FIELDS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => expected_fields(),
            };
            return Err(error(name, format!("unknown field `{unknown}`"), &label));
        }
    };
    Ok((simple, rest))
}

/// The label for a place where a field is expected.
pub fn expected_fields() -> String {
    let (last, others) = FIELDS.split_last().unwrap_or((&"", &[]));
    format!("expected `{}` or `{last}`", others.join("`, `"))
}
