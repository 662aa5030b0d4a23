//! [`Diagnostic`]: anything that is reported to a person, as data.
//!
//! Each room creates its diagnostics where the facts are known. A place names a chapter by its number, so that no room
//! but `report` needs paths, lines or the text of other chapters to render one.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// An error, a warning or a finding, with its places and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it fails the command.
    pub severity: Severity,
    /// The kind of a finding; `None`: not a finding of `check`.
    pub kind: Option<FindingKind>,
    /// The problem in one line, lower case and without a full stop.
    pub message: String,
    /// The place to which the message refers; `None`: no file is at fault.
    pub primary: Option<Place>,
    /// Further places, in the order in which they are shown.
    pub related: Vec<Place>,
    /// The part of a program's output to which the message refers.
    pub excerpt: Option<Excerpt>,
    /// Facts that explain the message.
    pub notes: Vec<String>,
    /// An instruction that solves the problem.
    pub help: Option<String>,
    /// Output of another tool, such as a compiler, shown as it is; may contain ANSI sequences.
    pub output: String,
}

/// Whether a diagnostic fails the command that reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not, but probably shows something that the author did not intend.
    Warning,
}

/// The kinds of findings of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A line that no execution printed before.
    Text,
    /// A line that occurs too rarely or too often.
    Count,
    /// A value outside of its field's range.
    Field,
    /// Lines in an order that was proved impossible or declared wrong; lines that wait for others for which they
    /// did not wait.
    Order,
    /// Another exit status.
    Exit,
    /// A time-out.
    Timeout,
    /// An input that has changed since the recording.
    Stale,
    /// A run without a recording.
    Missing,
    /// A recording that no fence shows.
    Orphan,
    /// A program that does not build.
    Build,
    /// An author's claim that does not hold.
    Claim,
    /// A time far from the recorded one. A warning.
    Timing,
    /// An order or a value that no execution showed before. A warning.
    Learn,
}

/// A span of a text, or a file, with a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file and the span.
    pub location: Location,
    /// The text beneath the span; empty: the span is underlined without one.
    pub label: String,
}

/// A file and a span of its text. Spans count bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A span of the chapter that is being parsed; [`Diagnostic::in_chapter`] adds the chapter's number.
    Lesson(Range<usize>),
    /// A span of a chapter, by its number from 0 in the order of the book.
    Chapter(usize, Range<usize>),
    /// A setting of the book. The room that reads book.toml looks for its span.
    Setting(Setting),
    /// A span of another file.
    Text {
        /// The file, as messages name it.
        path: PathBuf,
        /// The file's text.
        text: Arc<str>,
        /// The span.
        span: Range<usize>,
    },
    /// A file whose text is not shown.
    File {
        /// The file, as messages name it.
        path: PathBuf,
        /// The number of a line, from 1; `None`: the whole file.
        line: Option<usize>,
    },
}

/// A part of the settings in `[preprocessor.transcript]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// The whole table.
    Table,
    /// A key.
    Key(String),
    /// The value of a key.
    Value(String),
    /// An entry of the table that a key has as its value.
    Entry(String, String),
}

/// Some lines of a program's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The name of the output: `its output`.
    pub title: String,
    /// The lines.
    pub lines: Vec<String>,
    /// The number of the first line, from 1.
    pub number: usize,
    /// The marked lines, by their index in `lines`, each with its label. The message refers to the first.
    pub marks: Vec<(usize, String)>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, None, message.into())
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, None, message.into())
    }

    /// A finding of `check`, with the severity of its kind.
    pub fn finding(kind: FindingKind, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(kind.severity(), Some(kind), message.into())
    }

    fn new(severity: Severity, kind: Option<FindingKind>, message: String) -> Diagnostic {
        Diagnostic {
            severity,
            kind,
            message,
            primary: None,
            related: Vec::new(),
            excerpt: None,
            notes: Vec::new(),
            help: None,
            output: String::new(),
        }
    }

    /// Sets the primary place.
    #[must_use]
    pub fn at(mut self, place: impl Into<Place>) -> Diagnostic {
        self.primary = Some(place.into());
        self
    }

    /// Sets the primary place, with a label.
    #[must_use]
    pub fn at_labeled(self, place: impl Into<Place>, label: impl Into<String>) -> Diagnostic {
        self.at(place.into().label(label))
    }

    /// Adds a related place.
    #[must_use]
    pub fn related(mut self, place: impl Into<Place>) -> Diagnostic {
        self.related.push(place.into());
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Sets the output of another tool.
    #[must_use]
    pub fn output(mut self, output: impl Into<String>) -> Diagnostic {
        self.output = output.into();
        self
    }

    /// Adds the chapter's number to all places that the chapter's parser has found.
    #[must_use]
    pub fn in_chapter(mut self, number: usize) -> Diagnostic {
        for place in self.primary.iter_mut().chain(&mut self.related) {
            if let Location::Lesson(span) = &place.location {
                place.location = Location::Chapter(number, span.clone());
            }
        }
        self
    }

    /// The key that sorts diagnostics in the order of the book: the number of the chapter, unless that is being
    /// parsed, and the first byte of the primary place. `None`: the place is in no chapter.
    pub fn position(&self) -> Option<(Option<usize>, usize)> {
        match &self.primary.as_ref()?.location {
            Location::Lesson(span) => Some((None, span.start)),
            Location::Chapter(number, span) => Some((Some(*number), span.start)),
            Location::Setting(_) | Location::Text { .. } | Location::File { .. } => None,
        }
    }
}

impl Severity {
    /// The word that every format writes.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl FindingKind {
    /// The word that every format writes.
    pub fn word(self) -> &'static str {
        match self {
            FindingKind::Text => "TEXT",
            FindingKind::Count => "COUNT",
            FindingKind::Field => "FIELD",
            FindingKind::Order => "ORDER",
            FindingKind::Exit => "EXIT",
            FindingKind::Timeout => "TIMEOUT",
            FindingKind::Stale => "STALE",
            FindingKind::Missing => "MISSING",
            FindingKind::Orphan => "ORPHAN",
            FindingKind::Build => "BUILD",
            FindingKind::Claim => "CLAIM",
            FindingKind::Timing => "TIMING",
            FindingKind::Learn => "LEARN",
        }
    }

    /// Whether a finding of this kind fails a check.
    pub fn severity(self) -> Severity {
        match self {
            FindingKind::Timing | FindingKind::Learn => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Place {
    /// A span of a chapter, by its number from 0.
    pub fn chapter(number: usize, span: Range<usize>) -> Place {
        Location::Chapter(number, span).into()
    }

    /// A file, or a line of it, whose text is not shown.
    pub fn file(path: impl Into<PathBuf>, line: Option<usize>) -> Place {
        let path = path.into();
        Location::File { path, line }.into()
    }

    /// Sets the label.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Place {
        Place {
            label: label.into(),
            ..self
        }
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Place {
        Place {
            location,
            label: String::new(),
        }
    }
}

impl From<Setting> for Place {
    fn from(setting: Setting) -> Place {
        Location::Setting(setting).into()
    }
}

impl From<Range<usize>> for Place {
    fn from(span: Range<usize>) -> Place {
        Location::Lesson(span).into()
    }
}
