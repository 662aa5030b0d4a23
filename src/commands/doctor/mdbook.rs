//! Examines mdBook, and the command with which it starts this preprocessor.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cargo_metadata::semver::Version;
use serde_json::Value;

use super::book::Settings;
use super::diagnosis::{Diagnosis, one_line};
use crate::book::NAME;
use crate::cli::PROGRAM;

const MDBOOK: &str = "mdbook";
const COMMAND: &str = "command";

/// The version of this program.
const OURS: &str = env!("CARGO_PKG_VERSION");

/// Examines the version of mdBook; returns whether there is one, too.
pub(super) fn examine(root: &Path) -> (Diagnosis, bool) {
    let asked = ask(MDBOOK.as_ref(), root);
    let Ok(output) = asked else {
        let found = "there is no `mdbook` on the PATH; `mdbook-transcript build` works without it";
        let help = "run `cargo install mdbook` for `mdbook build` and `mdbook serve`";
        return (Diagnosis::warning(MDBOOK, found).help(help), false);
    };
    let said = one_line(&String::from_utf8_lossy(&output.stdout));
    let version = said.split(' ').find_map(|word| {
        let version = word.strip_prefix('v').unwrap_or(word);
        Version::parse(version).ok()
    });
    let supported = format!("{PROGRAM} {OURS} supports 0.4 and 0.5");
    let other = "run `cargo install mdbook --version ^0.5`";
    let diagnosis = match version {
        Some(Version {
            major: 0,
            minor: 4 | 5,
            ..
        }) => Diagnosis::ok(MDBOOK, format!("{said}; {supported}")),
        Some(_) => Diagnosis::error(MDBOOK, format!("{said}, but {supported}")).help(other),
        None => {
            let found = format!("`mdbook --version` prints no version: {said:?}");
            Diagnosis::warning(MDBOOK, found).help(other)
        }
    };
    (diagnosis, true)
}

/// Examines the command with which mdBook starts this preprocessor. Without mdBook, nobody needs it.
pub(super) fn command(root: &Path, settings: &Settings, has_mdbook: bool) -> Diagnosis {
    let set = settings.book.settings.get(COMMAND).and_then(Value::as_str);
    let default = format!("mdbook-{NAME}");
    let command = set.unwrap_or(&default);
    let first = shlex::Shlex::new(command).next().unwrap_or_default();
    let named = match set {
        Some(_) => format!("`command = {command:?}`"),
        None => format!("`{command}`"),
    };
    let Some(program) = find(&first, root) else {
        let place = match Path::new(&first).components().count() {
            1 => format!("`{first}` on the PATH"),
            _ => format!("program `{}`", root.join(&first).display()),
        };
        let found = format!("mdBook starts {named}, but there is no {place}");
        let help = match set {
            Some(_) => "correct or remove `command` in [preprocessor.transcript] of book.toml",
            None => {
                "add the folder of this program to the PATH, or name the program with `command` in [preprocessor.transcript] of book.toml"
            }
        };
        return match has_mdbook {
            true => Diagnosis::error(COMMAND, found),
            false => Diagnosis::warning(COMMAND, found),
        }
        .help(help);
    };
    let is_ours = program.file_stem().is_some_and(|stem| stem == PROGRAM);
    let version = is_ours.then(|| ask(&program, root).ok()).flatten();
    let version = version.map(|output| one_line(&String::from_utf8_lossy(&output.stdout)));
    match version {
        // Another program may start this one: `cargo run`.
        None => Diagnosis::ok(COMMAND, format!("mdBook starts {named}")),
        Some(version) if version == format!("{PROGRAM} {OURS}") => {
            Diagnosis::ok(COMMAND, format!("mdBook starts {named}, {version}"))
        }
        Some(version) => {
            let found = format!(
                "mdBook starts `{}`, which is {version:?}; this is {PROGRAM} {OURS}",
                program.display()
            );
            Diagnosis::warning(COMMAND, found)
                .help("install this version there, or use that program for all commands")
        }
    }
}

/// Finds a program as mdBook does: on the PATH, or relative to the book if its name is a path.
fn find(name: &str, root: &Path) -> Option<PathBuf> {
    if name.is_empty() {
        return None;
    }
    let is_name = Path::new(name).components().count() == 1;
    let folders: Vec<PathBuf> = match is_name {
        true => env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect(),
        false => vec![root.to_owned()],
    };
    let files = folders.iter().flat_map(|folder| {
        let file = folder.join(name);
        let with_extension = folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
        [file, with_extension]
    });
    files.into_iter().find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

/// Asks a program for its version.
fn ask(program: &Path, root: &Path) -> std::io::Result<Output> {
    let mut command = Command::new(program);
    command.arg("--version").current_dir(root);
    command.stdin(Stdio::null()).output()
}
