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
    if let Some(nearest) = nearest_manifest(root) {
        return Ok(nearest);
    }
    let mut below = in_subfolders(root);
    match below.len() {
        0 => Err(NoManifest::None),
        1 => Ok(root.join(below.remove(0))),
        _ => Err(NoManifest::Several(below)),
    }
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
