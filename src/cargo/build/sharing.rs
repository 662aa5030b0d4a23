//! The calls of Cargo for programs, as few as are needed.

use std::collections::{BTreeMap, BTreeSet};

use super::call::Call;
use super::unification::{Dependencies, Part};
use super::workspace::Workspace;
use crate::lesson::fence::TargetKind;
use crate::plan::Target;

/// A call of Cargo that builds programs for which one or several calls would be made if each part of the workspace were
/// built alone.
pub(super) struct Shared<'a> {
    /// One of these calls.
    pub(super) call: Call<'a>,
    /// The targets.
    pub(super) targets: BTreeMap<&'a Target, Call<'a>>,
}

/// Determines the calls that build these targets.
pub(super) fn share<'a>(
    targets: impl Iterator<Item = (Call<'a>, &'a Target)>,
    workspace: &Workspace,
) -> Vec<Shared<'a>> {
    let mut alone: BTreeMap<Call<'a>, BTreeSet<&'a Target>> = BTreeMap::new();
    for (call, target) in targets {
        alone.entry(call).or_default().insert(target);
    }
    // Cargo is asked at most once, and only if there is something to share.
    let mut dependencies: Option<Dependencies> = None;
    let mut all: Vec<Shared<'a>> = Vec::new();
    for (call, targets) in alone {
        let targets = targets.into_iter().map(|target| (target, call));
        let targets: BTreeMap<&Target, Call<'_>> = targets.collect();
        let other = all.iter_mut().find(|other| {
            other.could_build(call, &targets, workspace) && {
                let dependencies = dependencies.get_or_insert_with(|| {
                    Dependencies::ask(&workspace.manifest).unwrap_or_default()
                });
                let parts = other.parts(workspace).chain(call.shareable(workspace));
                dependencies.have_same_features(&parts.collect())
            }
        });
        match other {
            Some(other) => other.targets.extend(targets),
            None => all.push(Shared { call, targets }),
        }
    }
    all
}

impl<'a> Shared<'a> {
    fn parts(&self, workspace: &Workspace) -> impl Iterator<Item = Part<'a>> {
        let calls = self.targets.values();
        calls.filter_map(|call| call.shareable(workspace))
    }

    /// True if features alone decide whether this call can build these targets, too.
    fn could_build(
        &self,
        call: Call<'_>,
        targets: &BTreeMap<&Target, Call<'_>>,
        workspace: &Workspace,
    ) -> bool {
        let is_shareable = |call: Call<'_>| call.shareable(workspace).is_some();
        // Cargo would write programs of the same name, from several packages, to one file.
        let names = |targets: &BTreeMap<&'_ Target, Call<'_>>| -> BTreeSet<(TargetKind, String)> {
            let names = targets
                .keys()
                .map(|target| (target.kind, target.name.clone()));
            names.collect()
        };
        self.call.is_like(call)
            && is_shareable(self.call)
            && is_shareable(call)
            && names(&self.targets).is_disjoint(&names(targets))
    }
}
