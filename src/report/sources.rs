//! Places → lines: the path, number, column and text that every format shows.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::book::Book;
use crate::diagnostic::{Diagnostic, Location, Place};

/// The chapters that diagnostics name, by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chapters(BTreeMap<usize, (PathBuf, String)>);

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located<'a> {
    /// The file, as messages name it.
    pub path: &'a Path,
    /// The column at which the span begins, from 1, in characters of the whole line.
    pub column: usize,
    /// The line.
    pub line: Line,
}

/// The line in which a span begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// The line; of a long one, the part around the span.
    pub text: String,
    /// The bytes of `text` that are in the span.
    pub span: Range<usize>,
}

impl Chapters {
    /// Copies the chapters of a book that diagnostics name.
    pub fn named_by<'a>(
        diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
        book: &Book<'_>,
    ) -> Chapters {
        let mut chapters = BTreeMap::new();
        for diagnostic in diagnostics {
            for place in diagnostic.primary.iter().chain(&diagnostic.related) {
                if let Location::Chapter(number, _) = place.location
                    && let Some(chapter) = book.chapters.get(number)
                {
                    chapters
                        .entry(number)
                        .or_insert_with(|| (chapter.path.clone(), chapter.text.to_string()));
                }
            }
        }
        Chapters(chapters)
    }

    /// The file and the line of a place in words: `src/join.md:5`. `None`: it has none, or is in an unknown chapter.
    pub(super) fn line_of(&self, place: &Place) -> Option<String> {
        if let Location::File { path, line } = &place.location {
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            return Some(format!("{}{line}", path.display()));
        }
        let Located { path, line, .. } = self.locate(place)?;
        Some(format!("{}:{}", path.display(), line.number))
    }

    /// The line of a place. `None`: the text is not shown, or is that of an unknown chapter.
    pub(super) fn locate<'a>(&'a self, place: &'a Place) -> Option<Located<'a>> {
        let (path, text, span) = match &place.location {
            Location::Chapter(number, span) => {
                let (path, text) = self.0.get(number)?;
                (path, text.as_str(), span)
            }
            Location::Text { path, text, span } => (path, &**text, span),
            Location::Lesson(_) | Location::Setting(_) | Location::File { .. } => return None,
        };
        let before = text[..span.start].rsplit('\n').next().unwrap_or("");
        Some(Located {
            path,
            column: before.chars().count() + 1,
            line: Line::of(text, span),
        })
    }
}

/// The longest part of a line that is shown, in bytes: no one reads a line of 100 kB.
const LONGEST: usize = 240;

impl Line {
    fn of(text: &str, span: &Range<usize>) -> Line {
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[span.start..]
            .find('\n')
            .map_or(text.len(), |at| span.start + at);
        let number = line_number(text, start);
        let line = text[start..end].trim_end_matches('\r');
        let within =
            span.start - start..(span.end.min(start + line.len()) - start).max(span.start - start);
        if line.len() <= LONGEST {
            return Line {
                number,
                text: line.to_owned(),
                span: within,
            };
        }
        let from = boundary(line, within.start.saturating_sub(LONGEST / 4));
        let to = boundary(line, (from + LONGEST).min(line.len()));
        Line {
            number,
            text: line[from..to].to_owned(),
            span: within.start - from..within.end.min(to).max(within.start) - from,
        }
    }
}

/// The number, from 1, of the line that contains a byte.
pub fn line_number(text: &str, at: usize) -> usize {
    // Counting bytes is many times as fast as looking for characters.
    text.as_bytes()[..at]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// The last boundary of a character at or before a byte.
fn boundary(line: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|&at| line.is_char_boundary(at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_span_is_shown_in_its_first_line() {
        let long = "x".repeat(100_000);
        let cut = "x".repeat(240);
        for (text, span, number, line, within) in [
            ("a\nbcd\r\ne", 3..4, 2, "bcd", 1..2),
            ("a\nbcd\ne", 3..7, 2, "bcd", 1..3),
            ("", 0..0, 1, "", 0..0),
            (&long, 50_000..50_002, 1, &cut, 60..62),
        ] {
            let expected = Line {
                number,
                text: line.to_owned(),
                span: within,
            };
            assert_eq!(Line::of(text, &span), expected);
        }
    }
}
