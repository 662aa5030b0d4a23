//! Snippets → packages that Cargo builds like any other.
//!
//! A package is generated for each of the author's packages that snippets depend on. Its examples are the snippets, and
//! its dependencies are those of the author's package, in the same versions. It is below the target folder: none of it
//! is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cargo_metadata::{Metadata, Package};
use toml::Table;

use super::error::BuildError;
use super::files::write_if_new;
use super::merged;
use super::snippet_manifest::{manifest, name_of};
use super::workspace::Workspace;
use crate::cargo::command::{cargo, metadata};
use crate::plan::{Origin, Run, Target};

/// The target of a snippet in its package.
pub(super) type Written = Result<Target, BuildError>;

/// The generated packages by their folders: the author's package, and the names of the snippets with their editions.
type Packages = BTreeMap<PathBuf, (Package, BTreeMap<String, Option<String>>)>;

/// Writes the snippets of a book and their packages; unchanged files are not written again.
///
/// Returns the target of each run's snippet, in the order of the runs. `None`: the run has no snippet.
pub(super) fn write(workspace: &Workspace, runs: &[Run]) -> Vec<Option<Written>> {
    let mut written: Vec<Option<Written>> = runs.iter().map(|_| None).collect();
    let is_in_page = |run: &&Run| matches!(run.origin, Origin::Snippet { .. });
    if !runs.iter().any(|run| is_in_page(&run)) {
        return written;
    }
    let metadata = metadata(&workspace.manifest).exec().map_err(refused);
    let mut packages = Packages::new();
    for (number, run) in runs.iter().enumerate() {
        let Origin::Snippet { code, snippet, .. } = &run.origin else {
            continue;
        };
        let metadata = metadata.as_ref().map_err(Clone::clone);
        let target = metadata.and_then(|metadata| {
            let package = package_of(run, runs, metadata)?;
            let folder = workspace.pages.join(package.name.as_str());
            let source = folder.join(format!("{}.rs", run.target.name));
            write_if_new(&source, code)?;
            let (_, snippets) = packages
                .entry(folder.clone())
                .or_insert_with(|| (package.clone(), BTreeMap::new()));
            snippets.insert(run.target.name.clone(), snippet.edition.clone());
            Ok(Target {
                package: name_of(&folder),
                source,
                manifest: folder.join("Cargo.toml"),
                ..run.target.clone()
            })
        });
        written[number] = Some(target);
    }
    if let Ok(metadata) = &metadata {
        for (folder, (package, snippets)) in &packages {
            if let Err(error) = write_package(metadata, package, snippets, folder) {
                for target in written.iter_mut().flatten() {
                    if target
                        .as_ref()
                        .is_ok_and(|target| target.manifest.starts_with(folder))
                    {
                        *target = Err(error.clone());
                    }
                }
            }
        }
    }
    written
}

/// The package whose dependencies a snippet uses: the one that its fence names; else the one of all the book's other
/// programs; else the only package of the workspace, or its root package if the book has no other programs.
fn package_of<'a>(
    run: &Run,
    runs: &[Run],
    metadata: &'a Metadata,
) -> Result<&'a Package, BuildError> {
    let packages = metadata.workspace_packages();
    let named = |name: &str| {
        packages
            .iter()
            .find(|package| package.name == name)
            .copied()
    };
    let unknown = || BuildError::NoPackage {
        target: run.target.name.clone(),
        asked: run.target.package.clone(),
        packages: packages
            .iter()
            .map(|package| package.name.to_string())
            .collect(),
    };
    if !run.target.package.is_empty() {
        return named(&run.target.package).ok_or_else(unknown);
    }
    let others = runs.iter().filter(|run| run.origin == Origin::Target);
    let others: BTreeSet<&str> = others.map(|run| run.target.package.as_str()).collect();
    let of_others = match others.len() {
        1 => others.first().and_then(|name| named(name)),
        _ => None,
    };
    let only = match packages.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let root = || metadata.root_package().filter(|_| others.is_empty());
    of_others.or(only).or_else(root).ok_or_else(unknown)
}

/// Writes the manifest, the lockfile and the merged example of a generated package.
fn write_package(
    metadata: &Metadata,
    package: &Package,
    snippets: &BTreeMap<String, Option<String>>,
    folder: &Path,
) -> Result<(), BuildError> {
    let root = metadata.workspace_root.as_std_path();
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let workspace: Table = workspace.parse().unwrap_or_default();
    let manifest = manifest(&workspace, root, package, &name_of(folder), snippets);
    write_if_new(&folder.join(format!("{}.rs", merged::NAME)), merged::SOURCE)?;
    write_if_new(&folder.join("Cargo.toml"), &manifest.to_string())?;
    // The same versions as the author's: Cargo removes unused packages from the copy.
    let lock = root.join("Cargo.lock");
    match fs::read_to_string(&lock) {
        Ok(text) => write_if_new(&folder.join("Cargo.lock.author"), &text).and_then(|is_new| {
            if is_new || !folder.join("Cargo.lock").exists() {
                write_if_new(&folder.join("Cargo.lock"), &text).map(drop)
            } else {
                Ok(())
            }
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BuildError::unreadable(&lock, error)),
    }
}

/// The error of a `cargo metadata` that fails.
fn refused(error: cargo_metadata::Error) -> BuildError {
    let output = match error {
        cargo_metadata::Error::Io(error) => {
            return BuildError::NoCargo {
                cargo: cargo().to_string_lossy().into_owned(),
                error: Arc::new(error),
            };
        }
        cargo_metadata::Error::CargoMetadata { stderr } => stderr,
        error => error.to_string(),
    };
    BuildError::Refused { output, help: None }
}
