//! Renders titles: inline Markdown in HTML elements, where mdBook would not interpret it.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

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

    /// Renders inline Markdown as HTML, and as plain text. A tag that isn't closed within the title is text.
    pub fn inline<'a>(&self, title: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
        // Most titles are a single word without Markdown.
        if title.chars().all(char::is_alphanumeric) {
            return (title.into(), title.into());
        }
        let mut markdown = format!("{LEAD}{}", closed(title));
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
        match (
            paragraph.and_then(without_lead),
            without_lead(text.as_str()),
        ) {
            (Some(inline), Some(text)) if !inline.contains('\n') => {
                (inline.replace('{', "&#123;").into(), text.to_owned().into())
            }
            _ => (escape(title).into(), title.into()),
        }
    }
}

/// A text before a title: with it, the title is inline Markdown, whatever it begins with, as it is in Python-Markdown.
const LEAD: &str = "x ";

/// A rendered title without the lead.
fn without_lead(title: &str) -> Option<&str> {
    Some(title.strip_prefix(LEAD.trim_end())?.trim_start())
}

/// The elements of HTML that may stand in a title: those that don't end the paragraph around them.
const INLINE: [&str; 41] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "math", "picture", "q", "rp", "rt", "ruby",
    "s", "samp", "small", "source", "span", "strike", "strong", "sub", "sup", "svg", "time", "tt",
    "u", "var", "wbr",
];
/// The elements of [`INLINE`] without an end tag.
const VOID: [&str; 4] = ["br", "img", "source", "wbr"];
/// The elements of [`INLINE`] with elements of their own, of any name.
const FOREIGN: [&str; 2] = ["math", "svg"];

/// Escapes every raw tag in a title that isn't closed in it, or that isn't inline: `Box<T>` is text. An open tag would
/// contain the rest of the page.
pub(super) fn closed(title: &str) -> Cow<'_, str> {
    let mut closed = Cow::Borrowed(title);
    // An escaped tag is Markdown: its attributes may contain further tags.
    while closed.contains('<') {
        let open = open_tags(&closed);
        if open.is_empty() {
            break;
        }
        let mut escaped = String::with_capacity(closed.len() + open.len());
        let mut at = 0;
        for tag in open {
            escaped.push_str(&closed[at..tag.start]);
            escaped.push_str(&closed[tag.clone()].replace('<', "\\<"));
            at = tag.end;
        }
        escaped.push_str(&closed[at..]);
        closed = Cow::Owned(escaped);
    }
    closed
}

/// The bytes of each raw tag that isn't closed in a title, or that isn't inline.
fn open_tags(title: &str) -> Vec<Range<usize>> {
    let markdown = format!("{LEAD}{title}");
    let events = new_cmark_parser(&markdown, &MarkdownOptions::default()).into_offset_iter();
    let tags = events.filter_map(|(event, range)| match event {
        Event::InlineHtml(tag) => Some((tag, range.start - LEAD.len()..range.end - LEAD.len())),
        _ => None,
    });
    let mut open: Vec<(String, Range<usize>)> = Vec::new();
    for (tag, range) in tags {
        // Comments, declarations and processing instructions are complete.
        if tag.starts_with("<!") || tag.starts_with("<?") {
            continue;
        }
        let is_end = tag.starts_with("</");
        let name = tag.trim_start_matches(['<', '/']);
        let name = name.split(|c: char| c.is_whitespace() || matches!(c, '/' | '>'));
        let name = name.take(1).collect::<String>().to_lowercase();
        let is_inline = INLINE.contains(&name.as_str()) || name.contains('-');
        match open.iter().rposition(|(before, _)| *before == name) {
            Some(start) if is_end && is_inline => {
                if FOREIGN.contains(&name.as_str()) {
                    open.truncate(start);
                } else {
                    open.remove(start);
                }
            }
            _ if is_inline && VOID.contains(&name.as_str()) && !is_end => {}
            _ => open.push((if is_end { String::new() } else { name }, range)),
        }
    }
    open.into_iter().map(|(_, range)| range).collect()
}

#[cfg(test)]
mod tests {
    use super::{Titles, closed};

    #[test]
    fn tags_that_are_not_closed_in_a_title_are_text() {
        for (title, escaped) in [
            ("Box<T>", "Box\\<T>"),
            ("<T>", "\\<T>"),
            ("`Box<T>`", "`Box<T>`"),
            ("Vec<Vec<u8>>", "Vec<Vec\\<u8>>"),
            ("Result<T, E>", "Result<T, E>"),
            ("Box<dyn Error>", "Box\\<dyn Error>"),
            ("From<A> for Vec<B>", "From\\<A> for Vec\\<B>"),
            ("<b>bold</b>", "<b>bold</b>"),
            ("<b>bold</B> <b>", "<b>bold</B> \\<b>"),
            ("<b>bold", "\\<b>bold"),
            ("bold</b>", "bold\\</b>"),
            ("<i class=\"fa fa-x\"></i> x", "<i class=\"fa fa-x\"></i> x"),
            ("<b>a <T>b</b>", "<b>a \\<T>b</b>"),
            ("<x-y>a</x-y>", "<x-y>a</x-y>"),
            ("a<br>b<br/>c<img src=\"x\">", "a<br>b<br/>c<img src=\"x\">"),
            ("</br>", "\\</br>"),
            ("<div>a</div>", "\\<div>a\\</div>"),
            ("<svg><path d=\"\"/></svg> a", "<svg><path d=\"\"/></svg> a"),
            ("a <!-- <T> --> b", "a <!-- <T> --> b"),
            ("a <!-- b", "a <!-- b"),
            ("<a title=\"<T>\">b", "\\<a title=\"\\<T>\">b"),
            ("<a title=\"`\"> `<T>`", "\\<a title=\"`\"> `\\<T>`"),
            ("", ""),
        ] {
            assert_eq!(closed(title), escaped);
        }
    }

    #[test]
    fn titles_are_inline_markdown() {
        let titles = Titles::default();
        for (title, html, text) in [
            ("Box<T>", "Box&lt;T&gt;", "Box<T>"),
            (
                "`Rc<T>` *a*",
                "<code>Rc&lt;T&gt;</code> <em>a</em>",
                "Rc<T> a",
            ),
            ("# *a*", "# <em>a</em>", "# a"),
            ("- a", "- a", "- a"),
            ("<b>a</b> <!-- b -->", "<b>a</b> <!-- b -->", "a "),
            (
                "{{#include a}}",
                "&#123;&#123;#include a}}",
                "{{#include a}}",
            ),
            ("x", "x", "x"),
            ("x x", "x x", "x x"),
            ("", "", ""),
            (" ", "", ""),
        ] {
            assert_eq!(
                titles.inline(title),
                (html.into(), text.into()),
                "{title:?}"
            );
        }
    }
}
