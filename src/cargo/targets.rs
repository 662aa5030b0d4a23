//! The targets of the examples' workspace, as Cargo knows them.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, TargetKind as CargoKind};
use serde::{Deserialize, Serialize};

use crate::files::{read_json, write_json};
use crate::hash::hash_of;
use crate::lesson::fence::{TargetKind, TargetName};
use crate::plan::Target;
use crate::plan::targets::Targets;
use crate::recordings::inputs::{Contents, Inputs};

/// What Cargo's answer depends on, beside the answer: the manifests.
#[derive(Serialize, Deserialize)]
struct Remembered {
    inputs: Inputs,
    targets: Vec<Target>,
}

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
        if are_there(&targets, wanted, contents) {
            return Ok(targets);
        }
    }
    let targets = ask_cargo(manifest)?;
    let manifests = targets.iter().map(|target| target.manifest.clone());
    let inputs = Inputs::read(manifests.chain([manifest.to_owned()]));
    if let Ok(inputs) = inputs {
        let targets = targets.iter().cloned().collect();
        // A file that cannot be written costs the next build a question to Cargo, no more.
        write_json(remembered, &Remembered { inputs, targets }).ok();
    }
    Ok(targets)
}

/// Whether each of these names means a target whose file is there; then the files have been read.
pub fn are_there<'a>(
    targets: &Targets,
    mut names: impl Iterator<Item = &'a TargetName>,
    contents: &mut Contents,
) -> bool {
    // Many fences name one program.
    let mut files = HashSet::new();
    let are_known = names.all(|name| {
        let target = targets.resolve(name);
        target.is_ok_and(|its| {
            files.insert(its.source.as_os_str());
            true
        })
    });
    let files: Vec<&Path> = files.into_iter().map(Path::new).collect();
    are_known && contents.read_programs(&files)
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
                [CargoKind::Example] if target.crate_types == [cargo_metadata::CrateType::Bin] => {
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

/// The manifests of the packages of a workspace.
///
/// # Errors
/// As of [`ask_cargo`].
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
