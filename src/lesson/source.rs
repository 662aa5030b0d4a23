//! The source that a fence shows: the program's file, a part of it, or code that must be a part of it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::lesson::annotation::unannotated;

/// The body of a source fence.
#[derive(Debug, PartialEq, Eq)]
pub enum SourceBody {
    /// Empty: the file is shown.
    Empty,
    /// `{{#include FILE}}` or `{{#rustdoc_include FILE}}`, which mdBook expands.
    Include(PathBuf),
    /// Code that the author typed.
    Typed,
}

/// A difference between the source that a fence shows and the program.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The program has no such anchor.
    #[error("the program has no `ANCHOR: {0}`")]
    NoAnchor(String),
    /// The program does not continue with this line.
    #[error("the code shown is not the code that runs: the program does not continue with `{0}`")]
    Differs(String),
}

/// A directive that includes a file.
static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\{\{\s*#(?:rustdoc_)?include\s+([^}:\s]+)(?::[^}]*)?\}\}$")
        .expect("a literal pattern compiles")
});

/// Reads the body of a source fence.
pub fn body(text: &str) -> SourceBody {
    let text = text.trim();
    if text.is_empty() {
        return SourceBody::Empty;
    }
    match INCLUDE.captures(text) {
        Some(found) => SourceBody::Include(Path::new(&found[1]).to_owned()),
        None => SourceBody::Typed,
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

/// Checks that typed code is a contiguous part of the program: the same lines in the same order, apart from hidden lines
/// (`# …`), annotations, a common indent and trailing white space.
///
/// # Errors
/// The first line that differs.
pub fn check_part(body: &str, program: &str) -> Result<(), SourceError> {
    let body = unannotated(body, "rust");
    let typed: Vec<String> = dedent(body.lines().filter_map(visible));
    let typed = trim_blank(&typed);
    let program = unannotated(&shown(program, None)?, "rust");
    let lines: Vec<&str> = program.lines().map(str::trim_end).collect();
    let mut longest = 0;
    for start in 0..lines.len() {
        let window = dedent(
            lines[start..]
                .iter()
                .take(typed.len())
                .map(|line| (*line).to_owned()),
        );
        let same = typed
            .iter()
            .zip(&window)
            .take_while(|(a, b)| a == b)
            .count();
        if same == typed.len() {
            return Ok(());
        }
        longest = longest.max(same);
    }
    let missing = typed.get(longest).cloned().unwrap_or_default();
    Err(SourceError::Differs(missing.trim().to_owned()))
}

/// A line of the body as in the program, `##` being `#`; `None`: the line is hidden, and need not be the program's.
fn visible(line: &str) -> Option<String> {
    let code = line.trim_start();
    let indent = &line[..line.len() - code.len()];
    match code.strip_prefix('#') {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => None,
        Some(rest) if rest.starts_with('#') => {
            Some(format!("{indent}{rest}").trim_end().to_owned())
        }
        _ => Some(line.trim_end().to_owned()),
    }
}

/// Removes the common indent of lines.
fn dedent(lines: impl Iterator<Item = String>) -> Vec<String> {
    let lines: Vec<String> = lines.collect();
    let indent = |line: &String| line.len() - line.trim_start().len();
    let common = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(indent)
        .min()
        .unwrap_or(0);
    lines
        .into_iter()
        .map(|line| line.get(common..).unwrap_or("").to_owned())
        .collect()
}

/// Removes empty lines at the start and the end.
fn trim_blank(lines: &[String]) -> &[String] {
    let first = lines
        .iter()
        .position(|line| !line.is_empty())
        .unwrap_or(lines.len());
    let last = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(first, |last| last + 1);
    &lines[first..last]
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{SourceBody, SourceError, body, check_part, shown};

    const PROGRAM: &str = "fn main() {\n    // ANCHOR: a\n    one();\n    two();\n    // ANCHOR_END: a\n    three();\n}\n";

    #[test]
    fn bodies() {
        for (text, expected) in [
            ("", SourceBody::Empty),
            ("\n \n", SourceBody::Empty),
            (
                "{{#include ../examples/join.rs}}\n",
                SourceBody::Include(PathBuf::from("../examples/join.rs")),
            ),
            (
                "{{#rustdoc_include a.rs:main}}",
                SourceBody::Include(PathBuf::from("a.rs")),
            ),
            (
                "{{#include a.rs:2:3}}",
                SourceBody::Include(PathBuf::from("a.rs")),
            ),
            ("fn main() {}", SourceBody::Typed),
            ("// {{#include a.rs}}", SourceBody::Typed),
        ] {
            assert_eq!(body(text), expected, "{text:?}");
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

    #[test]
    fn the_code_shown_is_the_code_run() {
        let differs = |line: &str| Err(SourceError::Differs(line.to_owned()));
        for (text, expected) in [
            ("one();\ntwo();", Ok(())),
            ("    one();\n    two();  \n\n", Ok(())),
            ("# use std::fmt;\none();\ntwo();", Ok(())),
            ("two();\nthree();", Ok(())),
            ("one();\nthree();", differs("three();")),
            ("one();\n\ntwo();", differs("")),
            ("four();", differs("four();")),
            (
                "one(); // (1)!\n// (2)\ntwo(); // is 2 (3)",
                differs("two(); // is 2"),
            ),
            ("one(); // (1)!\n// (2)\ntwo(); // (3)", Ok(())),
        ] {
            assert_eq!(check_part(text, PROGRAM), expected, "{text:?}");
        }
    }
}
