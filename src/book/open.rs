//! Opens a book in a folder, with the mdBook that is part of this program.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use mdbook_driver::MDBook;
use mdbook_driver::builtin_renderers::MarkdownRenderer;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::book::{Book, NAME};

/// Opens the book in this folder, with this preprocessor in its settings even if book.toml does not name it.
///
/// # Errors
/// There is no book, or mdBook cannot read it.
pub fn open(folder: &Path) -> anyhow::Result<MDBook> {
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
    MDBook::load_with_config(&root, config)
}

/// Reads the book in this folder as mdBook hands it to this preprocessor.
///
/// # Errors
/// There is no book, or mdBook or an earlier preprocessor fails.
pub fn read(folder: &Path) -> anyhow::Result<Book<'static>> {
    let mut mdbook = open(folder)?;
    let reader = Reader::default();
    mdbook.with_preprocessor(reader.clone());
    // The lessons do not depend on the renderer.
    let read = mdbook.preprocess_book(&MarkdownRenderer::new());
    let book = reader
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    match (book, read) {
        (Some(book), _) => Ok(book),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => bail!("mdBook did not hand over the book"),
    }
}

/// A preprocessor that stores the book that mdBook hands it.
#[derive(Clone, Default)]
struct Reader(Arc<Mutex<Option<Book<'static>>>>);

impl Preprocessor for Reader {
    fn name(&self) -> &str {
        NAME
    }

    fn run(
        &self,
        context: &PreprocessorContext,
        book: MdBook,
    ) -> mdbook_driver::errors::Result<MdBook> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Book::of(context, &book).into_owned());
        Ok(book)
    }
}

/// The error message for a folder without a book.
pub fn no_book(folder: &Path) -> String {
    format!(
        "there is no book in `{}`: book.toml is missing; run `mdbook init` to create a book",
        folder.display()
    )
}
