//! Normalizes a compiler's error messages for comparison; readers see the original.
//!
//! Three parts of the messages depend on the machine and the toolchain rather than the program:
//! notes that point into the standard library (its path names the toolchain, and its lines are quoted if its
//! source is installed), the width of the column of line numbers, which depends on these notes, and the file into which the
//! compiler has written the full name of a long type.

use std::collections::BTreeSet;
use std::mem;

use super::Line;

/// Returns the lines that are compared: without colors, without notes on files other than the program's own, and
/// without padding of the line numbers.
pub fn essence(lines: &[Line]) -> Vec<Line> {
    let plain = |line: &Line| anstream::adapter::strip_str(&line.text).to_string();
    // The first error is about the program's own file.
    let own = lines
        .iter()
        .find_map(|line| file(plain(line).trim_start()).map(str::to_owned));
    let own = own.unwrap_or_default();
    let mut compared: Vec<Line> = Vec::new();
    let mut note: Vec<Line> = Vec::new();
    for line in lines {
        let text = plain(line);
        if begins_a_note(&text) {
            keep(&mut compared, mem::take(&mut note), &own);
        }
        let text = unpadded(&text);
        if !is_about_long_type(&text) {
            note.push(Line {
                text,
                ..line.clone()
            });
        }
    }
    keep(&mut compared, note, &own);
    while compared.last().is_some_and(|line| is_margin(&line.text)) {
        compared.pop();
    }
    compared
}

/// Returns the codes of the errors among these lines; `None`: an error without a code.
pub fn codes(lines: &[Line]) -> BTreeSet<Option<String>> {
    let code = |line: &Line| {
        let text = anstream::adapter::strip_str(&line.text).to_string();
        let rest = text.strip_prefix("error")?;
        match rest.strip_prefix('[') {
            Some(code) => Some(Some(code.split_once("]:")?.0.to_owned())),
            None => rest.starts_with(": ").then_some(None),
        }
    };
    lines.iter().filter_map(code).collect()
}

/// Returns the file that a line without indentation points to: `--> src/main.rs:6:18`.
fn file(text: &str) -> Option<&str> {
    let place = text.strip_prefix("--> ")?;
    place.rsplitn(3, ':').nth(2)
}

/// Adds a note unless it points into another file than the program's `own`. Errors are always added.
fn keep(compared: &mut Vec<Line>, mut note: Vec<Line>, own: &str) {
    let is_elsewhere = |line: &Line| {
        let file = file(&line.text);
        file.is_some_and(|file| file != own && file.contains(['/', '\\']))
    };
    let is_error = note
        .first()
        .is_some_and(|line| line.text.starts_with("error"));
    if !is_error && note.iter().any(is_elsewhere) {
        return;
    }
    // An empty margin before the next note depends on the kind of that note.
    while note.last().is_some_and(|line| is_margin(&line.text)) {
        note.pop();
    }
    compared.append(&mut note);
}

fn is_margin(text: &str) -> bool {
    matches!(text, "" | "|")
}

/// Returns whether a line tells where the full name of a long type is: the file's name has a hash.
fn is_about_long_type(text: &str) -> bool {
    text.strip_prefix("= note: ").is_some_and(|note| {
        note.contains(".long-type-")
            || note.starts_with("consider using `--verbose` to print the full type name")
    })
}

/// Returns whether a line begins an error, or a warning, note or help.
fn begins_a_note(text: &str) -> bool {
    ["error", "warning", "note", "help"].iter().any(|word| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| rest.starts_with(':') || rest.starts_with('['))
    })
}

/// Removes the padding from a line's margin, which holds a number, an arrow or nothing.
fn unpadded(text: &str) -> String {
    let line = text.trim_start();
    let number = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = line.split_at(number);
    let rest = rest.trim_start();
    let is_margin = ["|", "-->", ":::", "= ", "..."]
        .iter()
        .any(|mark| rest.starts_with(mark))
        || (!number.is_empty() && rest.starts_with(['+', '-', '~']));
    if !is_margin {
        text.trim_end().to_owned()
    } else if number.is_empty() {
        rest.trim_end().to_owned()
    } else {
        format!("{number} {}", rest.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::essence;
    use crate::transcript::{Line, Stream};

    fn lines(text: &str) -> Vec<Line> {
        let line = |text: &str| Line {
            stream: Stream::Stderr,
            at: Duration::ZERO,
            writer: None,
            track: None,
            text: text.to_owned(),
        };
        text.lines().map(line).collect()
    }

    /// The output on a machine without the standard library's sources, with colors.
    const HERE: &str = "\
\u{1b}[1m\u{1b}[91merror[E0277]\u{1b}[0m: it is not Sync
 --> cell.rs:7:32
  |
7 |     let worker = thread::spawn(a);
  |                  ------------- ^ b
  |                  |
  |                  required by a bound
  |
  = help: the trait `Sync` is not implemented
note: required by a bound in `spawn`
 --> /rustc/598/library/std/src/thread/functions.rs:125:1
help: use it
  |
7 +     let a;
  |
";

    /// The output of the same error on a machine with these sources.
    const THERE: &str = "\
error[E0277]: it is not Sync
   --> cell.rs:7:32
    |
7   |     let worker = thread::spawn(a);
    |                  ------------- ^ b
    |                  |
    |                  required by a bound
    |
    = note: the full name for the type has been written to 'target/cell.long-type-1665375.txt'
    = note: consider using `--verbose` to print the full type name to the console
    = help: the trait `Sync` is not implemented
note: required by a bound in `spawn`
   --> /home/a/.rustup/lib/rustlib/src/rust/library/std/src/thread/functions.rs:130:1
    |
128 | pub fn spawn<F, T>(f: F) -> JoinHandle<T>
    |        ----- required by a bound in this function
130 |     F: Send
    |        ^^^^ required by this bound in `spawn`
help: use it
    |
7   +     let a;
    |
";

    #[test]
    fn machines_do_not_matter() {
        let text =
            |lines: Vec<Line>| -> Vec<String> { lines.into_iter().map(|line| line.text).collect() };
        let compared = text(essence(&lines(HERE)));
        assert_eq!(compared, text(essence(&lines(THERE))));
        assert_eq!(
            compared,
            [
                "error[E0277]: it is not Sync",
                "--> cell.rs:7:32",
                "|",
                "7 |     let worker = thread::spawn(a);",
                "|                  ------------- ^ b",
                "|                  |",
                "|                  required by a bound",
                "|",
                "= help: the trait `Sync` is not implemented",
                "help: use it",
                "|",
                "7 +     let a;",
            ]
        );
        // Every other difference matters.
        for other in [
            HERE.replace("7:32", "8:32"),
            HERE.replace("E0277", "E0373"),
            HERE.replace("let a;", "let b;"),
        ] {
            assert_ne!(text(essence(&lines(&other))), compared);
        }
    }
}
