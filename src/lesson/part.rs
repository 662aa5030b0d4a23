//! Parts of a file, as a fence or a directive names them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// The fate of the lines of a file that a directive does not include.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// `include`: they are left out.
    LeftOut,
    /// `rustdoc_include`: they are hidden lines.
    Hidden,
}

/// The part of a file that a directive includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The lines with these indices, from 0; without an end, up to the end of the file.
    Lines(usize, Option<usize>),
    /// The lines between the marks of an anchor.
    Anchor(String),
}

/// A difference between the source that a fence shows and the program.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The program has no such anchor.
    #[error("the program has no `ANCHOR: {0}`")]
    NoAnchor(String),
    /// The program has no such line.
    #[error("the program has no line {line}: its last line is {last}")]
    NoLine {
        /// The first line of the part, from 1.
        line: usize,
        /// The number of lines.
        last: usize,
    },
    /// The part has no text.
    #[error("this part of the program is empty")]
    Empty,
    /// The program does not continue with this line.
    #[error("the code shown is not the code that runs: the program does not continue with `{0}`")]
    Differs(String),
}

impl Part {
    /// Reads the text after the file's colon as mdBook does: `2`, `2:`, `:4`, `2:4`, or the name of an anchor.
    pub fn read(text: &str) -> Part {
        let mut words = text.splitn(3, ':');
        let first = words.next().unwrap_or("");
        let number = |word: &str| word.parse::<usize>().ok();
        match (first, number(first), words.next()) {
            ("", _, end) => Part::Lines(0, end.and_then(number)),
            (name, None, _) => Part::Anchor(name.to_owned()),
            (_, Some(line), None) => Part::Lines(line.saturating_sub(1), Some(line.max(1))),
            (_, Some(line), Some(end)) => Part::Lines(line.saturating_sub(1), number(end)),
        }
    }

    /// The lines of a file in this part, without the marks of anchors if it is an anchor.
    ///
    /// # Errors
    /// The file has no such part, or the part has no text.
    pub fn of<'a>(&self, file: &'a str) -> Result<Cow<'a, str>, SourceError> {
        let text = match self {
            Part::Anchor(name) => shown(file, Some(name))?,
            Part::Lines(0, None) => Cow::Borrowed(file),
            Part::Lines(start, end) => {
                let last = file.lines().count();
                if *start >= last {
                    let line = start + 1;
                    return Err(SourceError::NoLine { line, last });
                }
                let end = end.unwrap_or(last).saturating_sub(*start);
                let lines = file.lines().skip(*start).take(end);
                lines.map(|line| format!("{line}\n")).collect()
            }
        };
        if text.trim().is_empty() {
            return Err(SourceError::Empty);
        }
        Ok(text)
    }
}

impl Rest {
    /// The text that a directive includes of a file, of which this `part` is shown.
    ///
    /// # Errors
    /// The file has no such part, or the part has no text.
    pub fn with<'a>(self, part: &Part, file: &'a str) -> Result<Cow<'a, str>, SourceError> {
        let shown = part.of(file)?;
        if self == Rest::LeftOut || *part == Part::Lines(0, None) {
            return Ok(shown);
        }
        let mut inside = false;
        let lines = file.lines().enumerate().filter_map(|(number, line)| {
            inside = match part {
                Part::Lines(start, end) => number >= *start && end.is_none_or(|end| number < end),
                Part::Anchor(name) => match ANCHOR.captures(line) {
                    Some(mark) if &mark[2] == name => {
                        inside = mark.get(1).is_none();
                        return None;
                    }
                    Some(_) => return None,
                    None => inside,
                },
            };
            let mark = if inside { "" } else { "# " };
            Some(format!("{mark}{line}\n"))
        });
        Ok(lines.collect())
    }
}

/// A mark at the start or the end of an anchor.
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"ANCHOR(_END)?:\s*([\w_-]+)").expect("a literal pattern compiles")
});

/// The lines of a program between the marks of an anchor, or all lines; never the marks themselves.
///
/// # Errors
/// The program has no such anchor.
pub fn shown<'a>(program: &'a str, anchor: Option<&str>) -> Result<Cow<'a, str>, SourceError> {
    // Most programs have no marks and are shown unchanged.
    let has_plain_ends = anchor.is_none() && program.ends_with('\n') && !program.contains('\r');
    if has_plain_ends && memchr::memmem::find(program.as_bytes(), b"ANCHOR").is_none() {
        return Ok(Cow::Borrowed(program));
    }
    let mut inside = anchor.is_none();
    let mut found = inside;
    let mut text = String::new();
    for line in program.lines() {
        // Most programs have no marks: they need not wait for the regular expression to be compiled.
        let mark = line.contains("ANCHOR").then(|| ANCHOR.captures(line));
        match (mark.flatten(), anchor) {
            (Some(mark), Some(name)) if &mark[2] == name => {
                inside = mark.get(1).is_none();
                found |= inside;
            }
            (Some(_), _) => {}
            (None, _) if inside => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    match anchor {
        Some(name) if !found => Err(SourceError::NoAnchor(name.to_owned())),
        _ => Ok(Cow::Owned(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Rest, SourceError, shown};

    const PROGRAM: &str = "fn main() {\n    // ANCHOR: a\n    one();\n    two();\n    // ANCHOR_END: a\n    three();\n}\n";

    #[test]
    fn an_include_selects_a_part() {
        let no_line = |line| Err(SourceError::NoLine { line, last: 7 });
        let whole = || Ok(PROGRAM);
        for (part, expected) in [
            ("", whole()),
            (":", whole()),
            ("1", Ok("fn main() {\n")),
            ("3:4", Ok("    one();\n    two();\n")),
            ("6:", Ok("    three();\n}\n")),
            (":1", Ok("fn main() {\n")),
            ("6:99", Ok("    three();\n}\n")),
            ("a", Ok("    one();\n    two();\n")),
            ("b", Err(SourceError::NoAnchor("b".to_owned()))),
            ("8", no_line(8)),
            ("8:", no_line(8)),
            ("40:50", no_line(40)),
            ("4:3", Err(SourceError::Empty)),
            (":0", Err(SourceError::Empty)),
        ] {
            let found = Part::read(part).of(PROGRAM);
            assert_eq!(found, expected.map(Into::into), "{part:?}");
        }
    }

    #[test]
    fn other_lines_are_hidden_as_rustdoc_does() {
        let file = "a\n// ANCHOR: x\nb\n// ANCHOR_END: x\nc\n";
        for (part, text) in [
            ("x", "# a\nb\n# c\n"),
            ("3", "# a\n# // ANCHOR: x\nb\n# // ANCHOR_END: x\n# c\n"),
            ("", file),
        ] {
            let found = Rest::Hidden.with(&Part::read(part), file);
            assert_eq!(found, Ok(text.into()), "{part}");
        }
    }

    #[test]
    fn an_anchor_selects_a_part() {
        assert_eq!(
            shown(PROGRAM, Some("a")),
            Ok("    one();\n    two();\n".into())
        );
        assert_eq!(
            shown(PROGRAM, None),
            Ok("fn main() {\n    one();\n    two();\n    three();\n}\n".into())
        );
        assert_eq!(
            shown(PROGRAM, Some("b")),
            Err(SourceError::NoAnchor("b".to_owned()))
        );
        for (program, lines) in [
            ("a\nb\n", "a\nb\n"),
            ("a\r\nb", "a\nb\n"),
            ("a", "a\n"),
            ("", ""),
        ] {
            assert_eq!(shown(program, None).as_deref(), Ok(lines), "{program:?}");
        }
    }
}
