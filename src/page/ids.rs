//! The ids of a page's elements, unique within a chapter.

use std::collections::{BTreeMap, BTreeSet};

/// Hands out ids, each unique within a chapter.
#[derive(Debug, Default)]
pub struct Ids {
    /// The number of ids so far, by name.
    counts: BTreeMap<String, usize>,
    used: BTreeSet<String>,
}

impl Ids {
    /// Returns the next id of a name: `join-run-1`, then `join-run-2`.
    pub fn next(&mut self, base: &str) -> String {
        let count = self.counts.entry(base.to_owned()).or_insert(0);
        loop {
            *count += 1;
            let id = format!("{base}-{count}");
            if self.used.insert(id.clone()) {
                return id;
            }
        }
    }

    /// Returns the name itself as an id, with a number from the second on.
    pub fn unique(&mut self, id: String) -> String {
        if self.used.insert(id.clone()) {
            return id;
        }
        self.counts.entry(id.clone()).or_insert(1);
        self.next(&id)
    }
}

/// Keeps letters and digits, and joins them with single hyphens.
pub fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut slug = String::with_capacity(text.len());
    for word in words.filter(|word| !word.is_empty()) {
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    if slug.is_empty() {
        "tab".to_owned()
    } else {
        slug.to_lowercase()
    }
}
