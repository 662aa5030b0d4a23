//! Decides which programs can share a call of Cargo, although Cargo unifies features within a call: it builds a
//! dependency once, with all features that any program of the call asks for. A program must have the features of its
//! own command, which builds it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use cargo_metadata::{Dependency, DependencyKind, Metadata, PackageId, TargetKind};

use crate::cargo::command;

/// The programs of a package as far as features are concerned: its binaries, or its examples, for which Cargo also
/// builds the development dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part<'a> {
    pub(super) package: &'a str,
    pub(super) has_dev_dependencies: bool,
}

/// The packages of a workspace and their dependencies, with the features that these are asked for.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// The numbers of the workspace's packages, by name.
    members: BTreeMap<String, usize>,
    packages: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// False: all programs that depend on the package depend on the same code.
    has_features: bool,
    /// True for a procedural macro, which is built for the compiler's own machine.
    is_macro: bool,
    edges: Vec<Edge>,
}

/// A dependency on another package.
#[derive(Debug, Clone)]
struct Edge {
    to: usize,
    kind: DependencyKind,
    /// The features that are asked for, as text: equal requests ask for equal features.
    request: String,
}

/// A package as a part of a build: `true` if it is built for the compiler's own machine, where Cargo's newer resolvers
/// unify its features separately.
type Place = (usize, bool);

impl Dependencies {
    /// Asks Cargo for the dependencies of a workspace. `None`: Cargo does not tell.
    pub(super) fn ask(manifest: &Path) -> Option<Dependencies> {
        let mut command = command::metadata_with_dependencies(manifest);
        let platform = format!("--filter-platform={}", host(manifest)?);
        command.other_options([platform]);
        let metadata = command.exec();
        if let Err(error) = &metadata {
            tracing::debug!("each package is built by itself: {error}");
        }
        Dependencies::of(&metadata.ok()?)
    }

    fn of(metadata: &Metadata) -> Option<Dependencies> {
        let ids = metadata.packages.iter().enumerate();
        let numbers: BTreeMap<&PackageId, usize> =
            ids.map(|(number, package)| (&package.id, number)).collect();
        let mut packages: Vec<Node> = metadata
            .packages
            .iter()
            .map(|package| Node {
                has_features: !package.features.is_empty(),
                is_macro: package
                    .targets
                    .iter()
                    .any(|target| target.kind.contains(&TargetKind::ProcMacro)),
                edges: Vec::new(),
            })
            .collect();
        for node in &metadata.resolve.as_ref()?.nodes {
            let from = *numbers.get(&node.id)?;
            let package = &metadata.packages[from];
            for dependency in &node.deps {
                let to = *numbers.get(&dependency.pkg)?;
                let name = &metadata.packages[to].name;
                let declared = package.dependencies.iter();
                let declared = declared.filter(|declared| declared.name == name.as_str());
                packages[from].edges.extend(declared.map(|declared| Edge {
                    to,
                    kind: declared.kind,
                    request: request(declared, package),
                }));
            }
        }
        let members = metadata.workspace_members.iter();
        let members = members.filter_map(|id| {
            let number = *numbers.get(id)?;
            Some((metadata.packages[number].name.to_string(), number))
        });
        Some(Dependencies {
            members: members.collect(),
            packages,
        })
    }

    /// True if it is certain that each of these parts has the same features whether it is built alone or together with
    /// the others.
    pub(super) fn have_same_features(&self, parts: &BTreeSet<Part<'_>>) -> bool {
        if parts.len() < 2 {
            return true;
        }
        // The oldest resolver takes development dependencies into account for binaries, too, as the newer ones do if
        // an example is built by the same call.
        let all = parts.iter().map(|part| Part {
            has_dev_dependencies: true,
            ..*part
        });
        let all: BTreeSet<Part<'_>> = all.collect();
        let has_examples = parts.iter().any(|part| part.has_dev_dependencies);
        let both = if has_examples {
            parts | &all
        } else {
            parts.clone()
        };
        [&all, &both].into_iter().all(|parts| {
            // The oldest resolver does not distinguish the machines, either.
            [true, false].into_iter().all(|distinguishes_machines| {
                self.agree(parts, distinguishes_machines).unwrap_or(false)
            })
        })
    }

    /// True if every package that several parts depend on gets the same requests in each of these parts. A request that
    /// features of the asking package can change is equal to no other package's, and so the same only in parts that all
    /// depend on that package, for which the same holds.
    fn agree(&self, parts: &BTreeSet<Part<'_>>, distinguishes_machines: bool) -> Option<bool> {
        let mut reached: BTreeMap<Place, BTreeSet<usize>> = BTreeMap::new();
        let mut requests: BTreeSet<(Place, usize, &str)> = BTreeSet::new();
        for (
            part,
            Part {
                package,
                has_dev_dependencies,
            },
        ) in parts.iter().enumerate()
        {
            let root = *self.members.get(*package)?;
            let mut to_visit = vec![(root, false)];
            requests.insert(((root, false), part, "selected"));
            let edges = self.packages[root].edges.iter();
            for edge in edges
                .filter(|edge| *has_dev_dependencies && edge.kind == DependencyKind::Development)
            {
                let place = self.place_of(edge, false, distinguishes_machines);
                requests.insert((place, part, &edge.request));
                to_visit.push(place);
            }
            while let Some(place) = to_visit.pop() {
                if reached.entry(place).or_default().insert(part) {
                    to_visit.extend(self.next(place, distinguishes_machines).map(|(to, _)| to));
                }
            }
        }
        for (&from, parts) in &reached {
            for (to, request) in self.next(from, distinguishes_machines) {
                requests.extend(parts.iter().map(|&part| (to, part, request)));
            }
        }
        let mut places = reached.iter();
        Some(places.all(|(place, parts)| {
            let of = |part: usize| -> BTreeSet<&str> {
                let range = (*place, part, "")..(*place, part + 1, "");
                requests
                    .range(range)
                    .map(|(_, _, request)| *request)
                    .collect()
            };
            let mut all = parts.iter().map(|&part| of(part));
            let first = all.next();
            !self.packages[place.0].has_features || all.all(|other| Some(other) == first)
        }))
    }

