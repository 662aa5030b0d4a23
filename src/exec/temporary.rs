//! Temporary folders, of which none is left even if this process is killed.
//!
//! All of them are in one folder, which another process creates and removes: its keeper. It lives as long as one of them,
//! and no longer than this process.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::folder::remove;
use super::helper::helper;

/// The command-line argument that makes this program a keeper.
pub const COMMAND: &str = "keep-folder";

/// The time for which a keeper tries to remove a folder in which programs may still be running.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// A temporary folder, removed at the end of its scope.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
    _kept: Arc<Kept>,
}

impl TemporaryFolder {
    /// Creates an empty folder with a name of random letters and digits.
    ///
    /// # Errors
    /// The keeper cannot be started, or the folder cannot be created.
    pub fn create() -> io::Result<TemporaryFolder> {
        let kept = Kept::current()?;
        Ok(TemporaryFolder {
            folder: tempfile::Builder::new()
                .prefix("")
                .tempdir_in(&kept.folder)?,
            _kept: kept,
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The folder with all temporary folders, and its keeper.
#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    keeper: Child,
    lifeline: Option<ChildStdin>,
}

static CURRENT: Mutex<Weak<Kept>> = Mutex::new(Weak::new());

impl Kept {
    fn current() -> io::Result<Arc<Kept>> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = current.upgrade() {
            return Ok(kept);
        }
        let kept = Arc::new(Kept::new()?);
        *current = Arc::downgrade(&kept);
        Ok(kept)
    }

    fn new() -> io::Result<Kept> {
        let mut keeper = helper(COMMAND)?.stderr(Stdio::null()).spawn()?;
        let lifeline = keeper.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let mut kept = Kept {
            folder: PathBuf::new(),
            keeper,
            lifeline,
        };
        let created: Result<PathBuf, String> = serde_json::from_str(&line)?;
        kept.folder = created.map_err(io::Error::other)?;
        Ok(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.lifeline = None;
        self.keeper.wait().ok();
        // The keeper may have been killed.
        if self.folder.is_absolute() {
            remove(&self.folder).ok();
        }
    }
}

/// Runs the keeper: creates a folder, tells its path on stdout, and removes it when stdin ends.
pub fn main() -> ExitCode {
    match keep() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn keep() -> io::Result<()> {
    let folder = tempfile::Builder::new().prefix("transcript-").tempdir();
    let created = folder.as_ref().map(TempDir::path);
    let mut line = serde_json::to_vec(&created.map_err(ToString::to_string))?;
    line.push(b'\n');
    // The other process may have been killed already.
    let told = io::stdout()
        .write_all(&line)
        .and_then(|()| io::stdout().flush());
    if told.is_ok() {
        io::copy(&mut io::stdin(), &mut io::sink()).ok();
    }
    let folder = folder?.keep();
    let by = Instant::now() + PATIENCE;
    loop {
        match remove(&folder) {
            // A program that is about to be killed may still write into it.
            Err(_) if Instant::now() < by => sleep(PAUSE),
            removed => return removed,
        }
    }
}
