//! The targets of the examples' workspace, as Cargo knows them.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, TargetKind as CargoKind};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::Target;
use super::files::{read_json, write_json};
use super::inputs::{Contents, Inputs, hash_of};
use crate::lesson::attributes::nearest;
use crate::lesson::fence::{TargetKind, TargetName};
use crate::lesson::shell;

/// Every example and binary of a workspace.
#[derive(Debug, Default)]
pub struct Targets {
    /// In the order of their names, and of one name in that of targets; each once.
    targets: Vec<Target>,
}

/// Why a name means no target.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTarget {
    /// There is none of this name.
    #[error("no {kind} is named `{name}`")]
    Missing {
        /// `example`, `binary`, or both.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// There are several: in several packages, or an example and a binary.
    #[error("`{name}` could be {}", .candidates.join(" or "))]
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// What it could be.
        candidates: Vec<String>,
    },
}

/// What Cargo's answer depends on, beside the answer: the manifests.
#[derive(Serialize, Deserialize)]
struct Remembered {
    inputs: Inputs,
    targets: Vec<Target>,
}

impl Targets {
    /// The targets of the workspace of this Cargo.toml. `remembered` is a file of ours: while the
    /// manifests that it names are unchanged and the files of the `wanted` names are there, Cargo is not asked.
    ///
    /// # Errors
    /// Cargo cannot be started, or cannot read the manifest: its own words.
    pub fn load<'a>(
        manifest: &Path,
        remembered: &Path,
        wanted: impl Iterator<Item = &'a TargetName>,
        contents: &mut Contents,
    ) -> Result<Targets, cargo_metadata::Error> {
        if let Some(Remembered { inputs, targets }) = read_json(remembered)
            // A copied checkout has brought its target folder along.
            && inputs.iter().any(|(file, _)| file == manifest)
            && inputs.first_changed(&mut Contents::default()).is_none()
        {
            let targets = Targets::of(targets);
            if targets.are_there(wanted, contents) {
                return Ok(targets);
            }
        }
        let Targets { targets } = Targets::ask_cargo(manifest)?;
        let manifests = targets.iter().map(|target| target.manifest.clone());
        let inputs = Inputs::read(manifests.chain([manifest.to_owned()]));
        let targets = match inputs {
            Ok(inputs) => {
                let known = Remembered { inputs, targets };
                // A file that cannot be written costs the next build a question to Cargo, no more.
                write_json(remembered, &known).ok();
                known.targets
            }
            Err(_) => targets,
        };
        Ok(Targets { targets })
    }

    /// Whether each of these names means a target whose file is there; then the files have been read.
    pub fn are_there<'a>(
        &self,
        mut names: impl Iterator<Item = &'a TargetName>,
        contents: &mut Contents,
    ) -> bool {
        // Many fences name one program.
        let mut files = FxHashSet::default();
        let are_known = names.all(|name| {
            let target = self.resolve(name);
            target.is_ok_and(|its| {
                files.insert(its.source.as_os_str());
                true
            })
        });
        let files: Vec<&Path> = files.into_iter().map(Path::new).collect();
        are_known && contents.read_programs(&files)
    }

    /// These targets.
    pub fn of(mut targets: Vec<Target>) -> Targets {
        targets.sort_by(|one, other| (&one.name, one).cmp(&(&other.name, other)));
        targets.dedup();
        Targets { targets }
    }

    /// These, and the programs in a book's pages; others in pages than those are none of this book.
    pub fn with_those_in_pages(self, in_pages: &[Target]) -> Targets {
        let own = self.targets.into_iter();
        let is_cargos =
            |target: &Target| matches!(target.kind, TargetKind::Example | TargetKind::Bin);
        let own = own.filter(is_cargos);
        Targets::of(own.chain(in_pages.iter().cloned()).collect())
    }

    /// Those of Cargo's whose names stand in these commands, each once. Of several with one name the first:
    /// a package's name does not stand there.
    pub fn named_in(&self, commands: &[String]) -> Vec<Target> {
        let words: BTreeSet<&str> = shell::words(commands).collect();
        let mut named: Vec<Target> = Vec::new();
        for target in &self.targets {
            let is_cargos = matches!(target.kind, TargetKind::Example | TargetKind::Bin);
            let is_new = named.iter().all(|other| other.name != target.name);
            if is_cargos && is_new && words.contains(target.name.as_str()) {
                named.push(target.clone());
            }
        }
        named
    }

    /// The targets of the workspace of this Cargo.toml, as Cargo says now.
    ///
    /// # Errors
    /// Cargo cannot be started, or cannot read the manifest: its own words.
    pub fn ask_cargo(manifest: &Path) -> Result<Targets, cargo_metadata::Error> {
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()?;
        let mut targets = Vec::new();
        for package in metadata.workspace_packages() {
            for target in &package.targets {
                let kind = match target.kind.as_slice() {
                    [CargoKind::Example]
                        if target.crate_types == [cargo_metadata::CrateType::Bin] =>
                    {
                        TargetKind::Example
                    }
                    [CargoKind::Bin] => TargetKind::Bin,
                    _ => continue,
                };
                targets.push(Target {
                    package: package.name.to_string(),
                    kind,
                    name: target.name.clone(),
                    source: target.src_path.clone().into(),
                    manifest: package.manifest_path.clone().into(),
                });
            }
        }
        Ok(Targets::of(targets))
    }

    /// Those of a name, of whatever kind and package.
    pub fn of_name(&self, name: &str) -> impl Iterator<Item = &Target> {
        // Every fence asks, of all programs of the book: a look-up, not a walk.
        let first = self.targets.partition_point(|target| *target.name < *name);
        let from_there = self.targets[first..].iter();
        from_there.take_while(move |target| target.name == name)
    }

    /// The target that a fence names.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn resolve(&self, name: &TargetName) -> Result<&Target, UnknownTarget> {
        let of_kind = |target: &&Target| {
            name.kind.is_none_or(|kind| kind == target.kind)
                && name
                    .package
                    .as_ref()
                    .is_none_or(|package| *package == target.package)
        };
        let mut found = self.of_name(&name.name).filter(of_kind);
        match (found.next(), found.next()) {
            (Some(target), None) => Ok(target),
            (None, _) => Err(UnknownTarget::Missing {
                kind: match name.kind {
                    Some(TargetKind::Example) => "example",
                    Some(TargetKind::Bin) => "binary",
                    Some(TargetKind::Inline) => "program in a page",
                    Some(TargetKind::Shell) => "commands",
                    None => "example or binary",
                },
                name: name.name.clone(),
                nearest: nearest(
                    &name.name,
                    self.targets
                        .iter()
                        .filter(of_kind)
                        .map(|target| target.name.as_str()),
                )
                .map(str::to_owned),
            }),
            (Some(first), Some(second)) => Err(UnknownTarget::Ambiguous {
                name: name.name.clone(),
                candidates: [first, second]
                    .into_iter()
                    .chain(found)
                    .map(Target::in_words)
                    .collect(),
            }),
        }
    }
}

