//! Files of ours below the target folder: whole or not there.

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

/// Writes a file of ours as JSON.
///
/// # Errors
/// The folder or the file cannot be written; an older file stays whole.
pub fn write_json<T: Serialize>(file: &Path, value: &T) -> io::Result<()> {
    write(file, &serde_json::to_vec(value)?)
}

/// Writes a file of ours under another name first, so that nobody sees half of it.
///
/// # Errors
/// The folder or the file cannot be written; an older file stays whole.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.persist(file)?;
    Ok(())
}
