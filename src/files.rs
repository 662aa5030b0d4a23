//! Reads and writes whole files; a write is atomic.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Reads a JSON file of this tool; `None`: the file is missing or malformed.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Option<T> {
    // Parsing a slice is faster than parsing a stream.
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Converts the bytes of a file to text.
///
/// # Errors
/// The bytes are not valid UTF-8.
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not valid UTF-8"))
}

/// Writes a JSON file of this tool.
///
/// # Errors
/// The folder or the file cannot be written; an existing file stays unchanged.
pub fn write_json<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    write(file, &serde_json::to_vec(value)?)
}

/// Writes a file atomically: under another name first. A symbolic link is followed, and the permissions of an existing
/// file are kept.
///
/// # Errors
/// The folder or the file cannot be written, or the existing file is read-only; it stays unchanged.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let real = fs::canonicalize(file);
    let file = real.as_deref().unwrap_or(file);
    let old = fs::metadata(file);
    if old.as_ref().is_ok_and(|old| old.permissions().readonly()) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the file is read-only",
        ));
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    // Only its owner can read a temporary file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = old.map_or(0o644, |old| old.permissions().mode());
        temporary
            .as_file()
            .set_permissions(fs::Permissions::from_mode(mode))?;
    }
    temporary.persist(file)?;
    Ok(())
}

/// Gives the lines of `new` the line ends of `old`, if all lines of `old` end in `\r\n`.
pub fn with_ends_of(old: &str, new: String) -> String {
    match old.contains("\r\n") && !old.replace("\r\n", "").contains('\n') {
        true => new.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => new,
    }
}
