//! The state that every command opens once: a book's settings, recordings, cache and workspace.

use std::path::Path;

use crate::book::Book;
use crate::cargo::build::Workspace;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Setting};
use crate::plan::{Plan, Run};
use crate::recordings::cache::Cache;
use crate::recordings::committed::Recordings;
use crate::recordings::freshness::Freshness;
use crate::recordings::inputs::Contents;
use crate::transcript::Transcript;
use crate::transcript::format::Recording;
use settings::in_book_toml;

pub mod settings;

/// A book's settings, and its recordings, cache and workspace as far as they were opened.
#[derive(Debug, Default)]
pub struct Session {
    /// The book's settings.
    pub config: Config,
    /// The recordings.
    pub recordings: Recordings,
    /// The cached transcripts; empty until the workspace is known.
    pub cache: Cache,
    /// The manifest of the examples, and the folders in which they are built; empty until it is needed.
    pub workspace: Workspace,
    /// The files of programs, as far as they were read.
    pub contents: Contents,
}

impl Session {
    /// Opens the recordings of a book with these settings.
    ///
    /// # Errors
    /// The folder of recordings cannot be read.
    pub fn open(book: &Book<'_>, config: Config) -> Result<Session, Box<Diagnostic>> {
        let folder = book.root.join(&config.transcripts);
        match Recordings::open(&folder, &book.root) {
            Ok(recordings) => Ok(Session {
                config,
                recordings,
                ..Session::default()
            }),
            Err(error) => {
                let error = format!("failed to read `{}`: {error}", folder.display());
                let error = Diagnostic::error(error)
                    .at(Setting::Value("transcripts".to_owned()))
                    .help(
                        "`transcripts` in [preprocessor.transcript] names the folder of recordings",
                    );
                Err(Box::new(in_book_toml(book, error)))
            }
        }
    }

    /// Opens the cache below a workspace's target folder, and notes the folders of the workspace.
    pub fn open_workspace(&mut self, workspace: Workspace, folder: &Path, key: &str) {
        self.workspace = workspace;
        self.cache = Cache::open(folder, key);
    }

    /// Notes the hashes of the programs whose text is in the pages.
    pub fn know_pages(&mut self, plan: &Plan) {
        for run in &plan.runs {
            self.contents.know_page(run);
        }
    }

    /// The state of a run's recording.
    pub fn recorded(&mut self, run: &Run) -> Freshness<'_, Recording> {
        self.recordings.state(run, &mut self.contents)
    }

    /// The state of a run's cached transcript.
    pub fn cached(&mut self, run: &Run) -> Freshness<'_, Transcript> {
        self.cache.state(run, &mut self.contents)
    }
}
