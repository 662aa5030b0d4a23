//! Paths as recordings write them: relative to the book's folder, with `/` between the parts.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Writes a path relative to the book's folder `root`, with `..` for the folders above. Symbolic links in the path
/// are resolved; `root` must be canonical.
pub fn relative(root: &Path, path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (mut root, mut path) = (root.components().peekable(), path.components().peekable());
    while root.peek().is_some() && root.peek() == path.peek() {
        root.next();
        path.next();
    }
    let up = root.map(|_| "..".to_owned());
    let down = path.map(|part| match part {
        Component::Normal(name) => name.to_string_lossy().into_owned(),
        part => part.as_os_str().to_string_lossy().into_owned(),
    });
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The absolute form of a path that [`relative`] has written.
pub(super) fn absolute(root: &Path, path: &str) -> PathBuf {
    let mut absolute = root.to_owned();
    for part in path.split('/') {
        match part {
            ".." => {
                absolute.pop();
            }
            part => absolute.push(part),
        }
    }
    absolute
}
