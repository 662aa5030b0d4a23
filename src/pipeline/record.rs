//! Plan → recordings: executes runs under schedules until their shapes are learned.

use std::num::NonZero;
use std::thread::available_parallelism;

use rayon::prelude::*;

use super::execute::{Program, build_programs, compared, count};
use super::observe::{Watching, observable};
use super::obtain::Failure;
use super::seeded::run_programs;
use crate::compare::obeys;
use crate::config::Config;
use crate::exec::RunError;
use crate::learn::cut::{Cut, cuts};
use crate::learn::shape::shape;
use crate::learn::shape::unlearned::unlearned;
use crate::learn::{Executions, Native, OtherEnd, Unlearnable, executions};
use crate::plan::{Plan, RunId};
use crate::progress::{Done, Progress, ProgressLine};
use crate::recordings::inputs::Contents;
use crate::session::Session;
use crate::transcript::execution::Execution;
use crate::transcript::redaction::Redactions;
use crate::transcript::shape::{Shape, Untested};
use crate::transcript::{Timing, Transcript};

/// A run whose shape was learned.
#[derive(Debug)]
pub struct Learned {
    /// The program that was executed.
    pub program: Program,
    /// The transcript that readers see.
    pub shown: Transcript,
    /// All executions.
    pub executions: Vec<Execution>,
    /// The rules that all executions obey.
    pub shape: Shape,
    /// The first seeded execution that did not end as the native one does.
    pub other_end: Option<OtherEnd>,
}

/// A program with the transcript of its native execution, and that of its execution under the observer.
struct Executed {
    program: Program,
    transcript: Transcript,
    tracked: Option<Transcript>,
}

/// Executes these runs as often as needed to learn their shapes. Failures are added to `failures`.
pub fn learn(
    selected: &[RunId],
    plan: &Plan,
    session: &Session,
    failures: &mut Vec<(RunId, Failure)>,
) -> Vec<Learned> {
    if selected.is_empty() {
        return Vec::new();
    }
    let progress = ProgressLine::begin();
    let programs = build_settled(selected, plan, session, &progress, failures);
    let built = count(&programs, plan);
    let executed = execute_natively(programs, plan, session, &progress, failures);
    let ran = executed.len();
    let learned = learn_shapes(executed, plan, session, &progress);
    if !progress.is_interrupted() {
        progress.end(Done {
            built,
            ran,
            reused: 0,
        });
    }
    let mut all = Vec::new();
    let mut contents = Contents::default();
    for learned in learned {
        match learned {
            Ok(learned) => {
                let run = learned.program.run;
                if learned.program.is_unchanged(&plan[run], &mut contents) {
                    all.push(learned);
                } else {
                    failures.push((run, Failure::Changed));
                }
            }
            Err(failure) => failures.push(*failure),
        }
    }
    all
}

/// Builds the programs of runs, a second time if a source file is not known to be older than the build.
fn build_settled(
    selected: &[RunId],
    plan: &Plan,
    session: &Session,
    progress: &ProgressLine,
    failures: &mut Vec<(RunId, Failure)>,
) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut unsettled = Vec::new();
    let built = build_programs(selected, plan, &session.workspace, progress);
    for (&run, built) in selected.iter().zip(built) {
        match built {
            Ok(program) if program.built.inputs.is_none() => unsettled.push(run),
            Ok(program) => programs.push(program),
            Err(error) => Failure::add_build(failures, plan, run, error),
        }
    }
    if unsettled.is_empty() {
        return programs;
    }
    // A build script may have written some of the sources during the build: they are older than a second build.
    let again = build_programs(&unsettled, plan, &session.workspace, progress);
    for (&run, built) in unsettled.iter().zip(again) {
        match built {
            Ok(program) if program.built.inputs.is_some() => programs.push(program),
            Ok(_) => failures.push((run, Failure::Unsettled)),
            Err(error) => Failure::add_build(failures, plan, run, error),
        }
    }
    programs
}

/// Executes each program once, natively unless its run has a seed. Returns the programs that ended as declared, with their transcripts.
fn execute_natively(
    programs: Vec<Program>,
    plan: &Plan,
    session: &Session,
    progress: &ProgressLine,
    failures: &mut Vec<(RunId, Failure)>,
) -> Vec<(Program, Transcript)> {
    let all: Vec<&Program> = programs.iter().collect();
    let executed = run_programs(&all, plan, session, progress);
    let mut native = Vec::new();
    for (program, executed) in programs.into_iter().zip(executed) {
        let run = &plan[program.run];
        match executed {
            Err(error) => failures.push((program.run, error.into())),
            Ok(transcript) if !run.ends_as_declared(&transcript) => {
                let expected = run.expected_exit();
                let failure = Failure::Exit {
                    expected,
                    transcript,
                };
                failures.push((program.run, failure));
            }
            Ok(transcript) => native.push((program, transcript)),
        }
    }
    native
}

