//! `check`: every run made again, and whether what is recorded still holds.

use std::io::Write;
use std::num::NonZero;
use std::time::Duration;

use crate::book::open::read;
use crate::cargo::build::BuildError;
use crate::cli::CheckOptions;
use crate::compare::{FindingKind, compare};
use crate::interrupt;
use crate::learn::cores::{Cores, in_parallel};
use crate::pipeline::execute::{Program, build_programs, compared, count, run_programs};
use crate::pipeline::findings::tell;
use crate::pipeline::observe::{Watching, observable};
use crate::pipeline::obtain::NotRecorded;
use crate::pipeline::plan::{Cargo, Planned, planned};
use crate::pipeline::values::check_recorded_values;
use crate::plan::partition::Partition;
use crate::plan::{Plan, Run, RunId};
use crate::progress::Progress;
use crate::progress::{Done, ProgressLine};
use crate::recordings::freshness::Freshness;
use crate::recordings::inputs::Contents;
use crate::report::verdict::{LeftOut, Verdict};
use crate::session::Session;
use crate::transcript::format::Recording;
use crate::transcript::{Timing, Transcript};

mod again;
mod changes;
mod chosen;
mod claims;
mod found;
mod told;
mod write;

use chosen::{Chosen, chosen};
use found::{Found, failed, found, once_each};
use write::write;

/// The findings for each run that was checked, and for each recorded transcript that nobody asks for.
#[derive(Debug, Default)]
struct Checked {
    /// In the order of the book.
    pub runs: Vec<CheckedRun>,
    /// Names of files.
    pub orphans: Vec<String>,
    /// The numbers of runs that are not checked, as their fences say, and why.
    pub unchecked: Vec<(RunId, String)>,
    /// Which runs are not looked at.
    pub left_out: Vec<LeftOut>,
}

/// A run that was checked.
#[derive(Debug)]
struct CheckedRun {
    /// Its number.
    pub run: RunId,
    /// What was found of it.
    pub found: Vec<Found>,
    /// How long it took, made as it is.
    pub wall: Option<Duration>,
}

impl Checked {
    /// Adds what was found of a run, if it is one of those that are checked.
    fn add(&mut self, run: RunId, found: Vec<Found>) {
        if let Some(its) = self.of(run) {
            its.found.extend(found);
        }
    }

    fn of(&mut self, run: RunId) -> Option<&mut CheckedRun> {
        self.runs.iter_mut().find(|its| its.run == run)
    }
}

/// Checks runs of the book and writes the verdicts to `out`.
///
/// # Errors
/// It could not be checked: there is no book, something is wrong in its lessons, a name means no run, or git
/// does not say what has changed.
pub fn check(options: &CheckOptions, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let book = read(&options.which.book)?;
    let Planned {
        mut session,
        plan,
        warnings,
    } = planned(&book, Cargo::Always)?;
    tell(warnings.into_iter());
    check_recorded_values(&book, &plan, &mut session)?;
    let Chosen { runs, left_out } = chosen(options, &book, &plan, &mut session)?;
    if plan.runs.is_empty() && session.recordings.is_empty() {
        anyhow::bail!("there is nothing to check: no fence of the book names a program");
    }
    let mut checked = Checked {
        left_out,
        ..Checked::default()
    };
    // One part of many tells of them.
    if options.which.names.is_empty() && options.partition.is_none_or(Partition::is_first) {
        let orphans = session.recordings.orphans(&plan.runs);
        checked.orphans = orphans.into_iter().map(str::to_owned).collect();
    }
    for &run in &runs {
        let Run { id, unchecked, .. } = &plan[run];
        match unchecked {
            Some(reason) => {
                tracing::warn!("not checked: `{id}`: {reason}");
                checked.unchecked.push((run, reason.clone()));
            }
            None => checked.runs.push(CheckedRun {
                run,
                found: state_of(&plan[run], &mut session),
                wall: None,
            }),
        }
    }
    make_again(&plan, &session, options.repeat, &mut checked);
    if interrupt::came() {
        anyhow::bail!("interrupted");
    }
    let verdicts = told::verdicts(&book, &plan, &session, &checked, options.repeat);
    write(&verdicts, options.format, &book, out)?;
    Ok(verdicts.verdict())
}

