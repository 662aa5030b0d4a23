//! Blocks that CommonMark does not know: a header line, and a body that is indented by four. To
//! CommonMark the header is text, and the body is text that goes on or indented code.

use std::ops::Range;

use super::container::Container;
use super::text::{lines, unindent, without_end};
use super::{admonition, tabs};

/// A block with a body, as it stands in a text.
#[derive(Debug)]
pub struct Indented<'a> {
    /// From the first header to the end of the last body's last line.
    pub span: Range<usize>,
    /// The first header.
    pub header: Range<usize>,
    /// What it is.
    pub kind: IndentedKind<'a>,
}

/// The kinds of block with a body.
#[derive(Debug)]
pub enum IndentedKind<'a> {
    /// Adjacent tabs; never empty.
    Tabs(Vec<Written<'a>>),
    /// An admonition.
    Admonition(admonition::Header<'a>, Body<'a>),
}

/// A tab, as it stands in a text.
#[derive(Debug)]
pub struct Written<'a> {
    /// What its header says.
    pub header: tabs::Header<'a>,
    /// The header's bytes.
    pub place: Range<usize>,
    /// The header's line, counted from the set's first.
    pub line: usize,
    /// Its body.
    pub body: Body<'a>,
}

/// A body: its lines, their indent taken off, each with the byte of the text where it begins.
#[derive(Debug, Default)]
pub struct Body<'a> {
    /// The lines, ends included.
    pub lines: Vec<(usize, &'a str)>,
    /// The line that would be its first, were it not indented by two or three columns only.
    pub missed: Option<Range<usize>>,
}

/// Columns by which a body is indented.
const INDENT: usize = 4;

enum Header<'a> {
    Tab(tabs::Header<'a>),
    Admonition(admonition::Header<'a>),
}

/// Finds the first such block whose header is a line of a paragraph. Its bodies may reach beyond the
/// paragraph.
///
/// In a list item the paragraph must begin on a line of its own: not on the marker's.
pub fn find<'a>(
    text: &'a str,
    paragraph: Range<usize>,
    container: &Container,
    in_item: bool,
) -> Option<Indented<'a>> {
    let line_start = text[..paragraph.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..paragraph.start];
    let candidates = if in_item {
        let own_line = before.trim_start_matches([' ', '\t', '>']).is_empty();
        line_start..(if own_line { paragraph.end } else { line_start })
    } else if container.is_indented() {
        return None;
    } else {
        line_start..paragraph.end
    };
    let (start, line, header) = lines(&text[candidates.start..])
        .map(|(at, line)| (line_start + at, line))
        .take_while(|(at, _)| candidates.contains(at))
        .find_map(|(at, line)| Some((at, line, header_of(line, container)?)))?;

    let header_end = start + without_end(line).len();
    let header_start = header_end - container.strip(without_end(line))?.len();
    let (kind, end) = match header {
        Header::Tab(_) => {
            let (tabs, end) = tab_set(text, start, container);
            (IndentedKind::Tabs(tabs), end)
        }
        Header::Admonition(header) => {
            let (body, end) = body(text, start + line.len(), container);
            (
                IndentedKind::Admonition(header, body),
                end.unwrap_or(header_end),
            )
        }
    };
    Some(Indented {
        span: header_start..end,
        header: header_start..header_end,
        kind,
    })
}

/// Whether a text can hold a header: a quick look, before it is parsed.
pub fn may_hold(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'=', b'!', b'?', bytes).any(|at| bytes[at..].starts_with(&[bytes[at]; 3]))
}

/// The tabs of the set whose first header's line begins at `start`, and where the set ends.
fn tab_set<'a>(text: &'a str, start: usize, container: &Container) -> (Vec<Written<'a>>, usize) {
    let mut tabs = Vec::new();
    let mut at = start;
    let mut end = start;
    let mut number = 0;
    while let Some(line) = text[at..].split_inclusive('\n').next()
        && let Some(Header::Tab(header)) = header_of(line, container)
        && (tabs.is_empty() || !header.starts_set)
    {
        let (body, body_end) = body(text, at + line.len(), container);
        end = body_end.unwrap_or(at + without_end(line).len());
        tabs.push(Written {
            header,
            place: at..at + without_end(line).len(),
            line: number,
            body,
        });
        let begun = at;
        at = lines(&text[end..])
            .map(|(offset, line)| (end + offset, line))
            .skip(1)
            .find(|(_, line)| !container.is_blank(line))
            .map_or(text.len(), |(next, _)| next);
        number += text[begun..at].matches('\n').count();
    }
    (tabs, end)
}

fn header_of<'a>(line: &'a str, container: &Container) -> Option<Header<'a>> {
    let line = container.strip(without_end(line))?;
    tabs::read(line)
        .map(Header::Tab)
        .or_else(|| admonition::read(line).map(Header::Admonition))
}

/// The body that begins at byte `from`, and where its last line ends.
fn body<'a>(text: &'a str, from: usize, container: &Container) -> (Body<'a>, Option<usize>) {
    let mut body = Body::default();
    let mut blank = Vec::new();
    let mut end = None;
    for (at, line) in lines(&text[from..]).map(|(at, line)| (from + at, line)) {
        let line_end = at + without_end(line).len();
        if container.is_blank(line) {
            blank.push((line_end, &text[line_end..at + line.len()]));
            continue;
        }
        let within = container.strip(line);
        let Some(rest) = within.and_then(|line| unindent(line, INDENT)) else {
            let almost = within.is_some_and(|line| unindent(line, INDENT / 2).is_some());
            body.missed = (end.is_none() && almost).then_some(at..line_end);
            break;
        };
        body.lines.append(&mut blank);
        body.lines.push((at + line.len() - rest.len(), rest));
        end = Some(line_end);
    }
    (body, end)
}
