//! The native execution of each run, and further ones where it breaks a proved order.

use super::checked::Checked;
use super::claims;
use super::context::Context;
use super::findings::{exception, failed, findings};
use super::schedules::Native;
use crate::compare::{Difference, compare};
use crate::diagnostic::{Diagnostic, FindingKind};
use crate::exec::{Excess, RunError, failure, warn_of_failure};
use crate::pipeline::execute::{Program, compared};
use crate::pipeline::seeded::run_programs;
use crate::plan::Run;
use crate::progress::Progress;
use crate::transcript::Transcript;
use crate::transcript::format::Recording;
use crate::transcript::shape::InOrder;

/// The highest number of further native executions of a run that breaks a proved order.
///
/// Threads that share only atomics race between any two instructions, which no seed and no held line shows. In one of
/// the corpus's programs, 1 to 4 of 100 native executions have an order that all seeds exclude.
const MOST_FURTHER: usize = 5;
/// The number of these that must break an order, too, if the program is the recorded one.
const LEAST_UNCHANGED: usize = 3;
/// The same if the program has changed.
const LEAST_CHANGED: usize = 1;

/// Executes each program once, natively unless its run has a seed, and compares it with its recording.
pub(super) fn execute_natively<'a>(
    programs: &[&'a Program],
    context: Context<'_>,
    checked: &mut Checked,
) -> Vec<Native<'a>> {
    let Context {
        plan,
        session,
        times,
        progress,
    } = context;
    let mut native = Vec::new();
    for programs in programs.chunks(times.batch(programs.len())) {
        if times.end_with(checked) || progress.is_interrupted() {
            break;
        }
        let executed = run_programs(programs, plan, session, progress);
        let compared = compare_all(programs, executed, context, checked);
        native.extend(compared);
    }
    native
}

/// Compares native executions with the recordings, and returns those that did not fail.
pub(super) fn compare_all<'a>(
    programs: &[&'a Program],
    executed: Vec<Result<Transcript, RunError>>,
    context: Context<'_>,
    checked: &mut Checked,
) -> Vec<Native<'a>> {
    let mut native = Vec::new();
    let executed = programs.iter().copied().zip(executed);
    let doubtful = compare_natively(executed, context, checked, &mut native);
    settle(doubtful, context, checked);
    native
}

/// Executes programs again whose executions differ from the recordings, did not end, or should have been measured, while
/// others kept the processors busy.
pub(super) fn repeat_delayed(
    programs: &[&Program],
    executed: &mut [Result<Transcript, RunError>],
    Context {
        plan,
        session,
        progress,
        ..
    }: Context<'_>,
) {
    let is_doubtful = |program: &Program, executed: &Result<Transcript, RunError>| {
        let run = &plan[program.run];
        match executed {
            Ok(transcript) if transcript.timing.is_reliable() => false,
            Ok(_) if claims::are_about_time_of(&run.id, &plan.runs) => true,
            Ok(transcript) => session.recordings.get(run).is_some_and(|recording| {
                let fresh = compared(run, transcript);
                !differences(run, recording, &fresh).is_empty()
                    || !claims::of_lines(run, &fresh.lines, "").is_empty()
            }),
            Err(RunError::LeftRunning { .. }) => true,
            Err(RunError::Stopped { excess, .. }) => *excess == Excess::Time,
            Err(_) => false,
        }
    };
    let doubtful = programs.iter().zip(executed);
    let doubtful = doubtful.filter(|(program, executed)| is_doubtful(program, executed));
    let (programs, executed): (Vec<&Program>, Vec<_>) = doubtful.unzip();
    let again = run_programs(&programs, plan, session, progress);
    for ((program, executed), again) in programs.iter().zip(executed).zip(again) {
        let run = &plan[program.run];
        if let Some(failed) = failure(run, executed.as_ref()) {
            warn_of_failure(run, &failed, again.as_ref());
        }
        *executed = again;
    }
}

/// A run whose native execution broke a proved order.
struct Doubtful<'a> {
    program: &'a Program,
    /// The findings about the order.
    findings: Vec<Diagnostic>,
    /// The number of further executions.
    further: usize,
    /// The number of these that broke an order, too.
    wrong: usize,
    /// The number that must.
    least: usize,
}

