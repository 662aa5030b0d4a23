//! Renders titles: inline Markdown in HTML elements, where mdBook would not interpret it.

use std::borrow::Cow;
use std::fmt::Write;

use mdbook_markdown::pulldown_cmark::Event;
use mdbook_markdown::pulldown_cmark::html::push_html;
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::escape::escape;
use crate::lesson::Lesson;

/// The link definitions of a chapter, for its titles.
#[derive(Debug, Default)]
pub struct Titles {
    /// Labels in lower case, with their definitions as Markdown.
    definitions: Vec<(String, String)>,
}

impl Titles {
    /// Collects the definitions of a chapter.
    pub fn with(lesson: &Lesson) -> Titles {
        let definitions = lesson.all_definitions().into_iter().map(|definition| {
            let destination = definition.destination.replace(['<', '>', '\n'], "");
            let mut markdown = format!("[{}]: <{destination}>", definition.label);
            if let Some(title) = &definition.title {
                let title = title.replace('\\', "\\\\").replace('"', "\\\"");
                write!(markdown, " \"{title}\"").expect("a string takes everything");
            }
            (definition.label.to_lowercase(), markdown)
        });
        Titles {
            definitions: definitions.collect(),
        }
    }

    /// Renders inline Markdown as HTML, and as plain text. Text that isn't a single paragraph stays unchanged.
    pub fn inline<'a>(&self, title: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
        // Most titles are a single word without Markdown.
        if !title.is_empty() && title.chars().all(char::is_alphanumeric) {
            return (title.into(), title.into());
        }
        let mut markdown = title.to_owned();
        if title.contains('[') {
            let lower = title.to_lowercase();
            for (label, definition) in &self.definitions {
                if lower.contains(label.as_str()) {
                    markdown.push_str("\n\n");
                    markdown.push_str(definition);
                }
            }
        }
        let events: Vec<Event<'_>> =
            new_cmark_parser(&markdown, &MarkdownOptions::default()).collect();
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
            Some(inline) if !inline.contains('\n') => {
                (inline.replace('{', "&#123;").into(), text.into())
            }
            _ => (escape(title).into(), title.into()),
        }
    }
}
