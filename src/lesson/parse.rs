//! Text → blocks, and all the errors in it.
//!
//! What a fence, an HTML block, a list or a quotation is, pulldown-cmark decides, in mdBook's own
//! version and with its options, so that we and the renderer agree. Tab sets it does not know: their
//! bodies look like indented code to it. Where it says that text stands, a scan of the lines finds
//! the headers; the body's indent is taken off, and what is in it is parsed in the same way.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::container::Container;
use super::fence::{Form, RunAttributes};
use super::fenced::{self, Fence, Within};
use super::indented::{self, Body, Indented, IndentedKind, Written};
use super::listing::{self, Notes};
use super::text::Excerpt;
use super::value::Found;
use super::{Admonition, Block, BlockId, Definition, Kind, Lesson, Tab};
use super::{annotation, attributes, in_page, value};
use crate::diagnostic::Diagnostic;

/// Finds the blocks of a chapter, and everything that is wrong in it, in the order of the text. A
/// block that is wrong is no block. `name`: what programs in the page are called that have no name of their
/// own.
pub fn parse(chapter: &str, name: &str) -> (Lesson, Vec<Diagnostic>) {
    // Most chapters of most books have nothing of ours.
    let may_hold = [
        attributes::may_tag,
        indented::may_hold,
        listing::may_head,
        annotation::may_mark,
        value::may_hold,
    ];
    if !may_hold.iter().any(|may_hold| may_hold(chapter)) {
        return (Lesson::default(), Vec::new());
    }
    let mut problems = Vec::new();
    let mut lesson = blocks(&Excerpt::whole(chapter), Within::Chapter, &mut problems);
    in_page::name_all(&mut lesson, name);
    complete_sets(&mut lesson);
    lesson.number(0);
    problems.extend(lesson.walk().filter_map(pictured_without_output));
    problems.sort_by_key(Diagnostic::position);
    (lesson, problems)
}

/// A source on its own becomes a whole tab set.
fn complete_sets(lesson: &mut Lesson) {
    let outputs: Vec<RunAttributes> = lesson
        .walk()
        .filter_map(|block| match &block.kind {
            Kind::Output(output) => Some(output.run.clone()),
            _ => None,
        })
        .collect();
    complete_sets_but(&outputs, lesson);
}

fn complete_sets_but(outputs: &[RunAttributes], lesson: &mut Lesson) {
    for block in &mut lesson.blocks {
        match &mut block.kind {
            Kind::Source(source) if !outputs.iter().any(|output| output.may_be(&source.run)) => {
                source.form = Form::TabSet;
            }
            Kind::Admonition(admonition) => complete_sets_but(outputs, &mut admonition.lesson),
            Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Tabs(_) | Kind::Value(_) => {}
        }
    }
}

/// What is wrong with a source that shows no output, and is to show the picture of it.
fn pictured_without_output(block: &Block) -> Option<Diagnostic> {
    let Kind::Source(source) = &block.kind else {
        return None;
    };
    let timeline = source.timeline.as_ref()?;
    (source.form == Form::Code).then(|| {
        Diagnostic::error("`timeline` has no meaning here: this fence shows no output")
            .at(timeline.place.clone())
            .help("say it in the fence that shows what the program prints")
    })
}