/// What is to be said of what is recorded of a run, before it is made again.
fn state_of(run: &Run, session: &mut Session) -> Vec<Found> {
    let (what, message) = match session.recorded(run) {
        Freshness::Fresh(_) => return Vec::new(),
        Freshness::Stale { changed, .. } => {
            (FindingKind::Stale, NotRecorded::Stale(changed).in_words())
        }
        Freshness::Missing => (FindingKind::Missing, NotRecorded::Missing.in_words()),
        Freshness::Unusable(why) => {
            let why = why.to_string();
            let file = session.recordings.path(&run.id);
            (
                FindingKind::Missing,
                format!("`{}` cannot be used: {why}", file.display()),
            )
        }
    };
    vec![Found::of(what, message)]
}

/// Makes the runs again, all that are recorded, and adds what differs.
fn make_again(plan: &Plan, session: &Session, repeat: NonZero<usize>, checked: &mut Checked) {
    let recorded = |run: &RunId| session.recordings.get(&plan[*run]).is_some();
    let its = checked.runs.iter().map(|its| its.run);
    let mut numbers: Vec<RunId> = its.filter(recorded).collect();
    for run in numbers.clone() {
        for other in claims::compared_with(&plan[run]) {
            numbers.extend(plan.named(other));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return;
    }
    let progress = ProgressLine::begin();
    let programs = build_all(&numbers, plan, session, &progress, checked);
    let plain = run_undisturbed(&programs, plan, session, repeat, &progress, checked);
    check_times(&programs, &plain, plan, session, &progress, checked);
    if repeat.get() > 1 {
        run_disturbed(&plain, plan, session, repeat, &progress, checked);
    }
    // What was made of another program says nothing of the one that is recorded.
    let mut contents = Contents::default();
    for program in &programs {
        if !program.is_unchanged(&plan[program.run], &mut contents)
            && let Some(its) = checked.of(program.run)
        {
            let message = "its program has changed while it was checked: check it again";
            its.found = vec![Found::of(FindingKind::Build, message.to_owned())];
        }
    }
    if !progress.is_interrupted() {
        progress.end(Done {
            built: count(&programs, plan),
            ran: plain.len(),
            reused: 0,
        });
    }
    for its in &mut checked.runs {
        once_each(&mut its.found);
    }
}

/// Builds the programs; what does not build is found.
fn build_all(
    numbers: &[RunId],
    plan: &Plan,
    session: &Session,
    progress: &ProgressLine,
    checked: &mut Checked,
) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut known: Vec<BuildError> = Vec::new();
    let built = build_programs(numbers, plan, &session.workspace, progress);
    for (&run, built) in numbers.iter().zip(built) {
        match built {
            Ok(program) => programs.push(program),
            Err(error) => {
                let mut found = Found::of(FindingKind::Build, error.to_string());
                // What keeps several programs from being built is told in full once.
                if !known.contains(&error) {
                    found.said = error.compiler_output().to_owned();
                    known.push(error);
                }
                checked.add(run, vec![found]);
            }
        }
    }
    programs
}

/// A run that was made as it is.
struct Plain<'a> {
    program: &'a Program,
    transcript: Transcript,
}

