//! `man`: prints or writes the manual pages.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::files;

/// Returns the manual page of the program, in roff.
///
/// # Errors
/// None is known: the page is written to memory.
pub fn page() -> anyhow::Result<String> {
    let mut roff = Vec::new();
    Man::new(Cli::command()).render(&mut roff)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

/// Writes the manual pages of the program and of each command into a folder; returns one line per file.
///
/// # Errors
/// A file cannot be written.
pub fn pages(folder: &Path) -> anyhow::Result<String> {
    let mut program = Cli::command();
    program.build();
    let mut written = Vec::new();
    // `help` needs no page.
    let commands = program
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    for command in [&program].into_iter().chain(commands) {
        let page = Man::new(command.clone());
        let file = folder.join(page.get_filename());
        let mut roff = Vec::new();
        page.render(&mut roff)?;
        files::write(&file, &roff)
            .with_context(|| format!("failed to write `{}`", file.display()))?;
        written.push(format!("wrote {}", file.display()));
    }
    Ok(written.join("\n"))
}
