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
use crate::recordings::pending::Pending;
use crate::transcript::Transcript;
use crate::transcript::format::Recording;
use settings::in_book_toml;

pub mod settings;

/// A book's settings, recordings, cache and workspace.
#[derive(Debug, Default)]
pub struct Session {
    /// The book's settings.
    pub config: Config,
    /// The recordings.
    pub recordings: Recordings,
    /// The cached transcripts; empty until [`Session::open_workspace`] is called.
    pub cache: Cache,
    /// The manifest of the examples, and the folders in which they are built; empty until
    /// [`Session::open_workspace`] is called.
    pub workspace: Workspace,
    /// The files of programs that were read, and their hashes.
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
                        "`transcripts` in [preprocessor.transcript] sets the folder of recordings",
                    );
                Err(Box::new(in_book_toml(&book.root, error)))
            }
        }
    }

    /// Opens a workspace, and its cache in this folder with this key.
    pub fn open_workspace(&mut self, workspace: Workspace, folder: &Path, key: &str) {
        self.workspace = workspace;
        self.cache = Cache::open(folder, key);
    }

    /// Adds the hashes of snippets and shell sessions to the contents, and finds the recordings of renamed ones.
    pub fn know_pages(&mut self, plan: &Plan) {
        self.recordings.find_renamed(&plan.runs);
        for run in &plan.runs {
            self.contents.know_page(run);
        }
    }

    /// Returns the state of a run's recording.
    pub fn recorded(&mut self, run: &Run) -> Freshness<'_, Recording> {
        self.recordings.state(run, &mut self.contents)
    }

    /// Returns the recordings that are to be reviewed.
    pub fn pending(&self) -> Pending {
        Pending::below(self.recordings.folder())
    }

    /// Returns the state of a run's cached transcript.
    pub fn cached(&mut self, run: &Run) -> Freshness<'_, Transcript> {
        self.cache.state(run, &mut self.contents)
    }
}
