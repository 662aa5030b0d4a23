//! Files that a build writes.

use std::fs;
use std::io;
use std::path::Path;

use super::error::BuildError;
use crate::files;

/// Gives an executable another name: by a hard link, or else as a copy.
pub(super) fn link(executable: &Path, path: &Path) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::hard_link(executable, path).or_else(|_| fs::copy(executable, path).map(drop)),
        })
        .map_err(|error| BuildError::unreadable(path, error))
}

/// Writes a file unless it has this text already: Cargo would build it again for its new time. Returns whether the
/// file was written.
pub(super) fn write_if_new(path: &Path, text: &str) -> Result<bool, BuildError> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    files::write(path, text.as_bytes()).map_err(|error| BuildError::unreadable(path, error))?;
    Ok(true)
}
