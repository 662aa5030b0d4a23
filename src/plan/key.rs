//! What tells one run from another.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use crate::lesson::fence::{RunAttributes, TargetKind};
use crate::plan::{Run, Target};

/// What makes a run: the attributes of a fence, with the target that they mean and the profile that it is built
/// with. Fences for which it is equal share one.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    kind: TargetKind,
    name: &'a str,
    package: &'a str,
    args: &'a [String],
    env: &'a BTreeMap<String, String>,
    stdin: &'a str,
    features: &'a [String],
    profile: Option<&'a str>,
}

impl<'a> Key<'a> {
    /// Of what a fence asks for; `profile`: that of programs whose fences name none.
    pub(super) fn of(
        asked: &'a RunAttributes,
        target: &'a Target,
        profile: Option<&'a str>,
    ) -> Key<'a> {
        // All of them, whatever is added: what is left out would make two runs one.
        let RunAttributes {
            target: _,
            args,
            env,
            stdin,
            features,
            profile: own,
        } = asked;
        Key {
            kind: target.kind,
            name: &target.name,
            package: &target.package,
            args,
            env,
            stdin,
            features,
            profile: own.as_deref().or(profile),
        }
    }

    /// Of a run that is planned: its profile is known.
    pub(super) fn of_run(run: &'a Run) -> Key<'a> {
        Key::of(&run.attributes, &run.target, None)
    }

    /// A number that is equal for equal keys.
    pub(super) fn hash(&self) -> u64 {
        FxBuildHasher.hash_one(self)
    }
}
