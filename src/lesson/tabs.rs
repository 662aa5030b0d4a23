//! Tab sets, as `pymdownx.tabbed` reads them: header lines, and bodies that are indented by four.

use std::ops::Range;

use super::container::Container;
use super::text::{lines, unindent, without_end};

/// A tab set, as it stands in a text.
#[derive(Debug)]
pub struct TabSet<'a> {
    /// From the first header to the end of the last body's last line.
    pub span: Range<usize>,
    /// The first header.
    pub header: Range<usize>,
    /// Its tabs; never empty.
    pub tabs: Vec<Written<'a>>,
}

/// A tab, as it stands in a text.
#[derive(Debug)]
pub struct Written<'a> {
    /// What its header says.
    pub header: Header<'a>,
    /// The header's line, counted from the set's first.
    pub line: usize,
    /// Its body.
    pub body: Body<'a>,
}

/// The lines of a body, their indent taken off, each with the byte of the text where it begins.
pub type Body<'a> = Vec<(usize, &'a str)>;

/// What a header line says: `^={3}(\+|\+!|!\+|!)? +"(.*?)" *$`.
#[derive(Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// What stands between the outer quotes.
    pub title: &'a str,
    /// `+`: this tab is shown first.
    pub selected: bool,
    /// `!`: this tab begins a new set.
    pub starts_set: bool,
}

/// Columns by which a body is indented.
const INDENT: usize = 4;

/// Finds the first tab set whose header is a line of a paragraph. Its bodies may reach beyond the
/// paragraph: to CommonMark they are indented code.
///
/// In a list item a header must be the first line of its paragraph, and not on the marker's line.
pub fn find<'a>(
    text: &'a str,
    paragraph: Range<usize>,
    container: &Container,
    in_item: bool,
) -> Option<TabSet<'a>> {
    if !text[paragraph.clone()].contains("===") {
        return None;
    }
    let line_start = text[..paragraph.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..paragraph.start];
    let start = if in_item {
        before
            .trim_start_matches([' ', '\t', '>'])
            .is_empty()
            .then_some(line_start)?
    } else if container.is_indented() {
        return None;
    } else {
        lines(&text[line_start..paragraph.end])
            .map(|(at, line)| (line_start + at, line))
            .find(|(_, line)| header_of(line, container).is_some())?
            .0
    };

    let mut tabs = Vec::new();
    let mut at = start;
    let mut end = start;
    while let Some(line) = line_at(text, at) {
        let Some(header) = header_of(line, container) else {
            break;
        };
        if header.starts_set && !tabs.is_empty() {
            break;
        }
        let (body, body_end) = body(text, at + line.len(), container);
        end = body_end.unwrap_or(at + without_end(line).len());
        let line = text[start..at].matches('\n').count();
        tabs.push(Written { header, line, body });
        at = lines(&text[end..])
            .map(|(offset, line)| (end + offset, line))
            .skip(1)
            .find(|(_, line)| !container.is_blank(line))
            .map_or(text.len(), |(next, _)| next);
    }
    let header = line_at(text, start).filter(|_| !tabs.is_empty())?;
    let header_end = start + without_end(header).len();
    let header_start = header_end - container.strip(without_end(header))?.len();
    Some(TabSet {
        span: header_start..end,
        header: header_start..header_end,
        tabs,
    })
}

fn line_at(text: &str, at: usize) -> Option<&str> {
    text.get(at..)?.split_inclusive('\n').next()
}

fn header_of<'a>(line: &'a str, container: &Container) -> Option<Header<'a>> {
    container.strip(without_end(line)).and_then(read)
}

/// The body that begins at byte `from`, and where its last line ends.
fn body<'a>(text: &'a str, from: usize, container: &Container) -> (Body<'a>, Option<usize>) {
    let mut body = Body::new();
    let mut blank = Body::new();
    let mut end = None;
    for (at, line) in lines(&text[from..]).map(|(at, line)| (from + at, line)) {
        let line_end = at + without_end(line).len();
        if container.is_blank(line) {
            blank.push((line_end, &text[line_end..at + line.len()]));
            continue;
        }
        let Some(rest) = container
            .strip(line)
            .and_then(|line| unindent(line, INDENT))
        else {
            break;
        };
        body.append(&mut blank);
        body.push((at + line.len() - rest.len(), rest));
        end = Some(line_end);
    }
    (body, end)
}

/// Reads a line, its end and its container's prefix taken off; `None`: it is not a header.
fn read(line: &str) -> Option<Header<'_>> {
    let rest = line.strip_prefix("===")?;
    let marks = rest.len() - rest.trim_start_matches(['+', '!']).len();
    let (marks, rest) = rest.split_at(marks);
    if !matches!(marks, "" | "+" | "!" | "+!" | "!+") {
        return None;
    }
    let quoted = rest.trim_start_matches(' ');
    if quoted.len() == rest.len() {
        return None;
    }
    let title = quoted
        .trim_end_matches([' ', '\t'])
        .strip_prefix('"')?
        .strip_suffix('"')?;
    Some(Header {
        title,
        selected: marks.contains('+'),
        starts_set: marks.contains('!'),
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn headers_and_what_only_looks_like_one() {
        let title = |line| read(line).map(|header| header.title);
        for (line, expected) in [
            (r#"=== "Code""#, Some("Code")),
            (r#"===   "Code"  "#, Some("Code")),
            ("=== \"Code\"\t", Some("Code")),
            (r#"=== """#, Some("")),
            (r#"=== "a "b" c""#, Some(r#"a "b" c"#)),
            (r#"===! "New""#, Some("New")),
            (r#"===+! "New""#, Some("New")),
            (r#"==="Code""#, None),
            (r#"==== "Code""#, None),
            (r#"===++ "Code""#, None),
            ("=== 'Code'", None),
            ("=== “Code”", None),
            ("=== Code", None),
            (r#"=== "Code" more"#, None),
            (r#" === "Code""#, None),
            (r#"\=== "Code""#, None),
            (r#"=== ""#, None),
            ("===", None),
            ("", None),
        ] {
            assert_eq!(title(line), expected, "{line:?}");
        }
    }

    #[test]
    fn marks_select_and_split() {
        let marks = |line| read(line).map(|header| (header.selected, header.starts_set));
        assert_eq!(marks(r#"=== "A""#), Some((false, false)));
        assert_eq!(marks(r#"===+ "A""#), Some((true, false)));
        assert_eq!(marks(r#"===! "A""#), Some((false, true)));
        assert_eq!(marks(r#"===!+ "A""#), Some((true, true)));
    }
}
