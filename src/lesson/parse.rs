//! Text → blocks, and all the errors in it.
//!
//! What a fence, an HTML block, a list or a quotation is, pulldown-cmark decides, in mdBook's own
//! version and with its options, so that we and the renderer agree. Tab sets it does not know: their
//! bodies look like indented code to it. Where it says that text stands, a scan of the lines finds
//! the headers; the body's indent is taken off, and what is in it is parsed in the same way.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::attributes::{self, Tagged};
use super::container::Container;
use super::fence::{Form, RunAttributes, SourceFence};
use super::indented::{self, Body, Indented, IndentedKind, Written};
use super::text::{Excerpt, without_end};
use super::{Admonition, Block, Kind, Lesson, Problem, Severity, Tab};

/// Finds the blocks of a chapter, and everything that is wrong in it, in the order of the text. A
/// block that is wrong is no block.
pub fn parse(chapter: &str) -> (Lesson, Vec<Problem>) {
    // Most chapters of most books have nothing of ours.
    if !attributes::may_tag(chapter) && !indented::may_hold(chapter) {
        return (Lesson::default(), Vec::new());
    }
    let mut problems = Vec::new();
    let mut lesson = blocks(&Excerpt::whole(chapter), Within::Chapter, &mut problems);
    complete_sets(&mut lesson);
    problems.sort_by_key(|problem| problem.span.start);
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
            Kind::Source(_) | Kind::Output(_) | Kind::Tabs(_) => {}
        }
    }
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Chapter,
    Tab,
    Admonition,
}

fn blocks(excerpt: &Excerpt, within: Within, problems: &mut Vec<Problem>) -> Lesson {
    let text = excerpt.text.as_str();
    let mut lesson = Lesson::default();
    let mut done = 0;
    // The containers around, from the outside in: list items, and quotations (`false`).
    let mut within_items: Vec<bool> = Vec::new();
    let mut events = new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter();
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::Item) => within_items.push(true),
            Event::Start(Tag::BlockQuote(_)) => within_items.push(false),
            Event::End(TagEnd::Item | TagEnd::BlockQuote(_)) => drop(within_items.pop()),
            _ if range.start < done => {}
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let body = events
                    .by_ref()
                    .map_while(|(event, _)| match event {
                        Event::Text(text) => Some(text),
                        _ => None,
                    })
                    .fold(String::new(), |body, text| body + &text);
                let container = Container::before(text, range.start);
                lesson
                    .blocks
                    .extend(fenced(excerpt, range, &container, body, within, problems));
            }
            Event::Start(Tag::Paragraph | Tag::Heading { .. }) => {
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
    lesson
}

