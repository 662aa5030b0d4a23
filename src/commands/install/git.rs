//! The files that git ignores.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::recordings::paths::relative;

/// Returns whether git ignores a file, which need not exist, in this folder, which must. `None`: the folder is in no
/// repository, or there is no git.
pub fn ignores(folder: &Path, file: &Path) -> Option<bool> {
    let status = Command::new("git")
        .arg("check-ignore")
        .arg("--quiet")
        .arg(file)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // 0: it is ignored, 1: it is not, 128: there is no repository (git-check-ignore(1)).
    match status.ok()?.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => None,
    }
}

/// The advice to make git ignore a target folder; `None`: git ignores it, or the book is in no repository.
pub fn ignore_target(root: &Path, target: &Path) -> Option<String> {
    let folder = target.parent()?;
    let is_tracked = ignores(folder, &target.join("CACHEDIR.TAG")) == Some(false);
    let name = target.file_name()?.to_string_lossy();
    let ignored = relative(root, &folder.join(".gitignore"));
    is_tracked
        .then(|| format!("git does not ignore Cargo's output: add the line `/{name}` to {ignored}"))
}