    /// The dependencies that are built with a package, and what they are asked for.
    fn next(
        &self,
        (package, for_compiler): Place,
        distinguishes_machines: bool,
    ) -> impl Iterator<Item = (Place, &str)> {
        let edges = self.packages[package].edges.iter();
        let edges = edges.filter(|edge| edge.kind != DependencyKind::Development);
        edges.map(move |edge| {
            let place = self.place_of(edge, for_compiler, distinguishes_machines);
            (place, edge.request.as_str())
        })
    }

    fn place_of(&self, edge: &Edge, for_compiler: bool, distinguishes_machines: bool) -> Place {
        let is_for_compiler =
            for_compiler || edge.kind == DependencyKind::Build || self.packages[edge.to].is_macro;
        (edge.to, is_for_compiler && distinguishes_machines)
    }
}

/// The request of a package for a dependency. If the package's own features can add to it, the text names the package, so that
/// no other package's request equals it.
fn request(declared: &Dependency, package: &cargo_metadata::Package) -> String {
    let name = declared.rename.as_ref().unwrap_or(&declared.name);
    let mut implied = package.features.values().flatten();
    let is_changed_by_features = declared.optional
        || implied.any(|feature| {
            let dependency = feature.split(['/', '?']).next();
            feature.contains('/') && dependency == Some(name)
        });
    let package = is_changed_by_features.then_some(&package.id);
    let mut features = declared.features.clone();
    features.sort();
    let platform = declared.target.as_ref().map(ToString::to_string);
    format!(
        "{features:?} {} {platform:?} {package:?}",
        declared.uses_default_features
    )
}

/// The platform for which Cargo builds unless it is told otherwise.
fn host(manifest: &Path) -> Option<String> {
    let mut version: Command = command::call(manifest);
    let output = version.arg("-vV").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "))?;
    Some(host.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cargo_metadata::DependencyKind;

    use super::{Dependencies, Edge, Node, Part};

    /// The members `a` and `b`, and other packages, with dependencies like `a>x` (of kind `>`, `dev>` or `build>`) and
    /// the requests. The packages `plain` and `macro` are what they are called.
    fn workspace(edges: &str) -> Dependencies {
        let mut all = Dependencies::default();
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut number = |name: &str, all: &mut Dependencies| {
            *numbers.entry(name.to_owned()).or_insert_with(|| {
                all.packages.push(Node {
                    has_features: name != "plain",
                    is_macro: name == "macro",
                    edges: Vec::new(),
                });
                all.packages.len() - 1
            })
        };
        for member in ["a", "b"] {
            let member_number = number(member, &mut all);
            all.members.insert(member.to_owned(), member_number);
        }
        for edge in edges.split(", ") {
            let mut words = edge.split(' ');
            let mut word = || words.next().unwrap_or_default();
            let (from, arrow, to, request) = (word(), word(), word(), word());
            let (from, to) = (number(from, &mut all), number(to, &mut all));
            let kind = match arrow {
                "dev>" => DependencyKind::Development,
                "build>" => DependencyKind::Build,
                _ => DependencyKind::Normal,
            };
            let request = request.to_owned();
            all.packages[from].edges.push(Edge { to, kind, request });
        }
        all
    }

    #[test]
    fn parts_share_a_call_only_if_no_request_differs() {
        let part = |package, has_dev_dependencies| Part {
            package,
            has_dev_dependencies,
        };
        let of_a = [part("a", false), part("a", true)];
        let examples = [part("a", true), part("b", true)];
        let binaries = [part("a", false), part("b", false)];
        for (edges, parts, expected) in [
            // The binaries and the examples of a package.
            ("a > x f", of_a, true),
            ("a dev> y f", of_a, true),
            ("a > x f, a dev> y f", of_a, true),
            ("a > x f, a dev> x f", of_a, true),
            ("a > x f, a dev> x g", of_a, false),
            ("a > x f, a dev> y f, y > x g", of_a, false),
            ("a > plain f, a dev> plain g", of_a, true),
            // Two packages.
            ("a > x f, b > y g", examples, true),
            ("a > x f, b > x f, x > y g", examples, true),
            ("a > x f, b > x g", examples, false),
            ("a > x f, b > y f, x > z f, y > z f", examples, true),
            ("a > x f, b > y f, x > z f, y > z g", examples, false),
            ("a > b f", examples, false),
            ("a dev> x f, b > x g", examples, false),
            // An old resolver builds development dependencies for binaries, too.
            ("a dev> x f, b > x g", binaries, false),
            ("a dev> x f, b > y g", binaries, true),
            // Features for the compiler's machine count apart, but not with an old resolver.
            (
                "a > x f, a build> x g, b > x f, b build> x g",
                examples,
                true,
            ),
            (
                "a > x f, a build> x g, b > x g, b build> x f",
                examples,
                false,
            ),
            ("a > macro f, macro > x f, b > x g", examples, false),
            ("a > x f, b build> y f, y > x f", examples, true),
        ] {
            let parts = parts.into_iter().collect();
            let same = workspace(edges).have_same_features(&parts);
            assert_eq!(same, expected, "{edges}: {parts:?}");
        }
        // Nothing is certain of an unknown package.
        let unknown = [part("a", true), part("c", true)].into_iter().collect();
        assert!(!workspace("a > x f").have_same_features(&unknown));
    }
}
