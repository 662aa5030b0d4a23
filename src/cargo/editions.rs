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
    /// The names of the targets that the manifest lists.
    targets: Vec<String>,
    /// Whether the book's own manifest is that of this package.
    is_own: bool,
}

impl Editions {
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
        let inherited = workspace.as_ref().and_then(|(_, root)| {
            let package = root.get("workspace")?.get("package")?;
            Some(package.get("edition")?.as_str()?.to_owned())
        });
        let inherited = inherited.as_deref();
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
        if self.differ() {
            self.package(target, targets)?.edition()
        } else {
            self.packages.first()?.edition()
        }
    }

    /// Whether some packages have another edition than others: in nearly all workspaces, they all have the same.
    pub fn differ(&self) -> bool {
        let mut editions = self.packages.iter().map(Package::edition);
        let first = editions.next().flatten();
        editions.any(|edition| edition != first)
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
        let edition = package.get("edition");
        let is_inherited = edition.is_some_and(|edition| edition.get("workspace").is_some());
        let edition = if is_inherited {
            inherited
        } else {
            edition.and_then(|edition| edition.as_str())
        };
        let lists = ["example", "bin"].map(|key| manifest.get(key)?.as_array());
        let targets = lists.iter().flatten().copied().flatten();
        let targets = targets.filter_map(|target| Some(target.get("name")?.as_str()?.to_owned()));
        Some(Package {
            folder: folder.to_owned(),
            name: package.get("name")?.as_str()?.to_owned(),
            edition: edition.map(str::to_owned),
            targets: targets.collect(),
            is_own: false,
        })
    }

    /// The edition, unless it is the one that mdBook and rustdoc assume.
    fn edition(&self) -> Option<&str> {
        self.edition.as_deref().filter(|edition| *edition != "2015")
    }

    /// Returns whether a target is one of this package: its manifest lists it, or Cargo finds its file.
    fn has(&self, target: &TargetName) -> bool {
        let name = &target.name;
        let folder = match target.kind {
            Some(TargetKind::Bin) => "src/bin",
            _ => "examples",
        };
        let folder = self.folder.join(folder);
        self.targets.contains(name)
            || folder.join(format!("{name}.rs")).is_file()
            || folder.join(name).join("main.rs").is_file()
            || (target.kind == Some(TargetKind::Bin)
                && self.name == *name
                && self.folder.join("src/main.rs").is_file())
    }
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
