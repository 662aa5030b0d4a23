//! Plan → binaries: one call of Cargo for all.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufReader, Read};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;

use super::{Run, Target};
use crate::lesson::fence::TargetKind;

/// The profile in which examples are built unless a fence names another: `dev`, without what only a
/// debugger or the next incremental build would use (a third of the time of a cold build).
const PROFILE: &str = "lesson";
const PROFILE_SETTINGS: [&str; 4] = [
    "profile.lesson.inherits=\"dev\"",
    "profile.lesson.debug=0",
    "profile.lesson.incremental=false",
    "profile.lesson.codegen-units=1",
];

/// A program that was built.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The executable.
    pub path: PathBuf,
    /// Every source file of the program, as Cargo's dep-info names them, and the manifests.
    /// `None`: another program of the same call did not build, and Cargo wrote no dep-info.
    pub sources: Option<Vec<PathBuf>>,
}

/// Why there is no binary.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be started.
    #[error("failed to start `{cargo}`: {error}")]
    NoCargo {
        /// What was started.
        cargo: String,
        /// What the system said.
        error: String,
    },
    /// The program does not build.
    #[error("`{target}` does not build")]
    Failed {
        /// The target.
        target: String,
        /// What the compiler said, or Cargo where the compiler was not asked; with ANSI colours.
        output: String,
    },
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

/// Builds the programs of these runs: one call of Cargo, and a further one only where two programs
/// cannot stand beside each other. The answers stand in the order of the runs; one program's failure
/// hides no other's.
pub fn build(manifest: &Path, runs: &[&Run]) -> Vec<Result<Binary, BuildError>> {
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
        for (target, mut binary) in call_cargo(manifest, call, &targets) {
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
    match profile {
        Some(profile) => command.args(["--profile", profile]),
        None => {
            for setting in PROFILE_SETTINGS {
                command.args(["--config", setting]);
            }
            command.args(["--profile", PROFILE])
        }
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
    let outcome = Outcome::of(command);
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

/// What one call of Cargo brought.
#[derive(Default)]
struct Outcome {
    executables: BTreeMap<(PathBuf, String), PathBuf>,
    /// The compiler's errors, by the file of the target that they belong to.
    errors: BTreeMap<PathBuf, String>,
    stderr: String,
    /// Whether everything was built.
    complete: bool,
}

impl Outcome {
    fn of(mut command: Command) -> Result<Outcome, BuildError> {
        let no_cargo = |error: io::Error| BuildError::NoCargo {
            cargo: cargo().to_string_lossy().into_owned(),
            error: error.to_string(),
        };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(no_cargo)?;
        let stderr = child.stderr.take();
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            stderr.map(|mut stderr| stderr.read_to_end(&mut said));
            String::from_utf8_lossy(&said).into_owned()
        });
        let mut outcome = Outcome::default();
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                outcome.take(message.map_err(no_cargo)?);
            }
        }
        child.wait().map_err(no_cargo)?;
        outcome.stderr = said.join().unwrap_or_default();
        Ok(outcome)
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::CompilerArtifact(artifact) => {
                if let Some(executable) = artifact.executable {
                    let target = (artifact.target.src_path.into(), artifact.target.name);
                    self.executables.insert(target, executable.into());
                }
            }
            Message::CompilerMessage(said)
                if matches!(
                    said.message.level,
                    DiagnosticLevel::Error | DiagnosticLevel::Ice
                ) =>
            {
                let errors = self.errors.entry(said.target.src_path.into()).or_default();
                errors.push_str(&said.message.rendered.unwrap_or(said.message.message));
            }
            Message::BuildFinished(finished) => self.complete = finished.success,
            _ => {}
        }
    }

    fn binary(&self, target: &Target) -> Result<Binary, BuildError> {
        let key = (target.source.clone(), target.name.clone());
        let Some(path) = self.executables.get(&key) else {
            // Its own errors, else those of what it depends on, else what Cargo said.
            let output = match self.errors.get(&target.source) {
                Some(own) => own.clone(),
                None if self.errors.is_empty() => self.stderr.clone(),
                None => self.errors.values().map(String::as_str).collect(),
            };
            return Err(BuildError::Failed {
                target: target.name.clone(),
                output,
            });
        };
        if !self.complete {
            return Ok(Binary {
                path: path.clone(),
                sources: None,
            });
        }
        let dep_info = path.with_extension("d");
        let text = fs::read_to_string(&dep_info).map_err(|error| BuildError::Unreadable {
            file: dep_info.clone(),
            error: error.to_string(),
        })?;
        let mut sources = dependencies(&text);
        sources.extend(manifests(&sources));
        Ok(Binary {
            path: path.clone(),
            sources: Some(sources),
        })
    }
}

/// The manifests of the packages that these files belong to, and those above them: the workspace's
/// has profiles.
fn manifests(sources: &[PathBuf]) -> BTreeSet<PathBuf> {
    let folders: BTreeSet<&Path> = sources
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .collect();
    let manifests = folders.into_iter().map(|folder| folder.join("Cargo.toml"));
    manifests.filter(|manifest| manifest.is_file()).collect()
}

/// The files behind the colon of a dep-info file's rule; a space in a path is written `\ `.
fn dependencies(dep_info: &str) -> Vec<PathBuf> {
    let rule = dep_info.lines().next().unwrap_or("");
    let files = rule.split_once(": ").map_or("", |(_, files)| files);
    let mut paths = Vec::new();
    let mut path = String::new();
    let mut chars = files.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next_if_eq(&' ').is_some() => path.push(' '),
            ' ' => paths.push(PathBuf::from(mem::take(&mut path))),
            c => path.push(c),
        }
    }
    paths.push(PathBuf::from(path));
    paths.retain(|path| !path.as_os_str().is_empty());
    paths
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::dependencies;

    #[test]
    fn dep_info_names_the_sources() {
        let paths = |text| dependencies(text);
        assert_eq!(
            paths("/t/join: /b/join.rs\n"),
            [PathBuf::from("/b/join.rs")]
        );
        assert_eq!(
            paths("/t/a\\ b: /x/a\\ b.rs /x/c.rs\n\n/x/c.rs:\n"),
            [PathBuf::from("/x/a b.rs"), PathBuf::from("/x/c.rs")]
        );
        assert_eq!(
            paths("C:\\t\\j.exe: C:\\b\\j.rs"),
            [PathBuf::from("C:\\b\\j.rs")]
        );
        assert_eq!(paths(""), [] as [PathBuf; 0]);
    }
}
