//! Chapters in, chapters out: mdBook's book, as JSON from another process or as its own types.
//!
//! The JSON is not parsed and written again: the chapters' texts are cut out of it, and what replaces
//! them is put in their place. So everything else goes back to mdBook as it came, whichever version of
//! it calls.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book as MdBook, BookItem};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A book, as far as this tool needs to know it.
#[derive(Debug)]
pub struct Book {
    /// The folder with book.toml.
    pub root: PathBuf,
    /// The renderer that the chapters go to.
    pub renderer: String,
    /// `[preprocessor.transcript]`.
    pub settings: Map<String, Value>,
    /// Whether mdBook's own `links` preprocessor runs, which expands `{{#include}}`.
    pub links_run: bool,
    /// The style sheets and scripts that the book's HTML pages name, relative to the root.
    pub additional: Vec<PathBuf>,
    /// The chapters that have a text, in the order of the book.
    pub chapters: Vec<Chapter>,
}

/// A chapter.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Its file, relative to the book's root: what messages name.
    pub path: PathBuf,
    /// The folder that its includes are relative to, relative to the book's root.
    pub folder: PathBuf,
    /// Its text.
    pub text: String,
}

/// What a pipe takes at once (pipe(7)).
const PIPE: usize = 64 * 1024;

/// The name under which mdBook knows this preprocessor.
pub const NAME: &str = "transcript";

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
    PartTitle(serde::de::IgnoredAny),
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
        let (context, book): (&RawValue, &RawValue) =
            serde_json::from_slice(input).map_err(ReadError::NotJson)?;
        let unknown = |error| ReadError::Unknown {
            theirs: serde_json::from_str::<Version>(context.get()).map_or_else(
                |_| "of an unknown version".to_owned(),
                |context| context.mdbook_version,
            ),
            error,
        };
        let text = book.get();
        let context: RawContext = serde_json::from_str(context.get()).map_err(unknown)?;
        let raw: RawBook<'_> = serde_json::from_str(text).map_err(unknown)?;
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

    /// Writes the book as JSON, with the new texts; `None`: the chapter's text stays as it came.
    ///
    /// # Errors
    /// Whatever it is written to does not take it.
    pub fn write(&self, texts: &[Option<String>], to: impl Write) -> io::Result<()> {
        let new: Vec<Option<String>> = texts
            .par_iter()
            .map(|text| text.as_ref().map(serde_json::to_string).transpose())
            .collect::<Result<_, _>>()?;
        let mut in_order: Vec<_> = new.iter().zip(&self.contents).collect();
        in_order.sort_by_key(|(_, content)| content.start);
        let mut to = BufWriter::with_capacity(PIPE, to);
        let mut at = 0;
        for (text, content) in in_order {
            if let Some(text) = text {
                to.write_all(&self.text.as_bytes()[at..content.start])?;
                to.write_all(text.as_bytes())?;
                at = content.end;
            }
        }
        to.write_all(&self.text.as_bytes()[at..])?;
        to.flush()
    }
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
        let text = serde_json::from_str(content)?;
        let chapter = Chapter::new(src, path, self.source_path.as_deref(), text);
        Ok(Some((chapter, start..start + content.len())))
    }
}

impl Chapter {
    fn new(src: &Path, path: &Path, source_path: Option<&Path>, text: String) -> Chapter {
        Chapter {
            path: src.join(source_path.unwrap_or(path)),
            folder: src.join(path.parent().unwrap_or(Path::new(""))),
            text,
        }
    }
}

impl Book {
    /// A book in mdBook's own types.
    pub fn of(context: &PreprocessorContext, book: &MdBook) -> Book {
        let config = &context.config;
        let get = |key: &str| config.get::<Value>(key).ok().flatten();
        let defaults = config.build.use_default_preprocessors;
        Book {
            root: context.root.clone(),
            renderer: context.renderer.clone(),
            settings: settings(get(&format!("preprocessor.{NAME}")).as_ref()),
            links_run: defaults || get("preprocessor.links").is_some(),
            additional: additional(get("output.html").as_ref()),
            chapters: book
                .iter()
                .filter_map(|item| match item {
                    BookItem::Chapter(chapter) => Some(Chapter::new(
                        &config.book.src,
                        chapter.path.as_deref()?,
                        chapter.source_path.as_deref(),
                        chapter.content.clone(),
                    )),
                    _ => None,
                })
                .collect(),
        }
    }
}

/// Puts new texts into a book in mdBook's own types; `None`: the chapter's text stays.
pub fn replace(book: &mut MdBook, texts: Vec<Option<String>>) {
    let mut texts = texts.into_iter();
    replace_in(&mut book.items, &mut texts);
}

fn replace_in(items: &mut [BookItem], texts: &mut impl Iterator<Item = Option<String>>) {
    for item in items {
        if let BookItem::Chapter(chapter) = item {
            if chapter.path.is_some()
                && let Some(text) = texts.next().flatten()
            {
                chapter.content = text;
            }
            replace_in(&mut chapter.sub_items, texts);
        }
    }
}

/// What `[output.html]` names; what is no list of paths mdBook itself refuses.
fn additional(html: Option<&Value>) -> Vec<PathBuf> {
    let keys = ["additional-css", "additional-js"];
    let lists = keys.iter().filter_map(|key| html?.get(key)?.as_array());
    let paths = lists.flatten().filter_map(Value::as_str);
    paths.map(PathBuf::from).collect()
}

fn settings(table: Option<&Value>) -> Map<String, Value> {
    table
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Json, ReadError};

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
                let texts = texts.map(|text| text.map(str::to_owned));
                json.write(&texts, &mut written)
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
