//! The transcripts of a book's runs: the one place that decides between what is kept and what is made.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::progress::{Done, ProgressLine};
use crate::config::Config;
use crate::example::build::{Binary, BuildError, build};
use crate::example::cache::{Built, Cache};
use crate::example::inputs::{Hashes, Inputs, hash};
use crate::example::run::{Limits, RunError, Task};
use crate::example::schedule::run_all;
use crate::example::{Progress, Run};
use crate::interrupt;
use crate::transcript::{Exit, Transcript};

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

impl Failure {
    fn is(&self, error: &BuildError) -> bool {
        matches!(self, Failure::Build(this) if this == error)
    }
}

fn exit_in_words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit status {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
    }
}

/// What a book's runs brought, in their order.
#[derive(Debug, Default)]
pub struct Obtained {
    /// `None` for those that failed.
    pub transcripts: Vec<Option<Transcript>>,
    /// The failures, by the runs' numbers. No failure hides another.
    pub failures: Vec<(usize, Failure)>,
    /// What the author may want to know of, by the runs' numbers.
    pub warnings: Vec<(usize, Warning)>,
}

/// What is no failure.
#[derive(Debug)]
pub enum Warning {
    /// The compiler warned; with ANSI colours.
    Compiler(String),
    /// So many sequences of bytes that the program printed are no UTF-8.
    NotUtf8(usize),
    /// Something else kept the processors busy, whenever it was run.
    Noisy,
}

/// The transcripts of all runs.
///
/// Of a run none of whose files have changed, no process is started. A program is built where one
/// has, and run where the binary has.
pub fn obtain(runs: &[Run], manifest: &Path, cache: &mut Cache, config: &Config) -> Obtained {
    let progress = ProgressLine::begin();
    let mut obtained = Obtained::default();
    let mut hashes = Hashes::default();
    let mut stale = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let state = cache.state(run, &mut hashes);
        tracing::debug!("`{}`: {state}", run.command);
        let transcript = state.into_transcript();
        if transcript.is_none() {
            tracing::debug!("`{}`: to be built", run.command);
            stale.push(number);
        }
        obtained.transcripts.push(transcript);
    }
    let to_run = bring_up_to_date(&stale, runs, manifest, cache, &progress, &mut obtained);
    let done = Done {
        built: stale
            .iter()
            .map(|&run| &runs[run].target)
            .collect::<BTreeSet<_>>()
            .len(),
        ran: to_run.len(),
        reused: obtained.transcripts.iter().flatten().count(),
    };
    make(to_run, runs, cache, config, &progress, &mut obtained);
    if !stale.is_empty() {
        // What cannot be kept is shown all the same; the next build makes it again.
        if let Err(error) = cache.save(runs) {
            tracing::warn!("failed to keep what was run: {error}");
        }
    }
    if !progress.is_interrupted() {
        progress.end(done);
    }

    for (number, (run, transcript)) in runs.iter().zip(&obtained.transcripts).enumerate() {
        if let Some(transcript) = transcript
            && !run.ends_as_declared(transcript)
        {
            let failure = Failure::Exit {
                expected: run.expected_exit(),
                transcript: transcript.clone(),
            };
            obtained.failures.push((number, failure));
        }
    }
    obtained
}

/// A program that was built anew, and must be run.
struct ToRun {
    run: usize,
    binary: PathBuf,
    /// When the binary was written.
    written: Option<SystemTime>,
    built: Built,
}

