//! The source files of a program, from Cargo's dep-info.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

/// Reads the dep-info file next to an executable. Returns every source file of the program, including those of path
/// dependencies and included files, and the manifests of their packages.
///
/// # Errors
/// The dep-info file cannot be read.
pub(super) fn of(dep_info: &Path) -> io::Result<Vec<PathBuf>> {
    let mut sources = dependencies(&fs::read_to_string(dep_info)?);
    sources.extend(manifests(&sources));
    Ok(sources)
}

/// The manifests in the folders of these files and above: the workspace's manifest, which has profiles, is one of
/// them.
fn manifests(sources: &[PathBuf]) -> BTreeSet<PathBuf> {
    let folders: BTreeSet<&Path> = sources
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .collect();
    let manifests = folders.into_iter().map(|folder| folder.join("Cargo.toml"));
    manifests.filter(|manifest| manifest.is_file()).collect()
}

/// The files after the colon of a dep-info file's rule, in which `\ ` stands for a space in a path.
pub(super) fn dependencies(dep_info: &str) -> Vec<PathBuf> {
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
    fn dependencies_follow_the_colon() {
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
