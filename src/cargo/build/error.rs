//! Why a program was not built.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why there is no binary.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be started.
    #[error("failed to start `{cargo}`: {error}")]
    NoCargo {
        /// What was started.
        cargo: String,
        /// What the system said.
        #[source]
        error: Arc<io::Error>,
    },
    /// Cargo builds nothing at all: it does not understand a manifest, cannot fetch a dependency, …
    #[error("Cargo cannot build the programs")]
    Refused {
        /// What it said.
        output: String,
        /// What to do, where that is not Cargo's to say.
        help: Option<String>,
    },
    /// A package that programs depend on does not build.
    #[error("what the programs depend on does not build")]
    Dependency {
        /// What the compiler said; with ANSI colours.
        output: String,
    },
    /// The program does not build.
    #[error("`{target}` does not build")]
    Failed {
        /// The target.
        target: String,
        /// What the compiler said; with ANSI colours.
        output: String,
        /// The codes of its errors, `None` for one that has none.
        codes: BTreeSet<Option<String>>,
    },
    /// The program builds, and must not.
    #[error("`{target}` builds, and must not: the fence says `compile_fail`")]
    Compiles {
        /// The target.
        target: String,
    },
    /// The compiler refuses the program for another reason than it must.
    #[error("`{target}` must be refused with {}, and is with {}", .expected.join(" and "), in_words(codes))]
    RefusedOtherwise {
        /// The target.
        target: String,
        /// The codes of the errors that it must have.
        expected: Vec<String>,
        /// Those that it has.
        codes: BTreeSet<Option<String>>,
        /// What the compiler said; with ANSI colours.
        output: String,
    },
    /// A program in the page has no package whose dependencies it could have.
    #[error("{}", no_package(target, asked))]
    NoPackage {
        /// The program.
        target: String,
        /// The package that its fence names; empty: none.
        asked: String,
        /// The packages that there are.
        packages: Vec<String>,
    },
    /// We were asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Cargo built it, and we cannot reach what it left.
    #[error("failed to reach `{}`: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        error: Arc<io::Error>,
    },
}

/// Two are the same where a person is told the same of them.
impl PartialEq for BuildError {
    fn eq(&self, other: &BuildError) -> bool {
        let told = |error: &BuildError| (error.to_string(), error.help());
        self.said() == other.said() && told(self) == told(other)
    }
}

fn no_package(target: &str, asked: &str) -> String {
    match asked {
        "" => format!("it is open which package's dependencies `{target}` has"),
        asked => format!("there is no package `{asked}` whose dependencies `{target}` could have"),
    }
}

fn in_words(codes: &BTreeSet<Option<String>>) -> String {
    let word = |code: &Option<String>| code.clone().unwrap_or("an error without a code".to_owned());
    codes.iter().map(word).collect::<Vec<_>>().join(" and ")
}

impl BuildError {
    /// The error of a file that Cargo or we have written.
    pub fn unreadable(file: &Path, error: io::Error) -> BuildError {
        BuildError::Unreadable {
            file: file.to_owned(),
            error: Arc::new(error),
        }
    }

    /// What Cargo or the compiler said of it; with ANSI colours.
    pub fn said(&self) -> &str {
        match self {
            BuildError::Failed { output, .. }
            | BuildError::Dependency { output }
            | BuildError::Refused { output, .. }
            | BuildError::RefusedOtherwise { output, .. } => output,
            BuildError::NoCargo { .. }
            | BuildError::Compiles { .. }
            | BuildError::NoPackage { .. }
            | BuildError::Interrupted
            | BuildError::Unreadable { .. } => "",
        }
    }

    /// What to do about it, where that is not the compiler's to say.
    pub fn help(&self) -> Option<String> {
        match self {
            BuildError::Refused { help, .. } => help.clone(),
            BuildError::NoCargo { .. } => Some(
                "the programs of a book are built with Cargo: install Rust, or put it on the PATH"
                    .to_owned(),
            ),
            BuildError::Compiles { .. } => {
                Some("take `compile_fail` away, or change the program".to_owned())
            }
            BuildError::RefusedOtherwise { .. } => {
                Some("change the program, or the errors that the fence names".to_owned())
            }
            BuildError::NoPackage { packages, .. } => Some(format!(
                "write `package=NAME` in the fence, with one of `{}`",
                packages.join("`, `")
            )),
            BuildError::Dependency { .. }
            | BuildError::Failed { .. }
            | BuildError::Interrupted
            | BuildError::Unreadable { .. } => None,
        }
    }
}