/// The manifests of the packages of a workspace.
///
/// # Errors
/// As of [`Targets::ask_cargo`].
pub fn manifests(workspace: &Path) -> Result<Vec<PathBuf>, cargo_metadata::Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace)
        .no_deps()
        .exec()?;
    let packages = metadata.workspace_packages().into_iter();
    let mut manifests: Vec<PathBuf> = packages
        .map(|package| package.manifest_path.clone().into())
        .collect();
    manifests.sort();
    Ok(manifests)
}

/// The target folder of a manifest's workspace, as far as it can be told without asking Cargo: `target` in the
/// workspace's folder; where CARGO_TARGET_DIR names one for all workspaces, a folder of its own in that. Of two
/// copies of a workspace that share one, Cargo takes the programs of the one for those of the other as long as no
/// file is newer than they are.
pub fn target_folder(manifest: &Path) -> PathBuf {
    let root = workspace_root(manifest);
    match env::var_os("CARGO_TARGET_DIR") {
        None => root.join("target"),
        Some(shared) => {
            let root = fs::canonicalize(&root).unwrap_or(root);
            let key = &hash_of(root.as_os_str().as_encoded_bytes())[..16];
            Path::new(&shared).join(format!("transcript-{key}"))
        }
    }
}

/// The folder of a manifest's workspace, as far as it can be told without asking Cargo: that of the nearest
/// manifest, from its folder upwards, that has a `[workspace]`, else its own.
pub fn workspace_root(manifest: &Path) -> PathBuf {
    let is_workspace = |folder: &&Path| {
        fs::read_to_string(folder.join("Cargo.toml"))
            .ok()
            .and_then(|text| text.parse::<toml::Table>().ok())
            .is_some_and(|table| table.contains_key("workspace"))
    };
    let package = manifest.parent().unwrap_or(Path::new("."));
    let root = package.ancestors().find(is_workspace);
    root.unwrap_or(package).to_owned()
}
