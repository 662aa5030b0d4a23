//! Writes the style sheet and the script into a book's folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::files;
use crate::page::assets::Asset;

/// Checks that each asset's path is free, or has a file that this tool has written. Paths are relative to `folder`.
///
/// # Errors
/// There is another file.
pub(super) fn check(folder: &Path, assets: &[(Asset, PathBuf)]) -> anyhow::Result<()> {
    for (asset, path) in assets {
        if is_foreign(asset, &folder.join(path)) {
            bail!(
                "`{}` is not a file of mdbook-transcript: rename it, or move it elsewhere",
                path.display()
            );
        }
    }
    Ok(())
}

/// Returns whether there is a file that does not begin like every version of the asset.
fn is_foreign(asset: &Asset, file: &Path) -> bool {
    let begins = |text: &[u8]| text.trim_ascii_start().starts_with(asset.banner.as_bytes());
    fs::read(file).is_ok_and(|text| !text.is_empty() && !begins(&text))
}

/// Writes the assets that differ from their files; returns one line for each written file.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(folder: &Path, assets: &[(Asset, PathBuf)]) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    for (asset, path) in assets {
        let file = folder.join(path);
        if fs::read_to_string(&file).is_ok_and(|text| text == asset.text) {
            continue;
        }
        files::write(&file, asset.text.as_bytes())
            .with_context(|| format!("failed to write `{}`", file.display()))?;
        changes.push(format!("wrote {}", path.display()));
    }
    Ok(changes)
}
