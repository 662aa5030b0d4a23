//! The page of an execution: a book with one chapter, which shows the run as its book would.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::book::Book;
use crate::lesson::fence::{Form, SourceFence};
use crate::lesson::listing::Listing;
use crate::lesson::part::shown;
use crate::lesson::source::{self, Directive, SourceBody};
use crate::lesson::{Block, BlockId, Kind, Lesson};
use crate::page::assets::{SCRIPT, STYLE};
use crate::page::{Directives, Programs, ShownRun, html};
use crate::pipeline::editions::add_editions;
use crate::pipeline::lessons::lessons;
use crate::pipeline::render::{as_shown, settings_of_pages};
use crate::plan::{Plan, Run, RunId, Shown};
use crate::session::Session;
use crate::transcript::Transcript;

/// Writes the page of a run with this transcript below the target folder, in place of an older one of the run, and
/// returns its path. (A browser may have a `/tmp` of its own.)
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn page(
    book: &Book<'_>,
    plan: &Plan,
    id: RunId,
    session: &Session,
    transcript: &Transcript,
) -> anyhow::Result<PathBuf> {
    let run = &plan[id];
    let folder = session
        .workspace
        .target
        .join("transcript/run")
        .join(&run.id);
    let text = chapter(book, plan, id, session, transcript);
    let failed = || {
        format!(
            "failed to write the page of `{}` in `{}`",
            run.id,
            folder.display()
        )
    };
    let write = || {
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/SUMMARY.md"), "- [The run](run.md)\n")?;
        fs::write(folder.join("src/run.md"), text)
    };
    write().with_context(failed)?;
    build(&folder, &run.id).with_context(failed)?;
    let page = folder.join("book/index.html");
    tracing::info!("wrote the page `{}`", page.display());
    Ok(page)
}

/// Builds the book of one chapter.
fn build(folder: &Path, title: &str) -> anyhow::Result<()> {
    let mut config = Config::default();
    config.book.title = Some(title.to_owned());
    config.build.use_default_preprocessors = false;
    config.set("output.html.search.enable", false)?;
    config.set("output.html.print.enable", false)?;
    // mdBook would tell about a book that the user does not know.
    with_default(NoSubscriber::new(), || {
        MDBook::load_with_config(folder, config)?.build()
    })
}

/// Returns the text of the chapter.
fn chapter(
    book: &Book<'_>,
    plan: &Plan,
    id: RunId,
    session: &Session,
    transcript: &Transcript,
) -> String {
    let run = &plan[id];
    let title = format!("# `{}`\n\n", run.id);
    let mut lessons = lessons(book, &session.config).lessons;
    add_editions(book, &session.config, &mut lessons);
    let programs = OneRun {
        run,
        transcript,
        source: fs::read_to_string(&run.target.source).unwrap_or_default(),
    };
    let block = kind(plan, id, &lessons, &programs.source).map(|kind| Block {
        id: BlockId::default(),
        span: title.len()..title.len(),
        prefix: String::new(),
        place: run.asks[0].span.clone(),
        kind,
    });
    let lesson = Lesson {
        blocks: block.into_iter().collect(),
        ..Lesson::default()
    };
    let settings = settings_of_pages(&session.config, Directives::Kept, &[STYLE, SCRIPT]);
    html::chapter(&title, &lesson, &programs, &settings)
}

/// Returns the kind of the chapter's block: the run's code and output as a tab set, or its output alone if the book does
/// not show the code. `program` is the content of its file.
fn kind(plan: &Plan, id: RunId, lessons: &[Lesson], program: &str) -> Option<Kind> {
    let lessons = lessons.iter().enumerate();
    let blocks = lessons.flat_map(|(chapter, lesson)| {
        lesson
            .walk()
            .map(move |block| (plan.shown(chapter, block.id), &block.kind))
    });
    let blocks: Vec<(Shown, &Kind)> = blocks.collect();
    let source = |is_its: &dyn Fn(&Shown) -> bool| {
        let mut blocks = blocks.iter();
        blocks.find_map(|(shown, kind)| match kind {
            Kind::Source(source) if is_its(shown) => Some(as_tab_set(source, program)),
            _ => None,
        })
    };
    let of_run = |shown: &Shown| shown.run == Some(id);
    let of_program = |shown: &Shown| {
        let target = shown.program.map(|program| &plan.programs[program.0]);
        target == Some(&plan[id].target)
    };
    let output = || {
        let mut blocks = blocks.iter();
        blocks.find_map(|(shown, kind)| match kind {
            Kind::Output(output) if of_run(shown) => Some(Kind::Output(output.clone())),
            _ => None,
        })
    };
    source(&of_run)
        .or_else(|| source(&of_program))
        .or_else(output)
}

/// Returns a source fence of a chapter with other text around it as a tab set on its own.
fn as_tab_set(source: &SourceFence, program: &str) -> Kind {
    let body = match source::body(&source.body) {
        // mdBook does not read this chapter's includes.
        SourceBody::Include(Directive { part, rest, .. }) => {
            let text = rest.with(&part, program).unwrap_or_default();
            text.into_owned()
        }
        SourceBody::Empty | SourceBody::Typed => source.body.clone(),
    };
    Kind::Source(SourceFence {
        form: Form::TabSet,
        body,
        listing: Listing {
            notes: None,
            ..source.listing.clone()
        },
        ..source.clone()
    })
}

/// The only run of the chapter.
struct OneRun<'a> {
    run: &'a Run,
    transcript: &'a Transcript,
    /// The content of the program's file; empty if there is none.
    source: String,
}

impl Programs for OneRun<'_> {
    fn code(&self, _: &Block, fence: &SourceFence) -> Cow<'_, str> {
        shown(&self.source, fence.anchor.as_deref()).unwrap_or_default()
    }

    fn run(&self, _: &Block) -> ShownRun<'_> {
        as_shown(self.run, self.transcript)
    }

    fn transcript(&self, _: &Block) -> &Transcript {
        self.transcript
    }
}
