//! Outcomes → pages: the chapters of a book with their blocks replaced.

use std::borrow::Cow;

use super::editions::add_editions;
use super::failures::{all_failed, tell, warned};
use super::lessons::{Lessons, lessons, refused_sessions};
use super::not_recorded::NotRecorded;
use super::obtain::{Outcomes, obtain};
use super::plan::{Cargo, plan_runs};
use super::remarks::remarks;
use super::sources::{Sources, sources};
use super::values::missing;
use crate::book::Book;
use crate::config::{Config, OpenTab, Timeline};
use crate::diagnostic::{Diagnostic, Severity};
use crate::lesson::fence::{SourceFence, SourceTab, Switch};
use crate::lesson::part::shown;
use crate::lesson::{Block, Lesson};
use crate::page::assets::{Asset, SCRIPT, STYLE};
use crate::page::{Directives, Programs, Settings, ShownRun, html, plain, test};
use crate::plan::requests::Requests;
use crate::plan::{Origin, Plan, Run, RunId};
use crate::report::Errors;
use crate::session::Session;
use crate::session::settings::settings;
use crate::transcript::Transcript;

/// A book without errors, ready to be rendered.
#[derive(Debug)]
pub struct Pages<'a> {
    book: &'a Book<'a>,
    session: Session,
    lessons: Vec<Lesson>,
    plan: Plan,
    sources: Sources,
    outcomes: Outcomes,
    inline: Vec<Asset>,
}

impl<'a> Pages<'a> {
    /// Parses a book's lessons, plans their runs and obtains the outcomes.
    ///
    /// # Errors
    /// All errors in the book's settings, lessons and examples.
    pub fn of(book: &'a Book<'a>) -> Result<Pages<'a>, Errors> {
        let config = settings(book)?;
        let Lessons {
            mut lessons,
            mut errors,
            warnings,
        } = lessons(book, &config);
        tell(book, warnings);
        let requests = Requests::of(&lessons);
        errors.extend(refused_sessions(&requests, &config));
        // `mdbook test` executes no example.
        if book.renderer == "test" {
            return if errors.is_empty() {
                add_editions(book, &config, &mut lessons);
                Ok(Pages::without_runs(book, config, lessons))
            } else {
                Err(in_order(book, None, errors))
            };
        }
        let opened = Session::open(book, config).and_then(|mut session| {
            let cargo = Cargo::IfNeeded;
            let plan = plan_runs(book, &requests, &mut session, cargo, &mut errors)?;
            Ok((session, plan))
        });
        let (mut session, plan) = match opened {
            Ok(opened) => opened,
            Err(first) => return Err(in_order(book, Some(*first), errors)),
        };
        let (sources, found) = sources(book, &requests, &plan, &mut session.contents);
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        let (found, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(is_error);
        tell(book, warnings);
        let outcomes = obtain(&plan, &mut session);
        tell_warnings(book, &plan, &outcomes);
        tell(book, remarks(&plan, |run| outcomes.transcript(run)));
        tell_not_recorded(&plan, &session, &outcomes);
        errors.extend(found);
        errors.extend(missing(&plan, |run| outcomes.transcript(run)));
        if !errors.is_empty() || !outcomes.failures.is_empty() {
            errors.extend(all_failed(book, &plan, &outcomes.failures));
            return Err(in_order(book, None, errors));
        }
        add_editions(book, &session.config, &mut lessons);
        Ok(Pages {
            inline: assets_to_inline(book),
            book,
            session,
            lessons,
            plan,
            sources,
            outcomes,
        })
    }

    /// Returns the pages of a book none of whose runs is shown.
    fn without_runs(book: &'a Book<'a>, config: Config, lessons: Vec<Lesson>) -> Pages<'a> {
        Pages {
            book,
            session: Session {
                config,
                ..Session::default()
            },
            lessons,
            plan: Plan::default(),
            sources: Sources::default(),
            outcomes: Outcomes::default(),
            inline: Vec::new(),
        }
    }

    /// Returns the new text of a chapter, by its number; `None` if the chapter has no block.
    pub fn chapter(&self, number: usize) -> Option<String> {
        let lesson = &self.lessons[number];
        if lesson.blocks.is_empty() {
            return None;
        }
        let text = &*self.book.chapters[number].text;
        let directives = if self.book.links_run {
            Directives::Expanded
        } else {
            Directives::Kept
        };
        let settings = settings_of_pages(&self.session.config, directives, &self.inline);
        let programs = ChapterPrograms {
            pages: self,
            chapter: number,
        };
        Some(match self.book.renderer.as_str() {
            "test" => test::chapter(text, lesson),
            "html" => html::chapter(text, lesson, &programs, &settings),
            _ => plain::chapter(text, lesson, &programs, &settings),
        })
    }
}

