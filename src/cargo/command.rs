//! Starts Cargo. It always starts in the manifest's folder, wherever this program was started: Cargo and rustup look
//! for `.cargo/config.toml` and `rust-toolchain.toml` from the working directory upwards.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::MetadataCommand;

use crate::recordings::paths::relative;

/// The command for Cargo: the Cargo that runs this program, else the one on the PATH.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The folder of a manifest, in which Cargo and the compiler are started for its programs.
pub fn folder_of(manifest: &Path) -> &Path {
    let folder = manifest.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// `cargo metadata` for a manifest's workspace.
pub(super) fn metadata_with_dependencies(manifest: &Path) -> MetadataCommand {
    let mut command = MetadataCommand::new();
    command
        .cargo_path(cargo())
        .manifest_path(manifest)
        .current_dir(folder_of(manifest));
    command
}

/// `cargo metadata` for a manifest's workspace, without its dependencies.
pub(super) fn metadata(manifest: &Path) -> MetadataCommand {
    let mut command = metadata_with_dependencies(manifest);
    command.no_deps();
    command
}

/// A call of Cargo in the folder of the author's manifest.
pub(super) fn call(manifest: &Path) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(folder_of(manifest));
    command
}

/// Makes a call of Cargo write to a target folder, and nowhere else; `manifest` is the author's.
///
/// The user's configuration may share each of these folders with a copy of the workspace. Cargo takes the files that it
/// finds there for those of the copy that it builds, as long as no source file is newer.
pub(super) fn write_to(command: &mut Command, target: &Path, manifest: &Path) {
    command.arg("--target-dir").arg(target);
    command.env("CARGO_BUILD_BUILD_DIR", build_dir(target, manifest));
    // Paths in dep-info files are absolute unless they begin with this folder, which does not exist.
    let none = target.join("transcript").join("dep-info-basedir");
    command.env("CARGO_BUILD_DEP_INFO_BASEDIR", none);
}

/// The value of `build.build-dir` for a target folder. Cargo replaces names in braces there, even in the paths that it
/// has put in place of such names; a path relative to the working directory has none of the braces above the workspace.
fn build_dir(target: &Path, manifest: &Path) -> PathBuf {
    if target.to_string_lossy().contains(['{', '}']) {
        let folder = folder_of(manifest);
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        PathBuf::from(relative(&folder, target))
    } else {
        target.to_owned()
    }
}
