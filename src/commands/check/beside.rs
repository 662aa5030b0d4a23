//! Native executions beside seeded ones: programs that sleep leave the processors to them.
//!
//! A native execution has to come first if it is measured, or if the program has changed: then it tells whether seeds are
//! worth a try. The recording tells it of a program that is the recorded one.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use super::checked::Checked;
use super::claims;
use super::context::Context;
use super::native::{compare_all, repeat_delayed};
use super::schedules::{Expected, Native, execute_under_schedules};
use super::times::{Times, Until};
use crate::exec::Demand;
use crate::pipeline::execute::Program;
use crate::pipeline::record::processors;
use crate::pipeline::seeded::run_programs_as;
use crate::plan::Plan;
use crate::session::Session;

/// A program sleeps if it uses less than this part of its time: then others on the processors hardly change the time.
const BUSY: u32 = 10;

/// The numbers of native and of seeded executions that may run at once.
type AtOnce = (NonZero<usize>, NonZero<usize>);

/// Returns the numbers of executions at once: one seeded execution keeps a processor busy. `None`: they have to take turns.
pub(super) fn at_once(session: &Session, times: Times) -> Option<AtOnce> {
    // Other systems neither execute with seeds nor tell whether a program had to wait for a processor.
    let is_possible = cfg!(target_os = "linux") && session.config.seeds;
    let is_seeded = is_possible && times.seeds > 0 && times.repeat.get() > 1;
    if !is_seeded || times.until != Until::Complete {
        return None;
    }
    let all = session.config.jobs.get();
    let seeded = (processors() as usize).min(all / 2);
    Some((NonZero::new(all - seeded)?, NonZero::new(seeded)?))
}

/// Divides programs into those whose native execution has to come first, and the others.
pub(super) fn divide<'a>(
    programs: &'a [Program],
    plan: &Plan,
    session: &Session,
    checked: &Checked,
) -> (Vec<&'a Program>, Vec<&'a Program>) {
    programs.iter().partition(|program| {
        let run = &plan[program.run];
        let recorded = session.recordings.get(run);
        let used = recorded.and_then(|it| Some((it.transcript.cpu?, it.transcript.wall)));
        let is_steady = used.is_some_and(|(cpu, wall)| {
            cpu * BUSY <= wall || !claims::are_about_time_of(&run.id, &plan.runs)
        });
        !is_steady || run.alone || run.is_cut() || checked.is_stale(program.run)
    })
}

/// The executions of programs natively, and of all under schedules.
pub(super) struct Beside<'a> {
    /// The native executions that did not fail.
    pub(super) native: Vec<Native<'a>>,
    /// The findings under schedules, of the runs that do not fail natively.
    pub(super) under_schedules: Checked,
}

/// Executes programs natively, and beside that all programs under schedules: those of which there is a native execution,
/// and these.
pub(super) fn execute_beside<'a>(
    native: &[Native<'a>],
    beside: &[&'a Program],
    (natively, seeded): AtOnce,
    context: Context<'_>,
    checked: &mut Checked,
) -> Beside<'a> {
    let Context {
        plan,
        session,
        progress,
        ..
    } = context;
    let expected = |program: &&'a Program| {
        let recorded = session.recordings.get(&plan[program.run])?;
        Some((*program, &recorded.transcript))
    };
    let all = native.iter().map(Native::expected);
    let all: Vec<Expected<'_>> = all.chain(beside.iter().filter_map(expected)).collect();
    let mut under_schedules = checked.without_findings();
    let mut executed = thread::scope(|scope| {
        let executed = scope.spawn(|| {
            let demand = (Demand::Unmeasured, natively);
            run_programs_as(beside, demand, plan, session, progress)
        });
        let found = &mut under_schedules;
        execute_under_schedules(&all, seeded, context, found);
        executed.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    repeat_delayed(beside, &mut executed, context);
    for (program, executed) in beside.iter().zip(&executed) {
        if let (Err(_), Some(found)) = (executed, under_schedules.of(program.run)) {
            found.findings.clear();
        }
    }
    Beside {
        native: compare_all(beside, executed, context, checked),
        under_schedules,
    }
}
