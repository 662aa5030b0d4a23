//! `[preprocessor.transcript]` of a book, and what is wrong in it, told at its line of book.toml.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use toml_edit::{Document, TableLike};

use crate::book::{Book, NAME};
use crate::config::{Config, ConfigError};
use crate::report::{Finding, Findings, Place};

/// Where settings stand, relative to the book.
const FILE: &str = "book.toml";

/// The settings of a book.
///
/// # Errors
/// All that is wrong in them.
pub fn settings(book: &Book<'_>) -> Result<Config, Findings> {
    let read = Config::read(&book.settings, book.links_run);
    read.map_err(|errors| Findings(errors.iter().map(|error| wrong(book, error)).collect()))
}

/// Something wrong in a setting.
fn wrong(book: &Book<'_>, error: &ConfigError) -> Finding {
    let part = match error {
        ConfigError::UnknownKey { key, .. } => Part::Key(key),
        ConfigError::BadValue { key, .. } => Part::Value(key),
        ConfigError::NotBeforeLinks => Part::Table,
    };
    let mut finding = at_setting(book, part, Finding::new(error.to_string()));
    match &mut finding.place {
        Some(place) => place.label = error.hint().unwrap_or_default(),
        None => finding.help = error.hint(),
    }
    finding
}

/// What of the settings a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// All of them.
    Table,
    /// The name of one.
    Key(&'a str),
    /// The value of the one of this name.
    Value(&'a str),
}

/// A finding at a setting. One that does not stand in book.toml, since it is a default or comes from
/// the environment, has no place.
pub fn at_setting(book: &Book<'_>, part: Part<'_>, finding: Finding) -> Finding {
    let text = fs::read_to_string(book.root.join(FILE)).unwrap_or_default();
    let span = span(&text, part);
    Finding {
        place: span.map(|span| Place::new(PathBuf::from(FILE), &text, &span)),
        ..finding
    }
}

/// The bytes of a book.toml in which a part of our settings stands.
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
