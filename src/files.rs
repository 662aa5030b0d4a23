//! Files read whole, and written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Reads a file of ours; `None`: it is missing, or not what we write.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Option<T> {
    // Parsing a slice is faster than parsing a stream.
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// The bytes of a file as a text.
///
/// # Errors
/// They are none.
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no UTF-8"))
}

/// Writes a file of ours as JSON.
///
/// # Errors
/// The folder or the file cannot be written; an older file stays whole.
pub fn write_json<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    write(file, &serde_json::to_vec(value)?)
}

/// Writes a file under another name first, so that nobody sees half of it; behind a link, the one that it
/// leads to. Who may read an older one may read the new one.
///
/// # Errors
/// The folder or the file cannot be written, or the older file is read-only; it stays whole.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let real = fs::canonicalize(file);
    let file = real.as_deref().unwrap_or(file);
    let old = fs::metadata(file);
    if old.as_ref().is_ok_and(|old| old.permissions().readonly()) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is read-only",
        ));
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    // A temporary file is its owner's alone.
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

/// A text that was made of `old`, its lines ended as those of that are, if they all are in the same way.
pub fn with_ends_of(old: &str, new: String) -> String {
    match old.contains("\r\n") && !old.replace("\r\n", "").contains('\n') {
        true => new.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => new,
    }
}
