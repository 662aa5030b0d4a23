//! The source files of a program that the compiler has rejected. Cargo writes no dep-info for it, but the compiler does,
//! before it checks types.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::sources::dependencies;
use super::workspace::Workspace;
use crate::cargo::targets::workspace_root;
use crate::plan::Run;

/// Returns the source files of the program of a run that the compiler has rejected since this time: the program's file
/// and, if the compiler got as far as reading them, its modules and included files.
pub fn sources_of_rejected(run: &Run, workspace: &Workspace, since: SystemTime) -> Vec<PathBuf> {
    let source = &run.target.source;
    let profile = match run.attributes.profile.as_deref() {
        None => "lesson",
        Some("dev" | "test") => "debug",
        Some("bench") => "release",
        Some(profile) => profile,
    };
    let root = workspace_root(&workspace.manifest);
    let name = run.target.name.replace('-', "_") + "-";
    let folder = workspace.target.join(profile);
    let folders = ["deps", "examples"].map(|kind| folder.join(kind));
    let files = folders.iter().flat_map(|folder| files_in(folder));
    let mut found: Vec<PathBuf> = files
        .filter(|file| is_dep_info(file, &name) && is_since(file, since))
        .filter_map(|file| {
            let files = dependencies(&fs::read_to_string(file).ok()?).into_iter();
            let files: Vec<PathBuf> = files.map(|file| root.join(file)).collect();
            files.contains(source).then_some(files)
        })
        .flatten()
        .collect();
    found.push(source.clone());
    found.sort();
    found.dedup();
    found
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

fn is_dep_info(file: &Path, prefix: &str) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(prefix) && name.ends_with(".d"))
}

fn is_since(file: &Path, since: SystemTime) -> bool {
    let written = file.metadata().and_then(|metadata| metadata.modified());
    written.is_ok_and(|written| written >= since)
}
