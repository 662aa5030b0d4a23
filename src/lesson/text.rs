//! Excerpts: texts that were taken from the author's chapter, and the way back to their places in it.

use std::ops::Range;

use super::Span;

/// A text, and the place of each of its lines in the author's chapter.
#[derive(Debug)]
pub struct Excerpt {
    /// The text, without indent and prefixes.
    pub text: String,
    /// The first byte of each line, in this text and in the chapter.
    lines: Vec<(usize, usize)>,
}

impl Excerpt {
    /// The whole chapter.
    pub fn whole(chapter: &str) -> Excerpt {
        Excerpt {
            text: chapter.to_owned(),
            lines: vec![(0, 0)],
        }
    }

    /// Lines of another excerpt, `outer`, each with its first byte there.
    pub fn of_lines<'a>(
        outer: &Excerpt,
        taken: impl IntoIterator<Item = (usize, &'a str)>,
    ) -> Excerpt {
        let mut excerpt = Excerpt {
            text: String::new(),
            lines: Vec::new(),
        };
        for (at, line) in taken {
            excerpt
                .lines
                .push((excerpt.text.len(), outer.to_chapter(at)));
            excerpt.text.push_str(line);
        }
        excerpt
    }

    /// Maps a byte of this text to a byte of the chapter.
    pub fn to_chapter(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|&(start, _)| start <= at);
        match line.checked_sub(1).map(|line| self.lines[line]) {
            Some((start, origin)) => origin + (at - start),
            None => at,
        }
    }

    /// Maps a range of this text to a place in the chapter.
    pub fn span(&self, range: Range<usize>) -> Span {
        self.to_chapter(range.start)..self.to_chapter(range.end)
    }
}

/// Iterates over the lines of a text, each with its first byte and including its end.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// A line without its end, `\n` or `\r\n`.
pub fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Removes `columns` of indent from a line; `None`: the line is indented by fewer.
///
/// A tab advances to the next multiple of four. A tab that reaches beyond `columns` is removed as a whole.
pub fn unindent(line: &str, columns: usize) -> Option<&str> {
    let mut column = 0;
    for (at, c) in line.char_indices() {
        if column >= columns {
            return Some(&line[at..]);
        }
        column += match c {
            ' ' => 1,
            '\t' => 4 - column % 4,
            _ => return None,
        };
    }
    (column >= columns).then_some("")
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, unindent};

    #[test]
    fn indent_is_removed_in_columns() {
        for (line, columns, rest) in [
            ("    x", 4, Some("x")),
            ("     x", 4, Some(" x")),
            ("\tx", 4, Some("x")),
            ("  \tx", 4, Some("x")),
            ("   x", 4, None),
            ("x", 4, None),
            ("x", 0, Some("x")),
            ("    ", 4, Some("")),
        ] {
            assert_eq!(unindent(line, columns), rest, "{line:?}");
        }
    }

    #[test]
    fn an_excerpt_of_an_excerpt_has_places_in_the_chapter() {
        let chapter = "a\n    b\n        c\n";
        let whole = Excerpt::whole(chapter);
        let body = Excerpt::of_lines(&whole, [(6, "b\n"), (12, "    c\n")]);
        let inner = Excerpt::of_lines(&body, [(6, "c\n")]);
        assert_eq!(&chapter[inner.span(0..1)], "c");
    }
}
