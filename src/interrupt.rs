//! Ctrl-C, and the other requests to end: they are noted, and whoever is at work stops and tidies up.

use std::io::{self, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// The exit status of a command that was interrupted: 128 and the signal's number, as shells have it.
pub const STATUS: u8 = 130;

/// How long whoever is at work may take to stop.
const PATIENCE: Duration = Duration::from_secs(3);

static CAME: AtomicBool = AtomicBool::new(false);

/// Whether somebody watches already.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// From now on an interruption is noted: SIGINT, SIGTERM and SIGHUP on Unix, Ctrl-C and the closing of
/// the console on Windows. A second one, or three seconds, end the process where it stands.
///
/// # Errors
/// The system refuses.
pub fn catch() -> Result<(), ctrlc::Error> {
    if WATCHED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    ctrlc::set_handler(|| {
        if CAME.swap(true, Ordering::SeqCst) {
            process::exit(STATUS.into());
        }
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            writeln!(io::stderr(), "error: interrupted").ok();
            process::exit(STATUS.into());
        });
    })
}

/// Whether an interruption came.
pub fn came() -> bool {
    CAME.load(Ordering::SeqCst)
}
