//! Annotations: markers in the comments of code, `(1)` and `(1)!`, which point to the items of the list after it. The
//! rules follow the script of Material for MkDocs.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::comments::comments;
use super::text::lines;

/// Code, and the markers in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// The code, in which `(1)` replaces `(1)!` with the rest of its comment's text.
    pub code: String,
    /// The markers, in the order of the code.
    pub markers: Vec<Marker>,
}

/// A marker in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The item of the list, from 1.
    pub item: usize,
    /// The index among all `(1)`, `(2)` … in the code, including those outside comments.
    pub occurrence: usize,
    /// The number of bytes before and after `(1)` that belong to the marker, the marks of a comment. All are ASCII.
    pub around: (usize, usize),
    /// The line, from 0.
    pub line: usize,
    /// The first byte of `(1)` in the code.
    pub at: usize,
}

impl Marker {
    /// The text of the marker in the code.
    pub fn text(&self) -> String {
        format!("({})", self.item)
    }

    /// Returns whether the marker replaces its whole comment: it was written `(1)!`.
    pub fn replaces_comment(&self) -> bool {
        self.around != (0, 0)
    }
}

/// The syntax of a marker.
static MARKER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(([0-9]+)\)(!)?").expect("a literal pattern compiles"));

/// Returns whether a text can contain a marker: a quick look, before anything is parsed.
pub fn may_contain_marker(text: &str) -> bool {
    MARKER.is_match(text)
}

/// Returns whether mdBook will insert text into this code later, which would change the index of every marker.
fn is_incomplete(code: &str) -> bool {
    code.contains("{{#")
}

/// Finds the markers in code. `language`: the first word of an info string.
pub fn annotated(code: &str, language: &str) -> Annotated {
    let mut reader = Reader {
        code,
        ..Reader::default()
    };
    if may_contain_marker(code) && !is_incomplete(code) {
        for comment in comments(code, language) {
            reader.read(&comment);
        }
    }
    reader.copy_to(code.len());
    reader.found
}

/// Removes the markers from code, with the comments and lines that are empty without them.
pub fn unannotated(code: &str, language: &str) -> String {
    let Annotated { code, markers } = annotated(code, language);
    let mut cut: Vec<Range<usize>> = Vec::new();
    for marker in &markers {
        let (before, after) = marker.around;
        let end = marker.at + marker.text().len() + after;
        cut.push(marker.at - before..end);
    }
    let mut left = String::new();
    let mut cut = cut.into_iter().peekable();
    for (start, line) in lines(&code) {
        let mut kept = String::new();
        let mut at = start;
        while let Some(span) = cut.next_if(|span| span.start < start + line.len()) {
            kept.push_str(&code[at..span.start]);
            at = span.end;
        }
        if at == start {
            left.push_str(line);
            continue;
        }
        kept.push_str(&code[at..start + line.len()]);
        let comment = comments(&kept, language).into_iter().next_back();
        if let Some(comment) = comment
            && marks(&kept[comment.clone()])
                .is_some_and(|(open, close)| kept[comment.clone()].trim().len() <= open + close)
        {
            kept.replace_range(comment, "");
        }
        if !kept.trim().is_empty() {
            left.push_str(kept.trim_end());
            left.push('\n');
        }
    }
    left
}

/// Copies code and collects its markers.
#[derive(Default)]
struct Reader<'a> {
    code: &'a str,
    /// The first byte that is not copied yet.
    at: usize,
    /// The numbers of newlines and of `(1)` in the copied code.
    lines: usize,
    occurrences: usize,
    found: Annotated,
}

impl Reader<'_> {
    /// Reads the markers in a comment.
    fn read(&mut self, comment: &Range<usize>) {
        // `from`: the end of the last marker in the comment, or the comment's start. `at`: the first byte not searched.
        let (mut from, mut at) = (comment.start, comment.start);
        while let Some(found) = MARKER.captures(&self.code[at..comment.end]) {
            let Some((marker, digits)) = found.get(0).zip(found.get(1)) else {
                return;
            };
            let (start, end) = (at + marker.start(), at + marker.end());
            at = end;
            // `open(2)` is a call or a manual page.
            let before = self.code[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let text = format!("({})", digits.as_str());
            // A number that overflows is no item of any list.
            let item = digits.as_str().parse().unwrap_or(usize::MAX);
            let whole = found
                .get(2)
                .and_then(|_| marks(&self.code[comment.clone()]));
            let (until, around, next) = match whole {
                // The marker replaces the whole comment, or the part after earlier markers, up to its closing mark.
                Some((open, close)) if from == comment.start => {
                    (from + open, (open, close), comment.end - close)
                }
                Some((_, close)) => (from, (0, 0), comment.end - close),
                None => (start, (0, 0), end),
            };
            self.copy_to(until);
            self.found.markers.push(Marker {
                item,
                occurrence: self.occurrences,
                around,
                line: self.lines,
                at: self.found.code.len(),
            });
            self.occurrences += 1;
            self.found.code.push_str(&text);
            self.at = next;
            if whole.is_some() {
                return;
            }
            from = end;
        }
    }

    /// Copies the code up to this byte.
    fn copy_to(&mut self, end: usize) {
        let copied = &self.code[self.at..end];
        self.lines += copied.matches('\n').count();
        self.occurrences += MARKER.find_iter(copied).count();
        self.found.code.push_str(copied);
        self.at = end;
    }
}

