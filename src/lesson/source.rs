//! The source that a fence shows: the program's file, a part of it, or code that must be a part of it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::annotation::unannotated;
use super::part::{Part, Rest, SourceError, shown};

/// The body of a source fence.
#[derive(Debug, PartialEq, Eq)]
pub enum SourceBody {
    /// Empty: the file is shown.
    Empty,
    /// A directive alone.
    Include(Directive),
    /// Code that the author typed.
    Typed,
}

/// `{{#include FILE:PART}}` or `{{#rustdoc_include FILE:PART}}`, which mdBook expands.
#[derive(Debug, PartialEq, Eq)]
pub struct Directive {
    /// The file, relative to the chapter's folder.
    pub path: PathBuf,
    /// The part of it.
    pub part: Part,
    /// The fate of the other lines.
    pub rest: Rest,
}

/// A directive that includes a file.
static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#(rustdoc_)?include\s+([^}:\s]+)(?::([^}\s]*))?[^}]*\}\}")
        .expect("a literal pattern compiles")
});

/// Reads the body of a source fence.
pub fn body(text: &str) -> SourceBody {
    let text = text.trim();
    if text.is_empty() {
        return SourceBody::Empty;
    }
    match directives(text).next() {
        Some((span, directive)) if span == (0..text.len()) => SourceBody::Include(directive),
        _ => SourceBody::Typed,
    }
}

/// Finds the directives in the body of a source fence, with their spans.
pub fn directives(text: &str) -> impl Iterator<Item = (Range<usize>, Directive)> {
    let may_have_any = memchr::memmem::find(text.as_bytes(), b"{{").is_some();
    let found = may_have_any.then(|| INCLUDE.captures_iter(text));
    found.into_iter().flatten().filter_map(|found| {
        let span = found.get(0)?.range();
        let part = found.get(3).map_or("", |part| part.as_str());
        let directive = Directive {
            path: Path::new(&found[2]).to_owned(),
            part: Part::read(part),
            rest: match found.get(1) {
                Some(_) => Rest::Hidden,
                None => Rest::LeftOut,
            },
        };
        (!text[..span.start].ends_with('\\')).then_some((span, directive))
    })
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

    use super::{Directive, Part, Rest, SourceBody, SourceError, body, check_part};

    const PROGRAM: &str = "fn main() {\n    // ANCHOR: a\n    one();\n    two();\n    // ANCHOR_END: a\n    three();\n}\n";

    #[test]
    fn bodies() {
        let include = |path: &str, part| {
            SourceBody::Include(Directive {
                path: PathBuf::from(path),
                part,
                rest: Rest::LeftOut,
            })
        };
        for (text, expected) in [
            ("", SourceBody::Empty),
            ("\n \n", SourceBody::Empty),
            (
                "{{#include ../examples/join.rs}}\n",
                include("../examples/join.rs", Part::Lines(0, None)),
            ),
            (
                "{{#include a.rs:2:3}}",
                include("a.rs", Part::Lines(1, Some(3))),
            ),
            (
                "{{#include a.rs:main}}",
                include("a.rs", Part::Anchor("main".to_owned())),
            ),
            ("fn main() {}", SourceBody::Typed),
            ("// {{#include a.rs}}", SourceBody::Typed),
            ("{{#include a.rs}}\n{{#include b.rs}}", SourceBody::Typed),
        ] {
            assert_eq!(body(text), expected, "{text:?}");
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
