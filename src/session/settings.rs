//! The settings of a book, `[preprocessor.transcript]`, with errors at their lines of book.toml.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, TableLike};

use crate::book::{Book, NAME};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Location, Place, Setting};
use crate::report::Errors;

/// The file with the settings, relative to the book.
const FILE: &str = "book.toml";

/// Reads the settings of a book.
///
/// # Errors
/// Every unknown key and every value that does not parse.
pub fn settings(book: &Book<'_>) -> Result<Config, Errors> {
    Config::read(&book.settings, book.links_run).map_err(|errors| {
        let errors = errors.into_iter();
        let errors = errors.map(|error| in_book_toml(&book.root, error));
        Errors::in_book(book, errors.collect())
    })
}

/// Finds the place of a diagnostic about a setting in the book.toml of this folder. A default, or a setting from the environment, has no
/// place there; the label becomes the help.
pub fn in_book_toml(root: &Path, mut diagnostic: Diagnostic) -> Diagnostic {
    let Some(Place {
        location: Location::Setting(setting),
        label,
    }) = diagnostic
        .primary
        .take_if(|place| matches!(place.location, Location::Setting(_)))
    else {
        return diagnostic;
    };
    let text = fs::read_to_string(root.join(FILE)).unwrap_or_default();
    match span(&text, &setting) {
        Some(span) => {
            let location = Location::Text {
                path: PathBuf::from(FILE),
                text: text.into(),
                span,
            };
            diagnostic.at_labeled(location, label)
        }
        None if label.is_empty() => diagnostic,
        None => diagnostic.help(label),
    }
}

/// Returns the bytes of book.toml that contain a part of the settings.
fn span(text: &str, setting: &Setting) -> Option<Range<usize>> {
    let document = Document::parse(text).ok()?;
    let table = document.get("preprocessor")?.get(NAME)?;
    let settings: &dyn TableLike = table.as_table_like()?;
    match setting {
        Setting::Table => table.span(),
        Setting::Key(key) => settings.get_key_value(key)?.0.span(),
        Setting::Value(key) => settings.get(key)?.span(),
        Setting::Entry(key, entry) => {
            let entries = settings.get(key)?.as_table_like()?;
            let (name, value) = entries.get_key_value(entry)?;
            let (start, end) = (name.span()?.start, value.span()?.end);
            Some(start..end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Setting, span};

    #[test]
    fn settings_are_found_in_any_notation() {
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
            let at = |setting| span(text, &setting).map_or("", |span| &text[span]);
            assert_eq!(
                (
                    at(Setting::Key("jobs".to_owned())),
                    at(Setting::Value("jobs".to_owned()))
                ),
                (key, value)
            );
        }
        let text = "[book]\n\n[preprocessor.transcript]\njobs = 0\n";
        let table = span(text, &Setting::Table).map(|span| span.start);
        assert_eq!(table, text.find("[preprocessor"));
        assert_eq!(span("[preprocessor", &Setting::Table), None);
    }
}
