//! The result of one examination, as data.

use serde::Serialize;

/// How good the result of an examination is; the worse one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is to be done.
    Ok,
    /// Something works less well than it could.
    Warning,
    /// A command of this tool or of mdBook fails, or pages are wrong.
    Error,
}

/// The result of one examination, with its fields in the order of `--format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Diagnosis {
    /// The examined thing, in one or two words.
    pub(super) subject: &'static str,
    /// How good the result is.
    pub(super) state: State,
    /// The facts, in one line.
    pub(super) found: String,
    /// The command or the edit that solves the problem; `None`: there is none.
    pub(super) help: Option<String>,
}

impl Diagnosis {
    pub(super) fn ok(subject: &'static str, found: impl Into<String>) -> Diagnosis {
        Diagnosis::new(subject, State::Ok, found.into())
    }

    pub(super) fn warning(subject: &'static str, found: impl Into<String>) -> Diagnosis {
        Diagnosis::new(subject, State::Warning, found.into())
    }

    pub(super) fn error(subject: &'static str, found: impl Into<String>) -> Diagnosis {
        Diagnosis::new(subject, State::Error, found.into())
    }

    fn new(subject: &'static str, state: State, found: String) -> Diagnosis {
        Diagnosis {
            subject,
            state,
            found: one_line(&found),
            help: None,
        }
    }

    /// Sets the help.
    #[must_use]
    pub(super) fn help(self, help: impl Into<String>) -> Diagnosis {
        Diagnosis {
            help: Some(one_line(&help.into())),
            ..self
        }
    }
}

impl State {
    /// The word that every format writes.
    pub(super) fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Error => "error",
        }
    }
}

/// The longest text of another tool that is shown, in characters.
const LONGEST: usize = 600;

/// Joins the lines of a text, without ANSI sequences and other control characters; a very long text is truncated.
pub(super) fn one_line(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    let words = plain.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None => line,
    }
}
