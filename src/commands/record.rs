//! `record`: what the programs print, recorded; what still holds stays as it is.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use crate::book::open::read;
use crate::cli::Which;
use crate::compare::differences;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::exec::RunError;
use crate::interrupt;
use crate::learn::crew::{Crew, side_by_side};
use crate::learn::recordings;
use crate::learn::shape::shape;
use crate::pipeline::findings::{all_failed, in_lesson, tell};
use crate::pipeline::make::{Program, build_programs, compared, count, run_programs};
use crate::pipeline::needs::{Cargo, Needs, of_book};
use crate::pipeline::obtain::Failure;
use crate::pipeline::select::select;
use crate::pipeline::values::missing;
use crate::pipeline::watched::{Watching, observable};
use crate::plan::Run;
use crate::progress::Progress;
use crate::progress::{Done, ProgressLine, colour};
use crate::recordings::inputs::Contents;
use crate::recordings::store::State;
use crate::report::{Colour, Errors};
use crate::transcript::escape::escape;
use crate::transcript::execution::Recording;
use crate::transcript::format::Recorded;
use crate::transcript::shape::InOrder;
use crate::transcript::shape::{Shape, Untested};
use crate::transcript::{Timing, Transcript};

/// What is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// What is missing, stale or cannot be used, and what is named.
    Needed,
    /// All.
    All,
}

/// Records runs of the book, and removes what is recorded of runs that there are no longer, unless these are
/// to be kept or only some runs were named. What changes is written to `out` before it is saved.
///
/// # Errors
/// There is no book, something is wrong in its lessons, or a run cannot be recorded; the others are.
pub fn record(
    which: &Which,
    what: What,
    keep_orphans: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let book = read(&which.book)?;
    let (config, mut needs) = of_book(&book, Cargo::Always)?;
    tell(&book, needs.warnings.drain(..));
    let mut selected = select(&which.names, &book, &needs.plan.runs)?;
    if what == What::Needed && which.names.is_empty() {
        let Needs {
            plan,
            store,
            contents,
            ..
        } = &mut needs;
        selected.retain(|&run| !matches!(store.state(&plan.runs[run], contents), State::Fresh(_)));
    }
    let mut failures = Vec::new();
    let learnt = learn(&selected, &needs, &config, &mut failures);
    let mut recorded = 0;
    for (program, plain, recordings, shape) in &learnt {
        let run = &needs.plan.runs[program.run];
        let new = newly_recorded(&needs, run, program, plain, shape, recordings);
        let old = needs.store.get(run);
        let is_same = old.is_some_and(|old| *old == new);
        if !is_same {
            describe(out, run, old, &new)?;
        }
        let file = needs.store.path(&run.id);
        match needs.store.save(&needs.plan.runs[program.run], new) {
            Ok(is_new) => recorded += usize::from(is_new),
            Err(error) => {
                let why = format!("failed to write `{}`: {error}", file.display());
                failures.push((program.run, RunError::Failed(why).into()));
            }
        }
    }
    if interrupt::came() {
        anyhow::bail!("interrupted");
    }
    let mut removed = 0;
    if which.names.is_empty() && !keep_orphans {
        let orphans = needs.store.orphans(&needs.plan.runs);
        let orphans: Vec<String> = orphans.into_iter().map(str::to_owned).collect();
        for id in orphans {
            needs.store.remove(&id)?;
            writeln!(out, "removed {id}: no fence asks for it")?;
            removed += 1;
        }
    }
    let unchanged = learnt.len() - recorded;
    let missing = missing(&needs.values, &needs.plan, |run| {
        let is_new = learnt.iter().any(|(program, ..)| program.run == run);
        let recorded = needs.store.get(&needs.plan.runs[run]).filter(|_| is_new);
        recorded.map(|recorded| &recorded.transcript)
    });
    if failures.is_empty() && missing.is_empty() {
        let removed = match removed {
            0 => String::new(),
            removed => format!(", {removed} removed"),
        };
        writeln!(out, "{recorded} recorded, {unchanged} unchanged{removed}")?;
        return Ok(());
    }
    let mut errors: Vec<_> = all_failed(&book, &needs.plan.runs, &failures).collect();
    let missing = missing.iter();
    errors.extend(missing.map(|(chapter, problem)| in_lesson(*chapter, problem)));
    errors.sort_by_key(Diagnostic::position);
    Err(Errors::in_book(&book, errors).into())
}

