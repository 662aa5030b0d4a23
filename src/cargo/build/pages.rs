//! Programs in the page → a package of their own, which Cargo builds as it builds all others.
//!
//! Each program is an example of it, and it has the dependencies of the author's package, so that what a
//! page uses is what the files beside it use. It lies below the target folder: nothing of it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package, TargetKind};
use toml::{Table, Value};

use super::{BuildError, Workspace, merged};
use crate::files;
use crate::hash::hash_of;
use crate::plan::{Origin, Run, Target};

/// What the package is called.
const NAME: &str = "mdbook-transcript-pages";

/// A program as Cargo is to build it: its target in the package, whose manifest that names.
pub(super) type Written = Result<Target, BuildError>;

/// Writes the programs of a book's pages, all that the runs have, with a manifest for each package whose
/// dependencies some of them have. Nothing is written that is as it was. The answers stand in the order of
/// the runs; `None` for those whose programs are targets of the author's.
pub(super) fn write(workspace: &Workspace, runs: &[Run]) -> Vec<Option<Written>> {
    let mut written: Vec<Option<Written>> = runs.iter().map(|_| None).collect();
    let is_in_page = |run: &&Run| matches!(run.origin, Origin::Page { .. });
    if !runs.iter().any(|run| is_in_page(&run)) {
        return written;
    }
    let metadata = MetadataCommand::new()
        .manifest_path(&workspace.manifest)
        .no_deps()
        .exec()
        .map_err(refused);
    let mut folders: BTreeMap<PathBuf, (Package, BTreeMap<String, Option<String>>)> =
        BTreeMap::new();
    for (number, run) in runs.iter().enumerate() {
        let Origin::Page { code, inline } = &run.origin else {
            continue;
        };
        let metadata = metadata.as_ref().map_err(Clone::clone);
        let target = metadata.and_then(|metadata| {
            let package = package_of(run, runs, metadata)?;
            let folder = workspace.pages.join(package.name.as_str());
            let source = folder.join(format!("{}.rs", run.target.name));
            write_if_new(&source, code)?;
            let (_, programs) = folders
                .entry(folder.clone())
                .or_insert_with(|| (package.clone(), BTreeMap::new()));
            programs.insert(run.target.name.clone(), inline.edition.clone());
            Ok(Target {
                package: NAME.to_owned(),
                source,
                manifest: folder.join("Cargo.toml"),
                ..run.target.clone()
            })
        });
        written[number] = Some(target);
    }
    if let Ok(metadata) = &metadata {
        for (folder, (package, programs)) in &folders {
            if let Err(error) = write_package(metadata, package, programs, folder) {
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

/// The package whose dependencies a program in the page has: the one that its fence names; else that of the
/// book's other programs, where these have the same; else the only one, or the one of the manifest itself.
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
    let theirs = match others.len() {
        1 => others.first().and_then(|name| named(name)),
        _ => None,
    };
    let only = match packages.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let its_own = || metadata.root_package().filter(|_| others.is_empty());
    theirs.or(only).or_else(its_own).ok_or_else(unknown)
}

fn write_package(
    metadata: &Metadata,
    package: &Package,
    programs: &BTreeMap<String, Option<String>>,
    folder: &Path,
) -> Result<(), BuildError> {
    let root = metadata.workspace_root.as_std_path();
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let workspace: Table = workspace.parse().unwrap_or_default();
    let mut manifest = manifest(&workspace, root, package, programs);
    // Cargo tells packages apart by name and version, not by their folders: without this one the programs of
    // another book, or of another package, would be taken for these.
    let which = &hash_of(folder.to_string_lossy().as_bytes())[..16];
    let version = format!("0.0.0+{which}");
    table(&mut manifest, &["package"]).insert("version".to_owned(), version.into());
    write_if_new(&folder.join(format!("{}.rs", merged::NAME)), merged::SOURCE)?;
    write_if_new(&folder.join("Cargo.toml"), &manifest.to_string())?;
    // The same versions as the author's: Cargo takes out what is not needed.
    let lock = root.join("Cargo.lock");
    match fs::read_to_string(&lock) {
        Ok(text) => write_if_new(&folder.join("Cargo.lock.author"), &text).and_then(|is_new| {
            match is_new || !folder.join("Cargo.lock").exists() {
                true => write_if_new(&folder.join("Cargo.lock"), &text).map(drop),
                false => Ok(()),
            }
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BuildError::unreadable(&lock, error)),
    }
}

/// The manifest: the author's package as far as it decides on what programs are built from.
fn manifest(
    workspace: &Table,
    root: &Path,
    package: &Package,
    programs: &BTreeMap<String, Option<String>>,
) -> Table {
    let mut manifest = Table::new();
    let mut this = Table::new();
    this.insert("name".to_owned(), NAME.into());
    this.insert("edition".to_owned(), package.edition.as_str().into());
    this.insert("publish".to_owned(), false.into());
    for auto in [
        "autobins",
        "autoexamples",
        "autotests",
        "autobenches",
        "autolib",
    ] {
        this.insert(auto.to_owned(), false.into());
    }
    manifest.insert("package".to_owned(), this.into());

    // A workspace of its own, where it lies in another one's folder.
    let resolver = workspace
        .get("workspace")
        .and_then(|its| its.get("resolver"));
    let resolver = resolver.map(|resolver| ("resolver".to_owned(), resolver.clone()));
    let own: Table = resolver.into_iter().collect();
    manifest.insert("workspace".to_owned(), own.into());

    let library = package.targets.iter().any(|target| {
        let can_be_used = |kind: &TargetKind| {
            matches!(
                kind,
                TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro
            )
        };
        target.kind.iter().any(can_be_used)
    });
    for dependency in &package.dependencies {
        add_dependency(&mut manifest, dependency);
    }
    let mut features: Table = Table::new();
    for (feature, implied) in &package.features {
        let mut implied: Vec<Value> = implied.iter().map(|name| name.as_str().into()).collect();
        if library {
            implied.push(format!("{}/{feature}", package.name).into());
        }
        features.insert(feature.clone(), implied.into());
    }
    if library {
        let mut itself = Table::new();
        let folder = package.manifest_path.parent();
        let folder = folder.map(|folder| folder.to_string()).unwrap_or_default();
        itself.insert("path".to_owned(), folder.into());
        itself.insert("default-features".to_owned(), false.into());
        table(&mut manifest, &["dependencies"]).insert(package.name.to_string(), itself.into());
    }
    manifest.insert("features".to_owned(), features.into());

    let merged = (merged::NAME.to_owned(), None);
    let all = programs.iter().chain([(&merged.0, &merged.1)]);
    let examples: Vec<Value> = all
        .map(|(name, edition)| {
            let mut example = Table::new();
            example.insert("name".to_owned(), name.as_str().into());
            example.insert("path".to_owned(), format!("{name}.rs").into());
            let edition = edition.as_deref().map(Value::from);
            example.extend(edition.map(|edition| ("edition".to_owned(), edition)));
            example.into()
        })
        .collect();
    manifest.insert("example".to_owned(), examples.into());

    for key in ["profile", "patch"] {
        if let Some(value) = workspace.get(key) {
            let mut value = value.clone();
            make_absolute(&mut value, root);
            manifest.insert(key.to_owned(), value);
        }
    }
    manifest
}

/// Adds a dependency, as Cargo has understood it: what a workspace's members inherit is spelt out.
fn add_dependency(manifest: &mut Table, dependency: &Dependency) {
    let kind = match dependency.kind {
        DependencyKind::Development => "dev-dependencies",
        DependencyKind::Normal => "dependencies",
        // Needed by a build script alone, which this package has not.
        _ => return,
    };
    let mut entry = Table::new();
    entry.insert("version".to_owned(), dependency.req.to_string().into());
    if let Some(path) = &dependency.path {
        entry.insert("path".to_owned(), path.as_str().into());
    }
    let source = dependency
        .source
        .as_ref()
        .map(|source| source.repr.as_str());
    if let Some(git) = source.and_then(|source| source.strip_prefix("git+")) {
        let (url, query) = git.split_once('?').unwrap_or((git, ""));
        let url = url.split('#').next().unwrap_or(url);
        entry.insert("git".to_owned(), url.into());
        let query = query.split('#').next().unwrap_or("");
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            entry.insert(key.to_owned(), value.into());
        }
    }
    if let Some(registry) = &dependency.registry {
        entry.insert("registry-index".to_owned(), registry.as_str().into());
    }
    entry.insert(
        "default-features".to_owned(),
        dependency.uses_default_features.into(),
    );
    let features: Vec<Value> = dependency
        .features
        .iter()
        .map(|name| name.as_str().into())
        .collect();
    entry.insert("features".to_owned(), features.into());
    if dependency.optional {
        entry.insert("optional".to_owned(), true.into());
    }
    let name = match &dependency.rename {
        Some(rename) => {
            entry.insert("package".to_owned(), dependency.name.as_str().into());
            rename
        }
        None => &dependency.name,
    };
    let platform = dependency.target.as_ref().map(ToString::to_string);
    let into = match &platform {
        Some(platform) => table(manifest, &["target", platform, kind]),
        None => table(manifest, &[kind]),
    };
    into.insert(name.clone(), entry.into());
}

/// The table of this name, made where it is not there.
fn table<'a>(root: &'a mut Table, path: &[&str]) -> &'a mut Table {
    let mut table = root;
    for key in path {
        let entry = table.entry((*key).to_owned());
        let value = entry.or_insert_with(|| Table::new().into());
        if !value.is_table() {
            *value = Table::new().into();
        }
        table = match value {
            Value::Table(table) => table,
            _ => unreachable!("it was made a table"),
        };
    }
    table
}

/// Paths in what is copied from the workspace's manifest are relative to that.
fn make_absolute(value: &mut Value, root: &Path) {
    if let Value::Table(table) = value {
        for (key, value) in table.iter_mut() {
            match value {
                Value::String(path) if key == "path" => {
                    *path = root.join(&path).display().to_string();
                }
                value => make_absolute(value, root),
            }
        }
    }
}

/// Writes a file, unless it holds that already: what Cargo sees as new it builds again. Whether it was
/// written.
pub(super) fn write_if_new(path: &Path, text: &str) -> Result<bool, BuildError> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    files::write(path, text.as_bytes()).map_err(|error| BuildError::unreadable(path, error))?;
    Ok(true)
}

fn refused(error: cargo_metadata::Error) -> BuildError {
    let output = match error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr,
        error => error.to_string(),
    };
    BuildError::Refused { output, help: None }
}
