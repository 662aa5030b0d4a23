//! The command and the lines of a run as the page shows them, with the places in a snippet as its reader finds them.
//!
//! A reader who wants to run a snippet makes it `src/main.rs` of a package, so this is its file's name; and the page
//! does not show the `fn main() {` that a snippet without one gets.

use super::terminal::plain;
use super::{ShownRun, ShownSnippet};
use crate::lesson::fence::Shown;
use crate::lesson::snippet::MAIN;
use crate::transcript::screen::ScreenLine;
use crate::transcript::{Stream, Transcript};

/// The file that a reader makes of a snippet.
const FILE: &str = "src/main.rs";

/// Returns the lines of the screen that a fence shows.
pub fn screen(run: ShownRun<'_>, shown: Shown) -> Vec<ScreenLine<'_>> {
    let mut lines = run.transcript.screen(match shown {
        Shown::Both => None,
        Shown::Stdout => Some(Stream::Stdout),
        Shown::Stderr => Some(Stream::Stderr),
    });
    if let Some(snippet) = run.snippet {
        cite(&mut lines, run.name, snippet);
    }
    lines
}

/// Returns the line with the command of a run. That of a snippet says where its source goes, because it has no file.
pub fn prompt(run: ShownRun<'_>) -> String {
    let place = run
        .snippet
        .map(|_| format!(" # with this code as {}", FILE));
    format!("$ {}{}", run.command, place.unwrap_or_default())
}

/// Returns whether an output cites lines of the snippet of this name.
pub fn cites(transcript: &Transcript, name: &str) -> bool {
    let file = file(name);
    let mut lines = transcript.lines.iter();
    lines.any(|line| line.text.contains(&file))
}

/// Changes the lines of a snippet's output: places in it name [`FILE`], and neither columns nor quoted lines contain
/// the `main` that was added.
fn cite(lines: &mut [ScreenLine<'_>], name: &str, snippet: ShownSnippet) {
    let file = file(name);
    if !lines.iter().any(|line| line.text.contains(&file)) {
        return;
    }
    if let Some(main) = snippet.main {
        for number in 0..lines.len() {
            take_main_from(&mut lines[number..], main);
        }
    }
    for line in lines {
        if line.text.contains(&file) {
            line.text = renamed(&line.text, &file, snippet.main).into();
        }
    }
}

/// The beginning of a place in the snippet of this name.
fn file(name: &str) -> String {
    format!("{name}.rs:")
}

/// Takes the added `main` from the first of these lines, and its width from the marks below, if the line is a quotation
/// of the one with this number.
fn take_main_from(lines: &mut [ScreenLine<'_>], main: usize) {
    let quoted = plain(&lines[0].text);
    let number = quoted.split_whitespace().next();
    if number.and_then(|number| number.parse().ok()) != Some(main) {
        return;
    }
    let Some(start) = quoted.find(MAIN) else {
        return;
    };
    let is_margin = |line: &&ScreenLine<'_>| plain(&line.text).trim_start().starts_with('|');
    let marked = lines[1..].iter().take_while(is_margin).count();
    let is_empty = |line: &ScreenLine<'_>| {
        let text = plain(&line.text);
        let below = text.chars().skip(start).take(MAIN.len());
        below.clone().all(|c| c == ' ') || below.clone().all(|c| c == '_')
    };
    if lines[1..=marked].iter().all(is_empty) {
        for line in &mut lines[..=marked] {
            line.text = without(&line.text, start, MAIN.len()).into();
        }
    }
}

/// Returns a line without this many characters from this one on, not counting control sequences, which stay.
fn without(line: &str, start: usize, count: usize) -> String {
    let mut left = String::with_capacity(line.len());
    let (mut column, mut in_sequence) = (0, false);
    for c in line.chars() {
        in_sequence |= c == '\u{1b}';
        if in_sequence {
            left.push(c);
            in_sequence = c != 'm';
        } else {
            if !(start..start + count).contains(&column) {
                left.push(c);
            }
            column += 1;
        }
    }
    left
}

/// Returns a line in which places in `file` are places in [`FILE`], without the width of the added `main`.
fn renamed(line: &str, file: &str, main: Option<usize>) -> String {
    let mut renamed = String::with_capacity(line.len() + FILE.len());
    let mut rest = line;
    while let Some(at) = rest.find(file) {
        let (before, after) = (&rest[..at], &rest[at + file.len()..]);
        renamed.push_str(before);
        rest = after;
        let is_in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '\\');
        let name = without_last_colors(before).trim_end_matches("./");
        if name.ends_with(is_in_name) || !after.starts_with(|c: char| c.is_ascii_digit()) {
            renamed.push_str(file);
            continue;
        }
        renamed.extend([FILE, ":"]);
        let (number, digits) = leading_number(after);
        let column = after[digits..].strip_prefix(':').map(leading_number);
        if let (true, Some((column, width))) = (number == main, column)
            && let Some(column) = column.filter(|column| *column > MAIN.len())
        {
            renamed.push_str(&format!("{}:{}", &after[..digits], column - MAIN.len()));
            rest = &after[digits + 1 + width..];
        }
    }
    renamed + rest
}

/// Returns a text without the control sequences at its end.
fn without_last_colors(text: &str) -> &str {
    match text.rfind('\u{1b}') {
        Some(start) if text[start..].find('m') == Some(text.len() - start - 1) => {
            without_last_colors(&text[..start])
        }
        _ => text,
    }
}

/// The number at the start of a text, and its length.
fn leading_number(text: &str) -> (Option<usize>, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (text[..digits].parse().ok(), digits)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ShownSnippet, cite};
    use crate::transcript::screen::ScreenLine;

    fn cited(text: &str, main: Option<usize>) -> String {
        let line = |text: &'static str| ScreenLine {
            line: 0,
            others: Vec::new(),
            at: Duration::ZERO,
            text: text.into(),
        };
        let text: &'static str = text.to_owned().leak();
        let mut lines: Vec<ScreenLine<'_>> = text.split('\n').map(line).collect();
        cite(&mut lines, "a", ShownSnippet { main });
        let lines: Vec<&str> = lines.iter().map(|line| &*line.text).collect();
        lines.join("\n")
    }

    #[test]
    fn places_name_the_readers_file() {
        for (line, shown) in [
            (" --> a.rs:1:25", " --> src/main.rs:1:13"),
            (" --> a.rs:2:25", " --> src/main.rs:2:25"),
            (
                "at ./a.rs:10:3, a.rs:1",
                "at ./src/main.rs:10:3, src/main.rs:1",
            ),
            (
                "ba.rs:1:25 b/a.rs:1:25 b-a.rs:1 a.rs: 1",
                "ba.rs:1:25 b/a.rs:1:25 b-a.rs:1 a.rs: 1",
            ),
            (
                "\u{1b}[1m\u{1b}[94m--> \u{1b}[0ma.rs:1:13",
                "\u{1b}[1m\u{1b}[94m--> \u{1b}[0msrc/main.rs:1:1",
            ),
        ] {
            assert_eq!(cited(line, Some(1)), shown);
        }
    }

    #[test]
    fn quoted_lines_are_without_the_added_main() {
        for (text, shown) in [
            (
                " --> a.rs:1:25\n  |\n1 | fn main() { let a: u8 = \"\";\n  |                    --   ^^ b\n2 | c",
                " --> src/main.rs:1:13\n  |\n1 | let a: u8 = \"\";\n  |        --   ^^ b\n2 | c",
            ),
            (
                " --> a.rs:1:13\n\u{1b}[1m1\u{1b}[0m | fn main() { \u{1b}[92mb\u{1b}[0m\n\u{1b}[1m  |\u{1b}[0m             \u{1b}[92m+\u{1b}[0m",
                " --> src/main.rs:1:1\n\u{1b}[1m1\u{1b}[0m | \u{1b}[92mb\u{1b}[0m\n\u{1b}[1m  |\u{1b}[0m \u{1b}[92m+\u{1b}[0m",
            ),
            (
                " --> a.rs:1:13\n1 |   fn main() { b(\n  |  _____________^\n2 | | );",
                " --> src/main.rs:1:1\n1 |   b(\n  |  _^\n2 | | );",
            ),
            // The message is about `main` itself.
            (
                " --> a.rs:1:1\n1 | fn main() { b\n  | ^^^^^^^^^ c",
                " --> src/main.rs:1:1\n1 | fn main() { b\n  | ^^^^^^^^^ c",
            ),
        ] {
            assert_eq!(cited(text, Some(1)), shown);
        }
        let own = " --> a.rs:1:13\n1 | fn main() { b\n  |             ^";
        assert_eq!(cited(own, None), own.replace("a.rs", "src/main.rs"));
    }
}
