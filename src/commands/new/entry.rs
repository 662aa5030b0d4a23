//! The entry of SUMMARY.md after which a lesson is added.

use std::path::Path;

use anyhow::bail;

use crate::book::summary::{Summary, normal};
use crate::spelling::nearest;

/// Finds the entry of SUMMARY.md with this name: its file, relative to `src` or to the book, or the last component of
/// the file's path; `.md` may be left out. Returns the entry's number.
///
/// # Errors
/// No chapter has this name, or several have.
pub(super) fn find(summary: &Summary<'_>, name: &str, src: &Path) -> anyhow::Result<usize> {
    let wanted = normal(Path::new(name));
    let wanted = wanted.strip_prefix(src).unwrap_or(&wanted);
    let is_draft = |file: &Path| file == Path::new("");
    let is_wanted =
        |file: &Path| !is_draft(file) && (file == wanted || file.with_extension("") == wanted);
    let is_named = |file: &Path| {
        let file = file.file_name().map(Path::new);
        file.is_some_and(is_wanted)
    };
    let entries: Vec<&Path> = summary
        .entries()
        .iter()
        .map(|entry| entry.file.as_path())
        .collect();
    let all_that = |is: &dyn Fn(&Path) -> bool| -> Vec<usize> {
        (0..entries.len())
            .filter(|&entry| is(entries[entry]))
            .collect()
    };
    let exact = all_that(&is_wanted);
    let found = if exact.is_empty() {
        all_that(&is_named)
    } else {
        exact
    };
    match found.as_slice() {
        [entry] => Ok(*entry),
        [] => {
            let known = entries.iter().filter_map(|file| file.to_str());
            match nearest(name, known) {
                Some(near) => bail!("no chapter is named `{name}`: did you mean `{near}`?"),
                None => bail!("no chapter is named `{name}`: SUMMARY.md lists the chapters"),
            }
        }
        several => {
            let files = several.iter().map(|&entry| entries[entry].display());
            let files: Vec<String> = files.map(|file| format!("`{file}`")).collect();
            bail!("`{name}` is ambiguous: it could be {}", files.join(" or "))
        }
    }
}
