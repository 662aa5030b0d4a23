//! The folders of a build, and how it links.

use std::path::{Path, PathBuf};

use crate::hash::hash_of;
use crate::plan::Target;

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

impl Workspace {
    /// The target folder for a package outside this workspace, by its manifest: below the workspace's own.
    pub fn target_of(&self, standalone: &Path) -> PathBuf {
        let key = &hash_of(standalone.as_os_str().as_encoded_bytes())[..16];
        self.target
            .join("transcript")
            .join(format!("package-{key}"))
    }

    /// The workspace of a program: this one, or that of a package outside it.
    pub fn of_target(&self, target: &Target) -> Workspace {
        if !target.standalone {
            return self.clone();
        }
        Workspace {
            manifest: target.manifest.clone(),
            target: self.target_of(&target.manifest),
            pages: self.pages.clone(),
        }
    }
}

/// How programs are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking<'a> {
    /// As Cargo does by default.
    Ordinary,
    /// With std as a shared library, which the observer requires, into the target folder given.
    Dynamic(&'a Path),
}
