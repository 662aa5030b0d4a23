//! The observer: an object that is preloaded into a program, tells who prints what, and holds lines back.
//!
//! Its source, `preloaded/`, is compiled on first use by the compiler that builds the programs: it takes
//! the place of std's printing functions, and so must share their ABI.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use object::{Object, ObjectSymbol};

use crate::exec::{Instrumentation, Processors};
use crate::hash::hash_of;
use crate::transcript::shape::Untested;

pub mod control;
pub mod log;
pub mod tracks;

/// The source, one file behind the other, without the functions of std.
const SOURCE: &str = concat!(
    include_str!("preloaded/begin.rs"),
    include_str!("preloaded/hold.rs"),
    include_str!("preloaded/log.rs"),
    include_str!("preloaded/starts.rs"),
    include_str!("preloaded/pauses.rs"),
    include_str!("preloaded/waits.rs"),
    include_str!("preloaded/prints.rs"),
);

/// The functions of std that print, or take the lock of a stream, and the macro of the source for each.
const FUNCTIONS: [(&str, &str); 16] = [
    ("std::io::stdio::_print", "prints"),
    ("std::io::stdio::_eprint", "prints"),
    ("<std::io::stdio::Stdout>::lock", "locks"),
    ("<std::io::stdio::Stderr>::lock", "locks"),
    (
        "<std::io::stdio::Stdout as std::io::Write>::write",
        "writes",
    ),
    (
        "<std::io::stdio::Stderr as std::io::Write>::write",
        "writes",
    ),
    (
        "<&std::io::stdio::Stdout as std::io::Write>::write",
        "writes",
    ),
    (
        "<&std::io::stdio::Stderr as std::io::Write>::write",
        "writes",
    ),
    (
        "<std::io::stdio::Stdout as std::io::Write>::write_all",
        "writes_all",
    ),
    (
        "<std::io::stdio::Stderr as std::io::Write>::write_all",
        "writes_all",
    ),
    (
        "<&std::io::stdio::Stdout as std::io::Write>::write_all",
        "writes_all",
    ),
    (
        "<&std::io::stdio::Stderr as std::io::Write>::write_all",
        "writes_all",
    ),
    (
        "<std::io::stdio::Stdout as std::io::Write>::write_fmt",
        "writes_formatted",
    ),
    (
        "<std::io::stdio::Stderr as std::io::Write>::write_fmt",
        "writes_formatted",
    ),
    (
        "<&std::io::stdio::Stdout as std::io::Write>::write_fmt",
        "writes_formatted",
    ),
    (
        "<&std::io::stdio::Stderr as std::io::Write>::write_fmt",
        "writes_formatted",
    ),
];

/// An observer that is ready.
#[derive(Debug, Clone)]
pub struct Observer {
    /// The object to preload.
    object: PathBuf,
    /// Where the std lies that programs for it are linked with.
    libraries: PathBuf,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoObserver {
    /// Not on this system.
    #[error("lines can be held back on Linux alone")]
    System,
    /// The toolchain does not give what is needed.
    #[error("failed to make the observer: {0}")]
    Toolchain(String),
}

impl NoObserver {
    /// What a shape says of it.
    pub fn untested(&self) -> Untested {
        match self {
            NoObserver::System => Untested::System,
            NoObserver::Toolchain(_) => Untested::Toolchain,
        }
    }
}

impl Observer {
    /// The observer for programs of this manifest, kept in a folder of ours.
    ///
    /// # Errors
    /// There can be none, and why.
    pub fn ready(manifest: &Path, folder: &Path) -> Result<Observer, NoObserver> {
        if !cfg!(all(target_os = "linux", target_pointer_width = "64")) {
            return Err(NoObserver::System);
        }
        let at = manifest.parent().unwrap_or(Path::new("."));
        let version = rustc(at, &["-vV"])?;
        let libraries = PathBuf::from(rustc(at, &["--print", "target-libdir"])?.trim());
        let key = &hash_of(format!("{SOURCE}{version}{}", libraries.display()).as_bytes())[..16];
        let object = folder.join(format!("observer-{key}.so"));
        if !object.is_file() {
            let compiled = fs::create_dir_all(folder)
                .and_then(|()| source(&libraries))
                .map_err(|error| NoObserver::Toolchain(error.to_string()))?;
            compile(at, &compiled, &object)?;
        }
        Ok(Observer { object, libraries })
    }