/// What was learnt of a run: its program, what readers see of it, all recordings and their shape.
type Learnt = (Program, Transcript, Vec<Recording>, Shape);

/// Makes all the runs that it takes to record these. What fails is added to `failures`.
fn learn(
    selected: &[usize],
    needs: &Needs,
    config: &Config,
    failures: &mut Vec<(usize, Failure)>,
) -> Vec<Learnt> {
    if selected.is_empty() {
        return Vec::new();
    }
    let progress = ProgressLine::begin();
    let runs = &needs.plan.runs;
    let mut programs = Vec::new();
    let mut unsettled = Vec::new();
    for (&run, built) in
        selected
            .iter()
            .zip(build_programs(selected, runs, &needs.workspace, &progress))
    {
        match built {
            Ok(program) if program.built.inputs.is_none() => unsettled.push(run),
            Ok(program) => programs.push(program),
            Err(error) => failures.push((run, error.into())),
        }
    }
    // A build script may have written some of its sources: these are older than a second build.
    let again = match unsettled.is_empty() {
        true => Vec::new(),
        false => build_programs(&unsettled, runs, &needs.workspace, &progress),
    };
    for (&run, built) in unsettled.iter().zip(again) {
        match built {
            Ok(program) if program.built.inputs.is_some() => programs.push(program),
            Ok(_) => failures.push((run, Failure::Unsettled)),
            Err(error) => failures.push((run, error.into())),
        }
    }
    let all: Vec<&Program> = programs.iter().collect();
    let built = count(&programs, runs);
    let made = run_programs(&all, runs, config, &progress);
    let mut plain = Vec::new();
    for (program, made) in programs.into_iter().zip(made) {
        let run = &runs[program.run];
        match made {
            Err(error) => failures.push((program.run, error.into())),
            Ok(transcript) if !run.ends_as_declared(&transcript) => {
                let expected = run.expected_exit();
                failures.push((
                    program.run,
                    Failure::Exit {
                        expected,
                        transcript,
                    },
                ));
            }
            Ok(transcript) => plain.push((program, transcript)),
        }
    }
    let numbers = observable(plain.iter().map(|(program, _)| program));
    let watching = Watching::of(&numbers, needs, &progress);
    let crew = Crew::of_all();
    let ran = plain.len();
    let programs: Vec<&Program> = plain.iter().map(|(program, _)| program).collect();
    let tracked = watching.tracked(&programs, runs, config, &progress);
    let plain: Vec<_> = plain.into_iter().zip(tracked).collect();
    progress.learning(ran);
    let learnt = side_by_side(plain, |((program, transcript), tracked)| {
        let made = match watching.subject(&program, &runs[program.run], config) {
            Some(subject) => recordings(subject, &transcript, &crew, &progress),
            None => {
                let compared = compared(&runs[program.run], &transcript);
                Ok((vec![Recording::of(&compared)], Some(Untested::Compiler)))
            }
        };
        made.map_err(|error| Box::new((program.run, Failure::from(error))))
            .map(|(mut recordings, untested)| {
                let shape = shape(&recordings, untested);
                // That it was observed may have changed what it printed.
                let tracked = tracked.filter(|tracked| has(&shape, &Recording::of(tracked)));
                recordings.extend(tracked.iter().map(Recording::of));
                let shown = tracked.unwrap_or(transcript);
                (program, shown, recordings, shape)
            })
    });
    let done = Done {
        built,
        ran,
        reused: 0,
    };
    if !progress.is_interrupted() {
        progress.end(done);
    }
    let mut all = Vec::new();
    let mut contents = Contents::default();
    for learnt in learnt {
        match learnt {
            Ok((program, ..)) if !program.is_unchanged(&runs[program.run], &mut contents) => {
                failures.push((program.run, Failure::Changed));
            }
            Ok(learnt) => all.push(learnt),
            Err(failure) => failures.push(*failure),
        }
    }
    all
}