/// A fence, if it is one of ours.
fn fenced(
    excerpt: &Excerpt,
    range: Range<usize>,
    container: &Container,
    body: String,
    within: Within,
    problems: &mut Vec<Problem>,
) -> Option<Block> {
    let text = excerpt.text.as_str();
    let opening = without_end(
        text[range.clone()]
            .split_inclusive('\n')
            .next()
            .unwrap_or(""),
    );
    let marks = opening.len() - opening.trim_start_matches(&opening[..1]).len();
    let info = opening[marks..].trim();
    let tagged = attributes::is_tagged(info);
    let opening_place = excerpt.span(range.start..range.start + opening.len());

    if (tagged || within != Within::Chapter)
        && !closes(&text[range.clone()], &opening[..marks], container)
    {
        problems.push(Problem {
            severity: Severity::Error,
            span: opening_place,
            message: match within {
                Within::Chapter => "this fence never closes",
                Within::Tab => "this fence does not close within its tab",
                Within::Admonition => "this fence does not close within its admonition",
            }
            .to_owned(),
            label: format!("expected a closing {} behind it", &opening[..marks]),
            help: (within != Within::Chapter).then(|| {
                "a body ends at the first line that is indented by less than 4 spaces".to_owned()
            }),
        });
        return None;
    }
    if !tagged {
        return None;
    }

    let info_start = range.start + opening.len() - opening[marks..].trim_start().len();
    let kind = match attributes::read(info) {
        Err(wrongs) => {
            problems.extend(wrongs.into_iter().map(|wrong| Problem {
                severity: Severity::Error,
                span: excerpt.span(info_start + wrong.span.start..info_start + wrong.span.end),
                message: wrong.message,
                label: wrong.label,
                help: None,
            }));
            return None;
        }
        Ok(Tagged::Output(_)) if !body.trim().is_empty() => {
            problems.push(Problem {
                severity: Severity::Error,
                span: opening_place,
                message: "an output fence has a body, which would be lost".to_owned(),
                label: "the program's output stands here".to_owned(),
                help: Some("empty the fence, or take `output=` away".to_owned()),
            });
            return None;
        }
        Ok(Tagged::Output(output)) => Kind::Output(output),
        Ok(Tagged::Source(source)) => Kind::Source(SourceFence { body, ..source }),
    };
    let end = range.start + text[range.clone()].trim_end_matches(['\n', '\r']).len();
    Some(Block {
        span: range.start..end,
        prefix: container.continuation(),
        place: attributes::name_span(info).map_or(opening_place, |name| {
            excerpt.span(info_start + name.start..info_start + name.end)
        }),
        kind,
    })
}

/// Whether the last line of a fence closes it (CommonMark 0.31, 4.5).
fn closes(fence: &str, marks: &str, container: &Container) -> bool {
    let fence = fence.trim_end_matches(['\n', '\r']);
    let Some((_, last)) = fence.rsplit_once('\n') else {
        return false;
    };
    let last = container.strip(last).unwrap_or(last).trim_end();
    let closing = last.trim_start_matches(' ');
    last.len() - closing.len() <= 3
        && closing.len() >= marks.len()
        && closing.chars().all(|c| marks.starts_with(c))
}

/// A block with what is in its bodies.
fn indented(
    excerpt: &Excerpt,
    found: Indented<'_>,
    container: &Container,
    problems: &mut Vec<Problem>,
) -> Block {
    let place = excerpt.span(found.header);
    let kind = match found.kind {
        IndentedKind::Tabs(tabs) => Kind::Tabs(tab_set(excerpt, tabs, problems)),
        IndentedKind::Admonition(header, body) => {
            if header.has_stray_words() {
                problems.push(Problem {
                    severity: Severity::Warning,
                    help: Some("put the title in double quotes".to_owned()),
                    ..Problem::error(place.clone(), "the words behind the type are no title")
                });
            }
            let (body, lesson) = content(excerpt, body, Within::Admonition, problems);
            Kind::Admonition(Admonition {
                kind: header.kind(),
                fold: header.fold,
                title: header.shown_title(),
                body,
                lesson,
            })
        }
    };
    Block {
        span: found.span,
        prefix: container.continuation(),
        place,
        kind,
    }
}

fn tab_set(excerpt: &Excerpt, tabs: Vec<Written<'_>>, problems: &mut Vec<Problem>) -> Vec<Tab> {
    let selected = tabs
        .iter()
        .rposition(|tab| tab.header.selected)
        .unwrap_or(0);
    tabs.into_iter()
        .enumerate()
        .map(|(number, tab)| {
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
    problems: &mut Vec<Problem>,
) -> (String, Lesson) {
    if let Some(missed) = body.missed {
        problems.push(Problem {
            severity: Severity::Warning,
            help: Some("indent it by 4 spaces".to_owned()),
            ..Problem::error(
                excerpt.span(missed),
                "this line belongs to no block: it is indented by less than 4 spaces",
            )
        });
    }
    let body = Excerpt::of_lines(excerpt, body.lines);
    let lesson = blocks(&body, within, problems);
    (body.text, lesson)
}
