//! mdBook's JSON, read and written.
//!
//! It is not parsed and written again: the chapters' texts are cut out of it, and what replaces them is
//! put in their place. So everything else goes back to mdBook as it came, whichever version of it calls.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Book, Chapter, NAME, additional, settings};

/// What a pipe takes at once (pipe(7)).
const PIPE: usize = 64 * 1024;

/// How many chapters several threads make at a time.
const TOGETHER: usize = 128;

/// Why there is no book.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or cut off.
    #[error("what came on standard input is not mdBook's JSON; is it mdBook that calls?")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not a book of a version that we know.
    #[error(
        "mdBook {theirs} calls, and its book cannot be read: mdbook-transcript {} reads those of \
         mdBook 0.4 and 0.5", env!("CARGO_PKG_VERSION")
    )]
    Unknown {
        /// The version that calls; `of an unknown version` where it does not say.
        theirs: String,
        /// What is wrong.
        #[source]
        error: serde_json::Error,
    },
}

/// mdBook's JSON: the book and the means to write it back.
#[derive(Debug)]
pub struct Json<'a> {
    /// What was read.
    pub book: Book,
    text: &'a str,
    /// The bytes of `text` with the chapters' texts, JSON strings.
    contents: Vec<std::ops::Range<usize>>,
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

impl<'a> Json<'a> {
    /// Reads what mdBook wrote: `[context, book]`.
    ///
    /// # Errors
    /// It is not JSON, or not a book of mdBook 0.4 or 0.5.
    pub fn read(input: &'a [u8]) -> Result<Json<'a>, ReadError> {
        let not_utf8 = |error| ReadError::NotJson(serde::de::Error::custom(error));
        let input_text = std::str::from_utf8(input).map_err(not_utf8)?;
        let (context, raw): (&RawValue, RawBook<'_>) =
            serde_json::from_str(input_text).map_err(|error| wrong(input, error))?;
        let text = behind(input_text, context);
        let unknown = |error| wrong(input, error);
        let context: RawContext = serde_json::from_str(context.get()).map_err(unknown)?;
        let src = context.config.book.src.unwrap_or_else(|| "src".into());
        let mut chapters = Vec::new();
        flatten(&raw.items, &mut chapters);
        let texts: Vec<(Chapter, _)> = chapters
            .into_par_iter()
            .filter_map(|raw| Some(raw.read(&src, text).transpose()?.map_err(unknown)))
            .collect::<Result<_, _>>()?;
        let (chapters, contents) = texts.into_iter().unzip();
        Ok(Json {
            book: Book {
                root: context.root,
                renderer: context.renderer,
                settings: settings(context.config.preprocessor.get(NAME)),
                links_run: context
                    .config
                    .build
                    .use_default_preprocessors
                    .unwrap_or(true)
                    || context.config.preprocessor.contains_key("links"),
                additional: additional(context.config.output.get("html")),
                chapters,
            },
            text,
            contents,
        })
    }

    /// Writes the book as JSON; `new` makes the new text of a chapter, by its number, and `None` leaves it
    /// as it came.
    ///
    /// # Errors
    /// Whatever it is written to does not take it.
    pub fn write(
        &self,
        to: impl Write,
        new: impl Fn(usize) -> Option<String> + Sync,
    ) -> io::Result<()> {
        let mut in_order: Vec<_> = self.contents.iter().enumerate().collect();
        in_order.sort_by_key(|(_, content)| content.start);
        let mut to = BufWriter::with_capacity(PIPE, to);
        let mut at = 0;
        // Some chapters at a time: the next ones take their place in memory, which costs more than to make them.
        let together = match rayon::current_num_threads() {
            1 => 1,
            _ => TOGETHER,
        };
        for some in in_order.chunks(together) {
            let texts = some
                .par_iter()
                .map(|(number, _)| new(*number).map(|text| quoted(&text)).transpose());
            let texts: Vec<Option<String>> = texts.collect::<Result<_, _>>()?;
            for (text, (_, content)) in texts.iter().zip(some) {
                if let Some(text) = text {
                    to.write_all(&self.text.as_bytes()[at..content.start])?;
                    to.write_all(text.as_bytes())?;
                    at = content.end;
                }
            }
        }
        to.write_all(&self.text.as_bytes()[at..])?;
        to.flush()
    }
}

/// A text as a JSON string, as serde_json writes it.
fn quoted(text: &str) -> serde_json::Result<String> {
    // It looks at byte after byte. Three alone are in every chapter and can be looked for many at a time.
    let is_rare = |byte: u8| byte < b' ' && byte != b'\n';
    if text.bytes().fold(false, |any, byte| any | is_rare(byte)) {
        return serde_json::to_string(text);
    }
    let mut json = String::with_capacity(text.len() + text.len() / 8);
    json.push('"');
    let mut at = 0;
    for escaped in memchr::memchr3_iter(b'"', b'\\', b'\n', text.as_bytes()) {
        json.push_str(&text[at..escaped]);
        json.push_str(match text.as_bytes()[escaped] {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            _ => "\\n",
        });
        at = escaped + 1;
    }
    json.push_str(&text[at..]);
    json.push('"');
    Ok(json)
}

/// The text of a JSON string, as serde_json reads it. `json` is a JSON value.
///
/// # Errors
/// It is no string.
fn unquoted(json: &str) -> serde_json::Result<String> {
    let inner = json.strip_prefix('"').and_then(|s| s.strip_suffix('"'));
    let Some(inner) = inner else {
        return serde_json::from_str(json);
    };
    let mut text = String::with_capacity(inner.len());
    let mut at = 0;
    while let Some(escape) = memchr::memchr(b'\\', &inner.as_bytes()[at..]) {
        text.push_str(&inner[at..at + escape]);
        text.push(match inner.as_bytes().get(at + escape + 1) {
            Some(b'n') => '\n',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            // The rare ones are serde_json's.
            _ => return serde_json::from_str(json),
        });
        at += escape + 2;
    }
    text.push_str(&inner[at..]);
    Ok(text)
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

/// The book in `[context, book]`, which was read: what stands between the comma and the bracket.
fn behind<'a>(input: &'a str, context: &RawValue) -> &'a str {
    let context = context.get();
    let end = context.as_ptr() as usize - input.as_ptr() as usize + context.len();
    let book = input[end..]
        .trim()
        .strip_prefix(',')
        .and_then(|rest| rest.strip_suffix(']'));
    book.unwrap_or_default().trim()
}

/// The chapters of a book in its order.
fn flatten<'a, 'b>(items: &'b [RawItem<'a>], chapters: &mut Vec<&'b RawChapter<'a>>) {
    for item in items {
        if let RawItem::Chapter(chapter) = item {
            chapters.push(chapter);
            flatten(&chapter.sub_items, chapters);
        }
    }
}

