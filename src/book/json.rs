//! Reads and writes mdBook's JSON.
//!
//! Writing replaces only the texts of chapters. Everything else goes back to mdBook byte for byte, so fields that this
//! tool does not know survive.

use std::borrow::Cow;
use std::io::{self, Write};
use std::mem;
use std::ops::Range;
use std::path::PathBuf;

use escape_simd::json::escape_into;
use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{Error, IgnoredAny};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Book, Chapter, NAME, additional, settings};
use crate::stdio::PIPE_CAPACITY;

/// The number of chapters that a thread renders into one buffer.
const PART: usize = 8;

/// The number of chapters that several threads render at a time.
const BATCH: usize = 16 * PART;

/// The error for input that is not a book.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or cut off.
    #[error("expected mdBook's JSON on stdin; this command is meant to be run by mdBook")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not a book of a supported version of mdBook.
    #[error(
        "cannot read the book of {caller}: mdbook-transcript {} supports mdBook 0.4 and 0.5",
        env!("CARGO_PKG_VERSION")
    )]
    Unknown {
        /// The calling mdBook with its version, as far as it is known.
        caller: String,
        /// The cause.
        #[source]
        error: serde_json::Error,
    },
}

/// mdBook's JSON: the book and the means to write it back.
#[derive(Debug)]
pub struct Json<'a> {
    /// The book that was read.
    pub book: Book<'a>,
    /// The JSON of the book, unchanged.
    original: &'a str,
    /// The texts of the chapters, in the order of the JSON.
    texts: Vec<Text>,
}

/// The text of a chapter in the JSON.
#[derive(Debug)]
struct Text {
    /// The bytes between the previous text and this one.
    before: Range<usize>,
    /// The bytes of the text.
    place: Range<usize>,
    /// The index of the chapter.
    chapter: usize,
}

/// The parts of mdBook's context that this tool reads.
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
    #[serde(default)]
    rust: Map<String, Value>,
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
    /// `sections` in mdBook 0.4.
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
    /// `None`: a draft.
    path: Option<PathBuf>,
    source_path: Option<PathBuf>,
    #[serde(borrow, default)]
    sub_items: Vec<RawItem<'a>>,
}

impl<'a> Json<'a> {
    /// Reads the input of a preprocessor: `[context, book]`.
    ///
    /// # Errors
    /// The input is not JSON, or not a book of mdBook 0.4 or 0.5.
    pub fn read(input: &'a [u8]) -> Result<Json<'a>, ReadError> {
        let text = std::str::from_utf8(input)
            .map_err(|error| ReadError::NotJson(serde_json::Error::custom(error)))?;
        let unknown = |error| read_error(text, error);
        let (context, raw): (&RawValue, RawBook<'_>) =
            serde_json::from_str(text).map_err(unknown)?;
        let original = book_after(text, context);
        let RawContext {
            root,
            renderer,
            config,
        } = serde_json::from_str(context.get()).map_err(unknown)?;
        let src = config.book.src.unwrap_or_else(|| "src".into());
        let preprocessors = &config.preprocessor;
        let defaults = config.build.use_default_preprocessors.unwrap_or(true);

        let mut found = Vec::new();
        flatten(raw.items, &mut found);
        let places = found
            .iter()
            .map(|(_, chapter)| place(original, chapter.content.get()));
        let mut places: Vec<_> = places.zip(0..).collect();
        places.sort_by_key(|(place, _)| place.start);
        let mut end = 0;
        let texts = places.into_iter().map(|(place, chapter)| {
            let before = end..place.start;
            end = place.end;
            Text {
                before,
                place,
                chapter,
            }
        });
        let texts = texts.collect();
        let chapters = found.into_par_iter().map(|(path, chapter)| {
            let text = Cow::Owned(serde_json::from_str(chapter.content.get())?);
            let source_path = chapter.source_path.as_deref();
            Ok(Chapter::new(&src, &path, source_path, text))
        });
        Ok(Json {
            book: Book {
                chapters: chapters.collect::<Result<_, _>>().map_err(unknown)?,
                root,
                renderer,
                settings: settings(preprocessors.get(NAME)),
                links_run: defaults || preprocessors.contains_key("links"),
                sets_edition: config.rust.get("edition").is_some_and(Value::is_string),
                additional: additional(config.output.get("html")),
            },
            original,
            texts,
        })
    }

    /// Writes the book as JSON. `new` returns the new text of the chapter with this index; `None`: the text stays.
    ///
    /// # Errors
    /// Writing fails.
    pub fn write(
        &self,
        mut to: impl Write,
        new: impl Fn(usize) -> Option<String> + Sync,
    ) -> io::Result<()> {
        let original = self.original.as_bytes();
        let write = |texts: &[Text]| {
            // Into one buffer: escaping needs six times the length of a text, which each text would take anew.
            let mut part = Vec::with_capacity(2 * PIPE_CAPACITY);
            for text in texts {
                part.extend_from_slice(&original[text.before.clone()]);
                match new(text.chapter) {
                    Some(new) => escape_into(new, &mut part),
                    None => part.extend_from_slice(&original[text.place.clone()]),
                }
            }
            part
        };
        // In batches: the next batch reuses the memory of this one, and allocating memory costs more than rendering.
        let batch = match rayon::current_num_threads() {
            1 => PART,
            _ => BATCH,
        };
        for texts in self.texts.chunks(batch) {
            let parts: Vec<Vec<u8>> = texts.par_chunks(PART).map(write).collect();
            for part in parts {
                to.write_all(&part)?;
            }
        }
        let end = self.texts.last().map_or(0, |text| text.place.end);
        to.write_all(&original[end..])?;
        to.flush()
    }
}

/// Tells input that is not JSON from a book of an unsupported version.
fn read_error(input: &str, error: serde_json::Error) -> ReadError {
    let version = |context: &RawValue| {
        let version = serde_json::from_str::<Version>(context.get());
        version.map_or_else(
            |_| "an unknown version of mdBook".to_owned(),
            |version| format!("mdBook {}", version.mdbook_version),
        )
    };
    match serde_json::from_str::<(&RawValue, &RawValue)>(input) {
        Err(error) => ReadError::NotJson(error),
        Ok((context, _)) => ReadError::Unknown {
            caller: version(context),
            error,
        },
    }
}

/// The JSON of the book in `[context, book]`: the text between the comma and the closing bracket.
fn book_after<'a>(input: &'a str, context: &RawValue) -> &'a str {
    let rest = input[place(input, context.get()).end..].trim();
    let book = rest
        .strip_prefix(',')
        .and_then(|rest| rest.strip_suffix(']'));
    book.unwrap_or(rest).trim()
}

