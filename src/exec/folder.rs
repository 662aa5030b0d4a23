//! A program's working directory: its size and its removal.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::sampler::Activity;

/// The time between two measurements of a folder's size.
const INTERVAL: Duration = Duration::from_millis(100);
/// The same for a program that has run only briefly in between.
const LONG_INTERVAL: Duration = Duration::from_secs(1);
/// The shortest pause after a measurement, as a multiple of the time that the measurement took.
const PAUSE_FACTOR: u32 = 4;

/// The disk limit of a folder, checked from time to time.
#[derive(Debug)]
pub struct DiskLimit {
    folder: PathBuf,
    /// The largest allowed size in bytes.
    limit: u64,
    measured: Instant,
    /// The duration of the last measurement.
    took: Duration,
    /// The program's activity since the last measurement.
    activity: Activity,
}

impl DiskLimit {
    /// Limits a folder to this number of bytes.
    pub fn new(folder: &Path, limit: u64) -> DiskLimit {
        DiskLimit {
            folder: folder.to_owned(),
            limit,
            measured: Instant::now(),
            took: Duration::ZERO,
            activity: Activity::Idle,
        }
    }

    /// Returns whether the folder is known to exceed the limit. `activity` is the program's activity since the
    /// previous call. The folder is measured only if the program has run and the last measurement is old enough.
    pub fn is_exceeded(&mut self, activity: Activity) -> bool {
        self.activity = self.activity.max(activity);
        let interval = match self.activity {
            Activity::Idle => return false,
            Activity::Brief => LONG_INTERVAL,
            Activity::Busy => INTERVAL,
        };
        let now = Instant::now();
        if now < self.measured + interval.max(self.took * PAUSE_FACTOR) {
            return false;
        }
        let bytes = size(&self.folder);
        self.measured = Instant::now();
        self.took = self.measured - now;
        self.activity = Activity::Idle;
        bytes > self.limit
    }
}

/// Returns the number of bytes on disk in a folder. Files that vanish meanwhile count as empty.
fn size(folder: &Path) -> u64 {
    let mut folders = vec![folder.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            bytes += on_disk(&metadata);
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    bytes
}

#[cfg(unix)]
fn on_disk(metadata: &Metadata) -> u64 {
    // Always in units of 512 bytes, whatever the file system's block size (stat(2)).
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn on_disk(metadata: &Metadata) -> u64 {
    metadata.len()
}

/// Copies a file, or a folder with everything in it.
///
/// # Errors
/// A file or folder cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes a folder and its content, even where the program has taken away its own user's permissions. A missing
/// folder is no error.
///
/// # Errors
/// A file or folder cannot be removed.
pub fn remove(folder: &Path) -> io::Result<()> {
    let removed = fs::remove_dir_all(folder).or_else(|_| {
        make_accessible(folder);
        fs::remove_dir_all(folder)
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Gives the current user full access to a folder and all folders below it; never follows a link.
fn make_accessible(folder: &Path) {
    if !fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).ok();
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        make_accessible(&entry.path());
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use super::{remove, size};

    #[test]
    fn a_folder_without_permissions_is_removed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let closed = folder.path().join("closed");
        fs::create_dir(&closed)?;
        fs::write(closed.join("file"), vec![b'x'; 100_000])?;
        assert!(size(folder.path()) >= 100_000);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))?;
        }
        remove(folder.path())?;
        assert!(!folder.path().exists());
        remove(folder.path())
    }
}