/// Builds the programs of stale runs. Those whose binaries are what they were keep their transcripts;
/// returned is what is left to be run.
fn bring_up_to_date(
    stale: &[usize],
    runs: &[Run],
    manifest: &Path,
    cache: &mut Cache,
    progress: &dyn Progress,
    obtained: &mut Obtained,
) -> Vec<ToRun> {
    let mut to_run = Vec::new();
    let mut warned = BTreeSet::new();
    if stale.is_empty() {
        return to_run;
    }
    // Only now is there something to break off and tidy up.
    if let Err(error) = interrupt::catch() {
        tracing::warn!("failed to watch for Ctrl-C: {error}");
    }
    let begun = SystemTime::now();
    let stale_runs: Vec<&Run> = stale.iter().map(|&run| &runs[run]).collect();
    for (&number, built) in stale.iter().zip(build(manifest, &stale_runs, progress)) {
        let run = &runs[number];
        match built.and_then(|binary| read(&binary, begun).map(|built| (binary, built))) {
            // What keeps several programs from being built is told once.
            Err(error) => {
                if !obtained.failures.iter().any(|(_, known)| known.is(&error)) {
                    obtained.failures.push((number, error.into()));
                }
            }
            Ok((binary, built)) => {
                // A program may have several runs.
                if !binary.warnings.is_empty() && warned.insert(&run.target) {
                    let warning = Warning::Compiler(binary.warnings);
                    obtained.warnings.push((number, warning));
                }
                match cache.of_binary(run, &built.binary) {
                    Some(transcript) => {
                        tracing::debug!("`{}`: not run, its binary is what it was", run.command);
                        cache.keep(run, built, &transcript);
                        obtained.transcripts[number] = Some(transcript);
                    }
                    None => to_run.push(ToRun {
                        run: number,
                        written: written(&binary.path),
                        binary: binary.path,
                        built,
                    }),
                }
            }
        }
    }
    to_run
}

/// Makes runs and keeps their transcripts.
fn make(
    to_run: Vec<ToRun>,
    runs: &[Run],
    cache: &mut Cache,
    config: &Config,
    progress: &dyn Progress,
    obtained: &mut Obtained,
) {
    let tasks: Vec<Task<'_>> = to_run
        .iter()
        .map(|to_run| Task {
            binary: &to_run.binary,
            run: &runs[to_run.run],
            limits: Limits {
                timeout: runs[to_run.run].timeout.unwrap_or(config.timeout),
                output: config.output_limit,
                line: config.line_limit,
                disk: config.disk_limit,
            },
        })
        .collect();
    for task in &tasks {
        tracing::debug!("`{}`: run", task.run.command);
    }
    let made = run_all(&tasks, config.jobs, progress);
    for (to_run, made) in to_run.into_iter().zip(made) {
        let ToRun {
            run,
            binary,
            written: before,
            built,
        } = to_run;
        match made {
            Err(error) => obtained.failures.push((run, error.into())),
            Ok(transcript) => {
                obtained
                    .warnings
                    .extend(warnings(&transcript).map(|warning| (run, warning)));
                // Should another Cargo have replaced the binary meanwhile, nobody knows which one ran.
                if written(&binary) == before {
                    cache.keep(&runs[run], built, &transcript);
                }
                obtained.transcripts[run] = Some(transcript);
            }
        }
    }
}

fn warnings(transcript: &Transcript) -> impl Iterator<Item = Warning> {
    use crate::transcript::Timing;
    let replaced = transcript.replaced;
    let not_utf8 = (replaced > 0).then_some(Warning::NotUtf8(replaced));
    let noisy = (transcript.timing == Timing::Noisy).then_some(Warning::Noisy);
    not_utf8.into_iter().chain(noisy)
}

/// What a binary was built from, and its own hash. What was written since the build has begun may not be
/// what the compiler read: then the sources are not known, and the next build asks Cargo.
fn read(binary: &Binary, begun: SystemTime) -> Result<Built, BuildError> {
    let unreadable = |error: std::io::Error| BuildError::Unreadable {
        file: binary.path.clone(),
        error: error.to_string(),
    };
    let is_old = |file: &PathBuf| written(file).is_none_or(|written| written < begun);
    let sources = binary.sources.clone();
    let sources = sources.filter(|sources| sources.iter().all(is_old));
    Ok(Built {
        inputs: sources.map(Inputs::read).transpose().map_err(unreadable)?,
        binary: hash(&binary.path).map_err(unreadable)?,
    })
}

fn written(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}
