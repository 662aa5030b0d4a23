//! One call of Cargo for programs that can stand beside each other, and further ones for what cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::merged::{self, Merged};
use super::outcome::Outcome;
use super::{Binary, BuildError, Linking, Workspace};
use crate::lesson::fence::TargetKind;
use crate::plan::{Run, Target};
use crate::progress::Progress;

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

/// What must be equal for runs to share a call of Cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call<'a> {
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

impl<'a> Call<'a> {
    pub(super) fn of(
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

/// The Cargo that runs us, else the one on the PATH.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Builds these programs, those of the pages in one executable where they can be. Where that does not build,
/// one of them is wrong, and each is built by itself; so is one that would print that it is not.
pub(super) fn call_cargo<'a>(
    workspace: &Workspace,
    call: Call<'_>,
    targets: &BTreeSet<&'a Target>,
    mergeable: &BTreeSet<&Target>,
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
    let build = |targets: &BTreeSet<&Target>, list: Option<&str>| {
        cargo_build(workspace, call, targets, list, linking, progress)
    };
    let each = |outcome: &Result<Outcome, BuildError>, targets: &BTreeSet<&'a Target>| {
        let is_shared = |target: &&Target| {
            let outcome = outcome.as_ref();
            outcome.is_ok_and(|outcome| outcome.has_namesake(target))
        };
        let (shared, own): (BTreeSet<&Target>, BTreeSet<&Target>) =
            targets.iter().copied().partition(is_shared);
        let mut built = binaries(outcome, &own);
        built.extend(apart(workspace, call, &shared, linking, progress));
        built
    };
    let merged = match Merged::of(targets, mergeable) {
        Ok(Some(merged)) => merged,
        Ok(None) => {
            return each(&build(targets, None), targets);
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
    let outcome = build(&to_build, Some(&merged.list));
    let together = outcome.as_ref().map_err(Clone::clone);
    let together = together.and_then(|whole| {
        let binary = whole.binary(&merged.target)?;
        let notice = merged.notice(&binary)?;
        Ok((binary, notice, whole))
    });
    let Ok((binary, notice, whole)) = together else {
        return each(&build(targets, None), targets);
    };
    let folder = binary.folder_beside(call);
    let mut built = merged.apart(&binary, |its| whole.warnings(&its.source), &folder);
    built.extend(each(&outcome, &alone));
    if !notice.is_empty() {
        let outcome = build(&notice, None);
        built.retain(|(target, _)| !notice.contains(target));
        built.extend(each(&outcome, &notice));
    }
    built
}

/// What a call of Cargo has made of these targets.
fn binaries<'a>(
    outcome: &Result<Outcome, BuildError>,
    targets: &BTreeSet<&'a Target>,
) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
    let outcome = outcome.as_ref().map_err(Clone::clone);
    let binary = |target| outcome.clone().and_then(|outcome| outcome.binary(target));
    let its = targets.iter().map(|&target| (target, binary(target)));
    its.collect()
}

/// Builds targets of several packages that have the same names as others', a call for each package: a name in
/// a call for several means a target of each of them, and all would be written to one file.
fn apart<'a>(
    workspace: &Workspace,
    call: Call<'_>,
    targets: &BTreeSet<&'a Target>,
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
    let mut packages: BTreeMap<&str, BTreeSet<&'a Target>> = BTreeMap::new();
    for &target in targets {
        packages.entry(&target.package).or_default().insert(target);
    }
    let mut built = Vec::new();
    for (package, targets) in packages {
        let call = Call {
            package: Some(package),
            ..call
        };
        let outcome = cargo_build(workspace, call, &targets, None, linking, progress);
        let its = binaries(&outcome, &targets).into_iter();
        built.extend(
            its.map(|(target, binary)| (target, binary.and_then(|binary| binary.set_aside(call)))),
        );
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
    // Always said: a folder that the user's settings name may be shared with a copy of the workspace.
    command.arg("--target-dir");
    match linking {
        Linking::Dynamic(folder) => {
            command.arg(folder);
            link_dynamically(&mut command);
        }
        // One for the author's programs and those in pages: what they depend on is built once.
        Linking::Ordinary => {
            command.arg(&workspace.target);
        }
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
