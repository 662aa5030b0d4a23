//! The commands, one a file, each a table of contents of what it does.

use std::path::Path;

use rayon::prelude::*;

use crate::config::Config;
use crate::example::Run;
use crate::example::build::{Binary, BuildError, build};
use crate::example::cache::{Cache, Hashes, Inputs, Kept, hash};
use crate::example::run::{Limits, RunError};
use crate::example::schedule::{Job, run_all};
use crate::transcript::{Exit, Transcript};

pub mod build;
pub mod findings;
pub mod install;
pub mod preprocess;
pub mod shelf;

/// What a command says of a folder without a book.
fn no_book(folder: &Path) -> String {
    format!(
        "there is no book in `{}`: it has no book.toml (make one with `mdbook init`)",
        folder.display()
    )
}

/// Why a run has no transcript that may be shown.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no binary.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It did not run to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It ended in another way than the author declared.
    #[error("ended with {}, not with {}", exit_in_words(transcript.exit), exit_in_words(*expected))]
    Exit {
        /// What the author declared.
        expected: Exit,
        /// What it did.
        transcript: Transcript,
    },
}

fn exit_in_words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit status {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
    }
}

/// The transcripts of all runs: the one place that decides between what is kept and what is made.
///
/// Of a run none of whose files have changed, no process is started. A program is built where one
/// has, and run where the binary has.
///
/// The transcripts stand in the order of the runs, `None` for those that failed; beside them the
/// failures, by the runs' numbers. No failure hides another.
pub fn obtain(
    runs: &[Run],
    manifest: &Path,
    cache: &Cache,
    config: &Config,
) -> (Vec<Option<Transcript>>, Vec<(usize, Failure)>) {
    let mut hashes = Hashes::new();
    // A thousand small files are read side by side; their programs' files, which they share, once.
    let kept: Vec<Option<Kept>> = runs.par_iter().map(|run| cache.load(run)).collect();
    let mut transcripts: Vec<Option<Transcript>> = kept
        .into_iter()
        .map(|kept| kept?.if_fresh(&mut hashes))
        .collect();
    let stale: Vec<usize> = (0..runs.len())
        .filter(|&run| transcripts[run].is_none())
        .collect();
    let mut failures = Vec::new();

    let mut to_run = Vec::new();
    if !stale.is_empty() {
        tracing::info!("building {}", names(stale.iter().map(|&run| &runs[run])));
        let stale_runs: Vec<&Run> = stale.iter().map(|&run| &runs[run]).collect();
        for (&number, built) in stale.iter().zip(build(manifest, &stale_runs)) {
            match built.and_then(|binary| Built::read(&binary).map(|inputs| (binary, inputs))) {
                Err(error) => failures.push((number, error.into())),
                Ok((binary, built)) => match cache.of_binary(&runs[number], &built.hash) {
                    Some(transcript) => {
                        keep(cache, &runs[number], built, &transcript);
                        transcripts[number] = Some(transcript);
                    }
                    None => to_run.push((number, binary, built)),
                },
            }
        }
    }

    if !to_run.is_empty() {
        tracing::info!(
            "running {}",
            names(to_run.iter().map(|(run, ..)| &runs[*run]))
        );
    }
    let jobs: Vec<Job<'_>> = to_run
        .iter()
        .map(|(number, binary, _)| Job {
            binary: &binary.path,
            run: &runs[*number],
            limits: Limits {
                timeout: runs[*number].timeout.unwrap_or(config.timeout),
                output: config.output_limit,
            },
        })
        .collect();
    let made = run_all(&jobs, config.jobs);
    for ((number, _, built), made) in to_run.into_iter().zip(made) {
        let run = &runs[number];
        match made {
            Err(error) => failures.push((number, error.into())),
            Ok(transcript) => {
                keep(cache, run, built, &transcript);
                transcripts[number] = Some(transcript);
            }
        }
    }

    for (number, transcript) in transcripts.iter().enumerate() {
        let expected = runs[number].expected_exit();
        if let Some(transcript) = transcript
            && transcript.exit != expected
        {
            let transcript = transcript.clone();
            failures.push((
                number,
                Failure::Exit {
                    expected,
                    transcript,
                },
            ));
        }
    }
    (transcripts, failures)
}

/// What a binary was built from, and its own hash.
struct Built {
    inputs: Option<Inputs>,
    hash: String,
}

impl Built {
    fn read(binary: &Binary) -> Result<Built, BuildError> {
        let unreadable = |error: std::io::Error| BuildError::Unreadable {
            file: binary.path.clone(),
            error: error.to_string(),
        };
        Ok(Built {
            inputs: binary
                .sources
                .clone()
                .map(Inputs::read)
                .transpose()
                .map_err(unreadable)?,
            hash: hash(&binary.path).map_err(unreadable)?,
        })
    }
}

/// A transcript that cannot be kept is shown all the same; the next build makes it again.
fn keep(cache: &Cache, run: &Run, built: Built, transcript: &Transcript) {
    if let Err(error) = cache.keep(run, built.inputs, built.hash, transcript) {
        tracing::warn!(
            "failed to keep the transcript of `{}`: {error}",
            run.target.name
        );
    }
}

/// `join`, `mutex` and 3 more.
fn names<'a>(runs: impl ExactSizeIterator<Item = &'a Run>) -> String {
    const SHOWN: usize = 5;
    let count = runs.len();
    let names: Vec<String> = runs
        .take(SHOWN)
        .map(|run| format!("`{}`", run.target.name))
        .collect();
    match count.saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
