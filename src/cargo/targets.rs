//! The targets of the examples' workspace, as `cargo metadata` lists them.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{self, Path, PathBuf};

use cargo_metadata::TargetKind as CargoKind;
use serde::{Deserialize, Serialize};

use super::command::metadata;
use crate::files::{read_json, write_json};
use crate::hash::hash_of;
use crate::lesson::fence::{TargetKind, TargetName};
use crate::plan::Target;
use crate::plan::targets::Targets;
use crate::recordings::configuration::table;
use crate::recordings::inputs::{Contents, Inputs};

/// The targets as Cargo listed them last time.
#[derive(Serialize, Deserialize)]
struct Remembered {
    /// The manifests, on which the targets depend.
    inputs: Inputs,
    targets: Vec<Target>,
}

/// Returns the targets of a manifest's workspace.
///
/// The file `remembered` holds the targets of the last call. While the manifests are unchanged and these targets are
/// complete, Cargo is not asked.
///
/// # Errors
/// Cargo cannot be started or cannot read the manifest.
pub fn load(
    manifest: &Path,
    remembered: &Path,
    is_complete: impl FnOnce(&Targets) -> bool,
) -> Result<Targets, cargo_metadata::Error> {
    if let Some(Remembered { inputs, targets }) = read_json(remembered)
        // A copied checkout brings the file along, with the paths of the original.
        && inputs.iter().any(|(file, _)| file == manifest)
        && inputs.are_unchanged(&mut Contents::default())
    {
        let targets = Targets::of(targets);
        if is_complete(&targets) {
            return Ok(targets);
        }
    }
    let targets = ask_cargo(manifest)?;
    let manifests = targets.iter().map(|target| target.manifest.clone());
    let inputs = Inputs::read(manifests.chain([manifest.to_owned()]));
    if let Ok(inputs) = inputs {
        let targets = targets.iter().cloned().collect();
        // If the file cannot be written, the next build asks Cargo again.
        write_json(remembered, &Remembered { inputs, targets }).ok();
    }
    Ok(targets)
}

/// Returns whether each name means a target whose source file exists. If so, all of these files have been read.
pub fn are_there<'a>(
    targets: &Targets,
    mut names: impl Iterator<Item = &'a TargetName>,
    contents: &mut Contents,
) -> bool {
    // Many fences name the same target.
    let mut files = HashSet::new();
    let are_known = names.all(|name| {
        let target = targets.resolve(name);
        target.is_ok_and(|target| {
            files.insert(target.source.as_os_str());
            true
        })
    });
    let files: Vec<&Path> = files.into_iter().map(Path::new).collect();
    are_known && contents.read_programs(&files)
}

/// Asks Cargo for the targets of a manifest's workspace.
///
/// # Errors
/// Cargo cannot be started or cannot read the manifest.
pub fn ask_cargo(manifest: &Path) -> Result<Targets, cargo_metadata::Error> {
    let metadata = metadata(manifest).exec()?;
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
                standalone: false,
            });
        }
    }
    Ok(Targets::of(targets))
}

/// Asks Cargo for the manifests of a workspace's packages, sorted.
///
/// # Errors
/// Cargo cannot be started or cannot read the manifest.
pub fn manifests(workspace: &Path) -> Result<Vec<PathBuf>, cargo_metadata::Error> {
    let metadata = metadata(workspace).exec()?;
    let packages = metadata.workspace_packages().into_iter();
    let mut manifests: Vec<PathBuf> = packages
        .map(|package| package.manifest_path.clone().into())
        .collect();
    manifests.sort();
    Ok(manifests)
}

/// The target folder for a manifest's workspace, determined without asking Cargo: `target` in the workspace's folder,
/// or, if CARGO_TARGET_DIR is set, a folder for this workspace alone in that.
///
/// Two copies of a workspace must not share a target folder: Cargo takes the binaries of one copy for those of the
/// other as long as no source file is newer than the binaries.
pub fn target_folder(manifest: &Path) -> PathBuf {
    let root = workspace_root(manifest);
    match env::var_os("CARGO_TARGET_DIR") {
        None => root.join("target"),
        Some(shared) => {
            let root = fs::canonicalize(&root).unwrap_or(root);
            let key = &hash_of(root.as_os_str().as_encoded_bytes())[..16];
            // Cargo is started in another folder than this program.
            let shared = path::absolute(&shared).unwrap_or_else(|_| shared.into());
            shared.join(format!("transcript-{key}"))
        }
    }
}

/// The folder of a manifest's workspace, determined without asking Cargo: that of the nearest manifest, upwards, with
/// a `[workspace]` table, else the manifest's own folder.
pub fn workspace_root(manifest: &Path) -> PathBuf {
    let is_workspace = |folder: &&Path| {
        table(&folder.join("Cargo.toml")).is_some_and(|manifest| manifest.contains_key("workspace"))
    };
    let package = manifest.parent().unwrap_or(Path::new("."));
    let root = package.ancestors().find(is_workspace);
    root.unwrap_or(package).to_owned()
}
