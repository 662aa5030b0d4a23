//! Plan → binaries: one call of Cargo for all.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::inputs::hash_of;
use super::{Origin, Progress, Run, Target};
use crate::lesson::fence::TargetKind;

mod alone;
mod error;
mod merged;
mod outcome;
mod pages;
mod shell;
mod sources;

use alone::Alone;
pub use error::BuildError;
use merged::Merged;
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
    /// Where those programs lie that it finds by their names; `None`: it is a program of the author's, not a
    /// shell.
    pub programs: Option<PathBuf>,
}

/// Where programs come from, and where they are built.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The author's Cargo.toml.
    pub manifest: PathBuf,
    /// Cargo's target folder for it.
    pub target: PathBuf,
    /// Where the programs of the book's pages are written, with manifests of their own.
    pub pages: PathBuf,
}

/// What must be equal for runs to share a call of Cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Call<'a> {
    /// The author's, or that of programs in the page.
    manifest: &'a Path,
    profile: Option<&'a str>,
    features: &'a [String],
    /// Where it must be the only one: for its features, or because another package has a target of
    /// the same name, which Cargo would write to the same file.
    package: Option<&'a str>,
    /// Whether the compiler must refuse the programs: Cargo does not say what the others in the same call
    /// were built from.
    refused: bool,
}

/// How programs are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking<'a> {
    /// As Cargo does it.
    Ordinary,
    /// With a std that is loaded at run time, into a target folder of their own: so they can be observed.
    Dynamic(&'a Path),
}

/// Builds the programs of the runs with these numbers: one call of Cargo, and a further one only where two
/// programs cannot stand beside each other. The answers stand in the order of the numbers; one program's
/// failure hides no other's.
pub fn build(
    workspace: &Workspace,
    numbers: &[usize],
    runs: &[Run],
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<Result<Binary, BuildError>> {
    let ours = workspace.pages.parent().unwrap_or(&workspace.target);
    // Until all that this call has built is where no other replaces it.
    let _alone = match Alone::wait(ours, progress) {
        Ok(alone) => alone,
        Err(error) => return numbers.iter().map(|_| Err(error.clone())).collect(),
    };
    let in_pages = pages::write(workspace, runs);
    let pages = in_pages.iter().zip(runs);
    let mergeable: BTreeSet<&Target> = pages
        .filter(|(_, run)| merged::can_be_merged(run))
        .filter_map(|(written, _)| written.as_ref()?.as_ref().ok())
        .collect();
    let wanted: Vec<Result<Vec<&Target>, BuildError>> = numbers
        .iter()
        .map(|&run| match (&in_pages[run], &runs[run].origin) {
            (_, Origin::Shell { programs, .. }) => Ok(programs.iter().collect()),
            (Some(written), _) => written.as_ref().map(|it| vec![it]).map_err(Clone::clone),
            (None, _) => Ok(vec![&runs[run].target]),
        })
        .collect();
    let mut packages: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for target in wanted.iter().flatten().flatten() {
        packages
            .entry(file(target))
            .or_default()
            .insert(&target.package);
    }
    let call_for = |run: usize, target| {
        let has_namesakes = packages[&file(target)].len() > 1;
        Call::of(&runs[run], target, has_namesakes, workspace)
    };
    type Keys<'a> = Vec<(Call<'a>, &'a Target)>;
    let keys: Vec<Result<Keys<'_>, BuildError>> = numbers
        .iter()
        .zip(wanted)
        .map(|(&run, targets)| {
            let targets = targets?.into_iter();
            Ok(targets
                .map(|target| (call_for(run, target), target))
                .collect())
        })
        .collect();
    let mut calls: BTreeMap<Call<'_>, BTreeSet<&Target>> = BTreeMap::new();
    for &(call, target) in keys.iter().flatten().flatten() {
        calls.entry(call).or_default().insert(target);
    }
    let several = calls.len() > 1;
    let mut built = BTreeMap::new();
    for (call, targets) in calls {
        for (target, mut binary) in
            call_cargo(workspace, call, &targets, &mergeable, linking, progress)
        {
            // Another book may have a program of this name in its pages.
            if several || target.kind == TargetKind::Inline {
                binary = binary.and_then(|binary| binary.set_aside(call));
            }
            built.insert((call, target), binary);
        }
    }
    let keys = numbers.iter().zip(keys);
    keys.map(|(&number, keys)| {
        let its = keys?.into_iter().map(|key| built[&key].clone());
        let mut its: Vec<Binary> = its.collect::<Result<_, _>>()?;
        let run = &runs[number];
        match (&run.origin, its.pop()) {
            (Origin::Target | Origin::Page { .. }, Some(only)) => Ok(only),
            (_, last) => {
                its.extend(last);
                shell::with(its, &workspace.pages.join("shell").join(&run.id))
            }
        }
    })
    .collect()
}

/// What decides on the file that Cargo writes a program to.
fn file(target: &Target) -> (TargetKind, &str) {
    (target.kind, &target.name)
}

impl<'a> Call<'a> {
    fn of(
        run: &'a Run,
        target: &'a Target,
        has_namesakes: bool,
        workspace: &'a Workspace,
    ) -> Call<'a> {
        let manifest = match target.kind {
            TargetKind::Inline => &target.manifest,
            TargetKind::Example | TargetKind::Bin | TargetKind::Shell => &workspace.manifest,
        };
        let alone = has_namesakes || !run.attributes.features.is_empty();
        Call {
            manifest,
            profile: run.attributes.profile.as_deref(),
            features: &run.attributes.features,
            package: alone.then_some(target.package.as_str()),
            refused: run.refused().is_some(),
        }
    }
}