impl RawChapter<'_> {
    /// The chapter and the bytes of the book's JSON with its text; `None`: a draft.
    fn read(
        &self,
        src: &Path,
        json: &str,
    ) -> Result<Option<(Chapter, std::ops::Range<usize>)>, serde_json::Error> {
        let Some(path) = &self.path else {
            return Ok(None);
        };
        let content = self.content.get();
        let start = content.as_ptr() as usize - json.as_ptr() as usize;
        let text = unquoted(content)?;
        let chapter = Chapter::new(src, path, self.source_path.as_deref(), text);
        Ok(Some((chapter, start..start + content.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, ReadError, quoted, unquoted};

    const CONTEXT: &str = r#"{"root":"/b","config":{"book":{"src":"text"}},"renderer":"html","mdbook_version":"0.5.4"}"#;

    fn book(items: &str) -> String {
        format!(
            r#"[{CONTEXT},{{"{items}":[{{"Chapter":{{"name":"A","content":"a\u0041 ä","number":[1],"sub_items":[{{"Chapter":{{"name":"B","content":"b","sub_items":[],"path":"x/b.md","source_path":"x/README.md","parent_names":[]}}}}],"path":"a.md","source_path":"a.md","parent_names":[]}}}},"Separator",{{"PartTitle":"P"}},{{"Chapter":{{"name":"D","content":"","sub_items":[],"path":null,"parent_names":[]}}}}],"__non_exhaustive":null}}]"#
        )
    }

    #[test]
    fn only_what_is_replaced_changes() {
        for version in ["items", "sections"] {
            let input = book(version);
            let json = Json::read(input.as_bytes()).expect("a book");
            let chapters = &json.book.chapters;
            assert_eq!(chapters.len(), 2);
            assert_eq!(chapters[0].text, "aA ä");
            assert_eq!(chapters[1].path.to_str(), Some("text/x/README.md"));
            assert_eq!(chapters[1].folder.to_str(), Some("text/x"));

            let came = &input[CONTEXT.len() + 2..input.len() - 1];
            let write = |texts: [Option<&str>; 2]| {
                let mut written = Vec::new();
                json.write(&mut written, |number| texts[number].map(str::to_owned))
                    .expect("a vector takes everything");
                String::from_utf8(written).expect("it is JSON")
            };
            assert_eq!(write([None, None]), came);
            let new = write([None, Some("\"new\"\n")]);
            assert_eq!(
                new,
                came.replace(r#""content":"b""#, r#""content":"\"new\"\n""#)
            );
        }
    }

    #[test]
    fn strings_are_what_serde_json_reads_and_writes() {
        for text in [
            "",
            "\n",
            "a \"b\" \\ c\n\nä \u{2028}\u{7f}",
            "\\\"\n",
            "\ta\r\n\0\u{1b}[0m\"",
        ] {
            let json = serde_json::to_string(text).expect("it is a string");
            assert_eq!(quoted(text).expect("it is a string"), json, "{text:?}");
            assert_eq!(unquoted(&json).expect("it is a string"), text, "{json}");
        }
        for json in [
            r#""\u00e4\/\ud83d\ude00\b\n""#,
            r#""\ud83d""#,
            "null",
            "[\"a\"]",
            "7",
        ] {
            let expected = serde_json::from_str::<String>(json);
            assert_eq!(unquoted(json).ok(), expected.ok(), "{json}");
        }
    }

    #[test]
    fn what_is_no_book_is_said() {
        let error = |input: &str| {
            Json::read(input.as_bytes())
                .err()
                .map(|error| error.to_string())
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
}