    /// What it takes to observe a run. `folder`: where its control file and its log lie.
    ///
    /// # Errors
    /// The observer cannot be named there.
    pub fn disturbed(&self, folder: &Path, processors: Processors) -> io::Result<Instrumentation> {
        // The loader takes a list with spaces and colons (ld.so(8)): the path of a project may have such.
        let object = folder.join("observer.so");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&self.object, &object)?;
        let variable = |name: &str, value: String| (name.to_owned(), value);
        Ok(Instrumentation {
            env: BTreeMap::from([
                variable("LD_PRELOAD", object.display().to_string()),
                variable("LD_LIBRARY_PATH", self.libraries.display().to_string()),
                variable("TRANSCRIPT_OBSERVER", format!("0 {}", folder.display())),
            ]),
            processors,
            folder: Some(folder.to_owned()),
        })
    }
}

/// What the compiler at hand says.
fn rustc(at: &Path, args: &[&str]) -> Result<String, NoObserver> {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(compiler())
        .args(args)
        .current_dir(if at.as_os_str().is_empty() {
            Path::new(".")
        } else {
            at
        })
        .output()
        .map_err(|error| NoObserver::Toolchain(format!("failed to start rustc: {error}")))?;
    match status.success() {
        true => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        false => Err(NoObserver::Toolchain(
            String::from_utf8_lossy(&stderr).into_owned(),
        )),
    }
}

fn compiler() -> std::ffi::OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// The source with the functions of the std that lies in a folder, by the names that the compiler gave them.
fn source(libraries: &Path) -> io::Result<String> {
    let is_std = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".so")
    };
    let files = fs::read_dir(libraries)?.filter_map(|entry| Some(entry.ok()?.path()));
    let none = || io::Error::other("the toolchain has no std to link with at run time");
    let std = files.into_iter().find(is_std).ok_or_else(none)?;
    let bytes = fs::read(std)?;
    let object = object::File::parse(&*bytes).map_err(io::Error::other)?;
    let mut source = SOURCE.to_owned();
    let mut prints = 0;
    for (number, symbol) in object.dynamic_symbols().enumerate() {
        let Ok(mangled) = symbol.name() else {
            continue;
        };
        let name = format!("{:#}", rustc_demangle::demangle(mangled));
        // Older names have no brackets around a type.
        let name = name.replace(
            "std::io::stdio::Stdout::lock",
            "<std::io::stdio::Stdout>::lock",
        );
        let name = name.replace(
            "std::io::stdio::Stderr::lock",
            "<std::io::stdio::Stderr>::lock",
        );
        if let Some((_, kind)) = FUNCTIONS.iter().find(|(function, _)| *function == name) {
            prints += usize::from(*kind == "prints");
            let file = if name.to_lowercase().contains("err") || name.ends_with("_eprint") {
                2
            } else {
                1
            };
            source.push_str(&format!(
                "{kind}! {{ f{number} {file} \"{mangled}\" c\"{mangled}\" }}\n"
            ));
        }
    }
    match prints {
        2 => Ok(source),
        _ => Err(io::Error::other(
            "std's printing functions have other names in this toolchain",
        )),
    }
}

/// Compiles the observer; nobody sees it until it is whole.
fn compile(at: &Path, source: &str, object: &Path) -> Result<(), NoObserver> {
    let failed = |error: io::Error| NoObserver::Toolchain(error.to_string());
    let folder = object.parent().unwrap_or(at);
    let folder = tempfile::tempdir_in(folder).map_err(failed)?;
    let file = folder.path().join("observer.rs");
    fs::write(&file, source).map_err(failed)?;
    let made = folder.path().join("observer.so");
    // Without LTO it would want std's `rust_eh_personality`, which a program in another language has not.
    let args = [
        "--edition",
        "2024",
        "-O",
        "-C",
        "panic=abort",
        "-C",
        "lto=fat",
        "--cap-lints",
        "allow",
    ];
    let args = args.map(str::to_owned).into_iter().chain([
        "-o".to_owned(),
        made.display().to_string(),
        file.display().to_string(),
    ]);
    let args: Vec<String> = args.collect();
    rustc(at, &args.iter().map(String::as_str).collect::<Vec<_>>())?;
    fs::rename(&made, object).map_err(failed)
}
