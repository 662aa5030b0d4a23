//! Tells mdBook and rustdoc in which edition a program is written: the "Run this code" button and `mdbook test` would
//! take it for one of 2015.

use std::collections::BTreeMap;

use crate::book::Book;
use crate::cargo::editions::Editions;
use crate::cargo::manifest;
use crate::config::Config;
use crate::lesson::Lesson;
use crate::lesson::fence::TargetName;

/// Adds the edition of its package to each source fence, unless the fence or book.toml sets one.
pub fn add_editions(book: &Book<'_>, config: &Config, lessons: &mut [Lesson]) {
    if book.sets_edition || !matches!(book.renderer.as_str(), "html" | "test") {
        return;
    }
    if lessons.iter().all(|lesson| lesson.blocks.is_empty()) {
        return;
    }
    // Without a manifest, recordings are shown all the same.
    let manifest = manifest::find(&book.root, config.manifest.as_deref());
    let editions = manifest.map_or_else(|_| Editions::default(), |it| Editions::of(&it));
    let mut targets: Vec<TargetName> = Vec::new();
    if editions.differ() {
        for lesson in lessons.iter_mut() {
            lesson.each_source(&mut |_, source| targets.push(source.run.target.clone()));
        }
    }
    let mut standalone: BTreeMap<String, Editions> = BTreeMap::new();
    for lesson in lessons {
        lesson.each_source(&mut |_, source| {
            let target = &source.run.target;
            let editions = match &target.manifest {
                None => &editions,
                Some(manifest) => {
                    let read = || Editions::of_package(&book.root.join(manifest));
                    standalone.entry(manifest.clone()).or_insert_with(read)
                }
            };
            if let Some(edition) = editions.edition(target, &targets) {
                source.listing.add_edition(edition);
            }
        });
    }
}