/// The programs and runs that the blocks of one chapter show.
struct ChapterPrograms<'a> {
    pages: &'a Pages<'a>,
    chapter: usize,
}

impl ChapterPrograms<'_> {
    fn shown_run(&self, block: &Block) -> (&Run, &Transcript) {
        let pages = self.pages;
        let run: RunId = pages
            .plan
            .shown(self.chapter, block.id)
            .run
            .expect("every run is planned");
        let transcript = pages.outcomes.transcript(run);
        (
            &pages.plan[run],
            transcript.expect("a book with a failed run is not rendered"),
        )
    }
}

impl Programs for ChapterPrograms<'_> {
    fn code(&self, block: &Block, fence: &SourceFence) -> Cow<'_, str> {
        let program = self.pages.plan.shown(self.chapter, block.id).program;
        let text = program.and_then(|program| self.pages.sources[program.0].as_deref());
        // The anchor exists: `sources` has checked it.
        let code = text.and_then(|text| shown(text, fence.anchor.as_deref()).ok());
        code.unwrap_or_default()
    }

    fn run(&self, block: &Block) -> ShownRun<'_> {
        let (run, transcript) = self.shown_run(block);
        as_shown(run, transcript)
    }

    fn transcript(&self, block: &Block) -> &Transcript {
        self.shown_run(block).1
    }
}

/// Returns the settings of the pages of a book with these settings.
pub fn settings_of_pages<'a>(
    config: &'a Config,
    directives: Directives,
    inline: &'a [Asset],
) -> Settings<'a> {
    Settings {
        code: &config.labels.code,
        output: &config.labels.output,
        tab: match config.tab {
            OpenTab::Code => SourceTab::Code,
            OpenTab::Output => SourceTab::Output,
        },
        timeline: match config.timeline {
            Timeline::Auto => None,
            Timeline::On => Some(Switch::On),
            Timeline::Off => Some(Switch::Off),
        },
        directives,
        inline,
    }
}

/// Returns a run with its transcript, as a page shows it.
pub fn as_shown<'a>(run: &'a Run, transcript: &'a Transcript) -> ShownRun<'a> {
    ShownRun {
        name: &run.target.name,
        command: &run.command,
        refused: run.refused(),
        commands: match &run.origin {
            Origin::Shell { commands, .. } => commands,
            Origin::Target | Origin::Snippet { .. } => &[],
        },
        transcript,
    }
}

/// Returns the assets that the book doesn't list. A listed asset was written by `install`; if its text differs, an
/// older version of this program has written it, which is reported as a warning.
fn assets_to_inline(book: &Book<'_>) -> Vec<Asset> {
    let mut inline = vec![STYLE, SCRIPT];
    inline.retain(|asset| {
        let Some(named) = asset.named_in(&book.additional) else {
            return true;
        };
        let written = || std::fs::read_to_string(book.root.join(named));
        if book.renderer == "html" && written().is_ok_and(|text| text != asset.text) {
            tracing::warn!(
                "{} was written by another version of mdbook-transcript: run `mdbook-transcript install`",
                named.display()
            );
        }
        false
    });
    inline
}

/// Reports the warnings about runs.
fn tell_warnings(book: &Book<'_>, plan: &Plan, outcomes: &Outcomes) {
    let warnings = outcomes.warnings.iter();
    let warnings = warnings.map(|(run, warning)| warned(book, &plan[*run], warning));
    tell(book, warnings.collect());
}

/// Reports the runs without a fresh recording.
fn tell_not_recorded(plan: &Plan, session: &Session, outcomes: &Outcomes) {
    let names = |is_stale: bool| {
        let runs = outcomes.not_recorded.iter();
        let runs = runs.filter(|(_, why)| matches!(why, NotRecorded::Stale(_)) == is_stale);
        let names = runs.map(|(run, _)| format!("`{}`", plan[*run].id));
        names.collect::<Vec<_>>().join(", ")
    };
    // Such a book has no recordings on purpose, or its author does not know about them yet.
    if session.recordings.is_empty() && !outcomes.not_recorded.is_empty() {
        tracing::info!(
            "no output is recorded: run `mdbook-transcript record`, and `check` can verify the outputs"
        );
        return;
    }
    let (stale, missing) = (names(true), names(false));
    if !stale.is_empty() {
        tracing::warn!("stale recordings: {stale}; run `mdbook-transcript record`");
    }
    if !missing.is_empty() {
        tracing::warn!("missing recordings: {missing}; run `mdbook-transcript record`");
    }
}

/// Returns all errors: first one without a place in a lesson, then the others in the order of the book.
fn in_order(book: &Book<'_>, first: Option<Diagnostic>, mut errors: Vec<Diagnostic>) -> Errors {
    errors.sort_by_key(Diagnostic::position);
    Errors::in_book(book, first.into_iter().chain(errors).collect())
}
