//! `build`: the book, with the mdBook that is part of this program.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use super::no_book;
use super::preprocess::replace;
use crate::book::{self, Book, NAME};

/// Builds the book in this folder; returns the path of its first page, where it has an HTML one.
///
/// # Errors
/// There is no book, mdBook cannot build it, or something is wrong in its lessons or examples.
pub fn build(folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let root = folder
        .canonicalize()
        .with_context(|| format!("failed to open the book in `{}`", folder.display()))?;
    let settings = root.join("book.toml");
    if !settings.is_file() {
        bail!(no_book(folder));
    }
    let mut config = Config::from_disk(&settings)?;
    config.update_from_env()?;
    if config
        .get::<toml::Value>(&format!("preprocessor.{NAME}"))?
        .is_none()
    {
        config.set(format!("preprocessor.{NAME}.before"), ["links"])?;
    }
    let mut mdbook = MDBook::load_with_config(&root, config)?;
    mdbook.with_preprocessor(InProcess);
    mdbook.build()?;
    let page = mdbook.build_dir_for("html").join("index.html");
    Ok(page.is_file().then_some(page))
}

/// The preprocessor, without another process.
#[derive(Default)]
struct InProcess;

impl Preprocessor for InProcess {
    fn name(&self) -> &str {
        NAME
    }

    fn run(
        &self,
        context: &PreprocessorContext,
        mut book: MdBook,
    ) -> mdbook_driver::errors::Result<MdBook> {
        let texts = replace(&Book::of(context, &book))?;
        book::replace(&mut book, texts);
        Ok(book)
    }
}