impl Binary {
    /// A folder for the executables of one call alone.
    fn folder_beside(&self, call: Call<'_>) -> PathBuf {
        let call = &hash_of(format!("{call:?}").as_bytes())[..16];
        self.path.with_file_name(format!("call-{call}"))
    }

    /// Puts the executable where no later call of Cargo replaces it; there it stays.
    fn set_aside(self, call: Call<'_>) -> Result<Binary, BuildError> {
        let folder = self.folder_beside(call);
        if self.path.parent().and_then(Path::file_name) == folder.file_name() {
            return Ok(self);
        }
        let path = folder.join(self.path.file_name().unwrap_or_default());
        link(&self.path, &path)?;
        Ok(Binary { path, ..self })
    }
}

/// Gives an executable a further name.
fn link(executable: &Path, path: &Path) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::hard_link(executable, path).or_else(|_| fs::copy(executable, path).map(drop)),
        })
        .map_err(|error| unreadable(path, &error))
}

fn unreadable(file: &Path, error: &io::Error) -> BuildError {
    BuildError::Unreadable {
        file: file.to_owned(),
        error: error.to_string(),
    }
}

/// The Cargo that runs us, else the one on the PATH.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Builds these programs, those of the pages in one executable where they can be. Where that does not build,
/// one of them is wrong, and each is built by itself; so is one that would print that it is not.
fn call_cargo<'a>(
    workspace: &Workspace,
    call: Call<'_>,
    targets: &BTreeSet<&'a Target>,
    mergeable: &BTreeSet<&Target>,
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
    let each = |outcome: &Result<Outcome, BuildError>, targets: &BTreeSet<&'a Target>| {
        let outcome = outcome.as_ref().map_err(Clone::clone);
        let binary = |target| outcome.clone().and_then(|outcome| outcome.binary(target));
        let its = targets.iter().map(|&target| (target, binary(target)));
        its.collect::<Vec<_>>()
    };
    let merged = match Merged::of(targets, mergeable) {
        Ok(Some(merged)) => merged,
        Ok(None) => {
            return each(
                &cargo_build(workspace, call, targets, None, linking, progress),
                targets,
            );
        }
        Err(error) => {
            return targets
                .iter()
                .map(|&target| (target, Err(error.clone())))
                .collect();
        }
    };
    let mut alone = targets.clone();
    alone.retain(|target| !merged.programs.contains(target));
    let mut to_build = alone.clone();
    to_build.insert(&merged.target);
    let outcome = cargo_build(
        workspace,
        call,
        &to_build,
        Some(&merged.list),
        linking,
        progress,
    );
    let together = outcome.as_ref().map_err(Clone::clone);
    let together = together.and_then(|whole| {
        let binary = whole.binary(&merged.target)?;
        let notice = merged.notice(&binary)?;
        Ok((binary, notice, whole))
    });
    let Ok((binary, notice, whole)) = together else {
        let outcome = cargo_build(workspace, call, targets, None, linking, progress);
        return each(&outcome, targets);
    };
    let folder = binary.folder_beside(call);
    let mut built = merged.apart(&binary, |its| whole.warnings(&its.source), &folder);
    built.extend(each(&outcome, &alone));
    if !notice.is_empty() {
        let outcome = cargo_build(workspace, call, &notice, None, linking, progress);
        built.retain(|(target, _)| !notice.contains(target));
        built.extend(each(&outcome, &notice));
    }
    built
}

/// One call of Cargo. `list`: the modules of the merged program, if that is among the targets.
fn cargo_build(
    workspace: &Workspace,
    Call {
        manifest,
        profile,
        features,
        ..
    }: Call<'_>,
    targets: &BTreeSet<&Target>,
    list: Option<&str>,
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Result<Outcome, BuildError> {
    let mut command = Command::new(cargo());
    command
        .args([
            "build",
            "--keep-going",
            "--message-format=json-diagnostic-rendered-ansi",
        ])
        .arg("--manifest-path")
        .arg(manifest);
    match linking {
        Linking::Dynamic(folder) => {
            command.arg("--target-dir").arg(folder);
            link_dynamically(&mut command);
        }
        // What the author's programs depend on is built once for both.
        Linking::Ordinary if manifest != workspace.manifest => {
            command.arg("--target-dir").arg(&workspace.target);
        }
        Linking::Ordinary => {}
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
            TargetKind::Example | TargetKind::Inline | TargetKind::Shell => "--example",
            TargetKind::Bin => "--bin",
        };
        command.args([kind, &target.name]);
    }
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    if let Some(list) = list {
        command.env(merged::VARIABLE, list);
    }
    Outcome::of(command, progress)
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
