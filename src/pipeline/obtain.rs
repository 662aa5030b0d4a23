//! Plan → outcomes: the one place that decides which runs are taken from recordings or the cache and which are
//! executed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::execute::{Program, build_programs, count, run_programs};
use crate::cargo::build::BuildError;
use crate::config::Execute;
use crate::exec::RunError;
use crate::plan::{Plan, RunId};
use crate::progress::Progress;
use crate::progress::{Done, ProgressLine};
use crate::recordings::freshness::Freshness;
use crate::session::Session;
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

/// The outcomes of a book's runs.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// The transcripts, by [`RunId`]; `None`: the run failed.
    pub transcripts: Vec<Option<Transcript>>,
    /// The failures. No failure hides another.
    pub failures: Vec<(RunId, Failure)>,
    /// The warnings.
    pub warnings: Vec<(RunId, Warning)>,
    /// The runs without a fresh recording.
    pub not_recorded: Vec<(RunId, NotRecorded)>,
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

impl Outcomes {
    /// The transcript of a run; `None`: the run failed.
    pub fn transcript(&self, run: RunId) -> Option<&Transcript> {
        self.transcripts.get(run.0)?.as_ref()
    }
}

/// Obtains the transcripts of all runs of a plan.
///
/// No process is started for a run with a fresh recording or a fresh cached transcript. Otherwise a program is
/// built where one of its inputs has changed, and executed where its binary has.
pub fn obtain(plan: &Plan, session: &mut Session) -> Outcomes {
    let progress = ProgressLine::begin();
    let mut outcomes = Outcomes::default();
    let to_build = take_known(plan, session, &mut outcomes);
    let (built, to_run) = build_stale(&to_build, plan, session, &progress, &mut outcomes);
    let done = Done {
        built,
        ran: to_run.len(),
        reused: outcomes.transcripts.iter().flatten().count(),
    };
    execute(&to_run, plan, session, &progress, &mut outcomes);
    if !to_build.is_empty() {
        // A page does not depend on the cache: without it the next build executes the runs again.
        if let Err(error) = session.cache.save(&plan.runs) {
            tracing::warn!("failed to write the cache: {error}");
        }
    }
    if !progress.is_interrupted() {
        progress.end(done);
    }
    compare_exits(plan, &mut outcomes);
    outcomes
}

/// Adds a failure for each run that did not end as its fences declare.
fn compare_exits(plan: &Plan, outcomes: &mut Outcomes) {
    for (run, transcript) in plan.ids().zip(&outcomes.transcripts) {
        if let Some(transcript) = transcript
            && !plan[run].ends_as_declared(transcript)
        {
            let failure = Failure::Exit {
                expected: plan[run].expected_exit(),
                transcript: transcript.clone(),
            };
            outcomes.failures.push((run, failure));
        }
    }
}

/// Takes fresh recordings and fresh cached transcripts; returns the other runs.
fn take_known(plan: &Plan, session: &mut Session, outcomes: &mut Outcomes) -> Vec<RunId> {
    let mut to_build = Vec::new();
    for id in plan.ids() {
        let run = &plan[id];
        let not_recorded = match session.recorded(run) {
            Freshness::Fresh(recorded) => {
                tracing::debug!("`{}`: fresh, as it is recorded", run.called());
                outcomes.transcripts.push(Some(recorded.transcript.clone()));
                continue;
            }
            Freshness::Unusable(why) => {
                let why = why.to_string();
                let file = session.recordings.path(&run.id);
                let failure = Failure::Unusable { file, why };
                outcomes.failures.push((id, failure));
                outcomes.transcripts.push(None);
                continue;
            }
            Freshness::Stale { changed, .. } => NotRecorded::Stale(changed),
            Freshness::Missing => NotRecorded::Missing,
        };
        if session.config.execute == Execute::Never {
            outcomes.failures.push((id, Failure::NotRun(not_recorded)));
            outcomes.transcripts.push(None);
            continue;
        }
        outcomes.not_recorded.push((id, not_recorded));
        let state = session.cached(run);
        tracing::debug!("`{}`: {state}", run.called());
        let transcript = state.fresh().cloned();
        if transcript.is_none() {
            tracing::debug!("`{}`: to be built", run.called());
            to_build.push(id);
        }
        outcomes.transcripts.push(transcript);
    }
    to_build
}

/// Builds the programs of runs. A run whose binary is unchanged keeps its cached transcript; returned are the
/// number of programs that were built and those that must be executed.
fn build_stale(
    to_build: &[RunId],
    plan: &Plan,
    session: &mut Session,
    progress: &dyn Progress,
    outcomes: &mut Outcomes,
) -> (usize, Vec<Program>) {
    let mut to_run = Vec::new();
    let mut warned = BTreeSet::new();
    if to_build.is_empty() {
        return (0, to_run);
    }
    let built = build_programs(to_build, plan, &session.workspace, progress);
    let how_many = count(built.iter().flatten(), plan);
    for (&id, built) in to_build.iter().zip(built) {
        let run = &plan[id];
        match built {
            // An error that several programs share is reported once.
            Err(error) => {
                if !outcomes.failures.iter().any(|(_, known)| known.is(&error)) {
                    outcomes.failures.push((id, error.into()));
                }
            }
            Ok(program) => {
                // A program may have several runs.
                if !program.warnings.is_empty() && warned.insert(&run.target) {
                    let warning = Warning::Compiler(program.warnings.clone());
                    outcomes.warnings.push((id, warning));
                }
                match session.cache.of_binary(run, &program.built.binary) {
                    Some(transcript) => {
                        tracing::debug!("`{}`: not run, its binary is what it was", run.called());
                        session.cache.insert(run, program.built, &transcript);
                        outcomes.transcripts[id.0] = Some(transcript);
                    }
                    None => to_run.push(program),
                }
            }
        }
    }
    (how_many, to_run)
}

/// Executes programs and caches their transcripts.
fn execute(
    to_run: &[Program],
    plan: &Plan,
    session: &mut Session,
    progress: &dyn Progress,
    outcomes: &mut Outcomes,
) {
    let programs: Vec<&Program> = to_run.iter().collect();
    let executed = run_programs(&programs, plan, &session.config, progress);
    for (program, executed) in to_run.iter().zip(executed) {
        let run = program.run;
        match executed {
            Err(error) => outcomes.failures.push((run, error.into())),
            Ok(transcript) => {
                let warnings = warnings(&transcript).map(|warning| (run, warning));
                outcomes.warnings.extend(warnings);
                // A binary that was replaced meanwhile may not be the one that was executed.
                if program.is_what_was_built() {
                    let built = program.built.clone();
                    session.cache.insert(&plan[run], built, &transcript);
                }
                outcomes.transcripts[run.0] = Some(transcript);
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