/// Makes each run once, as it is.
fn run_undisturbed<'a>(
    programs: &'a [Program],
    plan: &Plan,
    session: &Session,
    repeat: NonZero<usize>,
    progress: &ProgressLine,
    checked: &mut Checked,
) -> Vec<Plain<'a>> {
    let mut plain = Vec::new();
    let all: Vec<&Program> = programs.iter().collect();
    for (program, made) in programs
        .iter()
        .zip(run_programs(&all, plan, &session.config, progress))
    {
        let run = &plan[program.run];
        let when = format!("run 1 of {repeat}");
        match made {
            Err(error) => checked.add(program.run, vec![failed(error, when)]),
            Ok(transcript) => {
                if let Some(its) = checked.of(program.run) {
                    its.wall = Some(transcript.wall);
                }
                if let Some(Recording {
                    shape,
                    transcript: recorded,
                    ..
                }) = session.recordings.get(run)
                {
                    let order = run.in_order();
                    let (recorded, made) = (compared(run, recorded), compared(run, &transcript));
                    let differences = compare(shape, &recorded, &made, order);
                    checked.add(program.run, found(differences, &made.lines, &when));
                    checked.add(program.run, claims::of_lines(run, &made.lines, &when));
                }
                plain.push(Plain {
                    program,
                    transcript,
                });
            }
        }
    }
    plain
}

/// Makes those runs again of whose times something is claimed, or with which others are compared.
fn check_times(
    programs: &[Program],
    plain: &[Plain<'_>],
    plan: &Plan,
    session: &Session,
    progress: &ProgressLine,
    checked: &mut Checked,
) {
    let timed: Vec<&Program> = programs
        .iter()
        .filter(|program| {
            let id = &plan[program.run].id;
            claims::is_timed(&plan[program.run])
                || plan
                    .runs
                    .iter()
                    .any(|run| claims::compared_with(run).any(|other| other == id))
        })
        .collect();
    if timed.is_empty() {
        return;
    }
    let mut made: Vec<(RunId, Transcript)> = Vec::new();
    for _ in 1..claims::MOST_TIMES {
        let is_settled = |program: &&Program| {
            let of_it = made.iter().filter(|(run, _)| *run == program.run);
            let clean = of_it.filter(|(_, transcript)| transcript.timing == Timing::Clean);
            clean.count() + 1 >= claims::TIMES
        };
        if timed.iter().all(is_settled) {
            break;
        }
        let again = run_programs(&timed, plan, &session.config, progress);
        let again = timed.iter().zip(again);
        made.extend(again.filter_map(|(program, made)| Some((program.run, made.ok()?))));
    }
    let of = |id: &str| -> Vec<&Transcript> {
        let first = plain
            .iter()
            .map(|plain| (plain.program.run, &plain.transcript));
        let all = first.chain(made.iter().map(|(run, transcript)| (*run, transcript)));
        all.filter(|(run, _)| plan[*run].id == id)
            .map(|(_, transcript)| transcript)
            .collect()
    };
    for program in timed {
        checked.add(
            program.run,
            claims::of_times(&plan[program.run], &plan.runs, of),
        );
    }
}

/// Makes each run again as often as is wanted, disturbed.
fn run_disturbed(
    plain: &[Plain<'_>],
    plan: &Plan,
    session: &Session,
    repeat: NonZero<usize>,
    progress: &ProgressLine,
    checked: &mut Checked,
) {
    let numbers = observable(plain.iter().map(|plain| plain.program));
    let watching = Watching::of(&numbers, plan, &session.workspace, progress);
    let cores = Cores::all();
    progress.learning(numbers.len());
    let mut work = Vec::new();
    for Plain {
        program,
        transcript,
    } in plain
    {
        let run = &plan[program.run];
        // What the compiler says is not run, and needs no second look.
        let subject = watching.subject(program, run, &session.config);
        if let Some(recorded) = session.recordings.get(run)
            && let Some(subject) = subject
        {
            let share = subject.share(transcript);
            let times = 1..repeat.get();
            work.extend(times.map(|time| (program.run, subject, recorded, share, time)));
        }
    }
    let all = in_parallel(work, |(run, subject, recorded, share, time)| {
        let found = cores.with_share(share, || {
            again::again(subject, recorded, time, repeat.get(), progress)
        });
        (run, found)
    });
    for (run, found) in all {
        checked.add(run, found);
    }
}
