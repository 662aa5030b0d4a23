//! Calls of Cargo: one for all programs that can share it, and more for the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::binary::Binary;
use super::dynamic::link_dynamically;
use super::error::BuildError;
use super::files::link;
use super::merged::{self, Merged};
use super::outcome::Outcome;
use super::required;
use super::unification::Part;
use super::workspace::{Linking, Workspace};
use crate::cargo::command;
use crate::hash::hash_of;
use crate::lesson::fence::TargetKind;
use crate::plan::{Origin, Run, Target};
use crate::progress::Progress;

/// The arguments that define and select the default profile: `dev`, without debug information and incremental
/// compilation, which take a third of the time of a cold build. The author's manifest need not define it.
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

/// The arguments that add to the default profile what `cargo run` has in backtraces: the files and lines of calls.
const PLACES: [&str; 2] = ["--config", "profile.lesson.debug=1"];

/// The parts of variables and paths that a program names if it may print a backtrace.
const BACKTRACE: [&str; 2] = ["_BACKTRACE", "Backtrace"];

/// The properties of a run that decide which call of Cargo builds it: runs with equal ones share a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call<'a> {
    /// The author's manifest, or that of the snippets.
    manifest: &'a Path,
    profile: Option<&'a str>,
    /// Whether backtraces need the places of calls, which the default profile leaves out.
    places: bool,
    features: &'a [String],
    /// True for programs that must not compile: if one program of a call fails, Cargo writes no dep-info for the
    /// others.
    refused: bool,
    /// Whether the manifest is that of a package outside the book's workspace.
    standalone: bool,
    /// The package, and whether its development dependencies are built, too: they may ask for features.
    part: Part<'a>,
}

impl<'a> Call<'a> {
    /// The call for a target of a run.
    pub(super) fn of(run: &'a Run, target: &'a Target, workspace: &'a Workspace) -> Call<'a> {
        let manifest = match target.kind {
            TargetKind::Snippet => &target.manifest,
            _ if target.standalone => &target.manifest,
            TargetKind::Example | TargetKind::Bin | TargetKind::Shell => &workspace.manifest,
        };
        Call {
            manifest,
            profile: run.attributes.profile.as_deref(),
            places: run.attributes.profile.is_none() && prints_backtrace(run, target),
            features: &run.attributes.features,
            refused: run.refused().is_some(),
            standalone: target.standalone,
            part: Part {
                package: &target.package,
                has_dev_dependencies: target.kind != TargetKind::Bin,
            },
        }
    }

    /// The part of the workspace that the call builds. `None`: the call cannot be shared with other parts, because
    /// Cargo applies features to every package that a call names, or because there are no other parts.
    pub(super) fn shareable(self, workspace: &Workspace) -> Option<Part<'a>> {
        let is_author = self.manifest == workspace.manifest;
        (is_author && self.features.is_empty()).then_some(self.part)
    }

    /// Returns whether two calls differ at most in their parts of the workspace.
    pub(super) fn is_like(self, other: Call<'_>) -> bool {
        let part = self.part;
        Call { part, ..other } == self
    }

    /// The folder, next to an executable, for the executables of this call alone.
    fn folder_beside(self, binary: &Binary) -> PathBuf {
        let key = &hash_of(format!("{self:?}").as_bytes())[..16];
        binary.path.with_file_name(format!("call-{key}"))
    }
}

/// Links the executable of a call where no other call of Cargo replaces it.
pub(super) fn set_aside(binary: Binary, call: Call<'_>) -> Result<Binary, BuildError> {
    let folder = call.folder_beside(&binary);
    if binary.path.parent().and_then(Path::file_name) == folder.file_name() {
        return Ok(binary);
    }
    let path = folder.join(binary.path.file_name().unwrap_or_default());
    link(&binary.path, &path)?;
    Ok(Binary { path, ..binary })
}

/// Returns whether a run may print a backtrace: its variables, its commands or the program's file name one.
fn prints_backtrace(run: &Run, target: &Target) -> bool {
    let names_one = |text: &str| BACKTRACE.iter().any(|name| text.contains(name));
    let is_asked = run.attributes.env.keys().any(|name| names_one(name));
    is_asked
        || match &run.origin {
            Origin::Snippet { code, .. } => names_one(code),
            Origin::Shell { commands, .. } => commands.iter().any(|command| names_one(command)),
            Origin::Target => {
                // A file that cannot be read is an error of the compiler.
                fs::read_to_string(&target.source).is_ok_and(|source| names_one(&source))
            }
        }
}

