//! The folders of a build, and how it links.

use std::path::{Path, PathBuf};

/// The manifest and the folders of a build.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The author's Cargo.toml.
    pub manifest: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// The folder for snippets, which are written to packages of their own.
    pub pages: PathBuf,
}

/// How programs are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking<'a> {
    /// As Cargo does by default.
    Ordinary,
    /// With std as a shared library, which the observer requires, into the target folder given.
    Dynamic(&'a Path),
}
