//! The layout of a compiler's message: its words wrap, its code scrolls.
//!
//! A message consists of quoted lines of code, marks below them, and words: headlines, notes, and labels after marks.
//! Only code and marks must keep their columns.

use super::terminal::plain;
use crate::transcript::screen::ScreenLine;

/// The words at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The bytes before the words that keep their columns: marks below code, without the space after them.
    pub marks: usize,
    /// The columns by which further lines of the words are indented.
    pub indent: usize,
}

/// Returns the words of each line of an output; `None`: the line has none. In the output of a program or a shell,
/// `is_compilers` being false, a message begins with a headline before an arrow, and ends with a blank line.
pub fn words(lines: &[ScreenLine<'_>], is_compilers: bool) -> Vec<Option<Words>> {
    let mut is_message = is_compilers;
    let mut words = Vec::with_capacity(lines.len());
    for (number, line) in lines.iter().enumerate() {
        let next = lines.get(number + 1);
        let begins = || next.is_some_and(|next| next.text.contains(ARROW) && is_headline(line));
        is_message = is_compilers || (is_message && !line.text.is_empty()) || begins();
        words.push(if is_message {
            of_line(&plain(&line.text))
        } else {
            None
        });
    }
    words
}

/// Returns the columns of the widest line of code or marks, where an output has messages: on paper, where nothing
/// scrolls, they must fit. `None`: it has none.
pub fn columns(lines: &[ScreenLine<'_>], words: &[Option<Words>]) -> Option<usize> {
    let is_message = words.iter().any(Option::is_some);
    let widths = lines.iter().zip(words).map(|(line, words)| {
        let text = plain(&line.text);
        let kept = words.map_or(&*text, |words| &text[..words.marks]);
        kept.chars().count()
    });
    widths.max().filter(|_| is_message)
}

/// The mark before the place of a message.
const ARROW: &str = "--> ";

/// Returns whether a line begins an error or a warning.
fn is_headline(line: &ScreenLine<'_>) -> bool {
    let text = plain(&line.text);
    ["error", "warning"].iter().any(|kind| {
        let rest = text.strip_prefix(kind);
        rest.is_some_and(|rest| rest.starts_with([':', '[']))
    })
}

/// Returns the words of a line of a message, without colors; `None`: it is code or marks.
fn of_line(text: &str) -> Option<Words> {
    let margin = text.len()
        - text
            .trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit())
            .len();
    let (margin, rest) = text.split_at(margin);
    let is_numbered = !margin.trim_end().is_empty();
    let is_code = is_numbered && rest.starts_with(['|', '+', '-', '~']);
    if rest.is_empty() || is_code || text.starts_with("...") {
        return None;
    }
    if let Some(marked) = rest.strip_prefix('|').filter(|_| !margin.is_empty()) {
        let label = marked.trim_start_matches([' ', '|', '_', '^', '-', '+', '~', '/']);
        let before = &text[..text.len() - label.len()];
        return (!label.is_empty()).then(|| Words {
            marks: before.trim_end().len(),
            indent: before.chars().count(),
        });
    }
    // A further line of a note is below its first word: `expected …`, `found …`.
    let begun = ["= ", ARROW, "::: "]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark));
    let said = begun.unwrap_or(rest);
    let kinds = ["error", "warning", "note", "help"];
    let kind = said.split_once(": ").filter(|(kind, _)| {
        let word = kind.split('[').next().unwrap_or(kind);
        kinds.contains(&word)
    });
    let said = kind.map_or(said, |(_, said)| said);
    Some(Words {
        marks: 0,
        indent: text[..text.len() - said.len()].chars().count(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Words, of_line};

    #[test]
    fn words_end_lines_of_messages() {
        for (line, marks, said) in [
            ("error[E0499]: cannot borrow", "", "cannot borrow"),
            (
                "error: aborting due to 1 previous error",
                "",
                "aborting due to 1 previous error",
            ),
            (" --> src/main.rs:7:21", "", "src/main.rs:7:21"),
            ("   ::: words/src/lib.rs:3:1", "", "words/src/lib.rs:3:1"),
            ("   = note: expected struct `A`", "", "expected struct `A`"),
            ("              found enum `B`", "", "found enum `B`"),
            ("For more information", "", "For more information"),
            (
                "  |         ----- has type `T`",
                "  |         ----- ",
                "has type `T`",
            ),
            ("  |  ^^ -- a", "  |  ^^ -- ", "a"),
            ("   | |_____^ `b` is", "   | |_____^ ", "`b` is"),
        ] {
            let indent = line.len() - said.len();
            let marks = marks.trim_end().len();
            assert_eq!(of_line(line), Some(Words { marks, indent }), "{line}");
        }
        for code in [
            "",
            "  |",
            "5 |     let worker = thread::spawn(|| 1);",
            "5 -     a",
            "5 ~     a",
            "12 + use std::fmt;",
            "...",
            "...  |",
            "  |         ++++",
            "  |  |  |",
            "6 | /     if a {",
        ] {
            assert_eq!(of_line(code), None, "{code}");
        }
    }
}