/// One call of Cargo with everything that it depends on.
#[derive(Clone, Copy)]
struct Builder<'a> {
    workspace: &'a Workspace,
    call: Call<'a>,
    linking: Linking<'a>,
    progress: &'a dyn Progress,
}

/// The targets of a call with their binaries.
type Built<'a> = Vec<(&'a Target, Result<Binary, BuildError>)>;

/// Builds targets, the mergeable ones merged into one executable.
///
/// If the merged executable does not compile, one of its snippets is wrong, and each is built by itself. A snippet that
/// could print the path of its module is also built by itself.
pub(super) fn call_cargo<'t>(
    workspace: &Workspace,
    call: Call<'_>,
    targets: &BTreeSet<&'t Target>,
    mergeable: &BTreeSet<&Target>,
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Built<'t> {
    let builder = Builder {
        workspace,
        call,
        linking,
        progress,
    };
    match Merged::of(targets, mergeable) {
        Ok(Some(merged)) => builder.build_merged(&merged, targets),
        Ok(None) => builder.build_each(targets),
        Err(error) => {
            let failed = targets.iter().map(|&target| (target, Err(error.clone())));
            failed.collect()
        }
    }
}

impl Builder<'_> {
    /// Builds targets without merging any.
    fn build_each<'t>(self, targets: &BTreeSet<&'t Target>) -> Built<'t> {
        let outcome = self.cargo_build(targets, None);
        match &outcome {
            Ok(refusal) if refusal.is_refusal() => self.build_others(refusal, targets),
            _ => self.binaries(&outcome, targets),
        }
    }

    /// Builds the targets that have no part in the refusal of a call: Cargo builds none if it refuses one of them.
    fn build_others<'t>(self, refusal: &Outcome, targets: &BTreeSet<&'t Target>) -> Built<'t> {
        let (refused, others): (BTreeSet<&Target>, BTreeSet<&Target>) =
            targets.iter().partition(|target| refusal.names(target));
        let packages: BTreeSet<&str> = targets.iter().map(|target| &*target.package).collect();
        let error = |target: &Target| {
            let features = self.call.features;
            let missing = {
                let workspace = self.workspace.of_target(target);
                required::missing_features(&workspace, target, features)
            };
            missing.unwrap_or_else(|| refusal.no_binary(target))
        };
        match (refused.first(), refused.len()) {
            (Some(&only), 1) => {
                let mut built = vec![(only, Err(error(only)))];
                if !others.is_empty() {
                    built.extend(self.build_each(&others));
                }
                built
            }
            (Some(_), _) => {
                let each = refused.into_iter().map(|target| BTreeSet::from([target]));
                let all = each.chain((!others.is_empty()).then_some(others));
                all.flat_map(|targets| self.build_each(&targets)).collect()
            }
            (None, _) if packages.len() > 1 && !refusal.cannot_fetch() => {
                self.build_by_package(targets)
            }
            (None, _) => {
                let failed = targets.iter();
                failed
                    .map(|&target| (target, Err(refusal.no_binary(target))))
                    .collect()
            }
        }
    }

    /// Builds targets, some of them merged.
    fn build_merged<'t>(self, merged: &Merged<'t>, targets: &BTreeSet<&'t Target>) -> Built<'t> {
        let mut others = targets.clone();
        others.retain(|target| !merged.programs.contains(target));
        let mut to_build = others.clone();
        to_build.insert(&merged.target);
        let outcome = self.cargo_build(&to_build, Some(&merged.list));
        let together = outcome.as_ref().map_err(Clone::clone);
        let together = together.and_then(|whole| {
            let binary = whole.binary(&merged.target)?;
            let knowing = merged.knowing_their_module(&binary)?;
            Ok((binary, knowing, whole))
        });
        let Ok((binary, knowing, whole)) = together else {
            return self.build_each(targets);
        };
        let folder = self.call.folder_beside(&binary);
        let warnings = |target: &Target| whole.warnings(&target.source);
        let mut built = merged.apart(&binary, warnings, &folder);
        built.extend(self.binaries(&outcome, &others));
        if !knowing.is_empty() {
            built.retain(|(target, _)| !knowing.contains(target));
            built.extend(self.build_each(&knowing));
        }
        built
    }

    /// The binaries of targets. Targets that the call has built for several packages are built again.
    fn binaries<'t>(
        self,
        outcome: &Result<Outcome, BuildError>,
        targets: &BTreeSet<&'t Target>,
    ) -> Built<'t> {
        let has_namesake = |target: &&Target| {
            let outcome = outcome.as_ref();
            outcome.is_ok_and(|outcome| outcome.has_namesake(target))
        };
        let (shared, own): (BTreeSet<&Target>, BTreeSet<&Target>) =
            targets.iter().copied().partition(has_namesake);
        let mut built = binaries(outcome, &own);
        built.extend(self.build_by_package(&shared));
        built
    }

    /// Builds targets with a call for each package. In a call for several packages, a name means a target of each of
    /// them, and Cargo would write all of these to one file.
    fn build_by_package<'t>(self, targets: &BTreeSet<&'t Target>) -> Built<'t> {
        let mut packages: BTreeMap<&str, BTreeSet<&'t Target>> = BTreeMap::new();
        for &target in targets {
            packages.entry(&target.package).or_default().insert(target);
        }
        let mut built = Vec::new();
        for (package, targets) in packages {
            let call = Call {
                part: Part {
                    package,
                    ..self.call.part
                },
                ..self.call
            };
            let binaries = Builder { call, ..self }.build_each(&targets);
            built.extend(binaries.into_iter().map(|(target, binary)| {
                let binary = binary.and_then(|binary| set_aside(binary, call));
                (target, binary)
            }));
        }
        built
    }

    /// The target folder of the call: the same for the author's programs and snippets, so that dependencies are built
    /// once. A package outside the workspace has its own: packages of the same name and version would take each other's
    /// files for theirs.
    fn target_folder(self) -> PathBuf {
        let standalone = self.workspace.target_of(self.call.manifest);
        match (self.linking, standalone.file_name()) {
            (Linking::Ordinary, _) if self.call.standalone => standalone,
            (Linking::Ordinary, _) => self.workspace.target.clone(),
            (Linking::Dynamic(folder), Some(name)) if self.call.standalone => folder.join(name),
            (Linking::Dynamic(folder), _) => folder.to_owned(),
        }
    }

    /// Calls Cargo once. `list` is the file with the modules of the merged example, if that is among the targets.
    fn cargo_build(
        self,
        targets: &BTreeSet<&Target>,
        list: Option<&str>,
    ) -> Result<Outcome, BuildError> {
        let author = if self.call.standalone {
            self.call.manifest
        } else {
            &self.workspace.manifest
        };
        let mut command = command::call(author);
        command
            .args([
                "build",
                "--keep-going",
                "--message-format=json-diagnostic-rendered-ansi",
            ])
            .arg("--manifest-path")
            .arg(self.call.manifest);
        command::write_to(&mut command, &self.target_folder(), author);
        if let Linking::Dynamic(_) = self.linking {
            link_dynamically(&mut command, author);
        }
        match self.call.profile {
            Some(profile) => command.args(["--profile", profile]),
            None => command.args(PROFILE),
        };
        if self.call.places {
            command.args(PLACES);
        }
        let packages: BTreeSet<&str> = targets
            .iter()
            .map(|target| target.package.as_str())
            .collect();
        for package in packages {
            command.args(["--package", package]);
        }
        for target in targets {
            let kind = match target.kind {
                TargetKind::Example | TargetKind::Snippet | TargetKind::Shell => "--example",
                TargetKind::Bin => "--bin",
            };
            command.args([kind, &target.name]);
        }
        if !self.call.features.is_empty() {
            command.arg("--features").arg(self.call.features.join(","));
        }
        if let Some(list) = list {
            command.env(merged::VARIABLE, list);
        }
        Outcome::of(command, self.progress)
    }
}

/// The binaries of targets in the outcome of a call.
fn binaries<'t>(
    outcome: &Result<Outcome, BuildError>,
    targets: &BTreeSet<&'t Target>,
) -> Built<'t> {
    let outcome = outcome.as_ref().map_err(Clone::clone);
    let binary = |target| outcome.clone().and_then(|outcome| outcome.binary(target));
    let built = targets.iter().map(|&target| (target, binary(target)));
    built.collect()
}
