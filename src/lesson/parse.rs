//! Parses a chapter: Markdown → blocks and problems.
//!
//! pulldown-cmark, in mdBook's version and with its options, decides on fences, HTML blocks, lists and quotations, so
//! the renderer reads the chapter in the same way. It does not know tab sets and admonitions: their bodies look like
//! indented code. Where it finds a paragraph or a heading, a scan of the lines finds their headers; their bodies
//! lose the indent and are parsed recursively.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::attributes::misspelled;
use super::container::Container;
use super::fenced::{self, Fence, Within};
use super::indented::{self, Body, Indented, IndentedKind, IndentedTab, may_contain_header};
use super::listing::{self, Notes};
use super::names::name_unnamed;
use super::sets::{complete_sets, without_effect};
use super::text::Excerpt;
use super::value::Found;
use super::{Admonition, Block, BlockId, Definition, Kind, Lesson, Tab};
use super::{annotation, attributes, include, value};
use crate::diagnostic::Diagnostic;

/// Finds the blocks and the problems of a chapter, both in the order of the text.
///
/// A block with an error is left out. Snippets and shell commands without a name of their own are named after
/// `name`, the chapter's file without `.md`.
pub fn parse(chapter: &str, name: &str) -> (Lesson, Vec<Diagnostic>) {
    parse_with(chapter, name, &[])
}

/// Like [`parse`], for a book that passes these words in info strings on to other tools.
pub fn parse_with(chapter: &str, name: &str, passed_on: &[String]) -> (Lesson, Vec<Diagnostic>) {
    // Most chapters of most books have no blocks.
    let quick_looks = [
        attributes::may_contain_tag,
        misspelled::may_contain_misspelled,
        indented::may_contain_header,
        listing::may_contain_attribute,
        annotation::may_contain_marker,
        value::may_contain_value,
        include::may_contain_include,
    ];
    if !quick_looks.iter().any(|may_contain| may_contain(chapter)) {
        return (Lesson::default(), Vec::new());
    }
    let mut problems = Vec::new();
    let whole = Excerpt::whole(chapter);
    let mut lesson = blocks(&whole, Within::Chapter, passed_on, &mut problems);
    name_unnamed(&mut lesson, name);
    complete_sets(&mut lesson);
    lesson.number(0);
    problems.extend(lesson.walk().flat_map(without_effect));
    problems.sort_by_key(Diagnostic::position);
    (lesson, problems)
}

/// Parses a text: the chapter or a body.
fn blocks(
    excerpt: &Excerpt,
    within: Within,
    passed_on: &[String],
    problems: &mut Vec<Diagnostic>,
) -> Lesson {
    let text = excerpt.text.as_str();
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    let mut walk = Walk {
        lesson: Lesson {
            blocks: Vec::new(),
            definitions: definitions(&parser),
            includes: Vec::new(),
        },
        excerpt,
        within,
        passed_on,
        problems,
        done: 0,
        items: Vec::new(),
        lists: Vec::new(),
        explained: None,
    };
    let mut events = parser.into_offset_iter().peekable();
    while let Some((event, range)) = events.next() {
        walk.containers(&event, &range);
        match event {
            _ if range.start < walk.done => {}
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let body = code(&mut events);
                let list_follows =
                    matches!(events.peek(), Some((Event::Start(Tag::List(Some(_))), _)));
                walk.fence(range, body, list_follows);
            }
            Event::Start(Tag::Paragraph | Tag::Heading { .. })
                if may_contain_header(&text[range.clone()]) =>
            {
                walk.paragraph(range);
            }
            Event::Start(
                Tag::Item | Tag::DefinitionListDefinition | Tag::FootnoteDefinition(_),
            ) => walk.first_line(range),
            _ => {}
        }
    }
    let mut lesson = walk.lesson;
    // Most texts have neither an include nor a value: one search for both.
    if memchr::memmem::find(text.as_bytes(), b"{{#").is_some() {
        let blocks = lesson.blocks.iter();
        let spans: Vec<_> = blocks.map(|block| block.span.clone()).collect();
        lesson.includes = include::find(excerpt, &spans);
        add_values(excerpt, &mut lesson.blocks, &spans, problems);
    }
    // Over all chapters of a book, unused capacity is much memory, which takes time to allocate.
    lesson.blocks.shrink_to_fit();
    lesson
}

