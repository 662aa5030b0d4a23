//! The tool's side of the observer, an object that is preloaded into a program. It logs prints, waits and started
//! threads, and holds or delays threads.
//!
//! Its sources are the crate in `observer/`. They are compiled on first use by the compiler that builds the programs:
//! the observer replaces std's printing functions, and so must share their ABI.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cargo::command::folder_of;
use crate::exec::{Instrumentation, Processors};
use crate::hash::hash_of;

pub mod control;
pub mod event;
#[path = "../../observer/layout.rs"]
pub mod layout;
pub mod log;
pub mod seeded;
pub mod tracks;

mod actors;
mod compile;
mod foreign;
mod record;
pub use compile::NoObserver;

/// A compiled observer.
#[derive(Debug, Clone)]
pub struct Observer {
    /// The preloaded object.
    object: PathBuf,
    /// The folder of the std that observed programs are linked with.
    libraries: PathBuf,
}

impl Observer {
    /// The observer for programs of this manifest, from `folder`, or compiled into it if it is missing there.
    ///
    /// # Errors
    /// The system has no observer, or the toolchain cannot compile it.
    pub fn ready(manifest: &Path, folder: &Path) -> Result<Observer, NoObserver> {
        if !cfg!(all(target_os = "linux", target_pointer_width = "64")) {
            return Err(NoObserver::System);
        }
        let at = folder_of(manifest);
        let version = compile::rustc(at, &["-vV"])?;
        let libraries = compile::rustc(at, &["--print", "target-libdir"])?;
        let libraries = PathBuf::from(libraries.trim());
        let sources: String = compile::SOURCES.iter().map(|(_, text)| *text).collect();
        let key = &hash_of(format!("{sources}{version}{}", libraries.display()).as_bytes())[..16];
        let object = folder.join(format!("observer-{key}.so"));
        if !object.is_file() {
            fs::create_dir_all(folder)?;
            compile::compile(at, &libraries, &object)?;
        }
        Ok(Observer { object, libraries })
    }

    /// The environment of an observed run. `folder` has its control file and its log.
    ///
    /// # Errors
    /// The folder cannot have a link to the observer.
    pub fn instrumentation(
        &self,
        folder: &Path,
        processors: Processors,
    ) -> io::Result<Instrumentation> {
        // The loader splits LD_PRELOAD at spaces and colons (ld.so(8)), which the path of a project may contain.
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
            seeded: None,
        })
    }
}
