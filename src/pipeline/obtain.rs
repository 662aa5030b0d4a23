//! The transcripts of a book's runs: the one place that decides between what is kept and what is made.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::make::{Program, build_programs, count, run_programs};
use super::needs::Needs;
use crate::cargo::build::BuildError;
use crate::config::{Config, Execute};
use crate::exec::RunError;
use crate::progress::Progress;
use crate::progress::{Done, ProgressLine};
use crate::recordings::store::State as Recorded;
use crate::transcript::{Exit, Timing, Transcript};

/// Why a run has no transcript that may be shown.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no binary.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It did not run to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// What is recorded of it cannot be used.
    #[error("what is recorded in `{}` cannot be used: {why}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why not.
        why: String,
    },
    /// Nobody knows which sources it was built from: one of them has changed meanwhile.
    #[error("a source of it has changed while it was built, or has a time that lies in the future")]
    Unsettled,
    /// A source of it, or the binary, is another one than at its first run: nobody knows what ran afterwards.
    #[error("its program has changed meanwhile")]
    Changed,
    /// It is not recorded, or was before its program changed, and nothing may be run.
    #[error("{}", .0.in_words())]
    NotRun(NotRecorded),
    /// It ended in another way than the author declared.
    #[error("ended with {}, not with {}", transcript.exit.in_words(), expected.in_words())]
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

/// Why a run is not shown as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRecorded {
    /// It never was.
    Missing,
    /// A file of its program has changed; `None`: it was recorded for another run.
    Stale(Option<PathBuf>),
}

impl NotRecorded {
    /// What is said of a run for which it is so.
    pub fn in_words(&self) -> String {
        match self {
            NotRecorded::Missing => "it is not recorded".to_owned(),
            NotRecorded::Stale(Some(file)) => {
                format!("`{}` has changed since it was recorded", file.display())
            }
            NotRecorded::Stale(None) => "what is recorded is of another run".to_owned(),
        }
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
    /// The runs that are not shown as they were recorded, by their numbers.
    pub not_recorded: Vec<(usize, NotRecorded)>,
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
/// Of a run that is recorded, and none of whose files have changed, no process is started; nor of one that
/// was made before. A program is built where a file has changed, and run where its binary has.
pub fn obtain(needs: &mut Needs, config: &Config) -> Obtained {
    let progress = ProgressLine::begin();
    let mut obtained = Obtained::default();
    let to_build = take_what_is_there(needs, config, &mut obtained);
    let (built, to_run) = bring_up_to_date(&to_build, needs, &progress, &mut obtained);
    let done = Done {
        built,
        ran: to_run.len(),
        reused: obtained.transcripts.iter().flatten().count(),
    };
    make(&to_run, needs, config, &progress, &mut obtained);
    if !to_build.is_empty() {
        // What cannot be kept is shown all the same; the next build makes it again.
        if let Err(error) = needs.cache.save(&needs.plan.runs) {
            tracing::warn!("failed to keep what was run: {error}");
        }
    }
    if !progress.is_interrupted() {
        progress.end(done);
    }

    for (number, (run, transcript)) in needs
        .plan
        .runs
        .iter()
        .zip(&obtained.transcripts)
        .enumerate()
    {
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

/// Takes what is recorded, or was made before; returns the runs for which there is neither.
fn take_what_is_there(needs: &mut Needs, config: &Config, obtained: &mut Obtained) -> Vec<usize> {
    let mut to_build = Vec::new();
    for (number, run) in needs.plan.runs.iter().enumerate() {
        let not_recorded = match needs.store.state(run, &mut needs.contents) {
            Recorded::Fresh(recorded) => {
                tracing::debug!("`{}`: fresh, as it is recorded", run.called());
                obtained.transcripts.push(Some(recorded.transcript.clone()));
                continue;
            }
            Recorded::Unusable(why) => {
                let failure = Failure::Unusable {
                    file: needs.store.path(&run.id),
                    why: why.to_string(),
                };
                obtained.failures.push((number, failure));
                obtained.transcripts.push(None);
                continue;
            }
            Recorded::Stale { changed, .. } => NotRecorded::Stale(changed),
            Recorded::Missing => NotRecorded::Missing,
        };
        if config.execute == Execute::Never {
            obtained
                .failures
                .push((number, Failure::NotRun(not_recorded)));
            obtained.transcripts.push(None);
            continue;
        }
        obtained.not_recorded.push((number, not_recorded));
        let state = needs.cache.state(run, &mut needs.contents);
        tracing::debug!("`{}`: {state}", run.called());
        let transcript = state.into_transcript();
        if transcript.is_none() {
            tracing::debug!("`{}`: to be built", run.called());
            to_build.push(number);
        }
        obtained.transcripts.push(transcript);
    }
    to_build
}

/// Builds the programs of runs. Those whose binaries are what they were keep their transcripts; returned is
/// how many programs were built, and what is left to be run.
fn bring_up_to_date(
    to_build: &[usize],
    needs: &mut Needs,
    progress: &dyn Progress,
    obtained: &mut Obtained,
) -> (usize, Vec<Program>) {
    let mut to_run = Vec::new();
    let mut warned = BTreeSet::new();
    if to_build.is_empty() {
        return (0, to_run);
    }
    let runs = &needs.plan.runs;
    let built = build_programs(to_build, runs, &needs.workspace, progress);
    let how_many = count(built.iter().flatten(), runs);
    for (&number, built) in to_build.iter().zip(built) {
        let run = &runs[number];
        match built {
            // What keeps several programs from being built is told once.
            Err(error) => {
                if !obtained.failures.iter().any(|(_, known)| known.is(&error)) {
                    obtained.failures.push((number, error.into()));
                }
            }
            Ok(program) => {
                // A program may have several runs.
                if !program.warnings.is_empty() && warned.insert(&run.target) {
                    let warning = Warning::Compiler(program.warnings.clone());
                    obtained.warnings.push((number, warning));
                }
                match needs.cache.of_binary(run, &program.built.binary) {
                    Some(transcript) => {
                        tracing::debug!("`{}`: not run, its binary is what it was", run.called());
                        needs.cache.keep(run, program.built, &transcript);
                        obtained.transcripts[number] = Some(transcript);
                    }
                    None => to_run.push(program),
                }
            }
        }
    }
    (how_many, to_run)
}

/// Makes runs and keeps their transcripts.
fn make(
    to_run: &[Program],
    needs: &mut Needs,
    config: &Config,
    progress: &dyn Progress,
    obtained: &mut Obtained,
) {
    let runs = &needs.plan.runs;
    let programs: Vec<&Program> = to_run.iter().collect();
    let made = run_programs(&programs, runs, config, progress);
    for (program, made) in to_run.iter().zip(made) {
        let run = program.run;
        match made {
            Err(error) => obtained.failures.push((run, error.into())),
            Ok(transcript) => {
                obtained
                    .warnings
                    .extend(warnings(&transcript).map(|warning| (run, warning)));
                // Otherwise nobody knows which one ran.
                if program.is_what_was_built() {
                    needs
                        .cache
                        .keep(&runs[run], program.built.clone(), &transcript);
                }
                obtained.transcripts[run] = Some(transcript);
            }
        }
    }
}

/// What the author may want to know of a transcript.
pub fn warnings(transcript: &Transcript) -> impl Iterator<Item = Warning> {
    let replaced = transcript.replaced;
    let not_utf8 = (replaced > 0).then_some(Warning::NotUtf8(replaced));
    let noisy = (transcript.timing == Timing::Noisy).then_some(Warning::Noisy);
    not_utf8.into_iter().chain(noisy)
}
