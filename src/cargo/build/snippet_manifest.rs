//! The manifest of the package that is generated for snippets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{Dependency, DependencyKind, Package, TargetKind};
use toml::{Table, Value};

use super::merged;
use crate::hash::hash_of;
use crate::recordings::configuration;

/// The beginning of the name of each generated package.
const NAME: &str = "mdbook-transcript-pages";

/// The name of the package that is generated in a folder, the same on every machine: a snippet can print it.
///
/// Cargo distinguishes packages by name and version, not by folder: without a name of its own, the package could be
/// taken for that of another book or of another of the author's packages, which share a target folder.
pub(super) fn name_of(folder: &Path) -> String {
    let names: Vec<_> = folder.iter().rev().take(2).collect();
    let names = names.join("/".as_ref());
    format!("{NAME}-{}", &hash_of(names.as_encoded_bytes())[..8])
}

/// The Cargo.toml of the author's package to which a generated one belongs; `None`: it is not a generated one.
pub(super) fn author_of(manifest: &Path) -> Option<PathBuf> {
    let is_generated = manifest
        .components()
        .any(|part| part.as_os_str() == "transcript");
    let manifest = is_generated
        .then(|| configuration::table(manifest))
        .flatten()?;
    let package = manifest.get("package")?;
    if !package.get("name")?.as_str()?.starts_with(NAME) {
        return None;
    }
    let author = package.get("metadata")?.get("author")?;
    Some(author.as_str()?.into())
}

/// Returns the manifest of the generated package for snippets that depend on a package of the author.
///
/// The manifest has everything of the author's package that decides how code is compiled: edition, dependencies,
/// features, profiles and patches, and what a program can be compiled with: version, description and the like. It
/// allows unused code, as rustdoc does in its tests: a snippet shows more than it
/// uses. `snippets` are the names of the snippets with their editions.
pub(super) fn manifest(
    workspace: &Table,
    root: &Path,
    package: &Package,
    name: &str,
    snippets: &BTreeMap<String, Option<String>>,
) -> Table {
    let mut manifest = Table::new();
    manifest.insert("package".to_owned(), package_table(package, name).into());
    // A workspace of its own, for the folder may be inside the author's workspace.
    let resolver = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("resolver"));
    let resolver = resolver.map(|resolver| ("resolver".to_owned(), resolver.clone()));
    let own: Table = resolver.into_iter().collect();
    manifest.insert("workspace".to_owned(), own.into());
    for dependency in &package.dependencies {
        add_dependency(&mut manifest, dependency);
    }
    let has_library = has_library(package);
    if has_library {
        let folder = package.manifest_path.parent();
        let folder = folder.map(|folder| folder.to_string()).unwrap_or_default();
        let mut library = Table::new();
        library.insert("path".to_owned(), folder.into());
        library.insert("default-features".to_owned(), false.into());
        table(&mut manifest, &["dependencies"]).insert(package.name.to_string(), library.into());
    }
    table(&mut manifest, &["lints", "rust"]).insert("unused".to_owned(), "allow".into());
    let features = features(package, has_library);
    manifest.insert("features".to_owned(), features.into());
    manifest.insert("example".to_owned(), examples(snippets).into());
    for key in ["profile", "patch"] {
        if let Some(value) = workspace.get(key) {
            let mut value = value.clone();
            make_absolute(&mut value, root);
            manifest.insert(key.to_owned(), value);
        }
    }
    manifest
}

fn package_table(package: &Package, name: &str) -> Table {
    let mut table = Table::new();
    table.insert("name".to_owned(), name.into());
    table.insert("version".to_owned(), package.version.to_string().into());
    table.insert("edition".to_owned(), package.edition.as_str().into());
    table.insert("publish".to_owned(), false.into());
    table.insert("authors".to_owned(), package.authors.clone().into());
    let rust_version = package.rust_version.as_ref().map(ToString::to_string);
    for (field, value) in [
        ("description", &package.description),
        ("homepage", &package.homepage),
        ("license", &package.license),
        ("repository", &package.repository),
        ("rust-version", &rust_version),
    ] {
        let value = value.as_deref().map(Value::from);
        table.extend(value.map(|value| (field.to_owned(), value)));
    }
    let mut own = Table::new();
    own.insert("author".to_owned(), package.manifest_path.as_str().into());
    table.insert("metadata".to_owned(), own.into());
    for auto in [
        "autobins",
        "autoexamples",
        "autotests",
        "autobenches",
        "autolib",
    ] {
        table.insert(auto.to_owned(), false.into());
    }
    table
}

/// True if a package has a library that snippets can use.
fn has_library(package: &Package) -> bool {
    let is_library = |kind: &TargetKind| {
        matches!(
            kind,
            TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro
        )
    };
    let mut targets = package.targets.iter();
    targets.any(|target| target.kind.iter().any(is_library))
}

/// The features of the author's package; each also enables the feature of the same name of its library.
fn features(package: &Package, has_library: bool) -> Table {
    let features = package.features.iter().map(|(feature, implied)| {
        let mut implied: Vec<Value> = implied.iter().map(|name| name.as_str().into()).collect();
        if has_library {
            implied.push(format!("{}/{feature}", package.name).into());
        }
        (feature.clone(), implied.into())
    });
    features.collect()
}

/// The entries of the snippets and of the merged example.
fn examples(snippets: &BTreeMap<String, Option<String>>) -> Vec<Value> {
    let merged = (merged::NAME.to_owned(), None);
    let all = snippets.iter().chain([(&merged.0, &merged.1)]);
    let entry = |(name, edition): (&String, &Option<String>)| {
        let mut example = Table::new();
        example.insert("name".to_owned(), name.as_str().into());
        example.insert("path".to_owned(), format!("{name}.rs").into());
        let edition = edition.as_deref().map(Value::from);
        example.extend(edition.map(|edition| ("edition".to_owned(), edition)));
        example.into()
    };
    all.map(entry).collect()
}

/// Adds a dependency as Cargo has resolved it, with the values that are inherited from the workspace.
fn add_dependency(manifest: &mut Table, dependency: &Dependency) {
    let kind = match dependency.kind {
        DependencyKind::Development => "dev-dependencies",
        DependencyKind::Normal => "dependencies",
        // Build dependencies: the generated package has no build script.
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

/// The table with this path, which is created if it does not exist.
pub(super) fn table<'a>(root: &'a mut Table, path: &[&str]) -> &'a mut Table {
    let mut table = root;
    for key in path {
        let entry = table.entry((*key).to_owned());
        let value = entry.or_insert_with(|| Table::new().into());
        if !value.is_table() {
            *value = Table::new().into();
        }
        table = match value {
            Value::Table(table) => table,
            _ => unreachable!("every value on the path is a table"),
        };
    }
    table
}

/// Makes the paths absolute in a value from the workspace's manifest, to which they are relative.
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
