//! Plan → binaries: one call of Cargo for all.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Progress, Run, Target};
use crate::lesson::fence::TargetKind;

mod outcome;
mod sources;

use outcome::Outcome;

/// The profile in which examples are built unless a fence or the settings name another: `dev`, without
/// what only a debugger or the next incremental build would use (a third of the time of a cold build).
/// Cargo's arguments bring it along; the author's manifest need not know it.
pub const PROFILE: [&str; 10] = [
    "--config",
    "profile.lesson.inherits=\"dev\"",
    "--config",
    "profile.lesson.debug=0",
    "--config",
    "profile.lesson.incremental=false",
    "--config",
    "profile.lesson.codegen-units=1",
    "--profile",
    "lesson",
];

/// A program that was built.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The executable.
    pub path: PathBuf,
    /// Every source file of the program, as Cargo's dep-info names them, and the manifests.
    /// `None`: another program of the same call did not build, and Cargo wrote no dep-info.
    pub sources: Option<Vec<PathBuf>>,
    /// What the compiler warned of, with ANSI colours.
    pub warnings: String,
}

/// Why there is no binary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be started.
    #[error("failed to start `{cargo}`: {error}")]
    NoCargo {
        /// What was started.
        cargo: String,
        /// What the system said.
        error: String,
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
        error: String,
    },
}

/// What must be equal for runs to share a call of Cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Call<'a> {
    profile: Option<&'a str>,
    features: &'a [String],
    /// Where it must be the only one: for its features, or because another package has a target of
    /// the same name, which Cargo would write to the same file.
    package: Option<&'a str>,
}

/// How programs are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking<'a> {
    /// As Cargo does it.
    Ordinary,
    /// With a std that is loaded at run time, into a target folder of their own: so they can be observed.
    Dynamic(&'a Path),
}

/// Builds the programs of these runs: one call of Cargo, and a further one only where two programs
/// cannot stand beside each other. The answers stand in the order of the runs; one program's failure
/// hides no other's.
pub fn build(
    manifest: &Path,
    runs: &[&Run],
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<Result<Binary, BuildError>> {
    let mut packages: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for run in runs {
        packages
            .entry(file(run))
            .or_default()
            .insert(&run.target.package);
    }
    let has_namesakes = |run: &&Run| packages[&file(run)].len() > 1;
    let keys: Vec<(Call<'_>, &Target)> = runs
        .iter()
        .map(|run| (Call::of(run, has_namesakes(run)), &run.target))
        .collect();
    let mut calls: BTreeMap<Call<'_>, BTreeSet<&Target>> = BTreeMap::new();
    for &(call, target) in &keys {
        calls.entry(call).or_default().insert(target);
    }
    let several = calls.len() > 1;
    let mut built = BTreeMap::new();
    for (number, (call, targets)) in calls.into_iter().enumerate() {
        for (target, mut binary) in call_cargo(manifest, call, &targets, linking, progress) {
            if several {
                binary = binary.and_then(|binary| binary.set_aside(number));
            }
            built.insert((call, target), binary);
        }
    }
    keys.iter().map(|key| built[key].clone()).collect()
}

/// What decides on the file that Cargo writes a program to.
fn file(run: &Run) -> (TargetKind, &str) {
    (run.target.kind, &run.target.name)
}

impl Call<'_> {
    fn of(run: &Run, has_namesakes: bool) -> Call<'_> {
        let alone = has_namesakes || !run.attributes.features.is_empty();
        Call {
            profile: run.attributes.profile.as_deref(),
            features: &run.attributes.features,
            package: alone.then_some(run.target.package.as_str()),
        }
    }
}

impl Binary {
    /// Puts the executable where no later call of Cargo replaces it.
    fn set_aside(self, call: usize) -> Result<Binary, BuildError> {
        let name = self.path.file_name().unwrap_or_default();
        let folder = self.path.with_file_name(format!("call-{call}"));
        let path = folder.join(name);
        fs::create_dir_all(&folder)
            .and_then(|()| match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => fs::hard_link(&self.path, &path)
                    .or_else(|_| fs::copy(&self.path, &path).map(drop)),
            })
            .map_err(|error| BuildError::Unreadable {
                file: path.clone(),
                error: error.to_string(),
            })?;
        Ok(Binary { path, ..self })
    }
}

/// The Cargo that runs us, else the one on the PATH.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn call_cargo<'a>(
    manifest: &Path,
    Call {
        profile, features, ..
    }: Call<'_>,
    targets: &BTreeSet<&'a Target>,
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
    let mut command = Command::new(cargo());
    command
        .args([
            "build",
            "--keep-going",
            "--message-format=json-diagnostic-rendered-ansi",
        ])
        .arg("--manifest-path")
        .arg(manifest);
    if let Linking::Dynamic(folder) = linking {
        command.arg("--target-dir").arg(folder);
        link_dynamically(&mut command);
    }
    match profile {
        Some(profile) => command.args(["--profile", profile]),
        None => command.args(PROFILE),
    };
    for package in targets
        .iter()
        .map(|target| &target.package)
        .collect::<BTreeSet<_>>()
    {
        command.args(["--package", package]);
    }
    for target in targets {
        let kind = match target.kind {
            TargetKind::Example => "--example",
            TargetKind::Bin => "--bin",
        };
        command.args([kind, &target.name]);
    }
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    let outcome = Outcome::of(command, progress);
    targets
        .iter()
        .map(|&target| {
            (
                target,
                outcome
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(|outcome| outcome.binary(target)),
            )
        })
        .collect()
}

/// Has Cargo link programs with a std that is loaded at run time. Flags in the environment take the place
/// of those in settings, so they are added where they are.
fn link_dynamically(command: &mut Command) {
    if let Some(flags) = env::var_os("CARGO_ENCODED_RUSTFLAGS") {
        let flags = [flags.to_string_lossy().as_ref(), "-C", "prefer-dynamic"].join("\u{1f}");
        command.env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags.trim_start_matches('\u{1f}'),
        );
    } else if let Some(flags) = env::var_os("RUSTFLAGS") {
        let flags = format!("{} -C prefer-dynamic", flags.to_string_lossy());
        command.env("RUSTFLAGS", flags);
    } else {
        command.args(["--config", "build.rustflags=[\"-C\",\"prefer-dynamic\"]"]);
    }
}
