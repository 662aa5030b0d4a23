//! The executions of a check: each run natively, then [under schedules](super::schedules).

use std::collections::BTreeMap;

use super::beside::{at_once, divide, execute_beside};
use super::checked::Checked;
use super::claims;
use super::context::Context;
use super::native::execute_natively;
use super::schedules::{Native, execute_under_schedules};
use super::times::Times;
use crate::cargo::build::BuildError;
use crate::diagnostic::{Diagnostic, FindingKind};
use crate::page::seconds;
use crate::pipeline::execute::{Program, build_programs, count};
use crate::pipeline::obtain::Failure;
use crate::pipeline::record::processors;
use crate::pipeline::seeded::run_programs;
use crate::plan::{Plan, Run, RunId};
use crate::progress::{Done, Progress, ProgressLine, SLOW};
use crate::recordings::inputs::Contents;
use crate::session::Session;
use crate::transcript::Transcript;

/// The number of runs that a check names as the slowest.
const SLOWEST: usize = 5;

/// Executes the checked runs that have a recording, and adds a finding for each difference.
///
/// # Errors
/// Nothing can be built: the first run, and the reason.
pub(super) fn execute(
    plan: &Plan,
    session: &Session,
    times: Times,
    checked: &mut Checked,
) -> Result<(), Box<(RunId, Failure)>> {
    if times.end_with(checked) {
        checked.leave_out_all_but(&[]);
        return Ok(());
    }
    let numbers = executed_runs(plan, session, checked);
    if numbers.is_empty() {
        return Ok(());
    }
    let progress = ProgressLine::begin();
    let context = Context {
        plan,
        session,
        times,
        progress: &progress,
    };
    let programs = build_all(&numbers, context, checked)?;
    let (ran, done) = execute_all(&programs, context, checked);
    // Findings about another program are no findings about the recorded one.
    let mut contents = Contents::default();
    for program in &programs {
        if !program.is_unchanged(&plan[program.run], &mut contents)
            && let Some(checked) = checked.of(program.run)
        {
            let message = "its program changed during the check: check it again";
            checked.findings = vec![Diagnostic::finding(FindingKind::Build, message)];
        }
    }
    if times.end_with(checked) {
        checked.leave_out_all_but(&done);
    }
    if !progress.is_interrupted() {
        tell_slowest(&progress);
        progress.end(Done {
            built: count(&programs, plan),
            ran,
            reused: 0,
        });
    }
    checked.once_each();
    note_processors(plan, session, checked);
    Ok(())
}

