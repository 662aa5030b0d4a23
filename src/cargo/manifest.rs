//! The Cargo.toml of a book's programs: which one it is.

use std::fs;
use std::path::{Path, PathBuf};

/// Why there is no manifest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoManifest {
    /// The book names one, and it is not there.
    #[error("`manifest` in [preprocessor.transcript]: there is no `{}`", .0.display())]
    NotThere(PathBuf),
    /// There is none.
    #[error(
        "there is no Cargo.toml in the book's folder, above it or in a folder of it, so no examples either"
    )]
    None,
    /// There are several, none of them nearer than the others. Relative to the book's folder.
    #[error("the examples could be those of {}", named(.0))]
    Several(Vec<PathBuf>),
}

impl NoManifest {
    /// What to do.
    pub fn help(&self) -> Option<String> {
        match self {
            NoManifest::NotThere(_) => None,
            NoManifest::None => Some(
                "make a package with `cargo new programs`, or set `manifest` in \
                 [preprocessor.transcript] of book.toml"
                    .to_owned(),
            ),
            NoManifest::Several(manifests) => {
                let first = manifests.first()?.display();
                Some(format!(
                    "say which with `manifest = \"{first}\"` in [preprocessor.transcript] of book.toml"
                ))
            }
        }
    }
}

fn named(manifests: &[PathBuf]) -> String {
    let named = manifests
        .iter()
        .map(|manifest| format!("`{}`", manifest.display()));
    named.collect::<Vec<_>>().join(" or ")
}

/// The manifest of the book in the folder `root`: the one that its settings name (`set`, relative to
/// `root`); else the nearest one, from `root` upwards; else that of the only package in a folder of `root`.
///
/// # Errors
/// There is none, or there are several packages in folders of `root`.
pub fn find(root: &Path, set: Option<&Path>) -> Result<PathBuf, NoManifest> {
    if let Some(set) = set {
        let manifest = root.join(set);
        return match manifest.is_file() {
            true => Ok(manifest),
            false => Err(NoManifest::NotThere(manifest)),
        };
    }
    if let Some(nearest) = nearest_manifest(root) {
        return Ok(nearest);
    }
    let mut below = below(root);
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

/// Those in the folders of a folder, relative to it, in the order of their names. Hidden folders hold no
/// programs of the author's.
fn below(root: &Path) -> Vec<PathBuf> {
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
