//! The settings of a book, `[preprocessor.transcript]`, with errors at their lines of book.toml.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use toml_edit::{Document, TableLike};

use crate::book::{Book, NAME};
use crate::config::{Config, ConfigError};
use crate::diagnostic::{Diagnostic, Location};
use crate::report::Errors;

/// The file with the settings, relative to the book.
const FILE: &str = "book.toml";

/// Reads the settings of a book.
///
/// # Errors
/// Every unknown key and every value that does not parse.
pub fn settings(book: &Book<'_>) -> Result<Config, Errors> {
    let read = Config::read(&book.settings, book.links_run);
    read.map_err(|errors| {
        let errors = errors.iter().map(|error| wrong(book, error));
        Errors::in_book(book, errors.collect())
    })
}

/// A setting's error at its place.
fn wrong(book: &Book<'_>, error: &ConfigError) -> Diagnostic {
    let part = match error {
        ConfigError::UnknownKey { key, .. } => Part::Key(key),
        ConfigError::BadValue { key, .. } => Part::Value(key),
        ConfigError::NotBeforeLinks => Part::Table,
    };
    let mut diagnostic = at_setting(book, part, Diagnostic::error(error.to_string()));
    match &mut diagnostic.primary {
        Some(place) => place.label = error.hint().unwrap_or_default(),
        None => diagnostic.help = error.hint(),
    }
    diagnostic
}

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The whole table.
    Table,
    /// A key.
    Key(&'a str),
    /// The value of a key.
    Value(&'a str),
}

/// Moves a diagnostic to a part of the settings in book.toml. A default, or a setting from the environment, has no
/// place there.
pub fn at_setting(book: &Book<'_>, part: Part<'_>, diagnostic: Diagnostic) -> Diagnostic {
    let text = fs::read_to_string(book.root.join(FILE)).unwrap_or_default();
    let location = span(&text, part).map(|span| Location::Text {
        path: PathBuf::from(FILE),
        text: text.into(),
        span,
    });
    Diagnostic {
        primary: location.map(Into::into),
        ..diagnostic
    }
}

/// The bytes of book.toml that contain a part of the settings.
fn span(text: &str, part: Part<'_>) -> Option<Range<usize>> {
    let document = Document::parse(text).ok()?;
    let table = document.get("preprocessor")?.get(NAME)?;
    let settings: &dyn TableLike = table.as_table_like()?;
    match part {
        Part::Table => table.span(),
        Part::Key(key) => settings.get_key_value(key)?.0.span(),
        Part::Value(key) => settings.get(key)?.span(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, span};

    #[test]
    fn settings_are_found_however_they_are_written() {
        for (text, key, value) in [
            (
                "[preprocessor.transcript]\nbefore = [\"links\"]\njobs = 0\n",
                "jobs",
                "0",
            ),
            ("[preprocessor]\ntranscript = { jobs = 0 }\n", "jobs", "0"),
            ("preprocessor.transcript.\"jobs\" = 0\n", "\"jobs\"", "0"),
            ("[preprocessor.transcript.labels]\ncode = 1\n", "", ""),
        ] {
            let at = |part| span(text, part).map_or("", |span| &text[span]);
            assert_eq!(
                (at(Part::Key("jobs")), at(Part::Value("jobs"))),
                (key, value)
            );
        }
        let text = "[book]\n\n[preprocessor.transcript]\njobs = 0\n";
        let table = span(text, Part::Table).map(|span| span.start);
        assert_eq!(table, text.find("[preprocessor"));
        assert_eq!(span("[preprocessor", Part::Table), None);
    }
}
