//! Writes the style sheet and the script into a book's folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::files;
use crate::page::assets::Asset;

/// The state of an asset's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is what this version writes.
    Current,
    /// Another version has written it, or it is empty.
    Otherwise,
    /// It does not begin like any version of the asset.
    Foreign,
    /// It does not exist, or cannot be read.
    Missing,
}

/// Returns the state of an asset's file.
pub fn written(asset: &Asset, file: &Path) -> Written {
    let begins = |text: &[u8]| text.trim_ascii_start().starts_with(asset.banner.as_bytes());
    match fs::read(file) {
        Err(_) => Written::Missing,
        Ok(text) if text == asset.text.as_bytes() => Written::Current,
        Ok(text) if text.is_empty() || begins(&text) => Written::Otherwise,
        Ok(_) => Written::Foreign,
    }
}

/// Checks that each asset's path is free, or has a file that this tool has written. Paths are relative to `folder`.
///
/// # Errors
/// There is another file.
pub(super) fn check(folder: &Path, assets: &[(Asset, PathBuf)]) -> anyhow::Result<()> {
    for (asset, path) in assets {
        if written(asset, &folder.join(path)) == Written::Foreign {
            bail!(
                "`{}` is not a file of mdbook-transcript: rename it, or move it elsewhere",
                path.display()
            );
        }
    }
    Ok(())
}

/// Writes the assets that differ from their files; returns one line for each written file.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(folder: &Path, assets: &[(Asset, PathBuf)]) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    for (asset, path) in assets {
        let file = folder.join(path);
        if written(asset, &file) == Written::Current {
            continue;
        }
        files::write(&file, asset.text.as_bytes())
            .with_context(|| format!("failed to write `{}`", file.display()))?;
        changes.push(format!("wrote {}", path.display()));
    }
    Ok(changes)
}
