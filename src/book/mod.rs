//! mdBook's book in and out: as JSON from another process, or in mdBook's own types.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book as MdBook, BookItem};
use serde_json::{Map, Value};

mod json;
pub mod open;
mod order;
pub mod summary;

pub use json::{Json, ReadError};
pub use order::Predecessors;

/// The parts of a book that this tool needs.
#[derive(Debug)]
pub struct Book<'a> {
    /// The folder with book.toml.
    pub root: PathBuf,
    /// The name of the renderer.
    pub renderer: String,
    /// The table `[preprocessor.transcript]`.
    pub settings: Map<String, Value>,
    /// Whether mdBook's own preprocessor `links` runs, which expands `{{#include}}`.
    pub links_run: bool,
    /// Whether book.toml sets the edition of all Rust fences: `[rust] edition`.
    pub sets_edition: bool,
    /// The additional style sheets and scripts of the HTML renderer, relative to the root.
    pub additional: Vec<PathBuf>,
    /// The chapters except drafts, in the order of the book.
    pub chapters: Vec<Chapter<'a>>,
}

/// A chapter of the book.
#[derive(Debug, Clone)]
pub struct Chapter<'a> {
    /// The file for messages, relative to the book's root.
    pub path: PathBuf,
    /// The folder to which includes are relative, itself relative to the book's root.
    pub folder: PathBuf,
    /// The name: the file relative to the book's `src`, without `.md`.
    pub name: String,
    /// The Markdown.
    pub text: Cow<'a, str>,
}

/// The name of this preprocessor in book.toml.
pub const NAME: &str = "transcript";

impl<'a> Chapter<'a> {
    /// A chapter of a book with this folder of sources.
    fn new(src: &Path, path: &Path, source_path: Option<&Path>, text: Cow<'a, str>) -> Chapter<'a> {
        let file = source_path.unwrap_or(path);
        Chapter {
            path: src.join(file),
            name: file.with_extension("").display().to_string(),
            folder: src.join(path.parent().unwrap_or(Path::new(""))),
            text,
        }
    }
}

impl<'a> Book<'a> {
    /// Takes the parts from mdBook's own types, and borrows the texts.
    pub fn of(context: &PreprocessorContext, book: &'a MdBook) -> Book<'a> {
        let config = &context.config;
        let get = |key: &str| config.get::<Value>(key).ok().flatten();
        let defaults = config.build.use_default_preprocessors;
        Book {
            root: context.root.clone(),
            renderer: context.renderer.clone(),
            settings: settings(get(&format!("preprocessor.{NAME}")).as_ref()),
            links_run: defaults || get("preprocessor.links").is_some(),
            sets_edition: config.rust.edition.is_some(),
            additional: additional(get("output.html").as_ref()),
            chapters: book
                .iter()
                .filter_map(|item| match item {
                    BookItem::Chapter(chapter) => Some(Chapter::new(
                        &config.book.src,
                        chapter.path.as_deref()?,
                        chapter.source_path.as_deref(),
                        Cow::Borrowed(&chapter.content),
                    )),
                    _ => None,
                })
                .collect(),
        }
    }

    /// Clones borrowed texts.
    pub fn into_owned(self) -> Book<'static> {
        let chapters = self.chapters.into_iter().map(|chapter| Chapter {
            text: Cow::Owned(chapter.text.into_owned()),
            path: chapter.path,
            folder: chapter.folder,
            name: chapter.name,
        });
        Book {
            chapters: chapters.collect(),
            root: self.root,
            renderer: self.renderer,
            settings: self.settings,
            links_run: self.links_run,
            sets_edition: self.sets_edition,
            additional: self.additional,
        }
    }
}

/// Replaces the texts of chapters in mdBook's own types; `None`: the text stays. Drafts have no entry in `texts`.
pub fn replace(book: &mut MdBook, texts: Vec<Option<String>>) {
    let mut texts = texts.into_iter();
    replace_in(&mut book.items, &mut texts);
}

/// Replaces the texts of chapters in these items and below them.
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

/// The style sheets and scripts in `[output.html]`. mdBook itself refuses a value that is no list of paths.
fn additional(html: Option<&Value>) -> Vec<PathBuf> {
    let keys = ["additional-css", "additional-js"];
    let lists = keys.iter().filter_map(|key| html?.get(key)?.as_array());
    let paths = lists.flatten().filter_map(Value::as_str);
    paths.map(PathBuf::from).collect()
}

/// The table of this preprocessor; empty if there is none.
fn settings(table: Option<&Value>) -> Map<String, Value> {
    table
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}
