//! The pages of a book: its chapters, our blocks replaced.

use super::findings::{all_failed, in_lesson, tell, warned};
use super::needs::{Cargo, Needs, lessons, warnings_among};
use super::obtain::{NotRecorded, Obtained, obtain};
use super::shelf::{Shelf, compare_sources};
use super::values::missing;
use crate::book::Book;
use crate::config::{Config, Timeline};
use crate::diagnostic::Diagnostic;
use crate::lesson::Lesson;
use crate::lesson::fence::Switch;
use crate::page::assets::{Asset, SCRIPT, STYLE};
use crate::page::{Directives, Settings, html, plain, test};
use crate::plan::{Found, Plan};
use crate::report::Errors;
use crate::session::settings::settings;

/// Everything that the pages of a book are made of. Whatever can be wrong was found.
#[derive(Debug)]
pub struct Pages<'a> {
    book: &'a Book<'a>,
    config: Config,
    lessons: Vec<Lesson>,
    needs: Needs,
    obtained: Obtained,
    inline: Vec<Asset>,
}

impl<'a> Pages<'a> {
    /// Reads a book's lessons, and obtains what they show.
    ///
    /// # Errors
    /// Everything that is wrong in its settings, or in its lessons and with its examples.
    pub fn of(book: &'a Book<'a>) -> Result<Pages<'a>, Errors> {
        let config = settings(book)?;
        let (lessons, mut problems) = lessons(book, &config);
        tell(book, warnings_among(&mut problems).into_iter());
        let mut needs = match book.renderer.as_str() {
            // `mdbook test` runs no program of ours.
            "test" => Needs::default(),
            _ => Needs::of(book, &config, &lessons, Cargo::IfNeeded),
        };
        let not_the_source = compare_sources(book, &lessons, &mut needs);
        let obtained = obtain(&mut needs, &config);
        tell_warnings(book, &needs.plan, &obtained);
        tell_not_recorded(&needs, &obtained);
        problems.extend(not_the_source);
        problems.extend(missing(&needs.values, &needs.plan, |run| {
            obtained.transcripts[run].as_ref()
        }));
        let errors = all_errors(book, &problems, &needs, &obtained);
        if !errors.is_empty() {
            return Err(Errors::in_book(book, errors));
        }
        Ok(Pages {
            inline: assets_to_inline(book),
            book,
            config,
            lessons,
            needs,
            obtained,
        })
    }

    /// The new text of a chapter, by its number; `None`: there is nothing of ours in it.
    pub fn chapter(&self, number: usize) -> Option<String> {
        let lesson = &self.lessons[number];
        if lesson.blocks.is_empty() {
            return None;
        }
        let text = &*self.book.chapters[number].text;
        let shelf = Shelf {
            plan: &self.needs.plan,
            targets: &self.needs.targets,
            contents: &self.needs.contents,
            transcripts: &self.obtained.transcripts,
        };
        let settings = Settings {
            code: &self.config.labels.code,
            output: &self.config.labels.output,
            timeline: match self.config.timeline {
                Timeline::Auto => None,
                Timeline::On => Some(Switch::On),
                Timeline::Off => Some(Switch::Off),
            },
            directives: match self.book.links_run {
                true => Directives::Expanded,
                false => Directives::Kept,
            },
            inline: &self.inline,
        };
        Some(match self.book.renderer.as_str() {
            "test" => test::chapter(text, lesson),
            "html" => html::chapter(text, lesson, &shelf, &settings),
            _ => plain::chapter(text, lesson, &shelf, &settings),
        })
    }
}

/// The style sheet and the script, as far as the book does not name them: then `install` has written
/// them, and an older version of this program may have.
fn assets_to_inline(book: &Book<'_>) -> Vec<Asset> {
    let mut inline = vec![STYLE, SCRIPT];
    inline.retain(|asset| {
        let Some(named) = asset.named_in(&book.additional) else {
            return true;
        };
        let written = || std::fs::read_to_string(book.root.join(named));
        if book.renderer == "html" && written().is_ok_and(|text| text != asset.text) {
            tracing::warn!(
                "{} is not what this version of mdbook-transcript has: run `mdbook-transcript install`",
                named.display()
            );
        }
        false
    });
    inline
}

/// What the author may want to know of the runs.
fn tell_warnings(book: &Book<'_>, plan: &Plan, obtained: &Obtained) {
    let warnings = obtained.warnings.iter();
    let warnings = warnings.map(|(run, warning)| warned(book, &plan.runs[*run], warning));
    tell(book, warnings);
}

/// Which runs are not shown as they were recorded, and what to do.
fn tell_not_recorded(needs: &Needs, obtained: &Obtained) {
    let names = |is_stale: bool| {
        let ones = obtained.not_recorded.iter();
        let ones = ones.filter(|(_, why)| matches!(why, NotRecorded::Stale(_)) == is_stale);
        let names = ones.map(|(run, _)| format!("`{}`", needs.plan.runs[*run].id));
        names.collect::<Vec<_>>().join(", ")
    };
    // A book that records nothing does so on purpose, or does not know of it yet.
    if needs.store.is_empty() && !obtained.not_recorded.is_empty() {
        tracing::info!(
            "no output is recorded; `mdbook-transcript record` does it, and `check` then says whether it stays true"
        );
        return;
    }
    let (stale, missing) = (names(true), names(false));
    let command = |what: &str| format!("{what}; record again with `mdbook-transcript record`");
    if !stale.is_empty() {
        tracing::warn!(
            "{}",
            command(&format!("recorded before the program changed: {stale}"))
        );
    }
    if !missing.is_empty() {
        tracing::warn!("not recorded: {missing}; record with `mdbook-transcript record`");
    }
}

/// All errors, in the order of the book.
fn all_errors(
    book: &Book<'_>,
    problems: &[Found],
    needs: &Needs,
    obtained: &Obtained,
) -> Vec<Diagnostic> {
    let problems = problems.iter().chain(&needs.problems);
    let mut errors: Vec<Diagnostic> = problems
        .map(|(chapter, problem)| in_lesson(*chapter, problem))
        .collect();
    errors.extend(all_failed(book, &needs.plan.runs, &obtained.failures));
    errors.sort_by_key(Diagnostic::position);
    needs.nothing.clone().into_iter().chain(errors).collect()
}
