//! Renders pages for renderers without HTML: plain CommonMark, one tab after the other.

use super::cited::{prompt, screen};
use super::code::{fence, without_directives};
use super::listing::{Code, around, in_order};
use super::output::View;
use super::terminal;
use super::titles::closed;
use super::value::{markdown, value};
use super::{Programs, Settings, ShownRun, facts};
use crate::lesson::fence::{Form, SourceFence, Switch};
use crate::lesson::listing::Listing;
use crate::lesson::splice::{After, Replacement, splice};
use crate::lesson::{Admonition, Block, Kind, Lesson};

/// Renders a chapter with its blocks replaced.
pub fn chapter(
    text: &str,
    lesson: &Lesson,
    programs: &dyn Programs,
    settings: &Settings<'_>,
) -> String {
    let page = Page { programs, settings };
    splice(text, &page.replacements(lesson))
}

struct Page<'a> {
    programs: &'a dyn Programs,
    settings: &'a Settings<'a>,
}

impl Page<'_> {
    fn replacements(&self, lesson: &Lesson) -> Vec<Replacement> {
        in_order(lesson.blocks.iter().flat_map(|block| self.block(block)))
    }

    fn block(&self, block: &Block) -> Vec<Replacement> {
        let text = match &block.kind {
            Kind::Code(listed) => {
                let code = Code::of(&listed.listing, &listed.body, |code| code.into());
                return around(block, code.notes, titled(&listed.listing, &code), "");
            }
            Kind::Source(source) => return self.source(block, source),
            Kind::Output(output) => {
                let view = View::of(output, self.settings);
                self.output(self.programs.run(block), view)
            }
            Kind::Tabs(tabs) => {
                let tabs: Vec<String> = tabs
                    .iter()
                    .map(|tab| (tab, splice(&tab.body, &self.replacements(&tab.lesson))))
                    .map(|(written, body)| tab(&written.title, body.trim_end()))
                    .collect();
                tabs.join("\n\n")
            }
            Kind::Value(shown) => return vec![value(block, shown, self.programs)],
            Kind::Admonition(admonition) => self.admonition(admonition),
        };
        vec![Replacement::of(block, text, After::BlankLine)]
    }

    /// Renders an admonition as a quotation that begins with its title.
    fn admonition(&self, admonition: &Admonition) -> String {
        let body = splice(&admonition.body, &self.replacements(&admonition.lesson));
        let title = admonition
            .title
            .iter()
            .map(|title| format!("**{}**\n\n", closed(title)));
        let text = title.collect::<String>() + body.trim_start_matches(['\n', '\r']).trim_end();
        let lines = text.lines().map(|line| format!("> {line}"));
        lines
            .map(|line| line.trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Renders a program's source, alone or with its output.
    fn source(&self, block: &Block, source: &SourceFence) -> Vec<Replacement> {
        let code = Code::of_source(block, source, self.programs, |code| {
            without_directives(code.into(), self.settings.directives)
        });
        let open = titled(&source.listing, &code);
        if source.form == Form::Code {
            return around(block, code.notes, open, "");
        }
        let view = View::of_source(source, self.settings);
        let output = self.output(self.programs.run(block), view);
        let (open, close) = (
            tab(self.settings.code, &open),
            tab(self.settings.output, &output),
        );
        around(block, code.notes, open, &close)
    }

    fn output(&self, run: ShownRun<'_>, view: View) -> String {
        let mut text = String::new();
        if view.prompt == Switch::On && run.commands.is_empty() {
            text.push_str(&(prompt(run) + "\n"));
        }
        for line in screen(run, view.shown) {
            text.push_str(&terminal::plain(&line.text));
            text.push('\n');
        }
        let output = fence(
            "text",
            &without_directives(text.into(), self.settings.directives),
        );
        let facts = match view.timing {
            Switch::On => Some(facts(run).join(" · ")),
            Switch::Off => None,
        };
        let timeline = view.timeline(run).and_then(|timeline| timeline.sentence());
        let below = facts.into_iter().chain(timeline);
        below.fold(output, |text, line| format!("{text}\n\n*{line}*"))
    }
}

/// Renders a fence below its title.
fn titled(listing: &Listing, code: &Code<'_>) -> String {
    match listing.title.as_deref() {
        None | Some("") => code.fence.clone(),
        Some(title) => format!("**{}**\n\n{}", markdown(title, false), code.fence),
    }
}

fn tab(label: &str, body: &str) -> String {
    let label = closed(label);
    format!("**{label}**\n\n{}", body.trim_start_matches(['\n', '\r']))
}
