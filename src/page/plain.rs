//! The same for renderers that take no HTML: plain CommonMark, every tab after the other.

use super::code::{fence, without_directives};
use super::output::{View, printable};
use super::{Directives, Programs, Ran, TabNames, facts, lines};
use crate::lesson::fence::{Form, SourceFence, Switch};
use crate::lesson::splice::{After, Replacement, splice};
use crate::lesson::{Admonition, Block, Kind, Lesson};

/// A chapter with its blocks replaced.
pub fn chapter(
    text: &str,
    lesson: &Lesson,
    programs: &dyn Programs,
    names: TabNames<'_>,
    directives: Directives,
) -> String {
    let page = Page {
        programs,
        names,
        directives,
    };
    splice(text, &page.replacements(lesson))
}

struct Page<'a> {
    programs: &'a dyn Programs,
    names: TabNames<'a>,
    directives: Directives,
}

impl Page<'_> {
    fn replacements(&self, lesson: &Lesson) -> Vec<Replacement> {
        lesson
            .blocks
            .iter()
            .map(|block| self.replacement(block))
            .collect()
    }

    fn replacement(&self, block: &Block) -> Replacement {
        let (text, after) = match &block.kind {
            Kind::Source(source) => match source.form {
                Form::Code => (self.code(source), After::Nothing),
                Form::TabSet => {
                    let output = self.output(self.programs.run(&source.run), View::WHOLE);
                    let tabs = [
                        tab(self.names.code, &self.code(source)),
                        tab(self.names.output, &output),
                    ];
                    (tabs.join("\n\n"), After::BlankLine)
                }
            },
            Kind::Output(output) => {
                let ran = self.programs.run(&output.run);
                (self.output(ran, View::of(output)), After::BlankLine)
            }
            Kind::Tabs(tabs) => {
                let tabs: Vec<String> = tabs
                    .iter()
                    .map(|tab| (tab, splice(&tab.body, &self.replacements(&tab.lesson))))
                    .map(|(written, body)| tab(&written.title, body.trim_end()))
                    .collect();
                (tabs.join("\n\n"), After::BlankLine)
            }
            Kind::Admonition(admonition) => (self.admonition(admonition), After::BlankLine),
        };
        Replacement::of(block, text, after)
    }

    /// A quotation that begins with the title.
    fn admonition(&self, admonition: &Admonition) -> String {
        let body = splice(&admonition.body, &self.replacements(&admonition.lesson));
        let title = admonition
            .title
            .iter()
            .map(|title| format!("**{title}**\n\n"));
        let text = title.collect::<String>() + body.trim_start_matches(['\n', '\r']).trim_end();
        let lines = text.lines().map(|line| format!("> {line}"));
        lines
            .map(|line| line.trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn code(&self, source: &SourceFence) -> String {
        if !source.body.trim().is_empty() {
            return fence(&source.info, &source.body);
        }
        let code = self.programs.code(source);
        fence(&source.info, &without_directives(&code, self.directives))
    }

    fn output(&self, ran: Ran<'_>, view: View) -> String {
        let mut text = String::new();
        if view.prompt == Switch::On {
            text.push_str(&format!("$ {}\n", ran.command));
        }
        for line in lines(ran.transcript, view.shown) {
            text.push_str(&printable(&line.text));
            text.push('\n');
        }
        let output = fence("text", &without_directives(&text, self.directives));
        match view.timing {
            Switch::On => format!("{output}\n\n*{}*", facts(ran.transcript).join(" · ")),
            Switch::Off => output,
        }
    }
}

fn tab(label: &str, body: &str) -> String {
    format!("**{label}**\n\n{}", body.trim_start_matches(['\n', '\r']))
}
