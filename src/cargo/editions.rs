//! The editions of a workspace's packages, read from the text of their manifests: Cargo would be a process.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

use super::command::folder_of;
use crate::lesson::fence::{TargetKind, TargetName};
use crate::recordings::configuration;

/// The packages of a workspace. A manifest that cannot be read is left out: Cargo reports it.
#[derive(Debug, Default)]
pub struct Editions {
    packages: Vec<Package>,
}

/// A package as its manifest describes it.
#[derive(Debug)]
struct Package {
    folder: PathBuf,
    name: String,
    /// The edition; `None`: the manifest has none, which is 2015.
    edition: Option<String>,
    /// The targets that the manifest lists.
    targets: Vec<Listed>,
    /// Whether the book's own manifest is that of this package.
    is_own: bool,
}

/// A target that a manifest lists.
#[derive(Debug)]
struct Listed {
    kind: TargetKind,
    name: String,
    /// The edition, if it is not that of the package.
    edition: Option<String>,
}

impl Editions {
    /// Reads the package of a manifest that a fence names.
    pub fn of_package(manifest: &Path) -> Editions {
        let own = configuration::table(manifest);
        let package = own.and_then(|own| {
            let folder = folder_of(manifest);
            let root = inherits_edition(&own)
                .then(|| workspace_above(folder, &own))
                .flatten();
            let inherited = root.as_ref().and_then(|(_, root)| edition_in(root));
            Package::of(folder, &own, inherited)
        });
        Editions {
            packages: package.into_iter().collect(),
        }
    }

    /// Reads the packages of the workspace to which the manifest of a book belongs.
    pub fn of(manifest: &Path) -> Editions {
        let Some(own) = configuration::table(manifest) else {
            return Editions::default();
        };
        let folder = folder_of(manifest);
        let workspace = if own.contains_key("workspace") {
            Some((folder.to_owned(), own.clone()))
        } else {
            workspace_above(folder, &own)
        };
        let inherited = workspace.as_ref().and_then(|(_, root)| edition_in(root));
        let mut packages: Vec<Package> = Package::of(folder, &own, inherited).into_iter().collect();
        for package in &mut packages {
            package.is_own = true;
        }
        if let Some((root, table)) = &workspace {
            for folder in members(root, table) {
                let is_new = packages.iter().all(|package| package.folder != folder);
                let table = is_new
                    .then(|| configuration::table(&folder.join("Cargo.toml")))
                    .flatten();
                packages.extend(table.and_then(|table| Package::of(&folder, &table, inherited)));
            }
        }
        Editions { packages }
    }

    /// The edition of a target, like `2024`. `None`: it is 2015 or unknown. `targets`: all targets of the book, among
    /// which a snippet has its package; not needed unless the editions [`differ`](Editions::differ).
    pub fn edition(&self, target: &TargetName, targets: &[TargetName]) -> Option<&str> {
        match self.common() {
            Some(edition) => edition,
            None => self.package(target, targets)?.edition_of(target),
        }
    }

    /// Whether some targets have another edition than others: in nearly all workspaces, they all have the same.
    pub fn differ(&self) -> bool {
        self.common().is_none()
    }

    /// The edition of all targets of all packages; `None`: they differ. Without a package it is unknown.
    fn common(&self) -> Option<Option<&str>> {
        let Some(first) = self.packages.first() else {
            return Some(None);
        };
        let first = first.only_edition()?;
        let mut packages = self.packages.iter();
        packages
            .all(|package| package.only_edition() == Some(first))
            .then_some(first)
    }

    /// The package of a target.
    fn package(&self, target: &TargetName, targets: &[TargetName]) -> Option<&Package> {
        if let Some(name) = &target.package {
            return self.packages.iter().find(|package| package.name == *name);
        }
        let own = self.packages.iter().find(|package| package.is_own);
        if target.kind != Some(TargetKind::Snippet) {
            let mut packages = self.packages.iter();
            return packages.find(|package| package.has(target)).or(own);
        }
        let is_file = |target: &&TargetName| {
            matches!(target.kind, Some(TargetKind::Example | TargetKind::Bin))
        };
        let others = targets.iter().filter(is_file);
        let others = others.filter_map(|other| self.package(other, &[]));
        let folders: BTreeSet<&Path> = others.map(|package| package.folder.as_path()).collect();
        match (folders.len(), folders.first()) {
            (1, Some(only)) => self.packages.iter().find(|package| package.folder == *only),
            _ => own,
        }
    }
}

