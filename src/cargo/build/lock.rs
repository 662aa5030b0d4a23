//! The lock that admits one build at a time to a target folder.
//!
//! Two books of a workspace may have snippets of the same name, which Cargo writes to the same file. So a build must
//! have moved its executables away before the next one starts.

use std::fs::File;
use std::path::Path;

use super::error::BuildError;
use crate::progress::Progress;

/// The name of the locked file.
const FILE: &str = "build.lock";

/// The lock of a build, released on drop.
pub(super) struct BuildLock {
    /// The system releases the lock with the file, even if the process is killed.
    _file: Option<File>,
}

impl BuildLock {
    /// Waits until no other build holds the lock in a folder. If the file cannot be locked, the build goes ahead
    /// without.
    ///
    /// # Errors
    /// The user has interrupted the build.
    pub(super) fn wait(folder: &Path, progress: &dyn Progress) -> Result<BuildLock, BuildError> {
        let opened = std::fs::create_dir_all(folder).and_then(|()| File::create(folder.join(FILE)));
        let file = match opened {
            Ok(file) => lock(file, progress)?,
            Err(_) => None,
        };
        Ok(BuildLock { _file: file })
    }
}

#[cfg(unix)]
fn lock(file: File, progress: &dyn Progress) -> Result<Option<File>, BuildError> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    use std::time::Duration;
    /// The interval of attempts.
    const TICK: Duration = Duration::from_millis(50);

    let mut is_reported = false;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(file)),
            Err(Errno::WOULDBLOCK | Errno::INTR) if progress.is_interrupted() => {
                return Err(BuildError::Interrupted);
            }
            Err(Errno::WOULDBLOCK) => {
                if !is_reported {
                    tracing::info!("waiting for another build in the same target folder");
                    is_reported = true;
                }
                std::thread::sleep(TICK);
            }
            Err(Errno::INTR) => {}
            Err(_) => return Ok(None),
        }
    }
}

#[cfg(not(unix))]
fn lock(file: File, _: &dyn Progress) -> Result<Option<File>, BuildError> {
    Ok(Some(file))
}
