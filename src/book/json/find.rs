//! Where things stand in mdBook's JSON.

use std::mem;
use std::ops::Range;
use std::path::PathBuf;
use std::str::Utf8Error;

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::ReadError;
use super::string::is_simple;
use crate::book::{Book, NAME, additional, settings};

/// What was found in the JSON.
pub(super) struct Found {
    /// The book, as yet without its chapters.
    pub(super) book: Book<'static>,
    /// The folder of its chapters, relative to its root.
    pub(super) src: PathBuf,
    /// The bytes of the book.
    pub(super) place: Range<usize>,
    /// The chapters that have a text, in the order of the book.
    pub(super) chapters: Vec<FoundChapter>,
}

/// A chapter that has a text.
pub(super) struct FoundChapter {
    /// Its file, relative to `src`.
    pub(super) path: PathBuf,
    /// The file that it was read from, where that is another one.
    pub(super) source_path: Option<PathBuf>,
    /// The bytes of its text, a JSON string.
    pub(super) content: Range<usize>,
    /// The text, unless it can be read where it stands.
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
struct RawContext {
    root: PathBuf,
    config: RawConfig,
    renderer: String,
}

#[derive(Deserialize)]
struct Version {
    mdbook_version: String,
}

#[derive(Deserialize)]
struct RawConfig {
    #[serde(default)]
    book: RawBookConfig,
    #[serde(default)]
    build: RawBuildConfig,
    #[serde(default)]
    preprocessor: Map<String, Value>,
    #[serde(default)]
    output: Map<String, Value>,
}

#[derive(Deserialize, Default)]
struct RawBookConfig {
    src: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
struct RawBuildConfig {
    use_default_preprocessors: Option<bool>,
}

#[derive(Deserialize)]
struct RawBook<'a> {
    /// mdBook 0.4 says `sections`.
    #[serde(borrow, alias = "sections")]
    items: Vec<RawItem<'a>>,
}

#[derive(Deserialize)]
enum RawItem<'a> {
    #[serde(borrow)]
    Chapter(RawChapter<'a>),
    Separator,
    PartTitle(IgnoredAny),
}

#[derive(Deserialize)]
struct RawChapter<'a> {
    #[serde(borrow)]
    content: &'a RawValue,
    path: Option<PathBuf>,
    source_path: Option<PathBuf>,
    #[serde(borrow, default)]
    sub_items: Vec<RawItem<'a>>,
}

/// Finds the chapters in `[context, book]`.
///
/// # Errors
/// It is not JSON, or not a book of mdBook 0.4 or 0.5.
pub(super) fn find(input: &[u8]) -> Result<Found, ReadError> {
    let text = std::str::from_utf8(input).map_err(not_utf8)?;
    let unknown = |error| wrong(input, error);
    let (context, raw): (&RawValue, RawBook<'_>) = serde_json::from_str(text).map_err(unknown)?;
    let place = behind(text, context);
    let RawContext {
        root,
        renderer,
        config,
    } = serde_json::from_str(context.get()).map_err(unknown)?;
    let mut chapters = Vec::new();
    flatten(raw.items, &mut chapters);
    let chapters = chapters
        .into_par_iter()
        .filter_map(|raw| raw.find(text).transpose());
    let preprocessors = &config.preprocessor;
    let defaults = config.build.use_default_preprocessors.unwrap_or(true);
    Ok(Found {
        place,
        chapters: chapters.collect::<Result<_, _>>().map_err(unknown)?,
        src: config.book.src.unwrap_or_else(|| "src".into()),
        book: Book {
            root,
            renderer,
            settings: settings(preprocessors.get(NAME)),
            links_run: defaults || preprocessors.contains_key("links"),
            additional: additional(config.output.get("html")),
            chapters: Vec::new(),
        },
    })
}

/// What is no text at all is no JSON.
pub(super) fn not_utf8(error: Utf8Error) -> ReadError {
    ReadError::NotJson(serde::de::Error::custom(error))
}

/// What is wrong with what cannot be read.
fn wrong(input: &[u8], error: serde_json::Error) -> ReadError {
    let version = |context: &RawValue| {
        let version = serde_json::from_str::<Version>(context.get());
        version.map_or_else(
            |_| "of an unknown version".to_owned(),
            |version| version.mdbook_version,
        )
    };
    match serde_json::from_slice::<(&RawValue, &RawValue)>(input) {
        Err(error) => ReadError::NotJson(error),
        Ok((context, _)) => ReadError::Unknown {
            theirs: version(context),
            error,
        },
    }
}

/// The bytes of the book in `[context, book]`, which was read: what stands between the comma and the bracket.
fn behind(input: &str, context: &RawValue) -> Range<usize> {
    let end = place(input, context.get()).end;
    let book = input[end..]
        .trim()
        .strip_prefix(',')
        .and_then(|rest| rest.strip_suffix(']'));
    book.map_or(end..end, |book| place(input, book.trim()))
}

/// The bytes of a text with one of its parts.
fn place(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// The chapters of a book in its order.
fn flatten<'a>(items: Vec<RawItem<'a>>, chapters: &mut Vec<RawChapter<'a>>) {
    for item in items {
        if let RawItem::Chapter(mut chapter) = item {
            let below = mem::take(&mut chapter.sub_items);
            chapters.push(chapter);
            flatten(below, chapters);
        }
    }
}

impl RawChapter<'_> {
    /// `None`: a draft, which has no text.
    fn find(self, input: &str) -> serde_json::Result<Option<FoundChapter>> {
        let Some(path) = self.path else {
            return Ok(None);
        };
        let content = self.content.get();
        Ok(Some(FoundChapter {
            path,
            source_path: self.source_path,
            content: place(input, content),
            text: match is_simple(content) {
                true => None,
                false => Some(serde_json::from_str(content)?),
            },
        }))
    }
}
