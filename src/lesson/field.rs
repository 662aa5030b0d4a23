//! What can be taken from a run, and how a value names it.

use std::num::NonZero;

use regex::Regex;

use super::info::Value;
use super::info::Wrong;
use crate::spelling::nearest;

/// What can be taken from a run.
#[derive(Debug, Clone)]
pub enum Field {
    /// How long it took.
    Wall,
    /// Its processor time.
    Cpu,
    /// The most memory that it had.
    Memory,
    /// How it ended.
    Exit,
    /// How many threads it had.
    Threads,
    /// How many processes it was made of.
    Processes,
    /// How many lines it printed.
    Lines,
    /// The text of one of them, by its number, from 1.
    Line(NonZero<usize>),
    /// A part of the first line that matches: the first group, or all that matches where there is none.
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

/// The field of this name, and the words behind it that are not part of it.
///
/// # Errors
/// A field or its argument that does not parse, with its place as the words have theirs.
pub fn read<'a>(name: &Value, rest: &'a [Value]) -> Result<(Field, &'a [Value]), Wrong> {
    let wrong = |word: &Value, message: String, label: &str| Wrong {
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
                return Err(wrong(name, "`line` needs a number".to_owned(), label));
            };
            let Ok(line) = number.text.parse() else {
                let message = format!("`line` cannot be `{}`", number.text);
                return Err(wrong(number, message, label));
            };
            return Ok((Field::Line(line), rest));
        }
        "match" => {
            let Some((written, rest)) = rest.split_first() else {
                let message = "`match` needs a regular expression".to_owned();
                let label = "expected one in quotes, like `match \"in (.*) s\"`";
                return Err(wrong(name, message, label));
            };
            let regex = Regex::new(&written.text).map_err(|error| {
                // The expression itself stands in the lesson: of several lines the last says what is wrong.
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default();
                let why = why.strip_prefix("error: ").unwrap_or(why);
                wrong(written, "this is no regular expression".to_owned(), why)
            })?;
            return Ok((Field::Match(regex), rest));
        }
        unknown => {
            let label = match nearest(unknown, FIELDS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => one_of_all(),
            };
            return Err(wrong(name, format!("unknown field `{unknown}`"), &label));
        }
    };
    Ok((simple, rest))
}

/// What to say where a field is expected.
pub fn one_of_all() -> String {
    let (last, others) = FIELDS.split_last().unwrap_or((&"", &[]));
    format!("expected `{}` or `{last}`", others.join("`, `"))
}
