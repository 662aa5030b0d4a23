//! The names of files for a CI: relative to the repository.

use std::path::{Component, Path, PathBuf};

/// The folders of a book and its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The folder with book.toml, absolute.
    pub book: PathBuf,
    /// The repository's folder, absolute. Names are relative to it.
    pub repository: PathBuf,
}

impl Checkout {
    /// The name of a file, given relative to the book, with `/` between its parts. A file outside of the repository
    /// keeps its absolute path.
    pub fn name(&self, file: &Path) -> String {
        let mut path = PathBuf::new();
        for part in self.book.join(file).components() {
            match part {
                Component::ParentDir => {
                    path.pop();
                }
                part => path.push(part),
            }
        }
        let path = path.strip_prefix(&self.repository).unwrap_or(&path);
        path.display().to_string().replace('\\', "/")
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Checkout;

    #[test]
    fn files_are_named_from_the_repository() {
        for (book, file, name) in [
            ("/r", "src/a.md", "src/a.md"),
            ("/r/docs", "src/a.md", "docs/src/a.md"),
            ("/r/docs", "../text/a.md", "text/a.md"),
            ("/r/docs", "/r/examples/a.rs", "examples/a.rs"),
            ("/r/docs", "/elsewhere/a.rs", "/elsewhere/a.rs"),
            ("/repository", "a.md", "/repository/a.md"),
        ] {
            let checkout = Checkout {
                book: PathBuf::from(book),
                repository: PathBuf::from("/r"),
            };
            assert_eq!(checkout.name(Path::new(file)), name);
        }
    }
}