/// The position of a part of a text, in bytes. `part` must be a slice of `text`.
fn place(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// Collects the chapters except drafts, with their paths, in the order of the book.
fn flatten<'a>(items: Vec<RawItem<'a>>, chapters: &mut Vec<(PathBuf, RawChapter<'a>)>) {
    for item in items {
        if let RawItem::Chapter(mut chapter) = item {
            let below = mem::take(&mut chapter.sub_items);
            if let Some(path) = chapter.path.take() {
                chapters.push((path, chapter));
            }
            flatten(below, chapters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, ReadError, escape_into};

    const CONTEXT: &str = r#"{"root":"/b","config":{"book":{"src":"text"}},"renderer":"html","mdbook_version":"0.5.4"}"#;

    fn book(items: &str) -> String {
        format!(
            r#"[{CONTEXT},{{"{items}":[{{"Chapter":{{"name":"A","content":"a\u0041 ä","number":[1],"sub_items":[{{"Chapter":{{"name":"B","content":"b","sub_items":[],"path":"x/b.md","source_path":"x/README.md","parent_names":[]}}}}],"path":"a.md","source_path":"a.md","parent_names":[]}}}},"Separator",{{"PartTitle":"P"}},{{"Chapter":{{"name":"D","content":"","sub_items":[],"path":null,"parent_names":[]}}}}],"__non_exhaustive":null}}]"#
        )
    }

    #[test]
    fn only_replaced_texts_change() {
        for version in ["items", "sections"] {
            let input = book(version);
            let json = Json::read(input.as_bytes()).expect("a book");
            let chapters = &json.book.chapters;
            assert_eq!(chapters.len(), 2);
            assert_eq!(chapters[0].text, "aA ä");
            assert_eq!(chapters[1].path.to_str(), Some("text/x/README.md"));
            assert_eq!(chapters[1].folder.to_str(), Some("text/x"));

            let original = &input[CONTEXT.len() + 2..input.len() - 1];
            let write = |texts: [Option<&str>; 2]| {
                let mut written = Vec::new();
                json.write(&mut written, |number| texts[number].map(str::to_owned))
                    .expect("a vector takes everything");
                String::from_utf8(written).expect("the book is UTF-8")
            };
            assert_eq!(write([None, None]), original);
            let new = write([None, Some("\"new\"\n")]);
            assert_eq!(
                new,
                original.replace(r#""content":"b""#, r#""content":"\"new\"\n""#)
            );
        }
    }

    #[test]
    fn keys_may_be_in_another_order() {
        let original = r#"{"items":[{"Chapter":{"sub_items":[{"Chapter":{"content":"b\n\"b\"\t\\","path":"b.md"}}],"content":"a\n","path":"a.md"}}]}"#;
        let input = format!("[{CONTEXT} , {original} ]");
        let json = Json::read(input.as_bytes()).expect("a book");
        let texts: Vec<&str> = json.book.chapters.iter().map(|its| &*its.text).collect();
        assert_eq!(texts, ["a\n", "b\n\"b\"\t\\"]);
        for new in [None, Some("new")] {
            let mut written = Vec::new();
            let new = |number| new.filter(|_| number == 0).map(str::to_owned);
            json.write(&mut written, new)
                .expect("a vector takes everything");
            let expected = match new(0) {
                Some(new) => original.replace(r"a\n", &new),
                None => original.to_owned(),
            };
            assert_eq!(
                String::from_utf8(written).expect("the book is UTF-8"),
                expected
            );
        }
    }

    #[test]
    fn input_that_is_no_book_is_reported() {
        let error = |input: &str| {
            let read = Json::read(input.as_bytes());
            read.err().map(|error| error.to_string())
        };
        assert!(matches!(Json::read(b"hello"), Err(ReadError::NotJson(_))));
        assert!(matches!(
            Json::read(&book("items").as_bytes()[..200]),
            Err(ReadError::NotJson(_))
        ));
        let message = error(&book("parts").replace("0.5.4", "0.9.1")).expect("no book");
        assert!(
            message.contains("mdBook 0.9.1") && message.contains("0.4 and 0.5"),
            "{message}"
        );
    }

    #[test]
    fn texts_are_escaped_as_serde_json_escapes_them() {
        let controls: String = (0..0x80).map(char::from).collect();
        for text in [
            "",
            "a",
            "ä\u{2028}\u{1f600}\u{fffd}",
            &controls,
            &"\"\\x".repeat(100),
        ] {
            let expected = serde_json::to_string(text).unwrap_or_default();
            let mut escaped = Vec::new();
            escape_into(text, &mut escaped);
            assert_eq!(String::from_utf8(escaped).unwrap_or_default(), expected);
        }
    }
}
