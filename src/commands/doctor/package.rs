//! Examines the package of the programs: its manifest, its workspace and its targets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::diagnosis::Diagnosis;
use super::lessons::Lessons;
use crate::cargo::manifest::NoManifest;
use crate::cargo::package::Package;
use crate::cargo::targets::{ask_cargo, workspace_root};
use crate::lesson::fence::TargetKind;
use crate::plan::targets::Targets;
use crate::recordings::paths::relative;

const SUBJECT: &str = "package";

/// Examines the package of the book in this folder. `lessons` are its lessons, if they have no error.
pub(super) fn examine(
    root: &Path,
    manifest: &Result<PathBuf, NoManifest>,
    lessons: Option<&Lessons>,
) -> Diagnosis {
    match manifest {
        Ok(manifest) => of_manifest(root, manifest),
        Err(error) => missing(error, lessons),
    }
}

fn missing(error: &NoManifest, lessons: Option<&Lessons>) -> Diagnosis {
    let needs_none = lessons.is_some_and(|lessons| !lessons.needs_package);
    if needs_none && *error == NoManifest::None {
        return Diagnosis::ok(SUBJECT, format!("{error}; no fence needs one"));
    }
    let help = error.help();
    let help = help.unwrap_or_else(|| "correct `manifest` in book.toml, or remove it".to_owned());
    Diagnosis::error(SUBJECT, error.to_string()).help(help)
}

fn of_manifest(root: &Path, manifest: &Path) -> Diagnosis {
    let name = relative(root, manifest);
    let correct = format!("correct `{name}`");
    let package = match Package::read(manifest) {
        Ok(package) => package,
        Err(error) => return Diagnosis::error(SUBJECT, error.to_string()).help(correct),
    };
    let targets = match ask_cargo(manifest) {
        Ok(targets) => targets,
        Err(cargo_metadata::Error::CargoMetadata { stderr }) => {
            let found = format!("Cargo cannot read `{name}`: {stderr}");
            return Diagnosis::error(SUBJECT, found).help(format!(
                "do as Cargo says; `cargo metadata --no-deps --manifest-path {name}` prints it again"
            ));
        }
        Err(error) => {
            let found = format!("Cargo cannot be asked about `{name}`: {error}");
            return Diagnosis::error(SUBJECT, found).help(format!(
                "run `cargo metadata --no-deps --manifest-path {name}` to see more"
            ));
        }
    };
    let folder = workspace_root(manifest);
    let of_workspace = match package.is_one() {
        false => ", a workspace".to_owned(),
        true if folder != package.folder() => {
            let workspace = relative(root, &folder.join("Cargo.toml"));
            format!(", of the workspace `{workspace}`")
        }
        _ => String::new(),
    };
    let found = format!("`{name}`{of_workspace}: {}", programs(&targets));
    if targets.iter().next().is_none() {
        let examples = match package.is_one() {
            true => relative(root, &package.examples()),
            false => "the folder `examples` of a package".to_owned(),
        };
        return Diagnosis::warning(SUBJECT, found).help(format!(
            "run `mdbook-transcript new NAME`, or write a program into {examples}"
        ));
    }
    Diagnosis::ok(SUBJECT, found)
}

/// The numbers of programs.
fn programs(targets: &Targets) -> String {
    let count = |kind: TargetKind, one: &str, several: &str| {
        let number = targets.iter().filter(|target| target.kind == kind).count();
        match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {several}")),
        }
    };
    let counts = [
        count(TargetKind::Example, "example", "examples"),
        count(TargetKind::Bin, "binary", "binaries"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let packages: BTreeSet<&str> = targets.iter().map(|target| &*target.package).collect();
    let packages = match packages.len() {
        0 | 1 => String::new(),
        number => format!(" in {number} packages"),
    };
    match counts.as_slice() {
        [] => "no example and no binary".to_owned(),
        counts => format!("{}{packages}", counts.join(" and ")),
    }
}
