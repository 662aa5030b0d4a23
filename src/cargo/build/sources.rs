//! The files that a program was built from.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

/// Every source file of a program, those of its path dependencies and those it includes among them, as
/// Cargo's dep-info beside the executable names them, and the manifests of their packages.
///
/// # Errors
/// The dep-info cannot be read.
pub(super) fn of(dep_info: &Path) -> io::Result<Vec<PathBuf>> {
    let mut sources = dependencies(&fs::read_to_string(dep_info)?);
    sources.extend(manifests(&sources));
    Ok(sources)
}

/// The manifests of the packages that these files belong to, and those above them: the workspace's
/// has profiles.
fn manifests(sources: &[PathBuf]) -> BTreeSet<PathBuf> {
    let folders: BTreeSet<&Path> = sources
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .collect();
    let manifests = folders.into_iter().map(|folder| folder.join("Cargo.toml"));
    manifests.filter(|manifest| manifest.is_file()).collect()
}

/// The files behind the colon of a dep-info file's rule; a space in a path is written `\ `.
fn dependencies(dep_info: &str) -> Vec<PathBuf> {
    let rule = dep_info.lines().next().unwrap_or("");
    let files = rule.split_once(": ").map_or("", |(_, files)| files);
    let mut paths = Vec::new();
    let mut path = String::new();
    let mut chars = files.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next_if_eq(&' ').is_some() => path.push(' '),
            ' ' => paths.push(PathBuf::from(mem::take(&mut path))),
            c => path.push(c),
        }
    }
    paths.push(PathBuf::from(path));
    paths.retain(|path| !path.as_os_str().is_empty());
    paths
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::dependencies;

    #[test]
    fn dep_info_names_the_sources() {
        let paths = |text| dependencies(text);
        assert_eq!(
            paths("/t/join: /b/join.rs\n"),
            [PathBuf::from("/b/join.rs")]
        );
        assert_eq!(
            paths("/t/a\\ b: /x/a\\ b.rs /x/c.rs\n\n/x/c.rs:\n"),
            [PathBuf::from("/x/a b.rs"), PathBuf::from("/x/c.rs")]
        );
        assert_eq!(
            paths("C:\\t\\j.exe: C:\\b\\j.rs"),
            [PathBuf::from("C:\\b\\j.rs")]
        );
        assert_eq!(paths(""), [] as [PathBuf; 0]);
    }
}
