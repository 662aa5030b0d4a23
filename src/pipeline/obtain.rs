//! Plan → outcomes: the one place that decides which runs are taken from recordings or the cache and which are
//! executed.

use std::collections::BTreeSet;

use super::execute::{Program, build_programs, count};
use super::not_recorded::NotRecorded;
use super::seeded::run_programs;
use crate::cargo::build::BuildError;
use crate::config::Execute;
use crate::exec::RunError;
use crate::learn::shape::unlearned::Unlearned;
use crate::learn::{OtherEnd, Unlearnable};
use crate::plan::{Plan, RunId};
use crate::progress::{Done, Progress, ProgressLine};
use crate::recordings::freshness::Freshness;
use crate::session::Session;
use crate::transcript::{Exit, Timing, Transcript};

/// The reason why a run has no transcript to show.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The build failed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The execution failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Nothing can be learned from the executions under schedules, one of which has shown another end.
    #[error("{error}")]
    UnderSchedules {
        /// The reason.
        #[source]
        error: RunError,
        /// The other end.
        other_end: OtherEnd,
    },
    /// A source file changed during the build, so the sources of the binary are unknown.
    #[error("a source file changed during the build, or its modification time is in the future")]
    Unsettled,
    /// A source file or the binary changed between the executions.
    #[error("its program changed while it was being recorded")]
    Changed,
    /// Nearly every execution prints other lines, so no check could hold.
    #[error("{} of {} executions print a line that no other one prints, so no check could hold", .0.executions, .0.all)]
    Unlearned(Unlearned),
    /// The run has no recording that can be shown.
    #[error("{}", .0.in_words())]
    NotRecorded(NotRecorded),
    /// The run has no fresh recording, and the book's settings forbid executions.
    #[error("{}", .0.in_words())]
    NotRun(NotRecorded),
    /// The exit differs from the declared one.
    #[error("expected {}, found {}", expected.in_words(), transcript.exit.in_words())]
    Exit {
        /// The declared exit.
        expected: Exit,
        /// The transcript with the actual exit.
        transcript: Transcript,
    },
}

impl From<Unlearnable> for Failure {
    fn from(Unlearnable { error, other_end }: Unlearnable) -> Failure {
        match other_end {
            Some(other_end) => Failure::UnderSchedules { error, other_end },
            None => Failure::Run(error),
        }
    }
}

impl Failure {
    /// Adds the failure of a run's build to others, unless one of them has the same cause.
    pub(super) fn add_build(
        failures: &mut Vec<(RunId, Failure)>,
        plan: &Plan,
        run: RunId,
        error: BuildError,
    ) {
        let is_known = failures.iter().any(|(other, failure)| match failure {
            Failure::Build(known) => error.has_cause_of(&plan[run], known, &plan[*other]),
            _ => false,
        });
        if !is_known {
            failures.push((run, error.into()));
        }
    }
}

/// The outcomes of a book's runs.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// The transcripts, by [`RunId`]; `None` if the run failed.
    pub transcripts: Vec<Option<Transcript>>,
    /// The failures. No failure hides another.
    pub failures: Vec<(RunId, Failure)>,
    /// The warnings.
    pub warnings: Vec<(RunId, Warning)>,
    /// The runs without a fresh recording.
    pub not_recorded: Vec<(RunId, NotRecorded)>,
}

/// A warning about a run.
#[derive(Debug)]
pub enum Warning {
    /// The compiler's warnings, with ANSI colors.
    Compiler(String),
    /// The number of invalid UTF-8 sequences that the program printed.
    NotUtf8(usize),
    /// The machine was busy during every execution.
    Noisy,
}

impl Outcomes {
    /// Returns the transcript of a run; `None` if the run failed.
    pub fn transcript(&self, run: RunId) -> Option<&Transcript> {
        self.transcripts.get(run.0)?.as_ref()
    }
}

/// Obtains the transcripts of all runs of a plan.
///
/// A run with a fresh recording or a fresh cached transcript starts no process. Otherwise, its program is built if an
/// input has changed, and executed if its binary has changed.
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
        // Pages do not depend on the cache: without it, the next build executes the runs again.
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
                tracing::debug!("`{}`: its recording is fresh", run.called());
                outcomes.transcripts.push(Some(recorded.transcript.clone()));
                continue;
            }
            Freshness::Stale { changed, .. } => NotRecorded::Stale(changed),
            Freshness::Missing => NotRecorded::Missing,
            Freshness::Unusable(unusable) => NotRecorded::Unusable(unusable.to_string()),
        };
        let failure = match not_recorded {
            // An execution would hide that the file is damaged.
            NotRecorded::Unusable(_) => Some(Failure::NotRecorded(not_recorded.clone())),
            _ if session.config.execute == Execute::Never => {
                Some(Failure::NotRun(not_recorded.clone()))
            }
            NotRecorded::Missing | NotRecorded::Stale(_) => None,
        };
        if let Some(failure) = failure {
            outcomes.failures.push((id, failure));
            outcomes.transcripts.push(None);
            continue;
        }
        outcomes.not_recorded.push((id, not_recorded));
        let state = session.cached(run);
        tracing::debug!("`{}`: {state}", run.called());
        let transcript = state.fresh().cloned();
        if transcript.is_none() {
            tracing::debug!("`{}`: must be built", run.called());
            to_build.push(id);
        }
        outcomes.transcripts.push(transcript);
    }
    to_build
}

/// Builds the programs of runs. A run whose binary is unchanged uses its cached transcript. Returns the number of
/// built programs, and the programs that must be executed.
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
    let number = count(built.iter().flatten(), plan);
    for (&id, built) in to_build.iter().zip(built) {
        let run = &plan[id];
        match built {
            Err(error) => Failure::add_build(&mut outcomes.failures, plan, id, error),
            Ok(program) => {
                // A program may have several runs.
                if !program.warnings.is_empty() && warned.insert(&run.target) {
                    let warning = Warning::Compiler(program.warnings.clone());
                    outcomes.warnings.push((id, warning));
                }
                match session.cache.of_binary(run, &program.built.binary) {
                    Some(transcript) => {
                        tracing::debug!(
                            "`{}`: not executed, its binary is unchanged",
                            run.called()
                        );
                        session.cache.insert(run, program.built, &transcript);
                        outcomes.transcripts[id.0] = Some(transcript);
                    }
                    None => to_run.push(program),
                }
            }
        }
    }
    (number, to_run)
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
    let executed = run_programs(&programs, plan, session, progress);
    for (program, executed) in to_run.iter().zip(executed) {
        let run = program.run;
        match executed {
            Err(error) => outcomes.failures.push((run, error.into())),
            Ok(transcript) => {
                let warnings = warnings(&transcript).map(|warning| (run, warning));
                outcomes.warnings.extend(warnings);
                // If the binary was replaced during the execution, the old or the new one may have been executed.
                if program.is_as_built() {
                    let built = program.built.clone();
                    session.cache.insert(&plan[run], built, &transcript);
                }
                outcomes.transcripts[run.0] = Some(transcript);
            }
        }
    }
}

/// Returns the warnings about a transcript.
pub fn warnings(transcript: &Transcript) -> impl Iterator<Item = Warning> {
    let replaced = transcript.replaced;
    let not_utf8 = (replaced > 0).then_some(Warning::NotUtf8(replaced));
    let noisy = (transcript.timing == Timing::Noisy).then_some(Warning::Noisy);
    not_utf8.into_iter().chain(noisy)
}
