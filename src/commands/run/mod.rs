//! `run`: executes one run once and prints what happened.

use std::io::Write;
use std::path::PathBuf;
use std::slice;

use anyhow::{Context, anyhow, bail};

use crate::book::Book;
use crate::cargo::build::BuildError;
use crate::cli::RunOptions;
use crate::diagnostic::Diagnostic;
use crate::exec::RunError;
use crate::pipeline::execute::build_programs;
use crate::pipeline::failures::{all_failed, tell, warned};
use crate::pipeline::obtain::Warning;
use crate::pipeline::once::{Once, execute_once};
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::plan::Cargo;
use crate::pipeline::seeded::{SeededOnce, execute_seeded};
use crate::pipeline::select::select_one;
use crate::plan::{Plan, RunId};
use crate::progress::{Progress, ProgressLine};
use crate::report::{Color, Errors};
use crate::session::Session;
use crate::transcript::seed::Seed;
use page::page;
use points::{deadlock, leaks, seeded_ending, with_points};
use print::{ending, lines_of, states, text};

mod page;
mod points;
mod print;

/// Executes a run of the book once, and writes its lines and its end to `out`. Returns the path of its page if the
/// options want one. Recordings and the cache stay as they are.
///
/// # Errors
/// There is no book, its settings or lessons have errors, the name selects no run or several, the program cannot be
/// built or executed or had to be stopped, or a file cannot be written.
pub fn run(
    options: &RunOptions,
    color: Color,
    out: &mut impl Write,
) -> anyhow::Result<Option<PathBuf>> {
    let names = slice::from_ref(&options.run);
    let Opened {
        book,
        session,
        plan,
        ..
    } = opened(&options.book, names, Cargo::Always)?;
    let id = select_one(&options.run, &book, &plan)?;
    let run = &plan[id];
    let progress = ProgressLine::begin();
    let seed = options.seed.or(run.seed());
    let wanted = seed.map(|seed| (seed, options.trace));
    let executed = executed(id, wanted, &book, &plan, &session, &progress);
    if progress.is_interrupted() {
        bail!("interrupted");
    }
    progress.clear();
    let executed = executed?;
    let once = executed.once();
    if let Some(unobserved) = &once.unobserved {
        tracing::warn!("the threads of `{}` are not known: {unobserved}", run.id);
    }
    if let Executed::Seeded(seed, execution) = &executed
        && let Some(leaks) = leaks(execution.report.as_ref())
    {
        tracing::warn!(
            "another execution of `{}` with {seed} may differ: {leaks}",
            run.id
        );
    }
    out.write_all(executed.printed(color).as_bytes())
        .and_then(|()| out.flush())
        .context("failed to write to stdout")?;
    let states = executed.states();
    let once = executed.into_once();
    if let Some(failure) = once.failure {
        return Err(stopped(&book, &plan, id, failure, states).into());
    }
    let transcript = &once.transcript;
    if transcript.replaced > 0 {
        let warning = Warning::NotUtf8(transcript.replaced);
        tell(&book, vec![warned(&book, run, &warning)]);
    }
    match options.open {
        true => Ok(Some(page(&book, &plan, id, &session, transcript)?)),
        false => Ok(None),
    }
}

/// Builds the program of a run, reports the compiler's warnings, and executes the program.
///
/// # Errors
/// The program does not build, or its fences say that it is not executed.
fn executed(
    id: RunId,
    seed: Option<(Seed, bool)>,
    book: &Book<'_>,
    plan: &Plan,
    session: &Session,
    progress: &dyn Progress,
) -> anyhow::Result<Executed> {
    let run = &plan[id];
    let is_nothing = || {
        let purpose = run.purpose.in_words();
        anyhow!("there is nothing to execute: `{}` {purpose}", run.id)
    };
    if !run.purpose.is_run() {
        return Err(is_nothing());
    }
    let mut built = build_programs(&[id], plan, &session.workspace, progress);
    let built = built.pop().context("the program was not built")?;
    let program = built.map_err(|error| not_built(book, plan, id, error))?;
    if !program.warnings.is_empty() {
        let warning = Warning::Compiler(program.warnings.clone());
        tell(book, vec![warned(book, run, &warning)]);
    }
    if let Some((seed, traced)) = seed {
        let execution = execute_seeded(&program, seed, traced, (plan, session), progress)?;
        return Ok(Executed::Seeded(seed, Box::new(execution)));
    }
    let once = execute_once(&program, run, session, progress);
    once.map(|once| Executed::Natively(Box::new(once)))
        .ok_or_else(is_nothing)
}

/// An execution.
enum Executed {
    Natively(Box<Once>),
    Seeded(Seed, Box<SeededOnce>),
}

impl Executed {
    fn once(&self) -> &Once {
        match self {
            Executed::Natively(once) => once,
            Executed::Seeded(_, execution) => &execution.once,
        }
    }

    fn into_once(self) -> Once {
        match self {
            Executed::Natively(once) => *once,
            Executed::Seeded(_, execution) => execution.once,
        }
    }

    /// Returns the lines, the scheduling points of a seeded execution, and the end unless the execution has failed.
    fn printed(&self, color: Color) -> String {
        let once = self.once();
        let transcript = &once.transcript;
        let mut lines = lines_of(transcript);
        let mut end = ending(transcript);
        if let Executed::Seeded(seed, execution) = self {
            lines = with_points(lines, execution);
            if let Some(report) = &execution.report {
                end = seeded_ending(transcript, *seed, report);
            }
        }
        let lines = text(&lines, transcript.wall, color);
        match once.failure {
            Some(_) => lines,
            None => format!("{lines}{end}\n"),
        }
    }

    /// Describes what the threads were doing when the program was stopped.
    fn states(&self) -> Option<String> {
        match (self, &self.once().failure) {
            (Executed::Seeded(_, execution), Some(RunError::Deadlock { waiting, .. })) => {
                Some(deadlock(waiting, execution))
            }
            (_, Some(RunError::Stopped { .. })) => states(&self.once().transcript),
            _ => None,
        }
    }
}

/// Returns the error for a program that was not built.
fn not_built(book: &Book<'_>, plan: &Plan, run: RunId, error: BuildError) -> Errors {
    let failures = [(run, error.into())];
    let errors = all_failed(book, plan, &failures);
    Errors::in_book(book, errors.collect())
}

/// Returns the error for a failed execution, whose lines were printed. `states` tells what the threads were doing when
/// the program was stopped.
fn stopped(
    book: &Book<'_>,
    plan: &Plan,
    run: RunId,
    failure: RunError,
    states: Option<String>,
) -> Errors {
    let failures = [(run, failure.into())];
    let errors = all_failed(book, plan, &failures).map(|error| Diagnostic {
        notes: states.iter().cloned().collect(),
        ..error
    });
    Errors::in_book(book, errors.collect())
}
