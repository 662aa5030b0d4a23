//! Pages for mdBook's `html` renderer: labelled sections, which the script turns into tabs.

use std::collections::{HashMap, HashSet};

use mdbook_markdown::pulldown_cmark::Event;
use mdbook_markdown::pulldown_cmark::html::push_html;
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::code::{fence, unhidden, without_directives};
use super::output::{View, escape, figure};
use super::{Directives, Programs, TabNames};
use crate::lesson::admonition::{Fold, Type};
use crate::lesson::fence::{Form, SourceFence};
use crate::lesson::splice::{After, Replacement, splice};
use crate::lesson::{Admonition, Block, Kind, Lesson, Tab};

const STYLE: &str = include_str!("assets/transcript.css");
const SCRIPT: &str = include_str!("assets/transcript.js");

/// A chapter with its blocks replaced. Style sheet and script come with it, once.
pub fn chapter(
    text: &str,
    lesson: &Lesson,
    programs: &dyn Programs,
    names: TabNames<'_>,
    directives: Directives,
) -> String {
    let mut page = Page {
        programs,
        names,
        directives,
        counts: HashMap::new(),
        used: HashSet::new(),
    };
    let mut replacements = page.replacements(lesson);
    // They stand inside the first and the last block, where nothing of the author's can swallow them.
    if let Some(first) = replacements
        .iter_mut()
        .find(|new| new.after == After::BlankLine)
    {
        first
            .text
            .insert_str(0, &format!("<style>\n{STYLE}</style>\n\n"));
    }
    if let Some(last) = replacements
        .iter_mut()
        .rfind(|new| new.after == After::BlankLine)
    {
        last.text
            .push_str(&format!("\n\n<script>\n{SCRIPT}</script>"));
    }
    splice(text, &replacements)
}

struct Page<'a> {
    programs: &'a dyn Programs,
    names: TabNames<'a>,
    directives: Directives,
    /// How many elements of a name there are already.
    counts: HashMap<String, usize>,
    /// The ids that stand in the chapter: each is there once.
    used: HashSet<String>,
}

/// A tab, its body rendered.
struct Section {
    label: String,
    selected: bool,
    body: String,
}

