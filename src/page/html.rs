//! Renders pages for mdBook's `html` renderer: labeled sections, which the script turns into tabs.

use super::admonition::admonition;
use super::assets::{SCRIPT, STYLE};
use super::code::{unhidden, without_directives};
use super::escape::escape;
use super::ids::{Ids, slug};
use super::listing::{Code, around, in_order};
use super::output::{View, figure};
use super::tabs::{Label, sections};
use super::titles::Titles;
use super::value::value;
use super::{Programs, Settings};
use crate::lesson::fence::{Form, SourceFence, SourceTab};
use crate::lesson::listing::Listing;
use crate::lesson::splice::{After, Replacement, splice};
use crate::lesson::{Block, Kind, Lesson, Tab};

/// Renders a chapter with its blocks replaced, and adds the style sheet and script once unless the book lists them.
pub fn chapter(
    text: &str,
    lesson: &Lesson,
    programs: &dyn Programs,
    settings: &Settings<'_>,
) -> String {
    let mut page = Page {
        programs,
        settings,
        ids: Ids::default(),
        titles: Titles::with(lesson),
    };
    let mut replacements = page.replacements(lesson);
    // Put them inside the first and the last block, where no Markdown of the author's can swallow them.
    let carries = |new: &&mut Replacement| new.after == After::BlankLine;
    if settings.inline.contains(&STYLE)
        && let Some(first) = replacements.iter_mut().find(carries)
    {
        let style = format!("<style>\n{}</style>\n\n", STYLE.text);
        first.text.insert_str(0, &style);
    }
    if settings.inline.contains(&SCRIPT)
        && let Some(last) = replacements.iter_mut().rfind(carries)
    {
        let script = format!("\n\n<script>\n{}</script>", SCRIPT.text);
        last.text.push_str(&script);
    }
    splice(text, &replacements)
}

struct Page<'a> {
    programs: &'a dyn Programs,
    settings: &'a Settings<'a>,
    ids: Ids,
    titles: Titles,
}

impl Page<'_> {
    fn replacements(&mut self, lesson: &Lesson) -> Vec<Replacement> {
        in_order(lesson.blocks.iter().flat_map(|block| self.block(block)))
    }

    fn block(&mut self, block: &Block) -> Vec<Replacement> {
        let text = match &block.kind {
            Kind::Code(listed) => {
                let code = Code::of(&listed.listing, &listed.body, |code| code.into());
                let (open, close) = self.framed(&listed.listing, &code);
                return around(block, code.notes, open, &close);
            }
            Kind::Source(source) => return self.source(block, source),
            Kind::Output(output) => {
                let run = self.programs.run(block);
                let id = self.ids.next(&(slug(run.name) + "-run"));
                figure(run, View::of(output, self.settings), &id, &output.classes())
            }
            Kind::Tabs(tabs) => self.tab_set(tabs),
            Kind::Value(shown) => return vec![value(block, shown, self.programs)],
            Kind::Admonition(written) => {
                let replacements = self.replacements(&written.lesson);
                let body = splice(&written.body, &replacements);
                admonition(written, &self.titles, body.trim_end())
            }
        };
        vec![Replacement::of(block, text, After::BlankLine)]
    }

    /// Renders a program's source, alone or with its output.
    fn source(&mut self, block: &Block, source: &SourceFence) -> Vec<Replacement> {
        let code = Code::of_source(block, source, self.programs, |code| {
            without_directives(unhidden(code), self.settings.directives)
        });
        let (open, close) = self.framed(&source.listing, &code);
        if source.form == Form::Code {
            return around(block, code.notes, open, &close);
        }
        let run = self.programs.run(block);
        let id = self.ids.next(&(slug(run.name) + "-run"));
        let open_tab = source
            .tab
            .as_ref()
            .map_or(self.settings.tab, |tab| tab.value);
        let labels = [
            (self.settings.code, SourceTab::Code),
            (self.settings.output, SourceTab::Output),
        ]
        .map(|(text, tab)| Label {
            text,
            selected: tab == open_tab,
        });
        let (opens, end) = sections(&mut self.ids, &self.titles, run.name, &labels);
        let output = figure(run, View::of_source(source, self.settings), &id, &[]);
        let open = [opens[0].as_str(), "\n\n", &open].concat();
        let close = [close.as_str(), &opens[1], &output, &end].join("\n\n");
        around(block, code.notes, open, close.trim_start())
    }

    /// Renders a fence, with the text before it and after its notes.
    fn framed(&mut self, listing: &Listing, code: &Code<'_>) -> (String, String) {
        if listing.is_plain() && code.notes.is_none() {
            return (code.fence.clone(), String::new());
        }
        let id = match &listing.id {
            Some(id) => self.ids.unique(id.clone()),
            None => self.ids.next("listing"),
        };
        (
            format!("{}\n\n{}", frame(listing, code, &id), code.fence),
            "</div>".to_owned(),
        )
    }

    fn tab_set(&mut self, tabs: &[Tab]) -> String {
        let name = tabs
            .iter()
            .flat_map(|tab| tab.lesson.walk())
            .find_map(|block| match &block.kind {
                Kind::Source(source) => Some(source.run.target.name.clone()),
                Kind::Output(output) => Some(output.run.target.name.clone()),
                Kind::Code(_) | Kind::Tabs(_) | Kind::Admonition(_) | Kind::Value(_) => None,
            });
        let bodies: Vec<String> = tabs
            .iter()
            .map(|tab| splice(&tab.body, &self.replacements(&tab.lesson)))
            .collect();
        let labels: Vec<Label<'_>> = tabs
            .iter()
            .map(|tab| Label {
                text: &tab.title,
                selected: tab.selected,
            })
            .collect();
        let name = name.as_deref().unwrap_or("section");
        let (opens, end) = sections(&mut self.ids, &self.titles, name, &labels);
        let mut html = String::new();
        for (open, body) in opens.iter().zip(&bodies) {
            html.push_str(&format!("{open}\n\n{}\n\n", body.trim_end()));
        }
        html + &end
    }
}

/// Returns the element around a fence: its title, and for the script its lines and markers.
fn frame(listing: &Listing, code: &Code<'_>, id: &str) -> String {
    let mut attributes = String::new();
    if !code.markers.is_empty() {
        let markers: Vec<String> = code
            .markers
            .iter()
            .map(|marker| {
                let (before, after) = marker.around;
                format!("{}:{}:{before}:{after}", marker.item, marker.occurrence)
            })
            .collect();
        attributes.push_str(&format!(" data-markers=\"{}\"", markers.join(" ")));
    }
    if !listing.highlighted.is_empty() {
        let lines = listing.highlighted.iter();
        let lines: Vec<String> = lines
            .map(|lines| format!("{}-{}", lines.start(), lines.end()))
            .collect();
        attributes.push_str(&format!(" data-lines=\"{}\"", lines.join(" ")));
    }
    if let Some(first) = listing.numbered_from {
        attributes.push_str(&format!(" data-first=\"{first}\""));
    }
    let title = listing.title.as_deref().filter(|title| !title.is_empty());
    let title = title.map(|title| {
        let title = escape(title);
        format!("\n<p class=\"transcript-listing-title hljs\">{title}</p>")
    });
    format!(
        "<div class=\"transcript-listing\" id=\"{}\"{attributes}>{}",
        escape(id),
        title.unwrap_or_default()
    )
}
