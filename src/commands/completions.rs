//! `completions`: prints the completion script for a shell.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::{Cli, PROGRAM};

/// Returns the completion script for a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), PROGRAM, &mut script);
    // The script is valid UTF-8: clap generates it from strings.
    String::from_utf8_lossy(&script).into_owned()
}
