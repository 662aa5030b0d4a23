//! One build of ours at a time in a target folder. Two books of a workspace may have programs of one name in
//! their pages, and for Cargo these are one file: whoever builds must have taken its own away before the next
//! one builds.

use std::fs::File;
use std::path::Path;

use super::BuildError;
use crate::progress::Progress;

/// The file that is locked, in our folder below the target folder.
const FILE: &str = "build.lock";

/// As long as this is held, no other build goes on.
pub(super) struct Alone {
    /// The lock goes with it, however we end.
    _file: Option<File>,
}

impl Alone {
    /// Waits until no other build goes on. Where no file can be locked, nobody is waited for.
    ///
    /// # Errors
    /// We were asked to stop meanwhile.
    pub(super) fn wait(folder: &Path, progress: &dyn Progress) -> Result<Alone, BuildError> {
        let opened = std::fs::create_dir_all(folder).and_then(|()| File::create(folder.join(FILE)));
        let file = match opened {
            Ok(file) => lock(file, progress)?,
            Err(_) => None,
        };
        Ok(Alone { _file: file })
    }
}

#[cfg(unix)]
fn lock(file: File, progress: &dyn Progress) -> Result<Option<File>, BuildError> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    use std::time::Duration;
    /// How often we look.
    const TICK: Duration = Duration::from_millis(50);

    let mut is_told = false;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(file)),
            Err(Errno::WOULDBLOCK | Errno::INTR) if progress.is_interrupted() => {
                return Err(BuildError::Interrupted);
            }
            Err(Errno::WOULDBLOCK) => {
                if !is_told {
                    tracing::info!("another build is at work: waiting until it has done");
                    is_told = true;
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
