//! A built program.

use std::path::PathBuf;

/// A built program.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The executable.
    pub path: PathBuf,
    /// Every source file of the program, as Cargo's dep-info names them, the manifests and Cargo's settings, and the
    /// names of the variables and fields that the program was compiled with.
    /// `None`: another program of the same call did not build, so Cargo wrote no dep-info.
    pub sources: Option<Vec<PathBuf>>,
    /// The compiler's warnings, with ANSI colors.
    pub warnings: String,
    /// For the shell that runs a page's commands, the folder with the programs that they name. `None`: a program of
    /// the author.
    pub programs: Option<PathBuf>,
}
