//! Why a program was not built.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::lesson::fence::TargetKind;
use crate::plan::Run;

/// Advice if Cargo cannot be started.
pub const INSTALL_RUST: &str =
    "the programs of a book are built with Cargo: install Rust, or add it to the PATH";

/// Why there is no binary.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be started.
    #[error("failed to start `{cargo}`: {error}")]
    NoCargo {
        /// The command.
        cargo: String,
        /// The cause.
        #[source]
        error: Arc<io::Error>,
    },
    /// Cargo builds nothing at all: a manifest is invalid, a dependency cannot be fetched, …
    #[error("Cargo cannot build the programs")]
    Refused {
        /// Cargo's output.
        output: String,
        /// Advice that Cargo's output lacks.
        help: Option<String>,
    },
    /// The program requires features (`required-features`) that its fence does not name.
    #[error("`{target}` requires the {}", features(missing))]
    MissingFeatures {
        /// The target.
        target: String,
        /// The features that are missing.
        missing: Vec<String>,
        /// The features that the fence names.
        asked: Vec<String>,
    },
    /// A dependency of the program does not build.
    #[error("a dependency of the programs does not build")]
    Dependency {
        /// The compiler's output, with ANSI colors.
        output: String,
    },
    /// The program does not build.
    #[error("`{target}` does not build")]
    Failed {
        /// The target.
        target: String,
        /// The compiler's output, with ANSI colors.
        output: String,
        /// The codes of the errors; `None`: an error without a code.
        codes: BTreeSet<Option<String>>,
    },
    /// The program compiles, although its fence has `compile_fail`.
    #[error("`{target}` compiles, although its fence has `compile_fail`")]
    Compiles {
        /// The target.
        target: String,
    },
    /// The compiler reports other errors than the fence declares.
    #[error("expected `{target}` to fail with {}, found {}", .expected.join(" and "), in_words(codes))]
    RefusedOtherwise {
        /// The target.
        target: String,
        /// The codes of the declared errors.
        expected: Vec<String>,
        /// The codes of the reported errors.
        codes: BTreeSet<Option<String>>,
        /// The compiler's output, with ANSI colors.
        output: String,
    },
    /// No package is found whose dependencies a snippet can use.
    #[error("{}", no_package(target, asked))]
    NoPackage {
        /// The snippet.
        target: String,
        /// The package that the snippet's fence names; empty: none.
        asked: String,
        /// The packages of the workspace.
        packages: Vec<String>,
    },
    /// The user has interrupted the build.
    #[error("interrupted")]
    Interrupted,
    /// A file of the build cannot be read or written.
    #[error("failed to access `{}`: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        error: Arc<io::Error>,
    },
}

fn no_package(target: &str, asked: &str) -> String {
    match asked {
        "" => format!("the package whose dependencies `{target}` uses is ambiguous"),
        asked => format!("there is no package `{asked}` whose dependencies `{target}` could use"),
    }
}

fn features(missing: &[String]) -> String {
    let plural = if missing.len() > 1 { "s" } else { "" };
    format!("feature{plural} `{}`", missing.join("`, `"))
}

fn in_words(codes: &BTreeSet<Option<String>>) -> String {
    let word = |code: &Option<String>| code.clone().unwrap_or("an error without a code".to_owned());
    codes.iter().map(word).collect::<Vec<_>>().join(" and ")
}

impl BuildError {
    /// A file cannot be read or written.
    pub fn unreadable(file: &Path, error: io::Error) -> BuildError {
        BuildError::Unreadable {
            file: file.to_owned(),
            error: Arc::new(error),
        }
    }

    /// Returns whether the errors of two runs have one cause, which is reported once: programs that share a call of
    /// Cargo share its error, and runs of one program its compiler's.
    pub fn has_cause_of(&self, run: &Run, other: &BuildError, other_run: &Run) -> bool {
        let message = |error: &BuildError| (error.to_string(), error.help());
        let are_same_message =
            self.compiler_output() == other.compiler_output() && message(self) == message(other);
        let (one, another) = (&run.target, &other_run.target);
        let is_shell = [one, another]
            .iter()
            .any(|target| target.kind == TargetKind::Shell);
        are_same_message
            && match self {
                // Each of the fences lacks them.
                BuildError::MissingFeatures { .. } => false,
                // Another package may have a program of this name with the same mistake.
                BuildError::Failed { .. }
                | BuildError::Compiles { .. }
                | BuildError::RefusedOtherwise { .. } => one == another || is_shell,
                BuildError::NoCargo { .. }
                | BuildError::Refused { .. }
                | BuildError::Dependency { .. }
                | BuildError::NoPackage { .. }
                | BuildError::Interrupted
                | BuildError::Unreadable { .. } => {
                    one.standalone == another.standalone
                        && (!one.standalone || one.manifest == another.manifest)
                }
            }
    }

    /// The output of Cargo or the compiler, with ANSI colors; empty if there is none.
    pub fn compiler_output(&self) -> &str {
        match self {
            BuildError::Failed { output, .. }
            | BuildError::Dependency { output }
            | BuildError::Refused { output, .. }
            | BuildError::RefusedOtherwise { output, .. } => output,
            BuildError::NoCargo { .. }
            | BuildError::Compiles { .. }
            | BuildError::MissingFeatures { .. }
            | BuildError::NoPackage { .. }
            | BuildError::Interrupted
            | BuildError::Unreadable { .. } => "",
        }
    }

    /// Advice that the compiler's output lacks.
    pub fn help(&self) -> Option<String> {
        match self {
            BuildError::Refused { help, .. } => help.clone(),
            BuildError::NoCargo { .. } => Some(INSTALL_RUST.to_owned()),
            BuildError::Compiles { .. } => {
                Some("remove `compile_fail`, or change the program".to_owned())
            }
            BuildError::RefusedOtherwise { .. } => {
                Some("change the program, or the error codes in the fence".to_owned())
            }
            BuildError::MissingFeatures { missing, asked, .. } => {
                let all = [&asked[..], missing].concat().join(" ");
                let quote = if all.contains(' ') { "\"" } else { "" };
                Some(format!("write `features={quote}{all}{quote}` in the fence"))
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
