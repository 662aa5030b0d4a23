//! Examines book.toml: whether mdBook and this tool can read it, and the order of the preprocessors.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mdbook_driver::config::Config as MdConfig;
use serde_json::Value;

use super::diagnosis::Diagnosis;
use crate::book::open::{predecessors, settings as read_settings, without_chapters};
use crate::book::{Book, NAME, Predecessors};
use crate::commands::install::is_installed;
use crate::config::Config;
use crate::report::{Errors, line_number};
use crate::session::settings::settings;

const BOOK: &str = "book";
const SETTINGS: &str = "settings";
const ORDER: &str = "order";

/// The command that adds all settings that a book needs.
pub(super) const INSTALL: &str = "run `mdbook-transcript install`";

/// The settings of a book.
#[derive(Debug)]
pub(super) struct Settings {
    /// mdBook's own.
    pub(super) mdbook: MdConfig,
    /// The book, without chapters.
    pub(super) book: Book<'static>,
    /// This tool's; `None`: they have an error.
    pub(super) config: Option<Config>,
}

impl Settings {
    /// The Cargo.toml that the settings name, relative to the book.
    pub(super) fn manifest(&self) -> Option<PathBuf> {
        let manifest = self.book.settings.get("manifest")?;
        Some(PathBuf::from(manifest.as_str()?))
    }

    /// The folder of recordings, relative to the book.
    pub(super) fn transcripts(&self) -> PathBuf {
        let set = self
            .book
            .settings
            .get("transcripts")
            .and_then(Value::as_str);
        set.map_or(Config::default().transcripts, PathBuf::from)
    }
}

/// Examines the book.toml in the folder `root`, which the user calls `folder`. Returns the settings, too, unless they
/// cannot be read.
pub(super) fn examine(root: &Path, folder: &Path) -> (Vec<Diagnosis>, Option<Settings>) {
    let (read, mdbook) = match read(root, folder) {
        Ok(read) => read,
        Err(error) => return (vec![*error], None),
    };
    let mut found = vec![read];
    let book = match without_chapters(root, &mdbook) {
        Ok(book) => book,
        Err(error) => {
            found.push(unreadable(format!("{error:#}")));
            return (found, None);
        }
    };
    let config = match is_installed(root) {
        Ok(false) => {
            let error =
                "book.toml has no [preprocessor.transcript], so mdBook does not call this program";
            found.push(Diagnosis::error(SETTINGS, error).help(INSTALL));
            Some(Config::default())
        }
        _ => match settings(&book) {
            Ok(config) => {
                let ok = "[preprocessor.transcript] is valid";
                found.push(Diagnosis::ok(SETTINGS, ok));
                found.push(order(&book, &mdbook));
                Some(config)
            }
            Err(errors) => {
                found.extend(invalid(&errors));
                None
            }
        },
    };
    let settings = Settings {
        mdbook,
        book,
        config,
    };
    (found, Some(settings))
}

/// Reads book.toml.
fn read(root: &Path, folder: &Path) -> Result<(Diagnosis, MdConfig), Box<Diagnosis>> {
    let text = match fs::read_to_string(root.join("book.toml")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Box::new(no_book(root, folder)));
        }
        Err(error) => {
            return Err(Box::new(unreadable(format!(
                "failed to read book.toml: {error}"
            ))));
        }
    };
    if let Err(error) = text.parse::<toml::Table>() {
        let line = error.span().map(|span| line_number(&text, span.start));
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let error = format!("book.toml{line} is not valid TOML: {}", error.message());
        return Err(Box::new(unreadable(error)));
    }
    match read_settings(root) {
        Ok((_, config)) => {
            let title = match &config.book.title {
                Some(title) => format!("`{title}`, in `{}`", root.display()),
                None => format!("a book without a title, in `{}`", root.display()),
            };
            Ok((Diagnosis::ok(BOOK, title), config))
        }
        Err(error) => Err(Box::new(unreadable(format!("{error:#}")))),
    }
}

fn unreadable(error: impl Into<String>) -> Diagnosis {
    Diagnosis::error(BOOK, error).help("correct book.toml, and examine the book again")
}

/// There is no book.toml in the folder; one above it may be meant.
fn no_book(root: &Path, folder: &Path) -> Diagnosis {
    let missing = format!("there is no book.toml in `{}`", folder.display());
    let above = root.ancestors().skip(1);
    let above = above
        .map(|folder| folder.join("book.toml"))
        .find(|file| file.is_file());
    let help = match above.as_deref().and_then(Path::parent) {
        Some(above) => format!(
            "run `mdbook-transcript doctor {}` if you mean that book, or `mdbook init` here for a new one",
            above.display()
        ),
        None => "run `mdbook init` here, or name the folder of a book".to_owned(),
    };
    Diagnosis::error(BOOK, missing).help(help)
}

/// The errors in the settings of this tool.
fn invalid(errors: &Errors) -> Vec<Diagnosis> {
    let each = errors.each().map(|(line, error)| {
        let line = line.map(|line| format!(", {line}")).unwrap_or_default();
        let found = Diagnosis::error(SETTINGS, format!("{}{line}", error.message));
        let label = error.primary.as_ref().map(|place| place.label.clone());
        let advice = label
            .filter(|label| !label.is_empty())
            .or(error.help.clone());
        found.help(advice.unwrap_or_else(|| "correct or remove it in book.toml".to_owned()))
    });
    each.collect()
}

/// Examines the order of the preprocessors.
fn order(book: &Book<'_>, mdbook: &MdConfig) -> Diagnosis {
    let after = book.settings.get("after").and_then(Value::as_array);
    if after.is_some_and(|names| names.iter().any(|name| name == "links")) {
        let error = "[preprocessor.transcript] has `links` in `after`, but must run before it";
        return Diagnosis::error(ORDER, error).help("remove `links` from `after` in book.toml");
    }
    let Predecessors {
        ordered,
        by_name,
        is_cyclic,
    } = match predecessors(mdbook) {
        Ok(predecessors) => predecessors,
        Err(error) => {
            let error = format!("the tables of the preprocessors are not valid: {error:#}");
            return Diagnosis::error(ORDER, error)
                .help("correct `before` and `after` in the tables of book.toml");
        }
    };
    let quoted = |names: &std::collections::BTreeSet<String>| {
        let names = names.iter().map(|name| format!("`{name}`"));
        names.collect::<Vec<_>>().join(", ")
    };
    if is_cyclic {
        let error =
            format!("`{NAME}` would have to run both before and after another preprocessor");
        return Diagnosis::error(ORDER, error).help(format!(
            "remove a contradiction from `before` and `after` of {} in book.toml",
            quoted(&ordered)
        ));
    }
    let mut parts = Vec::new();
    if !ordered.is_empty() {
        parts.push(format!("after {}, as book.toml wants it", quoted(&ordered)));
    }
    if !by_name.is_empty() {
        let named = quoted(&by_name);
        parts.push(format!("after {named}, in the order of their names"));
    }
    if book.links_run {
        parts.push("before `links`".to_owned());
    }
    Diagnosis::ok(
        ORDER,
        match parts.is_empty() {
            true => "no preprocessor runs earlier".to_owned(),
            false => format!("mdBook runs it {}", parts.join("; ")),
        },
    )
}
