//! Replaces spans of a text; everything else stays byte for byte.

use std::ops::Range;

use super::Block;

/// The replacement of a span.
#[derive(Debug)]
pub struct Replacement {
    /// The replaced bytes of the text, as [`Block::span`](super::Block::span).
    pub span: Range<usize>,
    /// The prefix of every line but the first, as [`Block::prefix`](super::Block::prefix).
    pub prefix: String,
    /// The new lines, without prefix and without a newline at the end.
    pub text: String,
    /// The separator before the next line of the text.
    pub after: After,
}

impl Replacement {
    /// The replacement of a block.
    pub fn of(block: &Block, text: String, after: After) -> Replacement {
        Replacement {
            span: block.span.clone(),
            prefix: block.prefix.clone(),
            text,
            after,
        }
    }
}

/// The separator between a replacement and the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing: the replacement has an end of its own, like a fence.
    Nothing,
    /// A blank line, which ends raw HTML (CommonMark 0.31, 4.6).
    BlankLine,
}

/// Replaces spans of a text. The replacements are in the order of the text and do not overlap.
pub fn splice(text: &str, replacements: &[Replacement]) -> String {
    let length = replacements.iter().map(|new| new.text.len()).sum::<usize>();
    let mut spliced = String::with_capacity(text.len() + length);
    let mut at = 0;
    for new in replacements {
        spliced.push_str(&text[at..new.span.start]);
        let end = line_end(text, new.span.start);
        let blank = new.prefix.trim_end_matches([' ', '\t']);
        if new.prefix.is_empty() && end == "\n" && !new.text.contains('\r') {
            // A shortcut: line by line the result would be the same.
            spliced.push_str(&new.text)
        } else {
            push_lines(&mut spliced, new, blank, end)
        }
        at = new.span.end;
        if new.after == After::BlankLine && !blank_follows(&text[at..]) {
            spliced.push_str(end);
            spliced.push_str(blank);
        }
    }
    spliced.push_str(&text[at..]);
    spliced
}

/// Appends the lines of a replacement, with its prefix and the text's own line ends.
fn push_lines(spliced: &mut String, new: &Replacement, blank: &str, end: &str) {
    for (number, line) in new.text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if number > 0 {
            spliced.push_str(end);
            spliced.push_str(if line.is_empty() { blank } else { &new.prefix });
        }
        spliced.push_str(line);
    }
}

/// The end of the line at byte `at`, or of the line before it if that line has none.
fn line_end(text: &str, at: usize) -> &'static str {
    let newline = text[at..].find('\n').map(|next| at + next);
    let newline = newline.or_else(|| text[..at].rfind('\n'));
    if newline.is_some_and(|newline| text[..newline].ends_with('\r')) {
        "\r\n"
    } else {
        "\n"
    }
}

/// Returns whether the line after a block is missing or blank, apart from quotation marks.
fn blank_follows(rest: &str) -> bool {
    let mut lines = rest.splitn(3, '\n').skip(1);
    match lines.next() {
        Some(line) => line.trim_start_matches([' ', '\t', '>', '\r']).is_empty(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{After, Replacement, splice};

    fn replace(text: &str, old: &str, new: &str, prefix: &str, after: After) -> String {
        let start = text.find(old).expect("the old text is there");
        let replacement = Replacement {
            span: start..start + old.len(),
            prefix: prefix.to_owned(),
            text: new.to_owned(),
            after,
        };
        splice(text, &[replacement])
    }

    #[test]
    fn the_text_outside_replacements_stays() {
        for (text, prefix, after, expected) in [
            ("a\r\nX\r\nb", "", After::Nothing, "a\r\n1\r\n\r\n2\r\nb"),
            ("a\nX\nb", "", After::BlankLine, "a\n1\n\n2\n\nb"),
            ("a\nX\n\nb", "", After::BlankLine, "a\n1\n\n2\n\nb"),
            ("> X\n> b", "> ", After::BlankLine, "> 1\n>\n> 2\n>\n> b"),
            ("- X\n", "  ", After::BlankLine, "- 1\n\n  2\n"),
            ("X", "", After::BlankLine, "1\n\n2"),
        ] {
            assert_eq!(replace(text, "X", "1\n\n2", prefix, after), expected);
        }
    }

    #[test]
    fn line_ends_are_those_of_the_text() {
        assert_eq!(
            replace("a\r\nX\r\nb", "X", "1\r\n\r\n2\n3", "", After::Nothing),
            "a\r\n1\r\n\r\n2\r\n3\r\nb"
        );
    }

    #[test]
    fn without_replacements_nothing_changes() {
        let text = "a\r\n\tb\u{feff}\0\n\n\n";
        assert_eq!(splice(text, &[]), text);
    }
}
