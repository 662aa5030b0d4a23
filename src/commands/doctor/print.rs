//! Diagnoses → text for people.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::diagnosis::{Diagnosis, State};
use crate::report::Color;

/// The width of the column with the state, and of that with the subject.
const COLUMNS: [usize; 2] = [7, 14];
/// The distance between two columns.
const GAP: usize = 2;
/// The width of a screen from which the text is beside the subject, and not below it.
const WIDE: usize = 60;
/// The indentation of a text below its subject.
const INDENT: usize = 2;

/// The way in which diagnoses are printed for people.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The width in columns to which lines are wrapped; `None`: they are not.
    pub width: Option<usize>,
    /// Whether the states have colors.
    pub color: Color,
}

/// Returns the lines of a diagnosis: its state, its subject and the facts, then the help. Ends with a newline.
pub(super) fn text(diagnosis: &Diagnosis, look: Look) -> String {
    let [first, second] = COLUMNS;
    let state = padded(diagnosis.state.word(), first);
    let state = match look.color {
        Color::Ansi => {
            let style = style(diagnosis.state);
            format!("{style}{state}{style:#}")
        }
        Color::Plain => state,
    };
    let help = diagnosis.help.iter().map(|help| format!("help: {help}"));
    let texts = [diagnosis.found.clone()].into_iter().chain(help);
    let gap = " ".repeat(GAP);
    let is_narrow = look.width.is_some_and(|width| width < WIDE);
    let indent = match is_narrow {
        true => INDENT,
        false => first + GAP + second + GAP,
    };
    let room = look.width.map(|width| width.saturating_sub(indent));
    let lines: Vec<String> = texts.flat_map(|text| wrapped(&text, room)).collect();
    let lines = lines.join(&format!("\n{}", " ".repeat(indent)));
    let subject = diagnosis.subject;
    match is_narrow {
        true => format!("{state}{gap}{subject}\n{}{lines}\n", " ".repeat(indent)),
        false => format!("{state}{gap}{}{gap}{lines}\n", padded(subject, second)),
    }
}

/// Returns the last line: the numbers of errors and warnings, and the subjects that were not examined.
pub(super) fn summary(states: &[State], left_out: &[&str], look: Look) -> String {
    let count = |wanted: State, one: &str| {
        let number = states.iter().filter(|state| **state == wanted).count();
        let plural = if number == 1 { "" } else { "s" };
        (number > 0).then(|| format!("{number} {one}{plural}"))
    };
    let counts = [
        count(State::Error, "error"),
        count(State::Warning, "warning"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let mut text = match counts.as_slice() {
        [] => "no problem was found".to_owned(),
        counts => counts.join(", "),
    };
    if !left_out.is_empty() {
        text.push_str(&format!(
            "; not examined because of the errors: {}",
            left_out.join(", ")
        ));
    }
    wrapped(&text, look.width).join("\n") + "\n"
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn style(state: State) -> Style {
    let color = match state {
        State::Ok => AnsiColor::Green,
        State::Warning => AnsiColor::Yellow,
        State::Error => AnsiColor::Red,
    };
    color.on_default().bold()
}

/// Breaks a text between words into lines of at most this width; a longer word, which may be a path to copy, stays whole.
fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![text.to_owned()];
    };
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::diagnosis::{Diagnosis, State};
    use super::{Look, summary, text};
    use crate::report::Color;

    fn all(look: Look) -> String {
        let diagnoses = [
            Diagnosis::ok("book", "`größe 一二三` in `book.toml`"),
            Diagnosis::warning(
                "style sheet",
                "`transcript.css` was written by another version of mdbook-transcript",
            )
            .help("run `mdbook-transcript install`"),
            Diagnosis::error(
                "package",
                "failed:\n  \u{1b}[31m| no such file\u{1b}[0m or\tdirectory",
            ),
        ];
        let texts: String = diagnoses.iter().map(|one| text(one, look)).collect();
        let states = diagnoses.each_ref().map(|one| one.state);
        texts + &summary(&states, &["fences", "recordings"], look)
    }

    #[test]
    fn diagnoses_are_printed_at_any_width() {
        let plain = |width| {
            all(Look {
                width,
                color: Color::Plain,
            })
        };
        let colored = all(Look {
            width: None,
            color: Color::Ansi,
        });
        let all = [
            ("elsewhere", plain(None)),
            ("72 columns", plain(Some(72))),
            ("30 columns", plain(Some(30))),
            ("1 column", plain(Some(1))),
            ("colored", colored.replace('\u{1b}', "ESC")),
        ];
        let all = all.map(|(title, text)| format!("== {title}\n{text}"));
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            snapshot_path => "../../../tests/snapshots",
        }, { insta::assert_snapshot!("doctor-text", all.join("\n")) });
    }

    #[test]
    fn a_summary_counts_problems() {
        let look = Look {
            width: None,
            color: Color::Plain,
        };
        for (states, expected) in [
            (&[][..], "no problem was found\n"),
            (&[State::Ok], "no problem was found\n"),
            (&[State::Warning, State::Ok], "1 warning\n"),
            (
                &[State::Warning, State::Error, State::Error],
                "2 errors, 1 warning\n",
            ),
        ] {
            assert_eq!(summary(states, &[], look), expected);
        }
    }
}