/// Compares native executions with the recordings, adds those that did not fail to `native`, and returns the runs whose
/// order was wrong.
fn compare_natively<'a>(
    executed: impl Iterator<Item = (&'a Program, Result<Transcript, RunError>)>,
    Context {
        plan,
        session,
        times,
        ..
    }: Context<'_>,
    checked: &mut Checked,
    native: &mut Vec<Native<'a>>,
) -> Vec<Doubtful<'a>> {
    let mut doubtful = Vec::new();
    for (program, transcript) in executed {
        let run = &plan[program.run];
        let execution = format!("run 1 of {}", times.repeat);
        let transcript = match transcript {
            Ok(transcript) => transcript,
            Err(error) => {
                checked.add(program.run, [failed(&error, &execution)]);
                continue;
            }
        };
        if let Some(checked) = checked.of(program.run) {
            checked.wall = Some(transcript.wall);
        }
        if let Some(recording) = session.recordings.get(run) {
            let fresh = compared(run, &transcript);
            let lines = &fresh.lines;
            let differences = differences(run, recording, &fresh).into_iter();
            let (orders, others): (Vec<_>, Vec<_>) =
                differences.partition(|difference| is_proved_order(run, difference));
            checked.add(program.run, findings(others, lines, &execution));
            checked.add(program.run, claims::of_lines(run, lines, &execution));
            if !orders.is_empty() {
                doubtful.push(Doubtful {
                    program,
                    findings: findings(orders, lines, &execution),
                    further: 0,
                    wrong: 0,
                    least: match checked.is_stale(program.run) {
                        true => LEAST_CHANGED,
                        false => LEAST_UNCHANGED,
                    },
                });
            }
        }
        native.push(Native {
            program,
            transcript,
        });
    }
    doubtful
}

/// The differences of a native execution; `fresh` is its transcript as it is compared.
fn differences(run: &Run, recording: &Recording, fresh: &Transcript) -> Vec<Difference> {
    let recorded = compared(run, &recording.transcript);
    compare(&recording.shape, &recorded, fresh, run.in_order())
}

/// Returns whether lines came in an order that executions proved impossible, unlike one that the author excludes.
fn is_proved_order(run: &Run, difference: &Difference) -> bool {
    difference.kind == FindingKind::Order && run.in_order() == InOrder::Learned
}

/// Executes runs whose order was wrong natively again, and adds the findings about it: warnings if it is rarely wrong.
fn settle(
    mut doubtful: Vec<Doubtful<'_>>,
    Context {
        plan,
        session,
        progress,
        ..
    }: Context<'_>,
    checked: &mut Checked,
) {
    for _ in 0..MOST_FURTHER {
        let open = doubtful.iter_mut();
        let open: Vec<&mut Doubtful<'_>> = open.filter(|run| run.wrong < run.least).collect();
        if open.is_empty() || progress.is_interrupted() {
            break;
        }
        let programs: Vec<&Program> = open.iter().map(|run| run.program).collect();
        let executed = run_programs(&programs, plan, session, progress);
        for (doubtful, transcript) in open.into_iter().zip(executed) {
            let Ok(transcript) = transcript else {
                continue;
            };
            let run = &plan[doubtful.program.run];
            doubtful.further += 1;
            let recording = session.recordings.get(run);
            let differences =
                recording.map(|recording| differences(run, recording, &compared(run, &transcript)));
            let mut differences = differences.iter().flatten();
            let is_wrong = differences.any(|difference| is_proved_order(run, difference));
            doubtful.wrong += usize::from(is_wrong);
        }
    }
    for doubtful in doubtful {
        checked.add(doubtful.program.run, doubtful.settled());
    }
}

impl Doubtful<'_> {
    /// The findings, as warnings if too few of the further executions had a wrong order.
    fn settled(self) -> Vec<Diagnostic> {
        if self.wrong >= self.least || self.further < MOST_FURTHER {
            return self.findings;
        }
        let (wrong, all) = (1 + self.wrong, 1 + self.further);
        let rare = |finding: Diagnostic| {
            exception(finding)
                .help("the program allows this order, although it is rare: no execution of `record` showed it")
        };
        let rare = self.findings.into_iter().map(rare);
        rare.map(|finding| {
            finding.note(format!(
                "{wrong} of {all} native executions had a wrong order"
            ))
        })
        .collect()
    }
}
