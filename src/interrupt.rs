//! Interruption by Ctrl-C and other requests to end: recorded here, so that commands can stop and clean up.

use std::io::{self, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// The exit status of an interrupted command: 128 plus the number of SIGINT, as in shells.
pub const STATUS: u8 = 130;

/// The time that a command may take to stop.
const PATIENCE: Duration = Duration::from_secs(3);

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Whether the handler is installed.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Catches interruptions from now on: SIGINT, SIGTERM and SIGHUP on Unix, Ctrl-C and closing the console on
/// Windows. A second interruption, or three seconds after the first, ends the process at once.
///
/// # Errors
/// The signal handler cannot be installed.
pub fn catch() -> Result<(), ctrlc::Error> {
    if INSTALLED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            process::exit(STATUS.into());
        }
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            writeln!(io::stderr(), "error: interrupted").ok();
            process::exit(STATUS.into());
        });
    })
}

/// Returns whether the user has interrupted the command.
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
