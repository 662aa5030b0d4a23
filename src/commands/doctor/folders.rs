//! Examines the folders of a book: those that `mdbook serve` watches, and the files that git ignores.

use std::fs;
use std::path::{Path, PathBuf};

use super::book::{INSTALL, Settings};
use super::diagnosis::Diagnosis;
use super::lessons::Lessons;
use crate::cargo::manifest::NoManifest;
use crate::cargo::targets::target_folder;
use crate::commands::install::git::{ignore_target, ignores};
use crate::commands::install::watched;
use crate::recordings::paths::relative;

const WATCHED: &str = "watched";
const GIT: &str = "git";

/// Examines the folders of the book in `root`. `lessons` are its lessons, if they have no error.
pub(super) fn examine(
    root: &Path,
    settings: &Settings,
    manifest: &Result<PathBuf, NoManifest>,
    lessons: Option<&Lessons>,
) -> Vec<Diagnosis> {
    let target = manifest.as_ref().ok().map(|it| target_folder(it));
    // A book that shows no program of the package need not be built again when one changes.
    let needed = match lessons {
        Some(lessons) if !lessons.needs_package => Vec::new(),
        _ => watched(root).unwrap_or_default(),
    };
    let mut found = serve(root, settings, &needed, target.as_deref());
    found.extend(git(root, settings, target.as_deref()));
    found
}

/// Examines the folders that `mdbook serve` watches, of which some are `needed`.
fn serve(
    root: &Path,
    settings: &Settings,
    needed: &[String],
    target: Option<&Path>,
) -> Vec<Diagnosis> {
    let named = &settings.mdbook.build.extra_watch_dirs;
    let pages = root.join(&settings.mdbook.build.build_dir);
    let written: Vec<&Path> = [Some(pages.as_path()), target]
        .into_iter()
        .flatten()
        .collect();
    let each = named
        .iter()
        .flat_map(|folder| of_named(root, folder, &written));
    let mut problems: Vec<Diagnosis> = each.collect();
    let is_covered = |folder: &Path| {
        let mut folders = named.iter().map(|named| real(&root.join(named)));
        folders.any(|named| folder.starts_with(named))
    };
    let lacking = needed
        .iter()
        .map(|folder| (folder, real(&root.join(folder))));
    let lacking = lacking.filter(|(_, real)| !is_covered(real));
    let lacking: Vec<String> = lacking.map(|(folder, _)| format!("`{folder}`")).collect();
    if !lacking.is_empty() {
        let found = format!("`mdbook serve` does not watch {}", lacking.join(", "));
        problems.push(Diagnosis::warning(WATCHED, found).help(INSTALL));
    }
    if problems.is_empty() {
        let named = named.iter().map(|folder| format!("`{}`", folder.display()));
        let named: Vec<String> = named.collect();
        let found = match named.as_slice() {
            [] => "`mdbook serve` needs to watch no other folder than the book's own".to_owned(),
            named => format!("`mdbook serve` watches {}, too", named.join(", ")),
        };
        problems.push(Diagnosis::ok(WATCHED, found));
    }
    problems
}

/// The problems of a folder that the settings name; builds write to the folders `written`.
fn of_named(root: &Path, folder: &Path, written: &[&Path]) -> Vec<Diagnosis> {
    let name = folder.display();
    let folder = real(&root.join(folder));
    if !folder.exists() {
        let found = format!(
            "`{name}` does not exist, so that nothing is watched there, and `mdbook serve --watcher native` fails"
        );
        let help =
            "create the folder, or remove it from `extra-watch-dirs` in [build] of book.toml";
        return vec![Diagnosis::warning(WATCHED, found).help(help)];
    }
    let is_seen = |written: &&&Path| {
        // mdBook watches no file that git ignores.
        let is_ignored = ignores(root, &written.join("CACHEDIR.TAG")) == Some(true);
        real(written).starts_with(&folder) && !is_ignored
    };
    let written = written.iter().find(is_seen).map(|written| {
        let written = relative(root, written);
        let found = format!(
            "`{name}` contains `{written}`: each build writes there, which can trigger another one"
        );
        Diagnosis::warning(WATCHED, found)
            .help("name only the folders of programs in `extra-watch-dirs` of book.toml")
    });
    written.into_iter().collect()
}

/// Examines what git ignores.
fn git(root: &Path, settings: &Settings, target: Option<&Path>) -> Vec<Diagnosis> {
    let transcripts = root.join(settings.transcripts());
    let Some(is_ignored) = ignores(root, &transcripts.join("doctor.transcript")) else {
        let found = "the book is in no git repository, or there is no git";
        return vec![Diagnosis::ok(GIT, found)];
    };
    let mut problems = Vec::new();
    if is_ignored {
        let folder = relative(root, &transcripts);
        let found =
            format!("git ignores recordings (`{folder}/*.transcript`), which must be committed");
        let help = format!(
            "find the rule with `git check-ignore -v {folder}/a.transcript`, and remove it"
        );
        problems.push(Diagnosis::error(GIT, found).help(help));
    }
    if let Some(target) = target
        && let Some(advice) = ignore_target(root, target)
    {
        let (found, help) = advice.split_once(": ").unwrap_or((&advice, ""));
        problems.push(Diagnosis::warning(GIT, found).help(help));
    }
    if problems.is_empty() {
        let output = target.map_or("", |_| "Cargo's output, and ");
        let found = format!("it ignores {output}no recording");
        problems.push(Diagnosis::ok(GIT, found));
    }
    problems
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
