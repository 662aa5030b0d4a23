//! Annotations: markers in the comments of code, `(1)` and `(1)!`, which point to the items of the
//! list behind it. What is a marker is read off the script of Material for MkDocs.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::comments::comments;
use super::text::lines;

/// Code with markers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// The code, `(1)` for `(1)!`, and nothing else left of that comment's text.
    pub code: String,
    /// The markers, in its order.
    pub markers: Vec<Marker>,
}

/// A marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The item that it points to, counted from 1.
    pub item: usize,
    /// Which one it is of all `(1)`, `(2)` … in the code, those outside comments included; from 0.
    pub occurrence: usize,
    /// How many bytes before it, and behind it, belong to it: a comment's marks. All are ASCII.
    pub around: (usize, usize),
    /// Its line, counted from 0.
    pub line: usize,
    /// The byte of the code at which `(1)` begins.
    pub at: usize,
}

impl Marker {
    /// As it stands in the code.
    pub fn text(&self) -> String {
        format!("({})", self.item)
    }
}

static MARKER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(([0-9]+)\)(!)?").expect("a literal pattern compiles"));

/// Whether there can be a marker in a text: a quick look.
pub fn may_mark(text: &str) -> bool {
    MARKER.is_match(text)
}

/// Whether mdBook will put text into this code that is not here yet: then no marker can be told from the
/// others by its number.
fn is_incomplete(code: &str) -> bool {
    code.contains("{{#")
}

/// Finds the markers of code in a language, an info string's first word.
pub fn annotated(code: &str, language: &str) -> Annotated {
    let mut reader = Reader {
        code,
        ..Reader::default()
    };
    if may_mark(code) && !is_incomplete(code) {
        for comment in comments(code, language) {
            reader.read(&comment);
        }
    }
    reader.copy_to(code.len());
    reader.found
}

/// Code without its markers, nor the comments and lines of which nothing else is left.
pub fn unannotated(code: &str, language: &str) -> String {
    let Annotated { code, markers } = annotated(code, language);
    let mut cut: Vec<Range<usize>> = Vec::new();
    for marker in &markers {
        let (before, behind) = marker.around;
        let end = marker.at + marker.text().len() + behind;
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

#[derive(Default)]
struct Reader<'a> {
    code: &'a str,
    /// Where what is still to be copied begins.
    at: usize,
    /// How many newlines there were before it, and how many `(1)` stand in what was copied.
    lines: usize,
    occurrences: usize,
    found: Annotated,
}

impl Reader<'_> {
    fn read(&mut self, comment: &Range<usize>) {
        // What earlier markers have left of the comment begins at `from`, what is not yet looked at, at
        // `at`.
        let (mut from, mut at) = (comment.start, comment.start);
        while let Some(found) = MARKER.captures(&self.code[at..comment.end]) {
            let Some((marker, digits)) = found.get(0).zip(found.get(1)) else {
                return;
            };
            let (start, end) = (at + marker.start(), at + marker.end());
            at = end;
            // `open(2)` is a call, or a page of a manual.
            let before = self.code[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let text = format!("({})", digits.as_str());
            // A number beyond all numbers is no item of any list.
            let item = digits.as_str().parse().unwrap_or(usize::MAX);
            let whole = found
                .get(2)
                .and_then(|_| marks(&self.code[comment.clone()]));
            let (kept, around, next) = match whole {
                // The whole comment becomes the marker, or what earlier ones have left of it but its end.
                Some((open, close)) if from == comment.start => {
                    (from + open, (open, close), comment.end - close)
                }
                Some((_, close)) => (from, (0, 0), comment.end - close),
                None => (start, (0, 0), end),
            };
            self.copy_to(kept);
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

    fn copy_to(&mut self, end: usize) {
        let copied = &self.code[self.at..end];
        self.lines += copied.matches('\n').count();
        self.occurrences += MARKER.find_iter(copied).count();
        self.found.code.push_str(copied);
        self.at = end;
    }
}

/// The lengths of a comment's own marks, at its start and its end, the space beside each included;
/// `None`: it goes on over several lines.
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
    fn code_without_its_markers() {
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
    fn markers_and_what_is_left_of_their_comments() {
        // The item, its occurrence, what belongs to the marker around it, the line.
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
