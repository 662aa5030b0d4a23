//! Examines the toolchain that builds the programs: Cargo and the compiler.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::semver::Version;

use super::diagnosis::{Diagnosis, one_line};
use crate::cargo::build::INSTALL_RUST;
use crate::cargo::command::cargo;
use crate::recordings::configuration::settings;

const SUBJECT: &str = "toolchain";

/// The lowest supported version of Cargo and of the compiler.
const LOWEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Examines the toolchain that is in effect in a folder; returns whether there is one, too.
pub(super) fn examine(folder: &Path) -> (Vec<Diagnosis>, bool) {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut found = Vec::new();
    let mut versions = Vec::new();
    for program in [cargo(), compiler.clone()] {
        match version(&program, folder) {
            Ok(version) => versions.push(version),
            Err(missing) => found.push(*missing),
        }
    }
    if !found.is_empty() {
        return (found, false);
    }
    let rustups = toolchain_of_rustup(&compiler, folder);
    found.push(compared(&versions, rustups.as_deref()));
    let file = settings(folder).into_iter().find(|file| selects(file));
    if rustups.is_none()
        && let Some(file) = file
    {
        let file = file.display();
        let ignored =
            format!("`{file}` has no effect: only rustup reads it, and the toolchain is another");
        found.push(Diagnosis::warning(SUBJECT, ignored).help(format!(
            "install rustup (https://rustup.rs), or remove `{file}`"
        )));
    }
    (found, true)
}

/// Compares the versions with the lowest supported one; `rustups` is the toolchain's name if it is one of rustup.
fn compared(versions: &[String], rustups: Option<&str>) -> Diagnosis {
    let origin = match rustups {
        Some(name) => format!("rustup's `{name}`"),
        None => "not from rustup".to_owned(),
    };
    let all = versions.join(" and ");
    let old = versions.iter().find(|version| is_old(version));
    let Some(old) = old else {
        let found = format!("{all} ({origin}); {LOWEST} or later is needed");
        return Diagnosis::ok(SUBJECT, found);
    };
    let found = format!("{all} ({origin}): {old} is too old; {LOWEST} or later is needed");
    let help = match rustups {
        Some(_) => {
            "run `rustup update`; if there is a rust-toolchain.toml, name a later version in it"
        }
        None => "install a later version, for example with rustup (https://rustup.rs)",
    };
    Diagnosis::error(SUBJECT, found).help(help)
}

/// Asks a program of the toolchain for its version, and returns its name and its version: `cargo 1.95.0`.
fn version(program: &OsString, folder: &Path) -> Result<String, Box<Diagnosis>> {
    let shown = program.to_string_lossy();
    let at = folder.display();
    let missing = |why: String, help: &str| {
        let found = format!("`{shown} -V` fails in `{at}`: {why}");
        Box::new(Diagnosis::error(SUBJECT, found).help(help))
    };
    match ask(program, &["-V"], folder) {
        Ok(said) => {
            let words = said.split(' ').take(2);
            Ok(words.collect::<Vec<_>>().join(" "))
        }
        Err(Failure::Start(why)) => Err(missing(why, INSTALL_RUST)),
        Err(Failure::Said(why)) => Err(missing(
            why,
            "run `rustup toolchain install` in that folder, or correct its rust-toolchain.toml",
        )),
    }
}

/// Whether a program's name and version, `cargo 1.95.0`, are too old.
fn is_old(version: &str) -> bool {
    let found = version.split(' ').nth(1).map(Version::parse);
    let lowest = Version::parse(&format!("{LOWEST}.0"));
    match (found, lowest) {
        // A nightly build of a version, `1.88.0-nightly`, is almost that version.
        (Some(Ok(found)), Ok(lowest)) => (found.major, found.minor) < (lowest.major, lowest.minor),
        _ => false,
    }
}

/// The name of a compiler's toolchain, if rustup has installed it.
fn toolchain_of_rustup(compiler: &OsString, folder: &Path) -> Option<String> {
    let root = ask(compiler, &["--print", "sysroot"], folder).ok()?;
    let set = env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let home = set.or_else(|| Some(env::home_dir()?.join(".rustup")))?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let toolchains = real(&home.join("toolchains"));
    let root = real(Path::new(&root));
    let name = root.strip_prefix(toolchains).ok()?;
    Some(name.display().to_string())
}

/// Whether a file selects a toolchain of rustup.
fn selects(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("rust-toolchain") && file.is_file()
}

/// Why a program has not answered.
enum Failure {
    /// It cannot be started.
    Start(String),
    /// It has failed with this message.
    Said(String),
}

/// The number of lines of a failure that are shown: rustup's error and its help.
const FIRST: usize = 2;

/// Returns the output of a program, in one line.
fn ask(program: &OsString, args: &[&str], folder: &Path) -> Result<String, Failure> {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| Failure::Start(error.to_string()))?;
    match output.status.success() {
        true => Ok(one_line(&String::from_utf8_lossy(&output.stdout))),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first: Vec<&str> = said.lines().take(FIRST).collect();
            Err(Failure::Said(one_line(&first.join(" "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOWEST, is_old};

    #[test]
    fn versions_are_compared() {
        for (version, expected) in [
            (format!("rustc {LOWEST}.0"), false),
            (format!("rustc {LOWEST}.0-nightly"), false),
            ("rustc 2.0.0".to_owned(), false),
            ("cargo 1.70.0".to_owned(), true),
            ("rustc 1.9.0".to_owned(), true),
            ("rustc".to_owned(), false),
            ("rustc of mine".to_owned(), false),
        ] {
            assert_eq!(is_old(&version), expected, "{version}");
        }
    }
}
