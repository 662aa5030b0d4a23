//! The tool's side of the observer, an object that is preloaded into a program. It logs prints, waits and started
//! threads, and holds or delays threads.
//!
//! Its sources are the crate in `observer/`. They are compiled on first use by the compiler that builds the programs:
//! the observer replaces std's printing functions, and so must share their ABI.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::cargo::command::folder_of;
use crate::exec::{Instrumentation, Processors};
use crate::files;
use crate::hash::hash_of;

pub mod control;
pub mod event;
#[path = "../../observer/layout.rs"]
pub mod layout;
pub mod log;
pub mod seeded;
pub mod tracks;

mod actors;
mod calls;
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

/// The folder of what all books of a user share; `None`: the user has no home.
fn users_cache() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("mdbook-transcript"))
}

impl Observer {
    /// The observer for programs of this manifest, from `folder`, which is made, or from the user's cache, or compiled,
    /// which takes seconds.
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
        let name = format!("observer-{key}.so");
        let object = folder.join(&name);
        if !object.is_file() {
            let cached = users_cache().map(|cache| cache.join(&name));
            match cached.as_ref().and_then(|cached| fs::read(cached).ok()) {
                Some(bytes) => files::write(&object, &bytes)?,
                None => compile::compile(at, &libraries, &object)?,
            }
            if let Some(cached) = cached.filter(|cached| !cached.is_file()) {
                // Without the cache, other packages compile it again.
                fs::read(&object)
                    .and_then(|bytes| files::write(&cached, &bytes))
                    .unwrap_or_else(|error| {
                        tracing::debug!(
                            "the observer is not cached: {}: {error}",
                            cached.display()
                        );
                    });
            }
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
