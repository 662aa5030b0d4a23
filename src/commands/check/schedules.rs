//! The executions of a check under schedules: with seeds, or in real time.

use std::num::NonZero;
use std::time::Instant;

use super::again::{Again, fewest};
use super::checked::Checked;
use super::context::Context;
use super::doubts::Doubts;
use super::release::execute_again;
use super::seeds::Seeds;
use crate::diagnostic::Diagnostic;
use crate::exec::RunError;
use crate::learn::{self, Observation};
use crate::pipeline::execute::Program;
use crate::pipeline::observe::{Watching, observable};
use crate::plan::RunId;
use crate::progress::{Progress, ProgressLine};
use crate::transcript::Transcript;
use crate::transcript::format::Recording;

/// The native execution of a program.
pub(super) struct Native<'a> {
    /// The program.
    pub(super) program: &'a Program,
    /// Its transcript.
    pub(super) transcript: Transcript,
}

impl<'a> Native<'a> {
    /// The program, and the time that it needs.
    pub(super) fn expected(&self) -> Expected<'_> {
        (self.program, &self.transcript)
    }
}

/// A program, and the transcript of a native execution, which tells the time that it needs.
pub(super) type Expected<'a> = (&'a Program, &'a Transcript);

/// Executes each program under as many schedules as the options ask for, at most so many at once. Returns the runs that
/// are completely checked.
pub(super) fn execute_under_schedules(
    programs: &[Expected<'_>],
    at_once: NonZero<usize>,
    context: Context<'_>,
    checked: &mut Checked,
) -> Vec<RunId> {
    let Context {
        plan,
        session,
        times,
        progress,
    } = context;
    let numbers = observable(programs.iter().map(|(program, _)| *program), plan);
    let watching = Watching::of(&numbers, plan, &session.workspace, progress);
    progress.learning(numbers.len());
    let mut all = Vec::new();
    for (program, transcript) in programs {
        let run = &plan[program.run];
        // A program that the compiler must refuse has no subject: its output stays the same.
        let subject = watching.subject(program, run, &session.config);
        if let Some(recorded) = session.recordings.get(run)
            && let Some(subject) = subject
        {
            let native = learn::Native {
                subject,
                transcript,
            };
            all.push((program.run, native, recorded));
        }
    }
    let is_waiting = |run: &RunId| all.iter().any(|(waiting, ..)| waiting == run);
    let done = programs.iter().map(|(program, _)| program.run);
    let mut done: Vec<RunId> = done.filter(|run| !is_waiting(run)).collect();
    for batch in all.chunks(times.batch(all.len())) {
        if times.end_with(checked) {
            break;
        }
        execute_again_with_seeds(batch, at_once, context, checked);
        done.extend(batch.iter().map(|(run, ..)| *run));
    }
    done
}

/// A run, its native execution, and its recording.
type Checking<'a> = (RunId, learn::Native<'a>, &'a Recording);

/// Executes runs with seeds, or in real time where they cannot be seeded, and compares them with their recordings.
fn execute_again_with_seeds(
    all: &[Checking<'_>],
    jobs: NonZero<usize>,
    Context {
        plan,
        times,
        progress,
        ..
    }: Context<'_>,
    checked: &mut Checked,
) {
    let seeds = |&(_, native, recorded)| Seeds::of(native, recorded, times);
    let seeds: Vec<Seeds<'_>> = all.iter().map(seeds).collect();
    let timed = |native, recorded| Again::timed(native, recorded, times.repeat);
    let first = all.iter().zip(&seeds);
    let first = first.map(
        |(&(_, native, recorded), seeds)| match seeds.all.is_empty() {
            true => timed(native, recorded),
            false => seeds.all.clone(),
        },
    );
    let first: Vec<Vec<Again<'_>>> = first.collect();
    let begun = Instant::now();
    let mut executed = execute_again(first.iter().flatten(), jobs, progress).into_iter();
    let mut doubtful = Vec::new();
    let mut further = Vec::new();
    for ((&(run, native, recorded), seeds), first) in all.iter().zip(&seeds).zip(&first) {
        let executed: Vec<_> = executed.by_ref().take(first.len()).collect();
        if seeds.all.is_empty() {
            checked.add(run, of_all(first, &executed));
            continue;
        }
        match seeds.doubts(&executed) {
            Some(doubts) => doubtful.push((run, doubts)),
            None => {
                tracing::debug!("`{}`: executed in real time", plan[run].id);
                further.push((run, timed(native, recorded), None));
            }
        }
    }
    while begun.elapsed() < times.seeding && !progress.is_interrupted() {
        if !go_on(&mut doubtful, Doubts::more, jobs, progress) {
            break;
        }
    }
    let of_doubtful = doubtful.into_iter().map(|(run, mut doubts)| {
        let again = doubts.further();
        (run, again, Some(doubts))
    });
    further.extend(of_doubtful);
    let mut doubtful = execute_further(further, jobs, progress, checked);
    go_on(&mut doubtful, Doubts::last, jobs, progress);
    confirm(doubtful, jobs, progress, checked);
}

/// Executes runs further: those with doubts with more seeds, the others in real time. The latter are then checked.
fn execute_further<'a>(
    further: Vec<(RunId, Vec<Again<'a>>, Option<Doubts<'a>>)>,
    jobs: NonZero<usize>,
    progress: &ProgressLine,
    checked: &mut Checked,
) -> Vec<(RunId, Doubts<'a>)> {
    let again = further.iter().flat_map(|(_, again, _)| again);
    let mut executed = execute_again(again, jobs, progress).into_iter();
    let mut doubtful = Vec::new();
    for (run, again, doubts) in further {
        let executed: Vec<_> = executed.by_ref().take(again.len()).collect();
        match doubts {
            Some(mut doubts) => {
                for (again, executed) in again.iter().zip(&executed) {
                    doubts.takes(again, executed);
                }
                doubtful.push((run, doubts));
            }
            None => checked.add(run, of_all(&again, &executed)),
        }
    }
    doubtful
}

/// Executes runs again with the seeds that showed errors, and adds the confirmed findings.
fn confirm(
    doubtful: Vec<(RunId, Doubts<'_>)>,
    jobs: NonZero<usize>,
    progress: &ProgressLine,
    checked: &mut Checked,
) {
    let again = doubtful.iter().map(|(_, doubts)| doubts.suspects());
    let again: Vec<Vec<Again<'_>>> = again.collect();
    let mut executed = execute_again(again.iter().flatten(), jobs, progress).into_iter();
    for ((run, doubts), again) in doubtful.into_iter().zip(again) {
        let executed: Vec<_> = executed.by_ref().take(again.len()).collect();
        checked.add(run, doubts.findings(&executed));
    }
}

/// Executes runs further, with what `next` asks for. Returns whether any was executed.
fn go_on<'a>(
    doubtful: &mut [(RunId, Doubts<'a>)],
    next: fn(&mut Doubts<'a>) -> Vec<Again<'a>>,
    jobs: NonZero<usize>,
    progress: &ProgressLine,
) -> bool {
    let more = doubtful.iter_mut().map(|(_, doubts)| next(doubts));
    let more: Vec<Vec<Again<'_>>> = more.collect();
    let mut executed = execute_again(more.iter().flatten(), jobs, progress).into_iter();
    for ((_, doubts), more) in doubtful.iter_mut().zip(&more) {
        for (again, executed) in more.iter().zip(executed.by_ref()) {
            doubts.takes(again, &executed);
        }
    }
    more.iter().any(|more| !more.is_empty())
}

/// The findings of executions.
fn of_all(all: &[Again<'_>], executed: &[Result<Observation, RunError>]) -> Vec<Diagnostic> {
    let fewest = fewest(executed);
    let told = all.iter().zip(executed);
    let told = told.filter(|(again, executed)| !again.holds_another(executed, fewest));
    told.flat_map(|(again, executed)| again.findings(executed))
        .collect()
}