/// Executes each program under the observer, and learns the shapes side by side.
fn learn_shapes(
    native: Vec<(Program, Transcript)>,
    plan: &Plan,
    session: &Session,
    progress: &ProgressLine,
) -> Vec<Result<Learned, Box<(RunId, Failure)>>> {
    let config = &session.config;
    let numbers = observable(native.iter().map(|(program, _)| program), plan);
    let watching = Watching::of(&numbers, plan, &session.workspace, progress);
    let programs: Vec<&Program> = native.iter().map(|(program, _)| program).collect();
    let tracked = watching.tracked(&programs, plan, config, progress);
    progress.learning(native.len());
    let executed = native.into_iter().zip(tracked);
    let executed = executed.map(|((program, transcript), tracked)| Executed {
        program,
        transcript,
        tracked,
    });
    let executed: Vec<Executed> = executed.collect();
    let made = executions_of(&executed, &watching, plan, config, progress);
    let made: Vec<_> = executed.into_iter().zip(made).collect();
    made.into_par_iter()
        .map(|(executed, made)| {
            let id = executed.program.run;
            Ok(
                match made.map_err(|error| Box::new((id, Failure::from(error))))? {
                    Made::Whole(executions) => {
                        let learned = learned(executed, executions, &plan[id].redactions);
                        let unlearned =
                            unlearned(&learned.executions, &learned.shape, &plan[id].redactions);
                        match unlearned.filter(|_| plan[id].unchecked.is_none()) {
                            Some(unlearned) => {
                                return Err(Box::new((id, Failure::Unlearned(unlearned))));
                            }
                            None => learned,
                        }
                    }
                    Made::Cut(cut) => Learned {
                        program: executed.program,
                        shown: cut.shown,
                        executions: cut.executions,
                        shape: cut.shape,
                        other_end: None,
                    },
                },
            )
        })
        .collect()
}

/// The executions of a run.
enum Made {
    /// The program ended in each.
    Whole(Executions),
    /// The time-out cut each.
    Cut(Box<Cut>),
}

/// Executes programs as often as it takes to learn their shapes. The results have the order of `executed`.
fn executions_of(
    executed: &[Executed],
    watching: &Watching,
    plan: &Plan,
    config: &Config,
    progress: &ProgressLine,
) -> Vec<Result<Made, Unlearnable>> {
    let subjects = executed.iter().map(|executed| {
        let run = &plan[executed.program.run];
        let subject = watching.subject(&executed.program, run, config)?;
        Some(Native {
            subject,
            transcript: &executed.transcript,
        })
    });
    let subjects: Vec<Option<Native<'_>>> = subjects.collect();
    let all = subjects.iter().flatten().copied();
    let (cut, whole): (Vec<Native<'_>>, Vec<Native<'_>>) =
        all.partition(|native| native.subject.is_cut());
    let mut whole = executions(&whole, config.jobs, progress).into_iter();
    let mut cut = cuts(&cut, config.jobs, progress).into_iter();
    let made = subjects
        .iter()
        .zip(executed)
        .map(|(subject, executed)| match subject {
            Some(native) if native.subject.is_cut() => {
                let cut = cut.next().unwrap_or(Err(RunError::Interrupted))?;
                Ok(Made::Cut(Box::new(cut)))
            }
            Some(_) => {
                let whole = whole.next().ok_or(RunError::Interrupted)?;
                Ok(Made::Whole(whole?))
            }
            None => {
                let run = &plan[executed.program.run];
                let compared = compared(run, &executed.transcript);
                let execution = Execution::of(&compared).redacted(&run.redactions);
                let untested = match run.seed() {
                    Some(_) => Untested::Seed,
                    None => Untested::Compiler,
                };
                Ok(Made::Whole(Executions {
                    all: vec![execution],
                    other_exits: 0,
                    other_end: None,
                    untested: Some(untested),
                }))
            }
        });
    made.collect()
}

/// Learns the shape of a program from its executions.
fn learned(executed: Executed, executions: Executions, redactions: &Redactions) -> Learned {
    let Executions {
        all: mut executions,
        other_exits,
        other_end,
        untested,
    } = executions;
    let shape = shape(&executions, untested)
        .with_other_exits(other_exits)
        .with_redactions(redactions);
    // The observer may have changed the program's output.
    let tracked = executed.tracked;
    let tracked = tracked.filter(|tracked| obeys(&shape, &Execution::of(tracked)));
    let of_tracked = |tracked| Execution::of(tracked).redacted(redactions);
    executions.extend(tracked.iter().map(of_tracked));
    let shown = tracked.unwrap_or(executed.transcript);
    // The compiler's output does not depend on them, nor does an execution by the virtual clock.
    let is_native = executed.program.binary().is_some() && shown.timing != Timing::Virtual;
    let processors = is_native.then(processors);
    Learned {
        program: executed.program,
        shown: Transcript {
            processors,
            ..shown
        },
        executions,
        shape,
        other_end,
    }
}

/// Returns the number of processors that a program on this machine may use.
pub fn processors() -> u32 {
    let processors = available_parallelism().map_or(1, NonZero::get);
    u32::try_from(processors).unwrap_or(u32::MAX)
}
