//! The shell that runs a page's commands, and a folder with the programs that the commands name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::binary::Binary;
use super::error::BuildError;

/// The shell. POSIX.1-2024 guarantees only that `sh` is on the PATH, but every Unix has it here.
const SHELL: &str = "/bin/sh";

/// Returns a shell for these programs, which are linked into `folder`, a folder for them alone.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn with(programs: Vec<Binary>, folder: &Path) -> Result<Binary, BuildError> {
    gather(&programs, folder).map_err(|error| BuildError::unreadable(folder, error))?;
    let mut shell = Binary {
        path: PathBuf::from(SHELL),
        sources: Some(Vec::new()),
        warnings: String::new(),
        programs: Some(folder.to_owned()),
    };
    for program in programs {
        let known = shell.sources.take().zip(program.sources);
        shell.sources = known.map(|(mut all, sources)| {
            all.extend(sources);
            all
        });
        shell.warnings.push_str(&program.warnings);
    }
    Ok(shell)
}

fn gather(programs: &[Binary], folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(folder)?,
    }
    for program in programs {
        let link = folder.join(program.path.file_name().unwrap_or_default());
        fs::hard_link(&program.path, &link)
            .or_else(|_| fs::copy(&program.path, &link).map(drop))?;
    }
    Ok(())
}
