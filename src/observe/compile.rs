//! Compiles the observer from its embedded sources.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use object::{Object, ObjectSymbol};

use crate::transcript::shape::Untested;

/// The reason why there is no observer.
#[derive(Debug, thiserror::Error)]
pub enum NoObserver {
    /// The system is not 64-bit Linux.
    #[error("the observer needs 64-bit Linux")]
    System,
    /// The compiler rejects the sources: it may be too old, or have an unknown std.
    #[error("rustc failed to compile the observer: {0}")]
    Compiler(String),
    /// The compiler cannot be started, or a file cannot be read or written.
    #[error("failed to make the observer: {0}")]
    Files(#[from] io::Error),
}

impl NoObserver {
    /// The reason in the words of a shape.
    pub fn untested(&self) -> Untested {
        match self {
            NoObserver::System => Untested::System,
            NoObserver::Compiler(_) | NoObserver::Files(_) => Untested::Toolchain,
        }
    }
}

macro_rules! sources {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/observer/", $name)))),+]
    };
}

/// The sources except the list of std's functions, whose symbols differ between compilers.
pub(super) const SOURCES: [(&str, &str); 42] = sources![
    "lib.rs",
    "actor.rs",
    "begin.rs",
    "children.rs",
    "clocks.rs",
    "fifos.rs",
    "files.rs",
    "frames.rs",
    "futexes.rs",
    "handlers.rs",
    "hold.rs",
    "ids.rs",
    "layout.rs",
    "locks.rs",
    "log.rs",
    "memory.rs",
    "numbers.rs",
    "pauses.rs",
    "peers.rs",
    "prints.rs",
    "process.rs",
    "queues.rs",
    "scheduled.rs",
    "signals.rs",
    "starts.rs",
    "stat.rs",
    "shells.rs",
    "streams.rs",
    "system.rs",
    "threads.rs",
    "timerfds.rs",
    "timers.rs",
    "token/chance.rs",
    "token/effect.rs",
    "token/ids.rs",
    "token/mod.rs",
    "token/shared.rs",
    "token/table.rs",
    "token/thread.rs",
    "token/timers.rs",
    "transfers.rs",
    "waits.rs"
];

/// Runs the compiler that builds the programs of this folder, and returns its stdout.
pub(super) fn rustc(at: &Path, args: &[&str]) -> Result<String, NoObserver> {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(compiler).args(args).current_dir(at).output()?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&stderr).into_owned();
        Err(NoObserver::Compiler(said))
    }
}

/// Compiles the observer for the std of a folder, and publishes it atomically.
pub(super) fn compile(at: &Path, libraries: &Path, object: &Path) -> Result<(), NoObserver> {
    let parent = object.parent().unwrap_or(at);
    fs::create_dir_all(parent)?;
    let folder = tempfile::tempdir_in(parent)?;
    fs::create_dir(folder.path().join("token"))?;
    for (name, text) in SOURCES {
        fs::write(folder.path().join(name), text)?;
    }
    let functions = std_functions(libraries)?;
    fs::write(folder.path().join("std_functions.rs"), functions)?;
    let made = folder.path().join("observer.so");
    let (main, output) = (folder.path().join("lib.rs"), made.display().to_string());
    // Without LTO it would need std's `rust_eh_personality`, which programs in other languages do not have.
    let args = "--crate-name observer --crate-type cdylib --cfg preloaded --edition 2024 -O -C panic=abort -C lto=fat";
    let mut args: Vec<&str> = args.split(' ').collect();
    let main = main.display().to_string();
    args.extend(["-o", &output, &main]);
    rustc(at, &args)?;
    fs::rename(&made, object)?;
    Ok(())
}

/// The source of the module `std_functions`: a line for each function of the std in this folder that the observer
/// replaces, with its symbol.
fn std_functions(libraries: &Path) -> io::Result<String> {
    let is_std = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".so")
    };
    let mut files = fs::read_dir(libraries)?.filter_map(|entry| Some(entry.ok()?.path()));
    let none = || io::Error::other("the toolchain has no std to link with at run time");
    let bytes = fs::read(files.find(is_std).ok_or_else(none)?)?;
    let object = object::File::parse(&*bytes).map_err(io::Error::other)?;
    let mut source = String::new();
    let mut prints = 0;
    for (number, symbol) in object.dynamic_symbols().enumerate() {
        let Ok(mangled) = symbol.name() else {
            continue;
        };
        let name = format!("{:#}", rustc_demangle::demangle(mangled));
        if let Some((kind, file)) = replacement(&name) {
            prints += usize::from(kind == "prints");
            source.push_str(&format!(
                "crate::prints::{kind}! {{ f{number} {file} \"{mangled}\" }}\n"
            ));
        }
    }
    if prints == 2 {
        Ok(source)
    } else {
        Err(io::Error::other(
            "std's printing functions have other names in this toolchain",
        ))
    }
}

/// The macro of `prints.rs` that replaces a function of std, and the descriptor that the function prints to;
/// `None` for all other functions.
fn replacement(function: &str) -> Option<(&'static str, u8)> {
    // Some symbols have no brackets around a type.
    let name = function.strip_prefix('<').unwrap_or(function);
    let name = name.strip_prefix('&').unwrap_or(name);
    let name = name.strip_prefix("std::io::stdio::")?;
    match name {
        "_print" => return Some(("prints", 1)),
        "_eprint" => return Some(("prints", 2)),
        _ => {}
    }
    let streams = [("Stdout", 1), ("Stderr", 2)];
    let (method, file) = streams
        .iter()
        .find_map(|(stream, file)| Some((name.strip_prefix(stream)?, *file)))?;
    let kind = match method {
        ">::lock" | "::lock" => "locks",
        " as std::io::Write>::write" => "writes",
        " as std::io::Write>::write_all" => "writes_all",
        " as std::io::Write>::write_fmt" => "writes_formatted",
        _ => return None,
    };
    Some((kind, file))
}

#[cfg(test)]
mod tests {
    use super::replacement;

    #[test]
    fn the_functions_that_print_are_replaced() {
        for (function, expected) in [
            ("std::io::stdio::_print", Some(("prints", 1))),
            ("std::io::stdio::_eprint", Some(("prints", 2))),
            ("<std::io::stdio::Stdout>::lock", Some(("locks", 1))),
            ("std::io::stdio::Stderr::lock", Some(("locks", 2))),
            (
                "<std::io::stdio::Stdout as std::io::Write>::write",
                Some(("writes", 1)),
            ),
            (
                "<&std::io::stdio::Stderr as std::io::Write>::write_all",
                Some(("writes_all", 2)),
            ),
            (
                "<&std::io::stdio::Stdout as std::io::Write>::write_fmt",
                Some(("writes_formatted", 1)),
            ),
            (
                "<std::io::stdio::StdoutLock as std::io::Write>::write",
                None,
            ),
            (
                "<std::io::stdio::Stdout as std::io::Write>::write_vectored",
                None,
            ),
            ("std::io::stdio::print_to", None),
            ("<std::io::stdio::Stdin>::lock", None),
        ] {
            assert_eq!(replacement(function), expected, "{function}");
        }
    }
}
