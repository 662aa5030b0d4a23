//! Finds the Cargo.toml of a book's examples.

use std::fs;
use std::path::{self, Path, PathBuf};

/// Why a book has no manifest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoManifest {
    /// The manifest that the book's settings name does not exist.
    #[error("`manifest` in [preprocessor.transcript]: `{}` does not exist", .0.display())]
    NotThere(PathBuf),
    /// There is no manifest.
    #[error("found no Cargo.toml in the book's folder, in a folder above it or in a subfolder")]
    None,
    /// Several subfolders have a manifest; the paths are relative to the book's folder.
    #[error("the examples could be those of {}", list(.0))]
    Several(Vec<PathBuf>),
}

impl NoManifest {
    /// Advice for the author.
    pub fn help(&self) -> Option<String> {
        match self {
            NoManifest::NotThere(_) => None,
            NoManifest::None => Some(
                "create a package with `cargo new programs`, or set `manifest` in \
                 [preprocessor.transcript] of book.toml"
                    .to_owned(),
            ),
            NoManifest::Several(manifests) => {
                let first = manifests.first()?.display();
                Some(format!(
                    "choose one with `manifest = \"{first}\"` in [preprocessor.transcript] of book.toml"
                ))
            }
        }
    }
}

fn list(manifests: &[PathBuf]) -> String {
    let quoted = manifests
        .iter()
        .map(|manifest| format!("`{}`", manifest.display()));
    quoted.collect::<Vec<_>>().join(" or ")
}

/// Finds the manifest of the book in the folder `root`: the one that its settings name (`set`, relative to
/// `root`); else the nearest one, from `root` upwards; else the only one in a subfolder of `root`. Its path is
/// absolute.
///
/// The package of a preprocessor counts only where there is no other: it is rarely that of the examples. Of several
/// subfolders, the only one with programs counts.
///
/// # Errors
/// There is no manifest, or several subfolders of `root` have one.
pub fn find(root: &Path, set: Option<&Path>) -> Result<PathBuf, NoManifest> {
    // Cargo is started in another folder than this program.
    let root = &path::absolute(root).unwrap_or_else(|_| root.to_owned());
    if let Some(set) = set {
        let manifest = root.join(set);
        return if manifest.is_file() {
            Ok(manifest)
        } else {
            Err(NoManifest::NotThere(manifest))
        };
    }
    let nearest = nearest_manifest(root);
    if let Some(nearest) = &nearest
        && !is_of_preprocessor(nearest)
    {
        return Ok(nearest.clone());
    }
    let all = in_subfolders(root);
    let is_foreign = |manifest: &&PathBuf| is_of_preprocessor(&root.join(manifest));
    let (of_preprocessors, others): (Vec<&PathBuf>, Vec<&PathBuf>) =
        all.iter().partition(is_foreign);
    let has_programs = |manifest: &&&PathBuf| has_programs(&root.join(manifest));
    let with_programs: Vec<&PathBuf> = others.iter().filter(has_programs).copied().collect();
    match (with_programs.as_slice(), others.as_slice(), nearest) {
        ([only], _, _) | ([], [only], _) => Ok(root.join(only)),
        ([], [], Some(nearest)) => Ok(nearest),
        ([], [], None) => match of_preprocessors.as_slice() {
            [] => Err(NoManifest::None),
            [only] => Ok(root.join(only)),
            several => Err(NoManifest::Several(
                several.iter().copied().cloned().collect(),
            )),
        },
        (_, several, _) => Err(NoManifest::Several(
            several.iter().copied().cloned().collect(),
        )),
    }
}

/// Returns whether a manifest is that of an mdBook preprocessor, by its name or its dependencies.
pub fn is_of_preprocessor(manifest: &Path) -> bool {
    const PREFIX: &str = "mdbook-";
    let Some(table) = table(manifest) else {
        return false;
    };
    let name = table.get("package").and_then(|package| package.get("name"));
    let name = name.and_then(toml::Value::as_str).unwrap_or("");
    let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
    let mut dependencies = dependencies.into_iter().flat_map(toml::Table::keys);
    name.starts_with(PREFIX)
        || dependencies.any(|name| name == "mdbook" || name.starts_with(PREFIX))
}

/// Returns whether a package may have examples or binaries, or a workspace packages that have.
fn has_programs(manifest: &Path) -> bool {
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let places = ["examples", "src/main.rs", "src/bin"];
    let is_listed = |table: toml::Table| {
        let keys = ["example", "bin", "workspace"];
        keys.iter().any(|key| table.contains_key(*key))
    };
    places.iter().any(|place| folder.join(place).exists()) || table(manifest).is_some_and(is_listed)
}

/// A manifest as TOML; `None`: it cannot be read, which is left to Cargo to report.
fn table(manifest: &Path) -> Option<toml::Table> {
    fs::read_to_string(manifest).ok()?.parse().ok()
}

/// The nearest Cargo.toml, from a folder upwards.
fn nearest_manifest(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
}

/// The manifests in the subfolders of a folder, relative to it and sorted. Hidden folders are skipped: they are not
/// the author's.
fn in_subfolders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let manifests = entries.filter_map(|entry| {
        let name = entry.file_name();
        let manifest = Path::new(&name).join("Cargo.toml");
        let is_hidden = name.to_string_lossy().starts_with('.');
        (!is_hidden && root.join(&manifest).is_file()).then_some(manifest)
    });
    let mut manifests: Vec<PathBuf> = manifests.collect();
    manifests.sort();
    manifests
}
