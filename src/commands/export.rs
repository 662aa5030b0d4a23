//! `export`: writes a run's recording for players of terminal recordings.

use std::io::Write;
use std::slice;

use anyhow::{Context, bail};

use crate::book::Book;
use crate::cli::ExportOptions;
use crate::files;
use crate::page::ShownRun;
use crate::page::cast::cast;
use crate::pipeline::failures::all_failed;
use crate::pipeline::not_recorded::NotRecorded;
use crate::pipeline::obtain::Failure;
use crate::pipeline::open::{Opened, opened};
use crate::pipeline::plan::Cargo;
use crate::pipeline::render::as_shown;
use crate::pipeline::select::select_one;
use crate::plan::{Plan, RunId};
use crate::report::Errors;
use crate::session::Session;

/// Writes the recording of a run as an asciicast to `out`, or to the file in `options`, completely or not at all. A
/// stale recording is exported with a warning. Nothing is built or executed.
///
/// # Errors
/// There is no book, its settings or lessons have errors, the name selects no run or several, the run has no usable
/// recording, or a file cannot be written.
pub fn export(options: &ExportOptions, out: &mut impl Write) -> anyhow::Result<()> {
    let names = slice::from_ref(&options.run);
    let Opened {
        book,
        mut session,
        plan,
        ..
    } = opened(&options.book, names, Cargo::IfNeeded)?;
    let run = select_one(&options.run, &book, &plan)?;
    let cast = cast(recorded(run, &book, &plan, &mut session)?, &plan[run].id);
    match &options.output {
        None => out
            .write_all(cast.as_bytes())
            .and_then(|()| out.flush())
            .context("failed to write to stdout"),
        Some(file) => {
            files::write(file, cast.as_bytes())
                .with_context(|| format!("failed to write `{}`", file.display()))?;
            writeln!(out, "wrote {}", file.display()).context("failed to write to stdout")
        }
    }
}

/// Returns a run as it was recorded. Its command is the recorded one, even if the run has another one by now.
///
/// # Errors
/// The run has no output, or no usable recording.
fn recorded<'a>(
    run: RunId,
    book: &Book<'_>,
    plan: &'a Plan,
    session: &'a mut Session,
) -> anyhow::Result<ShownRun<'a>> {
    let Session {
        recordings,
        contents,
        ..
    } = session;
    let planned = &plan[run];
    let id = &planned.id;
    if planned.purpose.is_silent() {
        bail!("`{id}` has no output: it {}", planned.purpose.in_words());
    }
    let why = NotRecorded::of(&recordings.state(planned, contents));
    let Some(recorded) = recordings.get(planned) else {
        let why = why.unwrap_or(NotRecorded::Missing);
        let failures = [(run, Failure::NotRecorded(why))];
        let errors = all_failed(book, plan, &failures);
        return Err(Errors::in_book(book, errors.collect()).into());
    };
    if let Some(why) = why {
        tracing::warn!("`{id}`: {}; {}", why.in_words(), why.help(id));
    }
    Ok(ShownRun {
        command: &recorded.head.run,
        ..as_shown(planned, &recorded.transcript)
    })
}
