//! What went wrong, as text for the author.

use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

pub mod checkout;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod verdict;

/// Something that the author must know, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is, where there are kinds: `ORDER`.
    pub kind: Option<&'static str>,
    /// What is wrong, lower case and without a full stop.
    pub message: String,
    /// Where, in the author's files.
    pub place: Option<Place>,
    /// Other places that have to do with it.
    pub also: Vec<Place>,
    /// Another file that has to do with it: the program's.
    pub program: Option<PathBuf>,
    /// A line of that, from 1.
    pub program_line: Option<usize>,
    /// A part of what a program printed.
    pub excerpt: Option<Excerpt>,
    /// Facts.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// What another program said of it, shown below as it came, colours included.
    pub said: String,
}

/// A place in a file: one line of it, so that many findings do not hold the file many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as messages name it.
    pub path: PathBuf,
    /// The line's number, from 1.
    pub number: usize,
    /// The column at which the span begins, from 1, in characters of the whole line.
    pub column: usize,
    /// The line, or the part of it around the span.
    pub line: String,
    /// The bytes of the line that are meant.
    pub span: Range<usize>,
    /// What to write beneath them.
    pub label: String,
}

/// Some lines of what a program printed, and what is to be said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Of which output: `output of run 2 of 3`.
    pub of: String,
    /// The lines.
    pub lines: Vec<String>,
    /// The number of the first, from 1.
    pub number: usize,
    /// Which of them, from 0, and what to write beneath each; the first is what it is about.
    pub marks: Vec<(usize, String)>,
}

impl Place {
    /// The place at these bytes of a file's text.
    pub fn new(path: PathBuf, text: &str, span: &Range<usize>) -> Place {
        let before = text[..span.start].rsplit('\n').next().unwrap_or("");
        let column = before.chars().count() + 1;
        let (number, line, span) = excerpt(text, span);
        Place {
            path,
            number,
            column,
            line,
            span,
            label: String::new(),
        }
    }
}

impl Finding {
    /// A finding of which nothing but the message is known yet.
    pub fn new(message: impl Into<String>) -> Finding {
        Finding {
            kind: None,
            message: message.into(),
            place: None,
            also: Vec::new(),
            program: None,
            program_line: None,
            excerpt: None,
            notes: Vec::new(),
            help: None,
            said: String::new(),
        }
    }
}

/// Everything that is wrong: what a command fails with, so that one mistake hides no other.
#[derive(Debug, thiserror::Error)]
#[error("{}", errors(.0, Colour::Plain))]
pub struct Findings(pub Vec<Finding>);

/// Whether a text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI sequences.
    Ansi,
    /// Without any.
    Plain,
}

/// Errors as rustc writes them, one after the other, a blank line between them.
pub fn errors(findings: &[Finding], colour: Colour) -> String {
    all(findings, &Level::ERROR, colour)
}

/// Warnings, likewise.
pub fn warnings(findings: &[Finding], colour: Colour) -> String {
    all(findings, &Level::WARNING, colour)
}

fn all(findings: &[Finding], level: &Level<'_>, colour: Colour) -> String {
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| text(finding, level, colour))
        .collect();
    texts.join("\n\n")
}