/// The text of a fence whose start was read.
fn code<'a>(events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>) -> String {
    let texts = events.map_while(|(event, _)| match event {
        Event::Text(text) => Some(text),
        _ => None,
    });
    texts.fold(String::new(), |body, text| body + &text)
}

/// The link definitions of a text.
fn definitions(parser: &Parser<'_>) -> Vec<Definition> {
    let definitions = parser.reference_definitions().iter();
    let definitions = definitions.map(|(label, link)| Definition {
        label: label.to_owned(),
        destination: link.dest.to_string(),
        title: link.title.as_ref().map(ToString::to_string),
    });
    definitions.collect()
}

/// A walk over the events of pulldown-cmark, which collects the blocks of a text.
struct Walk<'a> {
    excerpt: &'a Excerpt,
    within: Within,
    passed_on: &'a [String],
    problems: &'a mut Vec<Diagnostic>,
    lesson: Lesson,
    /// The end of the last tab set or admonition: events before it are part of that block.
    done: usize,
    /// The enclosing containers, from the outside in: `true` for items, definitions and footnotes, `false` for
    /// quotations.
    items: Vec<bool>,
    /// The enclosing lists: the notes in a numbered list, with the index of the block that they explain.
    lists: Vec<Option<(usize, Notes)>>,
    /// The index of the block that the next list explains.
    explained: Option<usize>,
}

