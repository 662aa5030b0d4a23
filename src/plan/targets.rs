//! The targets that fences can name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::run::Target;
use crate::lesson::fence::{RunAttributes, TargetKind, TargetName};
use crate::lesson::shell;
use crate::spelling::nearest;

/// The targets of a book: the examples and binaries of a workspace, snippets and shell sessions.
#[derive(Debug, Default)]
pub struct Targets {
    /// Sorted by name, then by the order of [`Target`]; each once.
    targets: Vec<Target>,
    /// The book's folder, to which the manifests in fences are relative.
    root: PathBuf,
    /// The manifests in fences that Cargo cannot read, with its output.
    unreadable: BTreeMap<PathBuf, String>,
}

/// The reason why a name selects no target.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTarget {
    /// The Cargo.toml that a fence names does not exist, or its package has no program.
    #[error("found no program of a package in `{0}`")]
    NoPackage(String),
    /// Cargo cannot read the Cargo.toml that a fence names.
    #[error("Cargo cannot read the package in `{manifest}`")]
    Unreadable {
        /// The path in the fence.
        manifest: String,
        /// Cargo's output.
        output: String,
    },
    /// No target has the name.
    #[error("no {kind} is named `{name}`")]
    Missing {
        /// The kind of target in words: `example`, `binary`, or both.
        kind: &'static str,
        /// The name in the fence.
        name: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
    /// Several targets have the name: in several packages, or an example and a binary.
    #[error("`{name}` is ambiguous: it could be {}", .candidates.join(" or "))]
    Ambiguous {
        /// The name in the fence.
        name: String,
        /// The targets in words.
        candidates: Vec<String>,
    },
}

/// Returns a fence's attributes with their target and profile filled in. Fences with equal resolved attributes share
/// one run.
pub(super) fn resolved(
    asked: &RunAttributes,
    profile: Option<&str>,
    target: &Target,
) -> RunAttributes {
    let RunAttributes {
        target: _,
        args,
        env,
        stdin,
        files,
        features,
        profile: own_profile,
        seed,
    } = asked;
    let profile = own_profile.as_deref().or(profile);
    RunAttributes {
        target: TargetName {
            kind: Some(target.kind),
            name: target.name.clone(),
            package: Some(target.package.clone()),
            manifest: asked.target.manifest.clone(),
        },
        args: args.clone(),
        env: env.clone(),
        stdin: stdin.clone(),
        files: files.clone(),
        features: features.clone(),
        profile: profile.map(str::to_owned),
        seed: *seed,
    }
}

impl Targets {
    /// Sorts these targets.
    pub fn of(mut targets: Vec<Target>) -> Targets {
        targets.sort_by(|one, other| (&one.name, one).cmp(&(&other.name, other)));
        targets.dedup();
        Targets {
            targets,
            ..Targets::default()
        }
    }

    /// Returns these targets with the manifests that Cargo cannot read, and its output about each.
    pub fn without(self, unreadable: BTreeMap<PathBuf, String>) -> Targets {
        Targets { unreadable, ..self }
    }

    /// Returns these targets for the book in this folder, whose path is canonical.
    pub fn of_book(self, root: &Path) -> Targets {
        Targets {
            root: root.to_owned(),
            ..self
        }
    }

    /// Returns whether a package has no other binary than this target.
    pub(super) fn is_only_binary(&self, target: &Target) -> bool {
        let is_other = |other: &&Target| {
            other.kind == TargetKind::Bin
                && other.manifest == target.manifest
                && other.name != target.name
        };
        !self.targets.iter().any(|other| is_other(&other))
    }

    /// Returns these Cargo targets with the book's snippets and shell sessions; replaces all others of those kinds.
    pub fn with_those_in_pages(self, in_pages: &[Target]) -> Targets {
        let Targets {
            targets,
            root,
            unreadable,
        } = self;
        let is_cargo =
            |target: &Target| matches!(target.kind, TargetKind::Example | TargetKind::Bin);
        let own = targets.into_iter().filter(is_cargo);
        Targets {
            root,
            unreadable,
            ..Targets::of(own.chain(in_pages.iter().cloned()).collect())
        }
    }

    /// Returns the Cargo targets whose names occur in these commands; the first of several with one name, because
    /// commands name no package.
    pub fn named_in(&self, commands: &[String]) -> Vec<Target> {
        let words: BTreeSet<&str> = shell::words(commands).collect();
        let mut named: Vec<Target> = Vec::new();
        for target in &self.targets {
            let is_cargo =
                matches!(target.kind, TargetKind::Example | TargetKind::Bin) && !target.standalone;
            let is_new = named.iter().all(|other| other.name != target.name);
            if is_cargo && is_new && words.contains(target.name.as_str()) {
                named.push(target.clone());
            }
        }
        named
    }

    /// Returns all targets.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter()
    }

    /// Returns the targets with this name, of any kind and package.
    pub fn of_name(&self, name: &str) -> impl Iterator<Item = &Target> {
        // Called for each fence: a binary search rather than a walk over all targets.
        let first = self.targets.partition_point(|target| *target.name < *name);
        let from_there = self.targets[first..].iter();
        from_there.take_while(move |target| target.name == name)
    }

    /// Returns the target that a fence names.
    ///
    /// # Errors
    /// No target or several targets match.
    pub fn resolve(&self, name: &TargetName) -> Result<&Target, UnknownTarget> {
        let manifest = name.manifest.as_ref();
        let manifest = manifest.map(|manifest| absolute(&self.root, manifest));
        let is_of_manifest = |target: &Target| match &manifest {
            Some(manifest) => target.manifest == *manifest,
            None => !target.standalone,
        };
        if let Some(named) = &name.manifest
            && let Some(output) = manifest.as_ref().and_then(|it| self.unreadable.get(it))
        {
            return Err(UnknownTarget::Unreadable {
                manifest: named.clone(),
                output: output.clone(),
            });
        }
        if let Some(manifest) = &name.manifest
            && !self.targets.iter().any(is_of_manifest)
        {
            return Err(UnknownTarget::NoPackage(manifest.clone()));
        }
        let of_kind = |target: &&Target| {
            is_of_manifest(target)
                && name.kind.is_none_or(|kind| kind == target.kind)
                && name
                    .package
                    .as_ref()
                    .is_none_or(|package| *package == target.package)
        };
        let mut found = self.of_name(&name.name).filter(of_kind);
        match (found.next(), found.next()) {
            (Some(target), None) => Ok(target),
            (None, _) => Err(UnknownTarget::Missing {
                kind: match name.kind {
                    Some(TargetKind::Example) => "example",
                    Some(TargetKind::Bin) => "binary",
                    Some(TargetKind::Snippet) => "snippet",
                    Some(TargetKind::Shell) => "shell session",
                    None => "example or binary",
                },
                name: name.name.clone(),
                nearest: nearest(
                    &name.name,
                    self.targets
                        .iter()
                        .filter(of_kind)
                        .map(|target| target.name.as_str()),
                )
                .map(str::to_owned),
            }),
            (Some(first), Some(second)) => Err(UnknownTarget::Ambiguous {
                name: name.name.clone(),
                candidates: [first, second]
                    .into_iter()
                    .chain(found)
                    .map(Target::in_words)
                    .collect(),
            }),
        }
    }
}

/// The absolute form of a path that a fence gives relative to the book.
fn absolute(root: &Path, path: &str) -> PathBuf {
    path.split('/').fold(root.to_owned(), |mut absolute, part| {
        match part {
            ".." => {
                absolute.pop();
            }
            part => absolute.push(part),
        }
        absolute
    })
}
