//! `build`: builds a book, and the books that it names, with the mdBook inside this program.

use std::path::{Component, Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config as Settings;
use mdbook_preprocessor::book::Book as MdBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use rayon::prelude::*;

use crate::book::open::{no_book, settings};
use crate::book::{self, Book, NAME};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Setting};
use crate::pipeline::render::Pages;
use crate::pipeline::threads::share_out;
use crate::report::Errors;
use crate::session::settings::in_book_toml;

/// A book to build.
pub struct Buildable {
    /// Its folder, as messages name it.
    pub folder: PathBuf,
    root: PathBuf,
    settings: Settings,
}

/// Returns the book in this folder, and those that its settings name in `books`, each once.
///
/// # Errors
/// One of the books does not exist, its settings cannot be read, or building it would remove the pages of another.
pub fn books(folder: &Path) -> anyhow::Result<Vec<Buildable>> {
    let first = Buildable::of(folder.to_owned())?;
    let (root, named) = (first.root.clone(), first.named()?);
    let mut books = vec![first];
    let mut errors = Vec::new();
    for name in named {
        let folder = normal(&folder.join(name));
        if !folder.join("book.toml").is_file() {
            errors.push(no_such_book(&folder));
            continue;
        }
        let book = Buildable::of(folder)?;
        if books.iter().any(|earlier| earlier.root == book.root) {
            continue;
        }
        let replaces = |earlier: &&Buildable| earlier.output().starts_with(book.output());
        errors.extend(books.iter().find(replaces).map(|it| same_output(&book, it)));
        books.push(book);
    }
    let errors = errors.into_iter().map(|error| in_book_toml(&root, error));
    match errors.collect::<Vec<_>>() {
        errors if errors.is_empty() => Ok(books),
        errors => Err(Errors::from(errors).into()),
    }
}

fn no_such_book(folder: &Path) -> Diagnostic {
    Diagnostic::error(no_book(folder))
        .at(Setting::Value("books".to_owned()))
        .help("`books` lists folders that contain a book.toml, relative to this one")
}

/// Returns the error for a book whose output folder is that of an earlier book, or contains it.
fn same_output(book: &Buildable, earlier: &Buildable) -> Diagnostic {
    let (folder, output) = (book.folder.display(), book.output());
    let (earlier, output) = (earlier.folder.display(), output.display());
    let message = format!(
        "the book in `{folder}` would replace the one in `{earlier}`: its output folder is `{output}`"
    );
    let help = format!("set another `build-dir` in [build] of `{folder}/book.toml`");
    let error = Diagnostic::error(message).at(Setting::Value("books".to_owned()));
    error.help(help)
}

impl Buildable {
    fn of(folder: PathBuf) -> anyhow::Result<Buildable> {
        let (root, settings) = settings(&folder)?;
        Ok(Buildable {
            folder,
            root,
            settings,
        })
    }

    /// The folders that its settings name in `books`. Errors in the settings are reported when the book is built.
    fn named(&self) -> anyhow::Result<Vec<PathBuf>> {
        let table = self.settings.get(&format!("preprocessor.{NAME}"))?;
        let config = Config::read(&table.unwrap_or_default(), false);
        Ok(config.map_or(Vec::new(), |config| config.books))
    }

    /// The folder that mdBook empties.
    fn output(&self) -> PathBuf {
        normal(&self.root.join(&self.settings.build.build_dir))
    }

    /// Builds the book; returns the path of its first HTML page, if it has one.
    ///
    /// # Errors
    /// mdBook cannot build it, or its lessons or examples have errors.
    pub fn build(self) -> anyhow::Result<Option<PathBuf>> {
        let mut mdbook = MDBook::load_with_config(self.root, self.settings)?;
        mdbook.with_preprocessor(InProcess);
        mdbook.build()?;
        let page = normal(&mdbook.build_dir_for("html").join("index.html"));
        Ok(page.is_file().then_some(page))
    }
}

/// A path without `.`, and without `..` after a folder, which is expected not to be a symbolic link.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    if normal.as_os_str().is_empty() {
        normal.push(Component::CurDir);
    }
    normal
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