fn blocks(excerpt: &Excerpt, within: Within, problems: &mut Vec<Diagnostic>) -> Lesson {
    let text = excerpt.text.as_str();
    let mut lesson = Lesson::default();
    let mut done = 0;
    // The containers around, from the outside in: items and definitions, and quotations (`false`).
    let mut within_items: Vec<bool> = Vec::new();
    // The numbered lists around that may hold notes, with the number of the block that they explain.
    let mut lists: Vec<Option<(usize, Notes)>> = Vec::new();
    let mut explains = None;
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    let definitions = parser.reference_definitions().iter();
    lesson.definitions = definitions
        .map(|(label, link)| Definition {
            label: label.to_owned(),
            destination: link.dest.to_string(),
            title: link.title.as_ref().map(ToString::to_string),
        })
        .collect();
    let mut events = parser.into_offset_iter().peekable();
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::List(_)) => {
                let notes = |block| (block, Notes::at(excerpt, range));
                lists.push(explains.take().map(notes));
            }
            Event::Start(Tag::Item) => {
                within_items.push(true);
                if let Some(Some((_, notes))) = lists.last_mut() {
                    notes.item(text, range.start);
                }
            }
            Event::End(TagEnd::List(_)) => {
                if let Some(Some((block, mut notes))) = lists.pop() {
                    // The body of a block in the last item may reach beyond it.
                    let last = lesson.blocks.last().map_or(0, |last| last.span.end);
                    notes.end = notes.end.max(last);
                    fenced::explain(excerpt, &mut lesson.blocks[block], notes, problems);
                }
            }
            Event::Start(Tag::DefinitionListDefinition) => within_items.push(true),
            Event::Start(Tag::BlockQuote(_)) => within_items.push(false),
            Event::End(TagEnd::Item | TagEnd::DefinitionListDefinition | TagEnd::BlockQuote(_)) => {
                within_items.pop();
            }
            _ if range.start < done => {}
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let body = std::iter::from_fn(|| events.next())
                    .map_while(|(event, _)| match event {
                        Event::Text(text) => Some(text),
                        _ => None,
                    })
                    .fold(String::new(), |body, text| body + &text);
                let container = Container::before(text, range.start);
                let list_follows =
                    matches!(events.peek(), Some((Event::Start(Tag::List(Some(_))), _)));
                let fence = Fence {
                    range,
                    container: &container,
                    body,
                    within,
                    list_follows,
                };
                if let Some(block) = fence.read(excerpt, problems) {
                    explains = list_follows.then_some(lesson.blocks.len());
                    lesson.blocks.push(block);
                }
            }
            Event::Start(Tag::Paragraph | Tag::Heading { .. })
                if indented::may_hold(&text[range.clone()]) =>
            {
                let container = Container::before(text, range.start);
                let mut from = range.start;
                let in_item = within_items.last() == Some(&true);
                while from < range.end
                    && let Some(found) = indented::find(text, from..range.end, &container, in_item)
                {
                    // The next one begins on a line of its own.
                    let end = found.span.end;
                    from = text[end..]
                        .find('\n')
                        .map_or(text.len(), |newline| end + newline + 1);
                    lesson
                        .blocks
                        .push(indented(excerpt, found, &container, problems));
                }
                done = from;
            }
            _ => {}
        }
    }
    add_values(excerpt, &mut lesson.blocks, problems);
    // Room for more blocks, of every chapter of a book, is much memory, which takes time to get.
    lesson.blocks.shrink_to_fit();
    lesson
}

/// Adds the values in the running text between the blocks.
fn add_values(excerpt: &Excerpt, blocks: &mut Vec<Block>, problems: &mut Vec<Diagnostic>) {
    if !value::may_hold(&excerpt.text) {
        return;
    }
    let spans: Vec<Range<usize>> = blocks.iter().map(|block| block.span.clone()).collect();
    let values = value::find(excerpt, &spans, problems).into_iter();
    blocks.extend(values.map(|Found { span, value }| Block {
        id: BlockId::default(),
        place: excerpt.span(span.clone()),
        span,
        prefix: String::new(),
        kind: Kind::Value(value),
    }));
    blocks.sort_by_key(|block| block.span.start);
}

/// A block with what is in its bodies.
fn indented(
    excerpt: &Excerpt,
    found: Indented<'_>,
    container: &Container,
    problems: &mut Vec<Diagnostic>,
) -> Block {
    let place = excerpt.span(found.header.clone());
    let kind = match found.kind {
        IndentedKind::Tabs(tabs) => Kind::Tabs(tab_set(excerpt, tabs, problems)),
        IndentedKind::Admonition(header, body) => {
            value::refuse_in_title(excerpt, found.header, problems);
            if header.has_stray_words() {
                problems.push(
                    Diagnostic::warning("the words behind the type are no title")
                        .at(place.clone())
                        .help("put the title in double quotes"),
                );
            }
            let (body, lesson) = content(excerpt, body, Within::Admonition, problems);
            Kind::Admonition(Admonition {
                kind: header.kind(),
                fold: header.fold,
                place: header.place(),
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

fn tab_set(excerpt: &Excerpt, tabs: Vec<Written<'_>>, problems: &mut Vec<Diagnostic>) -> Vec<Tab> {
    let selected = tabs
        .iter()
        .rposition(|tab| tab.header.selected)
        .unwrap_or(0);
    tabs.into_iter()
        .enumerate()
        .map(|(number, tab)| {
            value::refuse_in_title(excerpt, tab.place, problems);
            let (body, lesson) = content(excerpt, tab.body, Within::Tab, problems);
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

/// The text of a body, and the blocks in it.
fn content(
    excerpt: &Excerpt,
    body: Body<'_>,
    within: Within,
    problems: &mut Vec<Diagnostic>,
) -> (String, Lesson) {
    if let Some(missed) = body.missed {
        let message = "this line belongs to no block: it is indented by less than 4 spaces";
        problems.push(
            Diagnostic::warning(message)
                .at(excerpt.span(missed))
                .help("indent it by 4 spaces"),
        );
    }
    let body = Excerpt::of_lines(excerpt, body.lines);
    let lesson = blocks(&body, within, problems);
    (body.text, lesson)
}
