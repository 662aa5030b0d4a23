//! What a compiler says of a program that it refuses, as far as it is compared.
//!
//! Readers see it as it came. Between machines and versions two things differ in it that say nothing of the
//! program: notes that point into the standard library (its path names the toolchain, and where its source is
//! installed lines of that follow), and the width of the column with the line numbers, which they decide on.

use std::mem;

use super::Line;

/// What is compared of these lines: without colours, without notes on other files than the program's own, the
/// line numbers without padding.
pub fn essence(lines: &[Line]) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::new();
    let mut note: Vec<Line> = Vec::new();
    for line in lines {
        let text = anstream::adapter::strip_str(&line.text).to_string();
        if begins_a_note(&text) {
            keep(&mut kept, mem::take(&mut note));
        }
        note.push(Line {
            text: unpadded(&text),
            ..line.clone()
        });
    }
    keep(&mut kept, note);
    while kept.last().is_some_and(|line| is_margin(&line.text)) {
        kept.pop();
    }
    kept
}

/// Keeps a note, unless it is about another file. An error is kept in any case.
fn keep(kept: &mut Vec<Line>, mut note: Vec<Line>) {
    let is_elsewhere = |line: &Line| {
        let path = line.text.strip_prefix("--> ");
        path.is_some_and(|path| path.contains(['/', '\\']))
    };
    let is_error = note
        .first()
        .is_some_and(|line| line.text.starts_with("error"));
    if !is_error && note.iter().any(is_elsewhere) {
        return;
    }
    // Whether an empty margin stands before the next note depends on what that is.
    while note.last().is_some_and(|line| is_margin(&line.text)) {
        note.pop();
    }
    kept.append(&mut note);
}

fn is_margin(text: &str) -> bool {
    matches!(text, "" | "|")
}

/// Whether a line begins an error, or something that is said of one.
fn begins_a_note(text: &str) -> bool {
    ["error", "warning", "note", "help"].iter().any(|word| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| rest.starts_with(':') || rest.starts_with('['))
    })
}

/// A line whose margin, which holds a number, an arrow or nothing, has no padding.
fn unpadded(text: &str) -> String {
    let line = text.trim_start();
    let number = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = line.split_at(number);
    let rest = rest.trim_start();
    let is_margin = ["|", "-->", ":::", "= ", "..."]
        .iter()
        .any(|mark| rest.starts_with(mark))
        || (!number.is_empty() && rest.starts_with(['+', '-', '~']));
    match (is_margin, number) {
        (false, _) => text.trim_end().to_owned(),
        (true, "") => rest.trim_end().to_owned(),
        (true, number) => format!("{number} {}", rest.trim_end()),
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

    #[test]
    fn what_says_nothing_of_the_program_is_not_compared() {
        let here = "\
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
        let there = "\
error[E0277]: it is not Sync
   --> cell.rs:7:32
    |
7   |     let worker = thread::spawn(a);
    |                  ------------- ^ b
    |                  |
    |                  required by a bound
    |
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
        let text =
            |lines: Vec<Line>| -> Vec<String> { lines.into_iter().map(|line| line.text).collect() };
        let said = text(essence(&lines(here)));
        assert_eq!(said, text(essence(&lines(there))));
        assert_eq!(
            said,
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
        // Anything else is.
        for other in [
            here.replace("7:32", "8:32"),
            here.replace("E0277", "E0373"),
            here.replace("let a;", "let b;"),
        ] {
            assert_ne!(text(essence(&lines(&other))), said);
        }
    }
}
