//! `build`: builds the book with the mdBook inside this program.

use std::path::{Path, PathBuf};

use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use rayon::prelude::*;

use crate::book::open::open;
use crate::book::{self, Book, NAME};
use crate::pipeline::render::Pages;
use crate::pipeline::threads::share_out;

/// Builds the book in this folder; returns the path of its first HTML page, if it has one.
///
/// # Errors
/// There is no book, mdBook cannot build it, or its lessons or examples have errors.
pub fn build(folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let mut mdbook = open(folder)?;
    mdbook.with_preprocessor(InProcess);
    mdbook.build()?;
    let page = mdbook.build_dir_for("html").join("index.html");
    Ok(page.is_file().then_some(page))
}

/// The preprocessor, executed in this process.
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
        let read = Book::of(context, &book);
        share_out(read.chapters.iter().map(|chapter| chapter.text.len()).sum());
        let pages = Pages::of(&read)?;
        let chapters = (0..read.chapters.len()).into_par_iter();
        let texts = chapters.map(|chapter| pages.chapter(chapter)).collect();
        book::replace(&mut book, texts);
        Ok(book)
    }
}
