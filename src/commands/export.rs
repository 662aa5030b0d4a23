//! `export`: what is recorded of a run, for players of terminal recordings.

use std::io::Write;

use anyhow::{Context, bail};

use crate::book::Book;
use crate::book::open::read;
use crate::cli::ExportOptions;
use crate::files;
use crate::page::Ran;
use crate::page::cast::cast;
use crate::pipeline::findings::{all_failed, tell};
use crate::pipeline::obtain::{Failure, NotRecorded};
use crate::pipeline::plan::{Cargo, Planned, planned};
use crate::pipeline::render::ran;
use crate::pipeline::select::select;
use crate::plan::{Plan, RunId};
use crate::recordings::freshness::Freshness;
use crate::report::Errors;
use crate::session::Session;

/// Writes the recorded transcript of a run as an asciicast: to `out`, or whole or not at all to the file that is
/// named, and then says so. One that is stale is exported as it was recorded, with a warning. Nothing is built
/// or run.
///
/// # Errors
/// There is no book, something is wrong in its settings or lessons, the name means no run or several, nothing is
/// recorded of the run, or it cannot be written.
pub fn export(options: &ExportOptions, out: &mut impl Write) -> anyhow::Result<()> {
    let book = read(&options.book)?;
    let Planned {
        mut session,
        plan,
        warnings,
    } = planned(&book, Cargo::IfNeeded)?;
    tell(&book, warnings);
    let run = the_one(&options.run, &book, &plan)?;
    let cast = cast(recorded(run, &book, &plan, &mut session)?, &plan[run].id);
    match &options.output {
        None => out
            .write_all(cast.as_bytes())
            .and_then(|()| out.flush())
            .context("failed to write to standard output"),
        Some(file) => {
            files::write(file, cast.as_bytes())
                .with_context(|| format!("failed to write `{}`", file.display()))?;
            writeln!(out, "wrote {}", file.display()).context("failed to write to standard output")
        }
    }
}

/// The number of the one run that a name means.
fn the_one(name: &str, book: &Book<'_>, plan: &Plan) -> anyhow::Result<RunId> {
    match select(&[name.to_owned()], book, plan)?.as_slice() {
        [run] => Ok(*run),
        several => {
            let names = several.iter().map(|&run| format!("`{}`", plan[run].id));
            let names = names.collect::<Vec<_>>().join(", ");
            bail!("`{name}` means several runs, of which one can be exported: {names}")
        }
    }
}

/// What is recorded of a run, as it is shown. The command is the recorded one, also where the run has another by
/// now.
fn recorded<'a>(
    run: RunId,
    book: &Book<'_>,
    plan: &'a Plan,
    session: &'a mut Session,
) -> anyhow::Result<Ran<'a>> {
    let Session {
        recordings,
        contents,
        ..
    } = session;
    let its = &plan[run];
    let id = &its.id;
    let recorded = match recordings.state(its, contents) {
        Freshness::Fresh(recorded) => recorded,
        Freshness::Stale {
            old: recorded,
            changed,
        } => {
            let why = NotRecorded::Stale(changed).in_words();
            tracing::warn!("`{id}`: {why}; record it again with `mdbook-transcript record {id}`");
            recorded
        }
        Freshness::Missing => {
            bail!("`{id}` is not recorded: record it with `mdbook-transcript record {id}`")
        }
        Freshness::Unusable(why) => {
            let failure = Failure::Unusable {
                file: recordings.path(id),
                why: why.to_string(),
            };
            let failures = [(run, failure)];
            let errors = all_failed(book, plan, &failures);
            return Err(Errors::in_book(book, errors.collect()).into());
        }
    };
    Ok(Ran {
        command: &recorded.head.run,
        ..ran(its, &recorded.transcript)
    })
}
