//! The targets that fences can name.

use std::collections::BTreeSet;

use super::run::Target;
use crate::lesson::fence::{TargetKind, TargetName};
use crate::lesson::shell;
use crate::spelling::nearest;

/// Every example and binary of a workspace.
#[derive(Debug, Default)]
pub struct Targets {
    /// In the order of their names, and of one name in that of targets; each once.
    targets: Vec<Target>,
}

/// Why a name means no target.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTarget {
    /// There is none of this name.
    #[error("no {kind} is named `{name}`")]
    Missing {
        /// `example`, `binary`, or both.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// There are several: in several packages, or an example and a binary.
    #[error("`{name}` could be {}", .candidates.join(" or "))]
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// What it could be.
        candidates: Vec<String>,
    },
}

impl Targets {
    /// These targets.
    pub fn of(mut targets: Vec<Target>) -> Targets {
        targets.sort_by(|one, other| (&one.name, one).cmp(&(&other.name, other)));
        targets.dedup();
        Targets { targets }
    }

    /// These, and the programs in a book's pages; others in pages than those are none of this book.
    pub fn with_those_in_pages(self, in_pages: &[Target]) -> Targets {
        let own = self.targets.into_iter();
        let is_cargos =
            |target: &Target| matches!(target.kind, TargetKind::Example | TargetKind::Bin);
        let own = own.filter(is_cargos);
        Targets::of(own.chain(in_pages.iter().cloned()).collect())
    }

    /// Those of Cargo's whose names stand in these commands, each once. Of several with one name the first:
    /// a package's name does not stand there.
    pub fn named_in(&self, commands: &[String]) -> Vec<Target> {
        let words: BTreeSet<&str> = shell::words(commands).collect();
        let mut named: Vec<Target> = Vec::new();
        for target in &self.targets {
            let is_cargos = matches!(target.kind, TargetKind::Example | TargetKind::Bin);
            let is_new = named.iter().all(|other| other.name != target.name);
            if is_cargos && is_new && words.contains(target.name.as_str()) {
                named.push(target.clone());
            }
        }
        named
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter()
    }

    /// Those of a name, of whatever kind and package.
    pub fn of_name(&self, name: &str) -> impl Iterator<Item = &Target> {
        // Every fence asks, of all programs of the book: a look-up, not a walk.
        let first = self.targets.partition_point(|target| *target.name < *name);
        let from_there = self.targets[first..].iter();
        from_there.take_while(move |target| target.name == name)
    }

    /// The target that a fence names.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn resolve(&self, name: &TargetName) -> Result<&Target, UnknownTarget> {
        let of_kind = |target: &&Target| {
            name.kind.is_none_or(|kind| kind == target.kind)
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
                    Some(TargetKind::Inline) => "program in a page",
                    Some(TargetKind::Shell) => "commands",
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
