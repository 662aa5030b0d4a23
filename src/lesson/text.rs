//! Texts that were taken out of the author's chapter, and the way back to it.

use std::ops::Range;

use super::Span;

/// A text, and where each of its lines stands in the author's chapter.
#[derive(Debug)]
pub struct Excerpt {
    /// The text itself, any indent and prefix taken off.
    pub text: String,
    /// For each line the byte at which it begins, here and in the chapter.
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

    /// The lines of `text`, each taken from `outer` at the byte that stands beside it.
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

    /// The byte of the chapter for a byte of this text.
    pub fn to_chapter(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|&(start, _)| start <= at);
        match line.checked_sub(1).map(|line| self.lines[line]) {
            Some((start, origin)) => origin + (at - start),
            None => at,
        }
    }

    /// The bytes of the chapter for bytes of this text.
    pub fn span(&self, range: Range<usize>) -> Span {
        self.to_chapter(range.start)..self.to_chapter(range.end)
    }
}

/// The lines of a text with the byte at which each begins, line ends included.
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

/// Takes `columns` of indent off a line, a tab reaching to the next multiple of four.
/// `None`: it is indented by less. A tab that reaches further leaves nothing of itself.
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
    fn indent_comes_off_in_columns() {
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
    fn an_excerpt_of_an_excerpt_leads_back_to_the_chapter() {
        let chapter = "a\n    b\n        c\n";
        let whole = Excerpt::whole(chapter);
        let body = Excerpt::of_lines(&whole, [(6, "b\n"), (12, "    c\n")]);
        let inner = Excerpt::of_lines(&body, [(6, "c\n")]);
        assert_eq!(&chapter[inner.span(0..1)], "c");
    }
}
