//! The files that have changed since a commit, according to git.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::diagnostic::Diagnostic;
use crate::report::Errors;

/// Names of files that can change the build of every program.
const DECIDES_ON_ALL: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    "book.toml",
    "build.rs",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// The changed files of a git repository, committed or not.
#[derive(Debug)]
pub(super) struct Changes {
    /// The folder of the work tree.
    top: PathBuf,
    /// Absolute paths: files, and folders that are repositories of their own.
    paths: BTreeSet<PathBuf>,
}

impl Changes {
    /// The changes since a commit in the repository that contains a folder.
    ///
    /// # Errors
    /// There is no git, no repository or no such commit.
    pub(super) fn since(commit: &str, folder: &Path) -> Result<Changes, Errors> {
        let ask = |folder: &Path, args: &[&str]| git(folder, args, commit);
        let top = ask(folder, &["rev-parse", "--show-toplevel"])?;
        let top = path(top.strip_suffix(b"\n").unwrap_or(&top));
        let top = fs::canonicalize(&top).unwrap_or(top);
        let named = format!("{commit}^{{commit}}");
        let verify = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &named,
        ];
        let hash = ask(&top, &verify).map_err(|_| unknown(commit, &top))?;
        let hash = String::from_utf8_lossy(&hash).trim().to_owned();
        // A renamed file counts as two changes: its old path is gone, its new one appeared.
        let tracked = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=none",
            &hash,
            "--",
        ];
        let untracked = ["ls-files", "--others", "--exclude-standard", "-z"];
        let mut paths = BTreeSet::new();
        for args in [&tracked[..], &untracked[..]] {
            let names = ask(&top, args)?;
            let names = names
                .split(|byte| *byte == 0)
                .filter(|name| !name.is_empty());
            paths.extend(names.map(|name| top.join(path(name))));
        }
        Ok(Changes { top, paths })
    }

    /// A changed file that affects every run.
    pub(super) fn of_all(&self) -> Option<&Path> {
        let decides = |path: &&PathBuf| {
            let in_cargos = path
                .parent()
                .is_some_and(|folder| folder.ends_with(".cargo"));
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| DECIDES_ON_ALL.contains(&name))
                || (in_cargos && (path.ends_with("config.toml") || path.ends_with("config")))
        };
        let path = self.paths.iter().find(decides)?;
        Some(path.strip_prefix(&self.top).unwrap_or(path))
    }

    /// Whether a file has changed, or may have: git does not track files outside of its work tree.
    pub(super) fn touch(&self, file: &Path) -> bool {
        let Ok(real) = fs::canonicalize(file) else {
            return true;
        };
        let has = |path: &Path| path.ancestors().any(|path| self.paths.contains(path));
        !real.starts_with(&self.top) || has(&real) || has(file)
    }
}

/// The output of a git command in a folder.
fn git(folder: &Path, args: &[&str], commit: &str) -> Result<Vec<u8>, Errors> {
    let output = Command::new("git")
        .arg("--no-optional-locks")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let error = match output {
        Ok(output) if output.status.success() => return Ok(output.stdout),
        Ok(output) => Diagnostic::error(format!("git failed to list the changes since `{commit}`"))
            .help("`--changed-since` needs a book that lies in a git repository")
            .output(String::from_utf8_lossy(&output.stderr)),
        Err(error) => Diagnostic::error(format!("failed to start `git`: {error}"))
            .help("`--changed-since` asks git: install it, or put it on the PATH"),
    };
    Err(error.into())
}

/// The error for an unknown commit, with the way to get it.
fn unknown(commit: &str, top: &Path) -> Errors {
    let is_shallow = git(top, &["rev-parse", "--is-shallow-repository"], commit);
    let help = match is_shallow.as_deref() {
        Ok(b"true\n") => {
            "this clone is shallow: fetch its history, with `fetch-depth: 0` of actions/checkout, \
             `GIT_DEPTH: 0` in GitLab, or `git fetch --unshallow`"
        }
        _ => {
            "name one commit, by a branch, a tag or its hash; `git fetch` brings those of the server"
        }
    };
    let error = Diagnostic::error(format!("git knows no commit `{commit}`"));
    error.help(help).into()
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
