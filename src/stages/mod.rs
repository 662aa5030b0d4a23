//! What several commands have in common, in the order in which they go through it.

use std::path::Path;

pub mod open;
pub mod settings;
pub mod threads;

pub mod needs;
pub mod programs;
pub mod which;

pub mod make;
pub mod obtain;
pub mod watched;

pub mod pages;
pub mod shelf;
pub mod values;

pub mod findings;
pub mod progress;

/// What is said of a folder without a book.
pub fn no_book(folder: &Path) -> String {
    format!(
        "there is no book in `{}`: it has no book.toml (make one with `mdbook init`)",
        folder.display()
    )
}
