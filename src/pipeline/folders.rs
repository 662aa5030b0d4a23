//! The folders of this machine that programs may print.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::build::Workspace;
use crate::cargo::targets::workspace_root;
use crate::transcript::folders::{Folders, Shown};

/// Returns the folders that must not stand in a recording or on a page, with the names that are shown for them.
pub fn folders(workspace: &Workspace) -> Folders {
    let here = workspace.manifest.parent().unwrap_or(Path::new("."));
    let root = workspace_root(&workspace.manifest);
    let up = path_up(here, &root);
    let target = match up.as_str() {
        "" => "target".to_owned(),
        up => format!("{up}/target"),
    };
    // Folders above the workspace's, up to that of the repository.
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let above = root.ancestors().skip(1);
    let above = above.filter(|folder| repository.is_some_and(|it| folder.starts_with(it)));
    let above = above.map(|folder| (folder.to_owned(), Shown::Path(path_up(here, folder))));
    let above: Vec<(PathBuf, Shown)> = above.collect();
    let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let mut folders = vec![
        (here.to_owned(), Shown::Path(String::new())),
        (root, Shown::Path(up)),
        (workspace.target.clone(), Shown::Target(target.clone())),
        (workspace.pages.clone(), Shown::Pages(target)),
        (env::temp_dir().join("transcript-"), Shown::Temporary),
    ];
    folders.extend(above);
    if let Some(home) = env::var_os(home) {
        folders.push((PathBuf::from(home), Shown::Path("~".to_owned())));
    }
    // Programs print the path that they were given, or the one that the system has resolved.
    let resolved: Vec<(PathBuf, Shown)> = folders
        .iter()
        .filter_map(|(folder, shown)| Some((resolved(folder, shown)?, shown.clone())))
        .collect();
    Folders::new(folders.into_iter().chain(resolved))
}

/// The path without links; `None`: the folder does not exist.
fn resolved(folder: &Path, shown: &Shown) -> Option<PathBuf> {
    match shown {
        // Only the beginning of a name.
        Shown::Temporary => {
            let parent = fs::canonicalize(folder.parent()?).ok()?;
            Some(parent.join(folder.file_name()?))
        }
        _ => fs::canonicalize(folder).ok(),
    }
}

/// The relative path from a folder up to one that contains it: `../..`.
fn path_up(from: &Path, to: &Path) -> String {
    let below = from.strip_prefix(to).unwrap_or(Path::new(""));
    vec![".."; below.components().count()].join("/")
}