fn text(finding: &Finding, level: &Level<'_>, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Ansi => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    };
    let mut elements: Vec<Element<'_>> = Vec::new();
    let place = finding.place.iter();
    elements.extend(place.map(|place| snippet(place, AnnotationKind::Primary)));
    let also = finding.also.iter();
    elements.extend(also.map(|place| snippet(place, AnnotationKind::Context)));
    if let Some(program) = &finding.program {
        let origin = Origin::path(program.display().to_string());
        elements.push(match finding.program_line {
            Some(line) => origin.line(line).into(),
            None => origin.into(),
        });
    }
    let output = finding
        .excerpt
        .as_ref()
        .map(|excerpt| (excerpt, excerpt.lines.join("\n")));
    elements.extend(
        output
            .iter()
            .map(|(excerpt, text)| output_snippet(excerpt, text)),
    );
    elements.extend(
        finding
            .notes
            .iter()
            .map(|note| Level::NOTE.message(note.as_str()).into()),
    );
    elements.extend(
        finding
            .help
            .iter()
            .map(|help| Level::HELP.message(help.as_str()).into()),
    );
    let title = level.clone().primary_title(finding.message.as_str());
    let title = match finding.kind {
        Some(kind) => title.id(kind),
        None => title,
    };
    let mut text = renderer.render(&[title.elements(elements)]).to_string();
    if !finding.said.trim().is_empty() {
        let said = finding.said.trim_end();
        text.push_str("\n\n");
        text.push_str(&match colour {
            Colour::Ansi => said.to_owned(),
            Colour::Plain => anstream::adapter::strip_str(said).to_string(),
        });
    }
    text
}

fn snippet(place: &Place, kind: AnnotationKind) -> Element<'_> {
    let annotation = match place.label.as_str() {
        "" => kind.span(place.span.clone()),
        label => kind.span(place.span.clone()).label(label),
    };
    let path = place.path.display().to_string();
    let snippet = Snippet::source(&place.line)
        .path(path)
        .line_start(place.number);
    snippet.annotation(annotation).into()
}

fn output_snippet<'a>(excerpt: &'a Excerpt, text: &'a str) -> Element<'a> {
    let mut starts = vec![0];
    for line in &excerpt.lines {
        starts.push(starts[starts.len() - 1] + line.len() + 1);
    }
    let mut snippet = Snippet::source(text)
        .path(excerpt.of.as_str())
        .line_start(excerpt.number);
    for (number, (line, label)) in excerpt.marks.iter().enumerate() {
        let span = starts[*line]..starts[line + 1] - 1;
        let mark = match number {
            0 => AnnotationKind::Primary.span(span),
            _ => AnnotationKind::Context.span(span),
        };
        snippet = snippet.annotation(if label.is_empty() {
            mark
        } else {
            mark.label(label.as_str())
        });
    }
    snippet.into()
}

/// At most this much of a line is shown.
const LINE: usize = 240;

/// The line of a span: its number, from 1, its text, and the span in that. A line without end is cut
/// around the span: nobody reads 100 kB of it.
fn excerpt(text: &str, span: &Range<usize>) -> (usize, String, Range<usize>) {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.start..]
        .find('\n')
        .map_or(text.len(), |at| span.start + at);
    let number = line_number(text, start);
    let line = text[start..end].trim_end_matches('\r');
    let within =
        span.start - start..(span.end.min(start + line.len()) - start).max(span.start - start);
    if line.len() <= LINE {
        return (number, line.to_owned(), within);
    }
    let from = boundary(line, within.start.saturating_sub(LINE / 4));
    let to = boundary(line, (from + LINE).min(line.len()));
    let within = within.start - from..within.end.min(to).max(within.start) - from;
    (number, line[from..to].to_owned(), within)
}

/// The number of the line with this byte, from 1.
pub fn line_number(text: &str, at: usize) -> usize {
    // Counting bytes is many times as fast as looking for characters.
    text.as_bytes()[..at]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// The nearest byte at or before this one at which a character begins.
fn boundary(line: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|&at| line.is_char_boundary(at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn the_line_of_a_span() {
        assert_eq!(excerpt("a\nbcd\r\ne", &(3..4)), (2, "bcd".to_owned(), 1..2));
        assert_eq!(excerpt("a\nbcd\ne", &(3..7)), (2, "bcd".to_owned(), 1..3));
        assert_eq!(excerpt("", &(0..0)), (1, String::new(), 0..0));
        let long = "x".repeat(100_000);
        let (_, line, span) = excerpt(&long, &(50_000..50_002));
        assert_eq!((line.len(), span), (240, 60..62));
    }
}
