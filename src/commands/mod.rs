//! The commands, one a file, each a table of contents of what it does.

use std::path::Path;

pub mod build;
pub mod check;
pub mod completions;
pub mod findings;
pub mod install;
pub mod list;
pub mod make;
pub mod man;
pub mod needs;
pub mod new;
pub mod obtain;
pub mod open;
pub mod pages;
pub mod preprocess;
pub mod programs;
pub mod progress;
pub mod record;
pub mod schema;
pub mod settings;
pub mod shelf;
pub mod values;
pub mod watched;
pub mod which;

/// What a command says of a folder without a book.
fn no_book(folder: &Path) -> String {
    format!(
        "there is no book in `{}`: it has no book.toml (make one with `mdbook init`)",
        folder.display()
    )
}