/// The lengths of a comment's opening and closing marks, each with a space next to it; `None`: the comment is one of
/// several lines.
fn marks(comment: &str) -> Option<(usize, usize)> {
    const MARKS: [(&str, &str); 10] = [
        ("/*", "*/"),
        ("<!--", "-->"),
        ("(*", "*)"),
        ("{-", "-}"),
        ("--[[", "]]"),
        ("//", ""),
        ("--", ""),
        ("#", ""),
        (";", ""),
        ("%", ""),
    ];
    let (open, close) = MARKS
        .into_iter()
        .find(|(open, _)| comment.starts_with(open))?;
    let inner = comment.strip_prefix(open)?.strip_suffix(close)?;
    let open = open.len() + usize::from(inner.starts_with(' '));
    let space = !close.is_empty() && inner.ends_with(' ');
    Some((open, close.len() + usize::from(space)))
}

#[cfg(test)]
mod tests {
    use super::{annotated, unannotated};

    #[test]
    fn code_without_markers() {
        for (code, left) in [
            ("a(1); // (1)!\nb();\n", "a(1);\nb();\n"),
            ("a();\n    // (1)\nb();\n", "a();\nb();\n"),
            ("a(); // b (1)\n", "a(); // b\n"),
            ("a(); /* (1)! */ b(); // (2) (3)\n", "a();  b();\n"),
            ("a();\n", "a();\n"),
        ] {
            assert_eq!(unannotated(code, "rust"), left, "{code}");
        }
    }

    #[test]
    fn markers_and_the_rest_of_their_comments() {
        // Item, occurrence, bytes around the marker, line.
        type Found = (usize, usize, (usize, usize), usize);
        let cases: [(&str, &str, &str, &[Found]); 16] = [
            ("rust", "a(1) // b", "a(1) // b", &[]),
            ("rust", "a // (1)", "a // (1)", &[(1, 0, (0, 0), 0)]),
            ("rust", "a // (1)!", "a // (1)", &[(1, 0, (3, 0), 0)]),
            (
                "rust",
                "a(2) // x (1)! y\nb",
                "a(2) // (1)\nb",
                &[(1, 1, (3, 0), 0)],
            ),
            (
                "rust",
                "a\n/* (2)! */ b",
                "a\n/* (2) */ b",
                &[(2, 0, (3, 3), 1)],
            ),
            ("rust", "//(1)!", "//(1)", &[(1, 0, (2, 0), 0)]),
            (
                "rust",
                "// a (1) b (2) (3)",
                "// a (1) b (2) (3)",
                &[(1, 0, (0, 0), 0), (2, 1, (0, 0), 0), (3, 2, (0, 0), 0)],
            ),
            (
                "rust",
                "// (1) b (2)! c (3)!",
                "// (1)(2)",
                &[(1, 0, (0, 0), 0), (2, 1, (0, 0), 0)],
            ),
            ("rust", "/// (1)\n\"// (1)\"", "/// (1)\n\"// (1)\"", &[]),
            (
                "rust",
                "/* (1)!\n(2) */",
                "/* (1)\n(2) */",
                &[(1, 0, (0, 0), 0), (2, 1, (0, 0), 1)],
            ),
            (
                "html",
                "<!-- (1)! -->",
                "<!-- (1) -->",
                &[(1, 0, (5, 4), 0)],
            ),
            ("yaml", "a: b # (1)!", "a: b # (1)", &[(1, 0, (2, 0), 0)]),
            (
                "rust",
                "/* (1) x (2)! */ foo();",
                "/* (1)(2) */ foo();",
                &[(1, 0, (0, 0), 0), (2, 1, (0, 0), 0)],
            ),
            ("rust", "// open(2), a_(3)", "// open(2), a_(3)", &[]),
            (
                "rust",
                "{{#include a}} // (1)",
                "{{#include a}} // (1)",
                &[],
            ),
            (
                "rust",
                "// (99999999999999999999999)",
                "// (99999999999999999999999)",
                &[(usize::MAX, 0, (0, 0), 0)],
            ),
        ];
        for (language, code, left, markers) in cases {
            let found = annotated(code, language);
            assert_eq!(found.code, left, "{code}");
            let found: Vec<Found> = found
                .markers
                .iter()
                .map(|marker| (marker.item, marker.occurrence, marker.around, marker.line))
                .collect();
            assert_eq!(found, markers, "{code}");
        }
    }
}
