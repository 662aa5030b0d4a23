//! The features that a target requires (`required-features`): without them, Cargo refuses to build it.

use std::collections::{BTreeMap, BTreeSet};

use super::error::BuildError;
use super::workspace::Workspace;
use crate::cargo::command::metadata;
use crate::lesson::fence::TargetKind;
use crate::plan::Target;

/// The error for a target that requires other features than the `asked` ones; `None` if it lacks none.
pub(super) fn missing_features(
    workspace: &Workspace,
    target: &Target,
    asked: &[String],
) -> Option<BuildError> {
    let metadata = metadata(&workspace.manifest).exec().ok()?;
    let mut packages = metadata.packages.iter();
    let package = packages.find(|package| package.name == target.package)?;
    let mut targets = package.targets.iter();
    let found = targets.find(|found| {
        let is_of_kind = match target.kind {
            TargetKind::Bin => found.is_bin(),
            TargetKind::Example | TargetKind::Snippet | TargetKind::Shell => found.is_example(),
        };
        is_of_kind && found.name == target.name
    })?;
    let enabled = enabled(&package.features, asked);
    let required = found.required_features.iter();
    let missing = required.filter(|feature| !enabled.contains(feature.as_str()));
    let missing: Vec<String> = missing.cloned().collect();
    (!missing.is_empty()).then(|| BuildError::MissingFeatures {
        target: target.name.clone(),
        missing,
        asked: asked.to_owned(),
    })
}

/// The features of a package that are enabled by default or by the `asked` ones.
fn enabled<'a>(
    features: &'a BTreeMap<String, Vec<String>>,
    asked: &'a [String],
) -> BTreeSet<&'a str> {
    let mut enabled = BTreeSet::new();
    let mut to_enable: Vec<&str> = asked.iter().map(String::as_str).collect();
    to_enable.push("default");
    while let Some(feature) = to_enable.pop() {
        if enabled.insert(feature) {
            let implied = features.get(feature).into_iter().flatten();
            to_enable.extend(implied.map(String::as_str));
        }
    }
    enabled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::enabled;

    #[test]
    fn features_enable_others() {
        let list = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let features = BTreeMap::from([
            ("default".to_owned(), list(&["std"])),
            ("loud".to_owned(), list(&["louder", "dep:x", "std"])),
            ("louder".to_owned(), list(&["loud"])),
        ]);
        for (asked, expected) in [
            (&[][..], &["default", "std"][..]),
            (&["loud"], &["default", "dep:x", "loud", "louder", "std"]),
        ] {
            let asked = list(asked);
            let enabled: Vec<&str> = enabled(&features, &asked).into_iter().collect();
            assert_eq!(enabled, expected);
        }
    }
}