/// The checked runs that have a recording, and those with whose times claims compare theirs.
fn executed_runs(plan: &Plan, session: &Session, checked: &Checked) -> Vec<RunId> {
    let recorded = |run: &RunId| session.recordings.get(&plan[*run]).is_some();
    let all = checked.runs.iter().map(|checked| checked.run);
    let mut numbers: Vec<RunId> = all.filter(recorded).collect();
    for run in numbers.clone() {
        for other in claims::compared_with(&plan[run]) {
            numbers.extend(plan.named(other));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Executes the programs natively and under schedules. Returns the number of native executions that did not fail, and
/// the runs that are completely checked.
fn execute_all(
    programs: &[Program],
    context: Context<'_>,
    checked: &mut Checked,
) -> (usize, Vec<RunId>) {
    let Context {
        plan,
        session,
        times,
        ..
    } = context;
    let at_once = at_once(session, times);
    let (first, beside) = match at_once {
        Some(_) => divide(programs, plan, session, checked),
        None => (programs.iter().collect(), Vec::new()),
    };
    let mut native = execute_natively(&first, context, checked);
    let under_schedules = at_once.map(|at_once| {
        let all = execute_beside(&native, &beside, at_once, context, checked);
        native.extend(all.native);
        all.under_schedules
    });
    if !times.end_with(checked) {
        check_times(programs, &native, context, checked);
    }
    let done = match under_schedules {
        _ if times.end_with(checked) => Vec::new(),
        None if times.repeat.get() > 1 => {
            let all: Vec<_> = native.iter().map(Native::expected).collect();
            let jobs = session.config.jobs;
            execute_under_schedules(&all, jobs, context, checked)
        }
        found => {
            found.into_iter().for_each(|found| checked.add_all(found));
            programs.iter().map(|program| program.run).collect()
        }
    };
    (native.len(), done)
}

/// Tells which runs have taken the most time; unless one of them was slow, only on request.
fn tell_slowest(progress: &ProgressLine) {
    let slowest = progress.slowest(SLOWEST);
    let is_slow = slowest.iter().any(|(_, time, _)| *time >= SLOW);
    let slowest = slowest.iter().map(|(run, time, number)| {
        let executions = match number {
            1 => "1 execution".to_owned(),
            number => format!("{number} executions"),
        };
        format!("`{run}` {} ({executions})", seconds(*time))
    });
    let slowest = slowest.collect::<Vec<_>>().join(", ");
    match is_slow {
        true => tracing::info!("slowest: {slowest}"),
        false => tracing::debug!("slowest: {slowest}"),
    }
}

/// Tells that recordings were made on another number of processors, and notes it on the findings about them: an
/// execution on more processors can show lines in an order that one on fewer cannot.
fn note_processors(plan: &Plan, session: &Session, checked: &mut Checked) {
    let here = processors();
    let in_words = |count: u32| match count {
        1 => "1 processor".to_owned(),
        count => format!("{count} processors"),
    };
    let mut others: BTreeMap<u32, usize> = BTreeMap::new();
    for checked in &mut checked.runs {
        let recorded = session.recordings.get(&plan[checked.run]);
        let there = recorded.and_then(|recorded| recorded.transcript.processors);
        let Some(there) = there.filter(|&there| there != here) else {
            continue;
        };
        *others.entry(there).or_default() += 1;
        let note = format!(
            "recorded on {}, checked on {}",
            in_words(there),
            in_words(here)
        );
        for finding in &mut checked.findings {
            finding.notes.push(note.clone());
        }
    }
    for (there, runs) in others {
        let runs = match runs {
            1 => "1 run was".to_owned(),
            runs => format!("{runs} runs were"),
        };
        tracing::info!(
            "the numbers of processors differ: {runs} recorded on {}, and this machine has {here}",
            in_words(there)
        );
    }
}

/// Builds the programs, and adds a finding for each that does not build.
///
/// # Errors
/// Cargo cannot be started, or refuses all programs, which says nothing about the recordings.
fn build_all(
    numbers: &[RunId],
    Context {
        plan,
        session,
        progress,
        ..
    }: Context<'_>,
    checked: &mut Checked,
) -> Result<Vec<Program>, Box<(RunId, Failure)>> {
    let mut programs = Vec::new();
    let mut failed: Vec<(RunId, BuildError)> = Vec::new();
    let built = build_programs(numbers, plan, &session.workspace, progress);
    for (&run, built) in numbers.iter().zip(built) {
        match built {
            Ok(program) => programs.push(program),
            Err(error @ BuildError::NoCargo { .. }) => return Err(Box::new((run, error.into()))),
            Err(error) => failed.push((run, error)),
        }
    }
    let is_refused = |(_, error): &(RunId, BuildError)| matches!(error, BuildError::Refused { .. });
    if programs.is_empty()
        && failed.iter().all(is_refused)
        && let Some((run, error)) = failed.first()
        && plan[*run].has_default_build()
    {
        return Err(Box::new((*run, error.clone().into())));
    }
    let has_cause = |(run, error): &(RunId, BuildError), (other, known): &(RunId, BuildError)| {
        error.has_cause_of(&plan[*run], known, &plan[*other])
    };
    for (number, one) in failed.iter().enumerate() {
        let (run, error) = one;
        let mut finding = Diagnostic::finding(FindingKind::Build, error.to_string());
        finding.help = error.help();
        // The output of an error that concerns several programs is shown once.
        if !failed[..number].iter().any(|known| has_cause(one, known)) {
            finding = finding.output(error.compiler_output());
        }
        checked.add(*run, [finding]);
    }
    Ok(programs)
}

/// Checks claims about time. A run whose first native execution breaks one, or was measured on a busy machine, is
/// executed again, and so are the runs that it is compared with: then the median counts.
fn check_times(
    programs: &[Program],
    native: &[Native<'_>],
    Context {
        plan,
        session,
        progress,
        ..
    }: Context<'_>,
    checked: &mut Checked,
) {
    let of_first = |id: &str| {
        let mut all = native.iter();
        let native = all.find(|native| plan[native.program.run].id == id)?;
        let timing = native.transcript.timing;
        timing.is_reliable().then_some(native.transcript.wall)
    };
    let doubtful = plan.runs.iter();
    let doubtful = doubtful.filter(|run| !claims::of_times(run, &plan.runs, of_first).is_empty());
    let doubtful: Vec<&Run> = doubtful.collect();
    let timed: Vec<&Program> = programs
        .iter()
        .filter(|program| {
            let id = &plan[program.run].id;
            let mut doubtful = doubtful.iter();
            doubtful.any(|run| run.id == *id || claims::compared_with(run).any(|other| other == id))
        })
        .collect();
    if timed.is_empty() {
        return;
    }
    let mut made: Vec<(RunId, Transcript)> = Vec::new();
    for _ in 1..claims::MOST_TIMES {
        let is_settled = |program: &&Program| {
            let all = transcripts(&plan[program.run].id, plan, native, &made);
            claims::median(&all).is_some()
        };
        if timed.iter().all(is_settled) {
            break;
        }
        let again = run_programs(&timed, plan, session, progress);
        let again = timed.iter().zip(again);
        made.extend(again.filter_map(|(program, made)| Some((program.run, made.ok()?))));
    }
    for program in timed {
        let wall = |id: &str| claims::median(&transcripts(id, plan, native, &made));
        checked.add(
            program.run,
            claims::of_times(&plan[program.run], &plan.runs, wall),
        );
    }
}

/// The transcripts of the runs with this name, of the first executions and of those made since.
fn transcripts<'a>(
    name: &str,
    plan: &Plan,
    native: &'a [Native<'_>],
    made: &'a [(RunId, Transcript)],
) -> Vec<&'a Transcript> {
    let first = native.iter().map(|it| (it.program.run, &it.transcript));
    let all = first.chain(made.iter().map(|(run, transcript)| (*run, transcript)));
    all.filter(|(run, _)| plan[*run].id == name)
        .map(|(_, transcript)| transcript)
        .collect()
}
