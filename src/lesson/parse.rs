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
use super::tabs::{self, TabSet};
use super::text::{Excerpt, without_end};
use super::{Block, Kind, Lesson, Problem, Tab};

/// Finds the blocks of a chapter, and everything that is wrong in it, in the order of the text. A
/// block that is wrong is no block.
pub fn parse(chapter: &str) -> (Lesson, Vec<Problem>) {
    // Most chapters of most books have nothing of ours.
    if !attributes::may_tag(chapter) && !chapter.contains("===") {
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
    for block in &mut lesson.blocks {
        if let Kind::Source(source) = &mut block.kind
            && !outputs.iter().any(|output| output.may_be(&source.run))
        {
            source.form = Form::TabSet;
        }
    }
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Chapter,
    Tab,
}

fn blocks(excerpt: &Excerpt, within: Within, problems: &mut Vec<Problem>) -> Lesson {
    let text = excerpt.text.as_str();
    let mut lesson = Lesson::default();
    let mut done = 0;
    let mut items = 0_usize;
    let mut events = new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter();
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::Item) => items += 1,
            Event::End(TagEnd::Item) => items -= 1,
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
                while from < range.end
                    && let Some(set) = tabs::find(text, from..range.end, &container, items > 0)
                {
                    from = set.span.end;
                    lesson
                        .blocks
                        .push(tab_set(excerpt, set, &container, problems));
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

    if (tagged || within == Within::Tab)
        && !closes(&text[range.clone()], &opening[..marks], container)
    {
        problems.push(Problem {
            span: opening_place,
            message: match within {
                Within::Chapter => "this fence never closes".to_owned(),
                Within::Tab => "this fence does not close within its tab".to_owned(),
            },
            label: format!("expected a closing {} behind it", &opening[..marks]),
            help: (within == Within::Tab).then(|| {
                "a tab ends at the first line that is indented by less than 4 spaces".to_owned()
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
                span: excerpt.span(info_start + wrong.span.start..info_start + wrong.span.end),
                message: wrong.message,
                label: wrong.label,
                help: None,
            }));
            return None;
        }
        Ok(Tagged::Output(_)) if !body.trim().is_empty() => {
            problems.push(Problem {
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
    let last = container.strip(last).unwrap_or(last).trim();
    last.len() >= marks.len() && last.chars().all(|c| marks.starts_with(c))
}

/// A tab set with what is in its bodies.
fn tab_set(
    excerpt: &Excerpt,
    set: TabSet<'_>,
    container: &Container,
    problems: &mut Vec<Problem>,
) -> Block {
    let selected = set
        .tabs
        .iter()
        .rposition(|tab| tab.header.selected)
        .unwrap_or(0);
    let tabs = set
        .tabs
        .into_iter()
        .enumerate()
        .map(|(number, tab)| {
            let body = Excerpt::of_lines(excerpt, tab.body);
            Tab {
                title: tab.header.title.to_owned(),
                line: tab.line,
                selected: number == selected,
                lesson: blocks(&body, Within::Tab, problems),
                body: body.text,
            }
        })
        .collect();
    Block {
        span: set.span,
        prefix: container.continuation(),
        place: excerpt.span(set.header),
        kind: Kind::Tabs(tabs),
    }
}
