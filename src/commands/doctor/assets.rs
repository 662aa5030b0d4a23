//! Examines the style sheet and the script that a book lists.

use std::path::Path;

use super::book::{INSTALL, Settings};
use super::diagnosis::Diagnosis;
use crate::commands::install::assets::{Written, written};
use crate::page::assets::{Asset, SCRIPT, STYLE};

/// Examines each asset that the settings list; the others are part of each page.
pub(super) fn examine(root: &Path, settings: &Settings) -> Vec<Diagnosis> {
    let assets = [("style sheet", STYLE), ("script", SCRIPT)];
    let each = assets
        .iter()
        .map(|(subject, asset)| of_asset(subject, asset, root, settings));
    each.collect()
}

fn of_asset(subject: &'static str, asset: &Asset, root: &Path, settings: &Settings) -> Diagnosis {
    let Some(path) = asset.named_in(&settings.book.additional) else {
        let found = format!(
            "`{}` is not listed, so each chapter contains it",
            asset.name
        );
        return Diagnosis::ok(subject, found);
    };
    let file = path.display();
    match written(asset, &root.join(path)) {
        Written::Current => Diagnosis::ok(subject, format!("`{file}` is that of this version")),
        Written::Otherwise => {
            let found =
                format!("`{file}` is of another version of mdbook-transcript, or was edited");
            Diagnosis::warning(subject, found).help(INSTALL)
        }
        Written::Foreign => {
            let found = format!("`{file}` is not a file of mdbook-transcript");
            let help = format!("rename it in the folder and in book.toml, then {INSTALL}");
            Diagnosis::error(subject, found).help(help)
        }
        Written::Missing => {
            let found = format!("book.toml lists `{file}`, which does not exist");
            Diagnosis::error(subject, found).help(INSTALL)
        }
    }
}
