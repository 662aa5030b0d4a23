//! Opens a page in the default browser.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// The system's command that opens a file in the default program.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

/// Starts the default browser with a page, and does not wait for it.
///
/// # Errors
/// The system's opener cannot be started.
pub fn open(page: &Path) -> io::Result<()> {
    let mut opener = Command::new(OPENER);
    opener.arg(page).stdin(Stdio::null());
    opener.stdout(Stdio::null()).stderr(Stdio::null());
    opener.spawn().map(drop)
}
