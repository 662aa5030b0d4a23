//! Processes in which this executable helps itself: supervisors, and the keeper of temporary folders.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The executable of helpers, if it is not this one.
static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();

/// Makes this executable the one of all helpers from now on: that of a test has none of their commands.
pub fn help_with(program: PathBuf) {
    EXECUTABLE.get_or_init(|| program);
}

/// A helper that is not started yet. Its stdin is its lifeline: it ends when that closes, which the death of this
/// process causes, too.
///
/// # Errors
/// The path of this executable is not known.
pub(super) fn helper(command: &str) -> io::Result<Command> {
    let mut helper = Command::new(executable()?);
    helper
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Outside the process group that receives the terminal's Ctrl-C: this process decides when to stop.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut helper, 0);
    Ok(helper)
}

/// The path of the executable, valid even after another file has replaced this one (Linux).
fn executable() -> io::Result<PathBuf> {
    if let Some(program) = EXECUTABLE.get() {
        Ok(program.clone())
    } else if cfg!(target_os = "linux") {
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        env::current_exe()
    }
}
