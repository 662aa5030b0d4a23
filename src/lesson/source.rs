//! The source that a lesson shows: the program's file, a part of it, or what the author wrote.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::lesson::annotation::unannotated;

/// What stands in the body of a source fence.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing: the file is shown.
    Empty,
    /// `{{#include FILE}}` or `{{#rustdoc_include FILE}}`: mdBook puts the file there.
    Include(PathBuf),
    /// Code.
    Typed,
}

/// Why a body cannot stand for the program.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTheSource {
    /// There is no such anchor.
    #[error("there is no `ANCHOR: {0}` in the program")]
    NoAnchor(String),
    /// A line of the body is none of the program's, or does not follow there.
    #[error(
        "the code shown is not the code that runs: the program has no lines that go on with `{0}`"
    )]
    Differs(String),
}

static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\{\{\s*#(?:rustdoc_)?include\s+([^}:\s]+)(?::[^}]*)?\}\}$")
        .expect("a literal pattern compiles")
});

/// Reads the body of a source fence.
pub fn body(text: &str) -> Body {
    let text = text.trim();
    if text.is_empty() {
        return Body::Empty;
    }
    match INCLUDE.captures(text) {
        Some(found) => Body::Include(Path::new(&found[1]).to_owned()),
        None => Body::Typed,
    }
}

static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"ANCHOR(_END)?:\s*([\w_-]+)").expect("a literal pattern compiles")
});

/// The lines of a program that are shown: all, or those between an anchor's marks; the marks
/// themselves never.
///
/// # Errors
/// There is no such anchor.
pub fn shown<'a>(program: &'a str, anchor: Option<&str>) -> Result<Cow<'a, str>, NotTheSource> {
    // Most programs have no marks, and are shown as they are.
    let is_shown_as_it_is = anchor.is_none() && program.ends_with('\n') && !program.contains('\r');
    if is_shown_as_it_is && memchr::memmem::find(program.as_bytes(), b"ANCHOR").is_none() {
        return Ok(Cow::Borrowed(program));
    }
    let mut inside = anchor.is_none();
    let mut found = inside;
    let mut text = String::new();
    for line in program.lines() {
        // Most programs have none, and need not wait until the expression is compiled.
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
        Some(name) if !found => Err(NotTheSource::NoAnchor(name.to_owned())),
        _ => Ok(Cow::Owned(text)),
    }
}

/// Whether typed code is a contiguous part of the program: the same lines in the same order, hidden
/// lines (`# …`), annotations, a common indent, and white space at the ends of lines aside.
///
/// # Errors
/// The first line that is not the program's.
pub fn is_part(body: &str, program: &str) -> Result<(), NotTheSource> {
    let body = unannotated(body, "rust");
    let wanted: Vec<String> = dedent(body.lines().filter_map(visible));
    let wanted = trim_blank(&wanted);
    let program = unannotated(&shown(program, None)?, "rust");
    let lines: Vec<&str> = program.lines().map(str::trim_end).collect();
    let mut longest = 0;
    for start in 0..lines.len() {
        let window = dedent(
            lines[start..]
                .iter()
                .take(wanted.len())
                .map(|line| (*line).to_owned()),
        );
        let same = wanted
            .iter()
            .zip(&window)
            .take_while(|(a, b)| a == b)
            .count();
        if same == wanted.len() {
            return Ok(());
        }
        longest = longest.max(same);
    }
    let missing = wanted.get(longest).cloned().unwrap_or_default();
    Err(NotTheSource::Differs(missing.trim().to_owned()))
}

/// A line of the body as the program has it: hidden lines are left out (they need not be the
/// program's), `##` stands for `#`.
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

    use super::{Body, NotTheSource, body, is_part, shown};

    const PROGRAM: &str = "fn main() {\n    // ANCHOR: a\n    one();\n    two();\n    // ANCHOR_END: a\n    three();\n}\n";

    #[test]
    fn bodies() {
        for (text, expected) in [
            ("", Body::Empty),
            ("\n \n", Body::Empty),
            (
                "{{#include ../examples/join.rs}}\n",
                Body::Include(PathBuf::from("../examples/join.rs")),
            ),
            (
                "{{#rustdoc_include a.rs:main}}",
                Body::Include(PathBuf::from("a.rs")),
            ),
            (
                "{{#include a.rs:2:3}}",
                Body::Include(PathBuf::from("a.rs")),
            ),
            ("fn main() {}", Body::Typed),
            ("// {{#include a.rs}}", Body::Typed),
        ] {
            assert_eq!(body(text), expected, "{text:?}");
        }
    }

    #[test]
    fn anchors_cut_parts_out() {
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
            Err(NotTheSource::NoAnchor("b".to_owned()))
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
        let differs = |line: &str| Err(NotTheSource::Differs(line.to_owned()));
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
            assert_eq!(is_part(text, PROGRAM), expected, "{text:?}");
        }
    }
}
