//! The folder in which a program runs: how much it holds, and its removal.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::sampler::Activity;

/// Between two looks at how much a folder holds.
const LOOK: Duration = Duration::from_millis(100);
/// The same where its program has only run for moments.
const LONG_LOOK: Duration = Duration::from_secs(1);
/// A look that takes long is followed by this many times its time without one.
const REST: u32 = 4;

/// Watches that a folder does not hold too much.
#[derive(Debug)]
pub struct Watch {
    folder: PathBuf,
    limit: u64,
    looked: Instant,
    /// How long the look took.
    took: Duration,
    /// What its program has done since.
    activity: Activity,
}

impl Watch {
    /// Of this folder, which may hold so many bytes.
    pub fn of(folder: &Path, limit: u64) -> Watch {
        Watch {
            folder: folder.to_owned(),
            limit,
            looked: Instant::now(),
            took: Duration::ZERO,
            activity: Activity::Slept,
        }
    }

    /// Whether it holds more. `activity`: what its program may have done since this was asked before. It is not
    /// looked at each time, and not when its program has not run.
    pub fn is_too_much(&mut self, activity: Activity) -> bool {
        self.activity = self.activity.max(activity);
        let wait = match self.activity {
            Activity::Slept => return false,
            Activity::Stirred => LONG_LOOK,
            Activity::Worked => LOOK,
        };
        let now = Instant::now();
        if now < self.looked + wait.max(self.took * REST) {
            return false;
        }
        let bytes = size(&self.folder);
        self.looked = Instant::now();
        self.took = self.looked - now;
        self.activity = Activity::Slept;
        bytes > self.limit
    }
}

/// How many bytes lie in a folder. What is just being removed counts for nothing.
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
    // In units of 512 bytes, whatever the file system's blocks are (stat(2)).
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn on_disk(metadata: &Metadata) -> u64 {
    metadata.len()
}

/// Removes a folder that may be gone already, with folders in it that its program has closed even for
/// its own user.
///
/// # Errors
/// Something in it cannot be removed.
pub fn remove(folder: &Path) -> io::Result<()> {
    let removed = fs::remove_dir_all(folder).or_else(|_| {
        open(folder);
        fs::remove_dir_all(folder)
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Lets us into a folder and all below it, as far as they are ours; never through a link.
fn open(folder: &Path) {
    if !fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).ok();
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        open(&entry.path());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{remove, size};

    #[test]
    fn a_closed_folder_is_removed_all_the_same() {
        let folder = tempfile::tempdir().expect("the system gives it");
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).expect("the system gives it");
        fs::write(closed.join("file"), vec![b'x'; 100_000]).expect("the system gives it");
        assert!(size(folder.path()) >= 100_000);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))
                .expect("the system gives it");
        }
        remove(folder.path()).expect("the system gives it");
        assert!(!folder.path().exists());
        remove(folder.path()).expect("the system gives it");
    }
}
