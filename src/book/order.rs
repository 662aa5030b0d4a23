//! The order of a book's preprocessors, as mdBook decides it (mdBook 0.5, `determine_preprocessors`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::NAME;

/// The preprocessors of mdBook itself, which run by default. Neither changes a tagged fence: the one renames
/// `README.md`, and this tool requires the other, which expands includes, to run later.
const OF_MDBOOK: [&str; 2] = ["index", "links"];

/// The declarations of a preprocessor's table about the order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Declared {
    before: Vec<String>,
    after: Vec<String>,
}

/// The preprocessors of others that mdBook runs before this one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Predecessors {
    /// The tables of the book order them before this one, directly or through others.
    pub ordered: BTreeSet<String>,
    /// Only their names put them before this one.
    pub by_name: BTreeSet<String>,
    /// Whether one of them would have to run after this one, too: mdBook refuses such a book.
    pub is_cyclic: bool,
}

impl Predecessors {
    /// Finds the predecessors among the preprocessors of a book, by name.
    pub(super) fn of(tables: &BTreeMap<String, Declared>) -> Predecessors {
        let names = tables.keys().map(String::as_str).chain(OF_MDBOOK);
        let names: BTreeSet<&str> = names.chain([NAME]).collect();
        let mut before: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, Declared { before: of, after }) in tables {
            for later in of {
                before.entry(later).or_default().insert(name);
            }
            let earlier = after.iter().map(String::as_str);
            before.entry(name).or_default().extend(earlier);
        }
        // mdBook runs the preprocessors for which no other has to run first in the order of their names, then those
        // that can run next, and so on.
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let mut is_cyclic = false;
        while !done.contains(NAME) {
            let is_ready = |name: &&&str| {
                let earlier = before.get(**name).into_iter().flatten();
                let mut earlier = earlier.filter(|earlier| names.contains(*earlier));
                !done.contains(**name) && earlier.all(|earlier| done.contains(earlier))
            };
            let ready: Vec<&str> = names.iter().filter(is_ready).copied().collect();
            if ready.is_empty() {
                is_cyclic = true;
                break;
            }
            let is_before_us = |name: &&str| !ready.contains(&NAME) || *name <= NAME;
            done.extend(ready.iter().copied().filter(is_before_us));
        }
        let mut ordered: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![NAME];
        while let Some(name) = next.pop() {
            let earlier = before.get(name).into_iter().flatten().copied();
            next.extend(
                earlier.filter(|earlier| names.contains(earlier) && ordered.insert(earlier)),
            );
        }
        let is_foreign = |name: &&&str| **name != NAME && !OF_MDBOOK.contains(name);
        let by_name = done.difference(&ordered).filter(is_foreign);
        Predecessors {
            by_name: by_name.map(|name| (*name).to_owned()).collect(),
            ordered: ordered.into_iter().map(str::to_owned).collect(),
            is_cyclic,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Declared, Predecessors};

    #[test]
    fn mdbook_orders_by_tables_and_then_by_names() {
        for (tables, ordered, by_name) in [
            ("[transcript]\nbefore = ['links']\n", &[][..], &[][..]),
            // Before ours only because of its name.
            ("[admonish]\n[toc]\n[zola]\n", &[], &["admonish", "toc"]),
            (
                "[zola]\nbefore = ['transcript']\n[admonish]\n",
                &["zola"],
                &["admonish"],
            ),
            (
                "[transcript]\nafter = ['zola']\n[zola]\nafter = ['yew']\n[yew]\n",
                &["yew", "zola"],
                &[],
            ),
            // It waits for mdBook's own, which comes after ours.
            (
                "[admonish]\nafter = ['links']\n[transcript]\nbefore = ['links']\n",
                &[],
                &[],
            ),
            ("[transcript]\nafter = ['gone']\n", &[], &[]),
        ] {
            let tables: BTreeMap<String, Declared> = toml::from_str(tables).expect("valid TOML");
            let found = Predecessors::of(&tables);
            assert!(found.ordered.iter().eq(ordered), "{tables:?}: {found:?}");
            assert!(found.by_name.iter().eq(by_name), "{tables:?}: {found:?}");
            assert!(!found.is_cyclic, "{tables:?}: {found:?}");
        }
    }

    #[test]
    fn a_cycle_is_found() {
        for tables in [
            "[transcript]\nbefore = ['yew']\nafter = ['yew']\n[yew]\n",
            "[transcript]\nafter = ['zola']\n[zola]\nafter = ['yew']\n[yew]\nafter = ['transcript']\n",
        ] {
            let tables: BTreeMap<String, Declared> = toml::from_str(tables).expect("valid TOML");
            assert!(Predecessors::of(&tables).is_cyclic, "{tables:?}");
        }
    }
}