impl Package {
    /// Reads a manifest; `None`: it is that of no package.
    fn of(folder: &Path, manifest: &Table, inherited: Option<&str>) -> Option<Package> {
        let package = manifest.get("package")?;
        let edition = if inherits_edition(manifest) {
            inherited
        } else {
            package.get("edition").and_then(|edition| edition.as_str())
        };
        let lists = [("example", TargetKind::Example), ("bin", TargetKind::Bin)];
        let targets = lists.iter().flat_map(|(key, kind)| {
            let listed = manifest.get(*key).and_then(|list| list.as_array());
            listed
                .into_iter()
                .flatten()
                .map(move |listed| (*kind, listed))
        });
        let targets = targets.filter_map(|(kind, listed)| {
            let edition = listed.get("edition").and_then(|edition| edition.as_str());
            Some(Listed {
                kind,
                name: listed.get("name")?.as_str()?.to_owned(),
                edition: edition.map(str::to_owned),
            })
        });
        Some(Package {
            folder: folder.to_owned(),
            name: package.get("name")?.as_str()?.to_owned(),
            edition: edition.map(str::to_owned),
            targets: targets.collect(),
            is_own: false,
        })
    }

    /// The edition of all targets; `None`: a target has its own.
    fn only_edition(&self) -> Option<Option<&str>> {
        let has_own = self.targets.iter().any(|listed| listed.edition.is_some());
        (!has_own).then(|| to_tell(self.edition.as_deref()))
    }

    /// The edition of a target.
    fn edition_of(&self, target: &TargetName) -> Option<&str> {
        let mut listed = self.targets.iter();
        let own = listed.find(|listed| listed.is(target));
        let own = own.and_then(|listed| listed.edition.as_deref());
        to_tell(own.or(self.edition.as_deref()))
    }

    /// Returns whether a target is one of this package: its manifest lists it, or Cargo finds its file.
    fn has(&self, target: &TargetName) -> bool {
        let name = &target.name;
        let folder = match target.kind {
            Some(TargetKind::Bin) => "src/bin",
            _ => "examples",
        };
        let folder = self.folder.join(folder);
        self.targets.iter().any(|listed| listed.is(target))
            || folder.join(format!("{name}.rs")).is_file()
            || folder.join(name).join("main.rs").is_file()
            || (target.kind == Some(TargetKind::Bin)
                && self.name == *name
                && self.folder.join("src/main.rs").is_file())
    }
}

impl Listed {
    fn is(&self, target: &TargetName) -> bool {
        self.name == target.name && target.kind.is_none_or(|kind| kind == self.kind)
    }
}

/// The edition, unless it is the one that mdBook and rustdoc assume.
fn to_tell(edition: Option<&str>) -> Option<&str> {
    edition.filter(|edition| *edition != "2015")
}

/// Returns whether the package of a manifest has the edition of its workspace.
fn inherits_edition(manifest: &Table) -> bool {
    let edition = manifest
        .get("package")
        .and_then(|package| package.get("edition"));
    edition.is_some_and(|edition| edition.get("workspace").is_some())
}

/// The edition that packages inherit from a workspace.
fn edition_in(workspace: &Table) -> Option<&str> {
    let package = workspace.get("workspace")?.get("package")?;
    package.get("edition")?.as_str()
}

/// The nearest workspace above the package in a folder, with its folder, or the one that the package names.
fn workspace_above(folder: &Path, package: &Table) -> Option<(PathBuf, Table)> {
    let root = |folder: &Path| {
        let table = configuration::table(&folder.join("Cargo.toml"))?;
        table
            .contains_key("workspace")
            .then(|| (folder.to_owned(), table))
    };
    let named = package
        .get("package")
        .and_then(|package| package.get("workspace")?.as_str());
    if let Some(named) = named {
        return root(&folder.join(named));
    }
    let folder = fs::canonicalize(folder).ok()?;
    folder.ancestors().skip(1).find_map(root)
}

/// The folders of a workspace's members, of which the last component may be a pattern with one `*`.
fn members(root: &Path, workspace: &Table) -> Vec<PathBuf> {
    let members = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("members")?.as_array());
    let mut folders = Vec::new();
    for member in members
        .into_iter()
        .flatten()
        .filter_map(|member| member.as_str())
    {
        let path = root.join(member);
        let pattern = path
            .file_name()
            .and_then(|name| name.to_str()?.split_once('*'));
        let Some((before, after)) = pattern else {
            folders.push(path);
            continue;
        };
        let entries = fs::read_dir(folder_of(&path))
            .into_iter()
            .flatten()
            .flatten();
        let matching = entries.filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        });
        folders.extend(matching.map(|entry| entry.path()));
    }
    folders
}