/// What is to stand in a run's file: what stood there, as long as that holds.
fn newly_recorded(
    needs: &Needs,
    run: &Run,
    program: &Program,
    plain: &Transcript,
    shape: &Shape,
    recordings: &[Recording],
) -> Recorded {
    let none = Default::default();
    let inputs = program.built.inputs.as_ref().unwrap_or(&none);
    let head = needs.store.head(run, inputs, &needs.workspace.target);
    // Of the same program the same is learnt, but for chances: then not a byte changes. Of another one that
    // still holds, what was learnt may be more.
    let stays = |old: &Recorded| {
        let is_same_program = old.head.run == head.run && old.head.inputs == head.inputs;
        (is_same_program || old.shape.says_the_same_as(shape)) && all_have(&old.shape, recordings)
    };
    match needs.store.get(run) {
        Some(old) if stays(old) => Recorded {
            head,
            shape: old.shape.clone(),
            transcript: kept(&old.transcript, plain).clone(),
        },
        _ => Recorded {
            head,
            shape: shape.clone(),
            transcript: plain.clone(),
        },
    }
}

/// What readers see of a run whose shape holds: what they saw, unless its times are not what it takes alone, or
/// nothing was known of its tracks, and the new one is better.
fn kept<'a>(old: &'a Transcript, new: &'a Transcript) -> &'a Transcript {
    let brings_tracks = old.tracks.is_empty() && !new.tracks.is_empty();
    match (old.timing, new.timing) {
        (Timing::Noisy, Timing::Clean) => new,
        (_, Timing::Clean) if brings_tracks => new,
        _ => old,
    }
}

fn all_have(shape: &Shape, recordings: &[Recording]) -> bool {
    recordings.iter().all(|recording| has(shape, recording))
}

fn has(shape: &Shape, recording: &Recording) -> bool {
    let lines = recording.as_lines();
    let mut found = differences(shape, &lines, recording.exit, InOrder::Learnt).into_iter();
    !found.any(|difference| difference.what.severity() == Severity::Error)
}

/// Says what is recorded, and what is other than it was.
fn describe(
    out: &mut impl Write,
    run: &Run,
    old: Option<&Recorded>,
    new: &Recorded,
) -> io::Result<()> {
    let (proved, all) = new.shape.order.pairs;
    let order = match new.shape.order.untested {
        None => format!("{proved} of {all} pairs of lines proved to be in order"),
        Some(why) => format!("no order of lines proved: {why}"),
    };
    let open = new.shape.templates.iter().filter(|its| !its.is_fixed());
    let order = match open.count() {
        0 => order,
        1 => format!("{order}; 1 kind of line does not always come"),
        some => format!("{order}; {some} kinds of lines do not always come"),
    };
    let verb = if old.is_some() { "changed" } else { "new" };
    writeln!(out, "{verb}: {} ({order})", run.id)?;
    let Some(old) = old else {
        return Ok(());
    };
    if old.head.inputs != new.head.inputs && old.shape == new.shape {
        writeln!(out, "  its source; what it prints holds")?;
    }
    if old.transcript.timing != new.transcript.timing && old.shape == new.shape {
        writeln!(out, "  its times, which something else had disturbed")?;
    }
    if old.transcript.tracks.is_empty() && !new.transcript.tracks.is_empty() {
        writeln!(out, "  who took part in it, and when")?;
    }
    let colour = colour(&io::stdout());
    let (before, after) = (reviewed(old), reviewed(new));
    let diff = TextDiff::from_lines(&before, &after);
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        for change in hunk.iter_changes() {
            let (sign, sequence) = match change.tag() {
                ChangeTag::Delete => ('-', "\u{1b}[31m"),
                ChangeTag::Insert => ('+', "\u{1b}[32m"),
                ChangeTag::Equal => (' ', ""),
            };
            let line = change.value().trim_end_matches('\n');
            match colour {
                Colour::Ansi if !sequence.is_empty() => {
                    writeln!(out, "  {sequence}{sign} {line}\u{1b}[0m")?;
                }
                _ => writeln!(out, "  {sign} {line}")?,
            }
        }
    }
    Ok(())
}

/// What an author reviews: the shape, and the lines without their times.
fn reviewed(recorded: &Recorded) -> String {
    let lines = recorded.transcript.lines.iter();
    let lines: String = lines
        .map(|line| format!("| {}\n", escape(&line.text)))
        .collect();
    format!("{}{lines}", recorded.shape.text())
}
