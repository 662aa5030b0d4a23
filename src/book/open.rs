//! Opens a book in a folder, with the mdBook that is part of this program.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use mdbook_renderer::{RenderContext, Renderer};

use super::order::{Declared, Predecessors};
use crate::book::{Book, NAME};

/// The preprocessors of others that run before a book's lessons are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// The ones that the book's settings order before this one: `after` in its table, or `before` in theirs.
    Ordered,
    /// All that mdBook runs before this one, also those that only their names put there.
    All,
}

/// Opens the book in this folder, with this preprocessor in its settings even if book.toml does not name it.
///
/// # Errors
/// There is no book, or mdBook cannot read it.
pub fn open(folder: &Path) -> anyhow::Result<MDBook> {
    let (root, config) = settings(folder)?;
    MDBook::load_with_config(root, config)
}

/// Returns the root of the book in this folder and its settings, with this preprocessor even if book.toml does not
/// name it.
///
/// # Errors
/// There is no book, or its settings cannot be read.
pub fn settings(folder: &Path) -> anyhow::Result<(PathBuf, Config)> {
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
    Ok((root, config))
}

/// Returns the book with this root and these settings, without its chapters.
///
/// # Errors
/// The tables of its renderers are not valid.
pub fn without_chapters(root: &Path, config: &Config) -> anyhow::Result<Book<'static>> {
    let context = PreprocessorContext::new(root.to_owned(), config.clone(), renderer(config)?);
    Ok(Book::of(&context, &MdBook::new()).into_owned())
}

/// Returns the preprocessors of others that mdBook runs before this one.
///
/// # Errors
/// The tables of the preprocessors are not valid.
pub fn predecessors(config: &Config) -> anyhow::Result<Predecessors> {
    Ok(Predecessors::of(&config.preprocessors::<Declared>()?))
}

/// Reads the book in this folder as mdBook hands it to this preprocessor, but runs only some of the preprocessors
/// before it, and none after it: some take minutes. Returns the names of those that were left out, too.
///
/// # Errors
/// There is no book, or mdBook or an earlier preprocessor fails.
pub fn read(folder: &Path, earlier: Earlier) -> anyhow::Result<(Book<'static>, Vec<String>)> {
    let (root, config) = settings(folder)?;
    let Predecessors {
        ordered, by_name, ..
    } = predecessors(&config)?;
    let runs =
        |name: &str| ordered.contains(name) || (earlier == Earlier::All && by_name.contains(name));
    let mut needed = config.clone();
    let mut kept = config.preprocessors::<toml::Value>()?;
    kept.retain(|name, _| name == NAME || runs(name));
    // References to preprocessors that were left out would cause warnings.
    for table in kept.values_mut().filter_map(toml::Value::as_table_mut) {
        for key in ["before", "after"] {
            if let Some(names) = table.get_mut(key).and_then(toml::Value::as_array_mut) {
                names.retain(|name| name.as_str().is_some_and(|name| name == NAME || runs(name)));
            }
        }
    }
    needed.set("preprocessor", kept)?;
    needed.build.use_default_preprocessors = false;
    let mut mdbook = MDBook::load_with_config(root, needed)?;
    let reader = Reader {
        renderer: renderer(&config)?,
        config,
        book: Arc::default(),
    };
    mdbook.with_preprocessor(reader.clone());
    let read = mdbook.preprocess_book(&reader);
    let book = reader.book.lock();
    let book = book.unwrap_or_else(PoisonError::into_inner).take();
    let left_out = match earlier {
        Earlier::Ordered => by_name.into_iter().collect(),
        Earlier::All => Vec::new(),
    };
    match (book, read) {
        (Some(book), _) => Ok((book, left_out)),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => bail!("mdBook did not hand over the book"),
    }
}

/// The renderer for which the preprocessors run: `html`, unless the book has only others.
fn renderer(config: &Config) -> anyhow::Result<String> {
    let outputs = config.outputs::<toml::Value>()?;
    let html = "html".to_owned();
    Ok(match outputs.keys().next() {
        Some(first) if !outputs.contains_key(&html) => first.clone(),
        _ => html,
    })
}

/// A preprocessor that stores the book that mdBook hands it, and the renderer for which it is called.
#[derive(Clone)]
struct Reader {
    renderer: String,
    /// The settings of the book, with all its preprocessors.
    config: Config,
    book: Arc<Mutex<Option<Book<'static>>>>,
}

impl Preprocessor for Reader {
    fn name(&self) -> &str {
        NAME
    }

    fn run(
        &self,
        context: &PreprocessorContext,
        book: MdBook,
    ) -> mdbook_driver::errors::Result<MdBook> {
        let context = PreprocessorContext::new(
            context.root.clone(),
            self.config.clone(),
            context.renderer.clone(),
        );
        *self.book.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Book::of(&context, &book).into_owned());
        Ok(book)
    }
}

impl Renderer for Reader {
    fn name(&self) -> &str {
        &self.renderer
    }

    fn render(&self, _: &RenderContext) -> mdbook_driver::errors::Result<()> {
        Ok(())
    }
}

/// The error message for a folder without a book.
pub fn no_book(folder: &Path) -> String {
    format!(
        "there is no book in `{}`: book.toml is missing; run `mdbook init` to create a book",
        folder.display()
    )
}
