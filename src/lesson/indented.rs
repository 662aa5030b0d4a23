//! Finds tab sets and admonitions: a header line, and a body that is indented by four columns. CommonMark reads the
//! header as text, and the body as more text or as indented code.

use std::ops::Range;

use super::container::Container;
use super::text::{lines, unindent, without_end};
use super::{admonition, tabs};

/// A tab set or an admonition in a text.
#[derive(Debug)]
pub struct Indented<'a> {
    /// The bytes from the first header to the end of the last line of the last body.
    pub span: Range<usize>,
    /// The bytes of the first header.
    pub header: Range<usize>,
    /// The kind of block, with its bodies.
    pub kind: IndentedKind<'a>,
}

/// The kinds of block with an indented body.
#[derive(Debug)]
pub enum IndentedKind<'a> {
    /// A tab set: adjacent tabs, at least one.
    Tabs(Vec<IndentedTab<'a>>),
    /// An admonition.
    Admonition(admonition::Header<'a>, Body<'a>),
}

/// A tab in a text.
#[derive(Debug)]
pub struct IndentedTab<'a> {
    /// The header.
    pub header: tabs::Header<'a>,
    /// The bytes of the header.
    pub header_span: Range<usize>,
    /// The header's line in the tab set, from 0.
    pub line: usize,
    /// The body.
    pub body: Body<'a>,
}

/// A body: its lines without their indent.
#[derive(Debug, Default)]
pub struct Body<'a> {
    /// The lines, including their ends, each with its first byte in the text.
    pub lines: Vec<(usize, &'a str)>,
    /// The bytes of a line that would be the first one, but is indented by only two or three columns.
    pub missed: Option<Range<usize>>,
}

/// The indent of a body, in columns.
const INDENT: usize = 4;

/// The header of a tab or an admonition.
enum Header<'a> {
    Tab(tabs::Header<'a>),
    Admonition(admonition::Header<'a>),
}

/// Finds the first tab set or admonition whose header is a line of a paragraph. Its bodies may reach beyond the
/// paragraph.
///
/// In a list item the paragraph must begin on a new line, not on the line of the marker.
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
    // A quotation that begins directly after the marker of an item.
    let is_after_marker = !before.chars().all(|c| matches!(c, ' ' | '\t' | '>'));
    let content = |at: usize, line: &'a str| match at == line_start && is_after_marker {
        true => text[paragraph.start..].lines().next(),
        false => container.strip(without_end(line)),
    };
    let (header_start, header) = lines(&text[candidates.start..])
        .map(|(at, line)| (line_start + at, line))
        .take_while(|(at, _)| candidates.contains(at))
        .find_map(|(at, line)| {
            let content = content(at, line)?;
            let start = at + without_end(line).len() - content.len();
            Some((start, read_header(content)?))
        })?;
    Some(Indented::of(header, text, header_start, container))
}

/// The content after the marker on the first line of an item, a definition or a footnote; `None`: it is indented code,
/// or there is none.
pub fn after_marker(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(' ');
    let marked = match line.strip_prefix("[^") {
        Some(label) => label.split_once("]:")?.1,
        None => {
            let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
            number.strip_prefix(['-', '+', '*', '.', ')', ':'])?
        }
    };
    let content = marked.trim_start_matches([' ', '\t']);
    let is_code = marked.len() - content.len() > 4 && !line.starts_with('[');
    (!content.is_empty() && !is_code).then_some(content)
}

/// Finds the tab set or admonition whose header is directly after the marker of an item, at byte `start`. `container`:
/// that of the item's content.
///
/// In CommonMark, the content of `- ` has two columns of indent; in Python-Markdown, for which the body may be written,
/// it always has four.
pub fn find_after_marker<'a>(
    text: &'a str,
    start: usize,
    container: &Container,
) -> Option<Indented<'a>> {
    let line = text[start..].split_inclusive('\n').next()?;
    let header = read_header(without_end(line))?;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let marker = start - marker_length(&text[line_start..start]);
    let column = Container::before(text, marker).indent();
    let mut after = lines(&text[start + line.len()..]).map(|(_, line)| line);
    let first = after.find(|line| !container.is_blank(line)).unwrap_or("");
    let in_python = column + INDENT;
    let is_pythons = in_python > container.indent()
        && container
            .with_indent(in_python + INDENT)
            .strip(first)
            .is_some();
    let pythons = container.with_indent(in_python);
    let of_lines = if is_pythons { &pythons } else { container };
    Some(Indented::of(header, text, start, of_lines))
}

/// The length of the last marker before the content of an item, with the white space after it.
fn marker_length(before: &str) -> usize {
    let marked = before.trim_end_matches([' ', '\t']);
    let start = match marked.rfind("[^") {
        Some(footnote) if marked.ends_with("]:") => footnote,
        _ => {
            let number = marked.strip_suffix(['-', '+', '*', '.', ')', ':']);
            number
                .unwrap_or(marked)
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .len()
        }
    };
    before.len() - start
}

impl<'a> Indented<'a> {
    /// The block with this first header, which begins at byte `start`. `container`: that of all further lines.
    fn of(header: Header<'a>, text: &'a str, start: usize, container: &Container) -> Indented<'a> {
        let line = text[start..].split_inclusive('\n').next().unwrap_or("");
        let header_end = start + without_end(line).len();
        let (kind, end) = match header {
            Header::Tab(first) => {
                let (tabs, end) = tab_set(text, start, first, container);
                (IndentedKind::Tabs(tabs), end)
            }
            Header::Admonition(header) => {
                let (body, end) = body(text, start + line.len(), container);
                let kind = IndentedKind::Admonition(header, body);
                (kind, end.unwrap_or(header_end))
            }
        };
        Indented {
            span: start..end,
            header: start..header_end,
            kind,
        }
    }
}

/// Returns whether a text can contain a header: a quick look, before anything is parsed.
pub fn may_contain_header(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'=', b'!', b'?', bytes).any(|at| bytes[at..].starts_with(&[bytes[at]; 3]))
}

/// The tabs of the tab set whose first header begins at `start`, and the end of the tab set.
fn tab_set<'a>(
    text: &'a str,
    start: usize,
    first: tabs::Header<'a>,
    container: &Container,
) -> (Vec<IndentedTab<'a>>, usize) {
    let mut tabs = Vec::new();
    let mut at = start;
    let mut end = start;
    let mut number = 0;
    let mut next = Some(first);
    while let Some(header) = next {
        let line = text[at..].split_inclusive('\n').next().unwrap_or("");
        let (body, body_end) = body(text, at + line.len(), container);
        end = body_end.unwrap_or(at + without_end(line).len());
        tabs.push(IndentedTab {
            header,
            header_span: at..at + without_end(line).len(),
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
        let line = text[at..].split_inclusive('\n').next().unwrap_or("");
        next = match header_of(line, container) {
            Some(Header::Tab(header)) if !header.starts_set => Some(header),
            _ => None,
        };
    }
    (tabs, end)
}

/// Reads a line as a header.
fn header_of<'a>(line: &'a str, container: &Container) -> Option<Header<'a>> {
    read_header(container.strip(without_end(line))?)
}

/// Reads a line without its end and the prefix of its containers as a header.
fn read_header(line: &str) -> Option<Header<'_>> {
    tabs::read(line)
        .map(Header::Tab)
        .or_else(|| admonition::read(line).map(Header::Admonition))
}

/// The body that begins at byte `from`, and the end of its last line; `None`: the body is empty.
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
