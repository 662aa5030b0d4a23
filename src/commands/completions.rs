//! `completions`: what a shell must know to complete the program's commands.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::{Cli, PROGRAM};

/// The script for a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), PROGRAM, &mut script);
    // What clap has generated is of texts alone.
    String::from_utf8_lossy(&script).into_owned()
}