impl Walk<'_> {
    /// Keeps track of the enclosing containers and lists.
    fn containers(&mut self, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::List(_)) => {
                let notes = |block| (block, Notes::at(self.excerpt, range.clone()));
                self.lists.push(self.explained.take().map(notes));
            }
            Event::Start(Tag::Item) => {
                self.items.push(true);
                if let Some(Some((_, notes))) = self.lists.last_mut() {
                    notes.add_item(&self.excerpt.text, range.start);
                }
            }
            Event::End(TagEnd::List(_)) => {
                if let Some(Some((block, mut notes))) = self.lists.pop() {
                    let blocks = &mut self.lesson.blocks;
                    // The body of a block in the last item may reach beyond the list.
                    let last = blocks.last().map_or(0, |last| last.span.end);
                    notes.end = notes.end.max(last);
                    fenced::attach_notes(self.excerpt, &mut blocks[block], notes, self.problems);
                }
            }
            Event::Start(Tag::DefinitionListDefinition | Tag::FootnoteDefinition(_)) => {
                self.items.push(true);
            }
            Event::Start(Tag::BlockQuote(_)) => self.items.push(false),
            Event::End(
                TagEnd::Item
                | TagEnd::DefinitionListDefinition
                | TagEnd::FootnoteDefinition
                | TagEnd::BlockQuote(_),
            ) => {
                self.items.pop();
            }
            _ => {}
        }
    }

    /// Adds the block of a fence, if it is one.
    fn fence(&mut self, range: Range<usize>, body: String, list_follows: bool) {
        if !list_follows {
            fenced::warn_of_markers(self.excerpt, &range, &body, self.problems);
        }
        let container = Container::before(&self.excerpt.text, range.start);
        let fence = Fence {
            range,
            container: &container,
            body,
            within: self.within,
            list_follows,
            passed_on: self.passed_on,
        };
        if let Some(block) = fence.read(self.excerpt, self.problems) {
            self.explained = list_follows.then_some(self.lesson.blocks.len());
            self.lesson.blocks.push(block);
        }
    }

    /// Adds the tab sets and admonitions whose headers are lines of a paragraph or a heading.
    fn paragraph(&mut self, range: Range<usize>) {
        let text = self.excerpt.text.as_str();
        let container = Container::before(text, range.start);
        let in_item = self.items.last() == Some(&true);
        let mut from = range.start;
        while from < range.end
            && let Some(found) = indented::find(text, from..range.end, &container, in_item)
        {
            from = next_line(text, found.span.end);
            let block = self.indented(found, &container);
            self.lesson.blocks.push(block);
        }
        self.done = from;
    }

    /// Adds the tab set or admonition whose header is directly after the marker of an item, a definition or a footnote.
    fn first_line(&mut self, item: Range<usize>) {
        let text = self.excerpt.text.as_str();
        let line = text[item.clone()].lines().next().unwrap_or("");
        let Some(content) =
            indented::after_marker(line).filter(|content| may_contain_header(content))
        else {
            return;
        };
        let start = item.start + line.len() - content.len();
        let container = Container::before(text, start);
        if let Some(found) = indented::find_after_marker(text, start, &container) {
            self.done = next_line(text, found.span.end);
            let block = self.indented(found, &container);
            self.lesson.blocks.push(block);
        }
    }

    /// Makes a block of a tab set or an admonition, and parses its bodies.
    fn indented(&mut self, found: Indented<'_>, container: &Container) -> Block {
        let excerpt = self.excerpt;
        let place = excerpt.span(found.header.clone());
        let kind = match found.kind {
            IndentedKind::Tabs(tabs) => Kind::Tabs(self.tab_set(tabs)),
            IndentedKind::Admonition(header, body) => {
                value::refuse_in_title(excerpt, found.header, self.problems);
                if header.has_stray_words() {
                    self.problems.push(
                        Diagnostic::warning("the words after the type are not a title")
                            .at(place.clone())
                            .help("put the title in double quotes"),
                    );
                }
                let (body, lesson) = self.content(body, Within::Admonition);
                Kind::Admonition(Admonition {
                    kind: header.kind(),
                    fold: header.fold,
                    placement: header.placement(),
                    title: header.shown_title(),
                    body,
                    lesson,
                })
            }
        };
        Block {
            id: BlockId::default(),
            span: found.span,
            prefix: container.continuation(),
            place,
            kind,
        }
    }

    /// Makes a tab of each indented tab, and parses its body.
    fn tab_set(&mut self, tabs: Vec<IndentedTab<'_>>) -> Vec<Tab> {
        let selected = tabs
            .iter()
            .rposition(|tab| tab.header.selected)
            .unwrap_or(0);
        tabs.into_iter()
            .enumerate()
            .map(|(number, tab)| {
                value::refuse_in_title(self.excerpt, tab.header_span, self.problems);
                let (body, lesson) = self.content(tab.body, Within::Tab);
                Tab {
                    title: tab.header.title.to_owned(),
                    line: tab.line,
                    selected: number == selected,
                    body,
                    lesson,
                }
            })
            .collect()
    }

    /// The text of a body, and its lesson.
    fn content(&mut self, body: Body<'_>, within: Within) -> (String, Lesson) {
        if let Some(missed) = body.missed {
            let message = "this line belongs to no block: it is indented by fewer than 4 spaces";
            self.problems.push(
                Diagnostic::warning(message)
                    .at(self.excerpt.span(missed))
                    .help("indent it by 4 spaces"),
            );
        }
        let body = Excerpt::of_lines(self.excerpt, body.lines);
        let lesson = blocks(&body, within, self.passed_on, self.problems);
        (body.text, lesson)
    }
}

/// The first byte of the line after the one that contains byte `at`: the next block begins on a new line.
fn next_line(text: &str, at: usize) -> usize {
    let newline = text[at..].find('\n');
    newline.map_or(text.len(), |newline| at + newline + 1)
}

/// Adds the values in the running text between the blocks.
fn add_values(
    excerpt: &Excerpt,
    blocks: &mut Vec<Block>,
    spans: &[Range<usize>],
    problems: &mut Vec<Diagnostic>,
) {
    if !value::may_contain_value(&excerpt.text) {
        return;
    }
    let values = value::find(excerpt, spans, problems).into_iter();
    blocks.extend(values.map(|Found { span, value }| Block {
        id: BlockId::default(),
        place: excerpt.span(span.clone()),
        span,
        prefix: String::new(),
        kind: Kind::Value(value),
    }));
    blocks.sort_by_key(|block| block.span.start);
}