impl Page<'_> {
    fn replacements(&mut self, lesson: &Lesson) -> Vec<Replacement> {
        lesson
            .blocks
            .iter()
            .map(|block| self.replacement(block))
            .collect()
    }

    fn replacement(&mut self, block: &Block) -> Replacement {
        let (text, after) = match &block.kind {
            Kind::Source(source) => match source.form {
                Form::Code => (self.code(source), After::Nothing),
                Form::TabSet => (self.code_and_output(source), After::BlankLine),
            },
            Kind::Output(output) => {
                let ran = self.programs.run(&output.run);
                let id = self.id(&format!("{}-run", slug(ran.name)));
                (figure(ran, View::of(output), &id), After::BlankLine)
            }
            Kind::Tabs(tabs) => (self.tab_set(tabs), After::BlankLine),
            Kind::Admonition(admonition) => (self.admonition(admonition), After::BlankLine),
        };
        Replacement::of(block, text, after)
    }

    fn code(&self, source: &SourceFence) -> String {
        if !source.body.trim().is_empty() {
            return fence(&source.info, &source.body);
        }
        let code = unhidden(&self.programs.code(source));
        fence(&source.info, &without_directives(&code, self.directives))
    }

    fn code_and_output(&mut self, source: &SourceFence) -> String {
        let ran = self.programs.run(&source.run);
        let id = self.id(&format!("{}-run", slug(ran.name)));
        let sections = [
            Section {
                label: self.names.code.to_owned(),
                selected: true,
                body: self.code(source),
            },
            Section {
                label: self.names.output.to_owned(),
                selected: false,
                body: figure(ran, View::WHOLE, &id),
            },
        ];
        self.sections(ran.name, &sections)
    }

    fn tab_set(&mut self, tabs: &[Tab]) -> String {
        let name = tabs
            .iter()
            .flat_map(|tab| tab.lesson.walk())
            .find_map(|block| match &block.kind {
                Kind::Source(source) => Some(source.run.target.name.clone()),
                Kind::Output(output) => Some(output.run.target.name.clone()),
                Kind::Tabs(_) | Kind::Admonition(_) => None,
            });
        let sections: Vec<Section> = tabs
            .iter()
            .map(|tab| {
                let replacements = self.replacements(&tab.lesson);
                Section {
                    label: tab.title.clone(),
                    selected: tab.selected,
                    body: splice(&tab.body, &replacements).trim_end().to_owned(),
                }
            })
            .collect();
        self.sections(name.as_deref().unwrap_or("section"), &sections)
    }

    /// mdBook's own admonition, or one that can be folded away.
    fn admonition(&mut self, admonition: &Admonition) -> String {
        let replacements = self.replacements(&admonition.lesson);
        let body = splice(&admonition.body, &replacements);
        let body = body.trim_end();
        let title = admonition.title.as_deref().map(|title| inline(title).0);
        let look = look(admonition.kind);
        if admonition.fold != Fold::Never {
            let open = if admonition.fold == Fold::Open {
                " open=\"open\""
            } else {
                ""
            };
            let title = title.unwrap_or_default();
            return format!(
                "<details class=\"transcript-admonition {look}\"{open}>\n<summary>{title}</summary>\n\n\
                 {body}\n\n</details>"
            );
        }
        let title = match title {
            Some(title) => format!("<p class=\"blockquote-tag-title\">{title}</p>\n"),
            None => String::new(),
        };
        let class = match admonition.kind {
            Type::Quote => "transcript-quote".to_owned(),
            _ => format!("blockquote-tag blockquote-tag-{look}"),
        };
        format!("<blockquote class=\"{class}\">\n{title}\n{body}\n\n</blockquote>")
    }

    fn sections(&mut self, name: &str, sections: &[Section]) -> String {
        let set = self.id(&format!("{}-tabs", slug(name)));
        let mut html = "<div class=\"transcript-tabs\">\n\n".to_owned();
        for section in sections {
            let (label, text) = inline(&section.label);
            let plain = escape(&text);
            let id = self.unique(format!("{set}-{}", slug(&section.label)));
            let selected = if section.selected {
                " data-selected"
            } else {
                ""
            };
            html.push_str(&format!(
                "<section class=\"transcript-tab\" id=\"{id}\" data-label=\"{plain}\"{selected}>\n\
                 <p class=\"transcript-tab-label\">{label}</p>\n\n{}\n\n</section>\n\n",
                section.body
            ));
        }
        html.push_str("</div>");
        html
    }

    /// `join-run` → `join-run-1`, then `join-run-2`.
    fn id(&mut self, base: &str) -> String {
        loop {
            let count = self.counts.entry(base.to_owned()).or_insert(0);
            *count += 1;
            let id = format!("{base}-{count}");
            if self.used.insert(id.clone()) {
                return id;
            }
        }
    }

    /// The id itself, numbered from the second on.
    fn unique(&mut self, id: String) -> String {
        if self.used.insert(id.clone()) {
            return id;
        }
        self.counts.entry(id.clone()).or_insert(1);
        self.id(&id)
    }
}

/// Which of mdBook's five kinds of admonition stands for a type.
fn look(kind: Type) -> &'static str {
    match kind {
        Type::Note | Type::Abstract | Type::Info | Type::Question => "note",
        Type::Tip | Type::Success => "tip",
        Type::Warning => "warning",
        Type::Failure | Type::Danger | Type::Bug => "caution",
        Type::Example => "important",
        Type::Quote => "quote",
    }
}

/// Letters and digits, the rest as single hyphens.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug = words.join("-").to_lowercase();
    if slug.is_empty() {
        "tab".to_owned()
    } else {
        slug
    }
}

/// Inline Markdown as HTML, and its text alone. What is no one paragraph is taken as it stands.
fn inline(markdown: &str) -> (String, String) {
    let events: Vec<Event<'_>> = new_cmark_parser(markdown, &MarkdownOptions::default()).collect();
    let text = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        _ => None,
    });
    let text: String = text.collect();
    let mut html = String::new();
    push_html(&mut html, events.into_iter());
    let paragraph = html
        .trim()
        .strip_prefix("<p>")
        .and_then(|html| html.strip_suffix("</p>"));
    match paragraph {
        Some(inline) if !inline.contains('\n') => (inline.replace('{', "&#123;"), text),
        _ => (escape(markdown), markdown.to_owned()),
    }
}
