//! Reads a fence of the text: fence → block, if its info string or its markers make it one.

use std::ops::Range;

use super::annotation::{Marker, annotated};
use super::attributes::{Tagged, TaggedInfo, misspelled};
use super::container::Container;
use super::fence::{CodeFence, OutputFence, SourceFence, TargetKind};
use super::info::{self, InfoError};
use super::listing::{self, Listing, Notes};
use super::shell;
use super::source::{self, SourceBody};
use super::text::{Excerpt, lines, without_end};
use super::{Block, BlockId, Kind, Span};
use crate::diagnostic::{Diagnostic, Place, Severity};

/// A fence as pulldown-cmark found it in the text.
#[derive(Debug)]
pub struct Fence<'a> {
    /// The bytes of the text.
    pub range: Range<usize>,
    /// The containers around the fence.
    pub container: &'a Container,
    /// The code, without the prefixes of the containers.
    pub body: String,
    /// The kind of text that the fence is in.
    pub within: Within,
    /// Whether a numbered list follows, which may be the notes of the fence.
    pub list_follows: bool,
    /// The words in info strings that the book passes on to other tools.
    pub passed_on: &'a [String],
}

/// The kind of text that is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// The chapter itself.
    Chapter,
    /// The body of a tab.
    Tab,
    /// The body of an admonition.
    Admonition,
}

impl Fence<'_> {
    /// Reads the fence as a block; `None`: the fence is no block, or has an error, which is added to the problems.
    pub fn read(self, excerpt: &Excerpt, problems: &mut Vec<Diagnostic>) -> Option<Block> {
        let text = &excerpt.text[self.range.clone()];
        let opening = without_end(text.split_inclusive('\n').next().unwrap_or(""));
        let (marks, info) = opening.split_at(opening.len() - unmarked(opening).len());
        let info_start = self.range.start + opening.len() - info.trim_start().len();
        let info = info.trim();
        let opening_place = excerpt.span(self.range.start..self.range.start + opening.len());
        let in_info =
            |span: Range<usize>| excerpt.span(info_start + span.start..info_start + span.end);

        let tagged = TaggedInfo::of(info, self.passed_on);
        if tagged.is_none() && !self.has_words_of_others(info, in_info, problems) {
            return None;
        }
        if (tagged.is_some() || self.within != Within::Chapter)
            && !closes(text, marks, self.container)
        {
            problems.push(self.unclosed(opening_place, marks));
            return None;
        }
        let is_typed = self.is_typed();
        let name = tagged.as_ref().and_then(TaggedInfo::name_span);
        let read = match tagged {
            Some(tagged) => self.tagged(tagged, name.clone().unwrap_or(0..info.len())),
            None => self.listing(info),
        };
        let mut kind = match read {
            Err(errors) => {
                problems.extend(errors.into_iter().map(|error| {
                    Diagnostic::error(error.message).at_labeled(in_info(error.span), error.label)
                }));
                return None;
            }
            Ok(Some(Kind::Output(output))) if output.commands.is_empty() && is_typed => {
                problems.push(body_of_output(opening_place));
                return None;
            }
            Ok(kind) => kind?,
        };
        move_spans(&mut kind, in_info);
        Some(Block {
            id: BlockId::default(),
            span: self.range.start..self.range.start + text.trim_end_matches(['\n', '\r']).len(),
            prefix: self.container.continuation(),
            place: name.map_or(opening_place, in_info),
            kind,
        })
    }

    /// Reads a tagged fence; `name`: the place of the program's name in the info string.
    fn tagged(
        &self,
        info: TaggedInfo<'_>,
        name: Range<usize>,
    ) -> Result<Option<Kind>, Vec<InfoError>> {
        Ok(Some(match info.read()? {
            Tagged::Output(output) if output.run.target.kind == Some(TargetKind::Shell) => {
                let commands = shell::commands(&self.body).map_err(|line| {
                    let line = self.body.lines().nth(line).unwrap_or("").trim();
                    let message = match line {
                        "" => "this fence contains no command".to_owned(),
                        line => format!("`{line}` is not a command and would be lost"),
                    };
                    vec![InfoError {
                        span: name,
                        message,
                        label: "expected only `$ command` lines: their output is inserted"
                            .to_owned(),
                    }]
                })?;
                Kind::Output(OutputFence { commands, ..output })
            }
            Tagged::Output(output) => Kind::Output(output),
            Tagged::Source(source) if source.snippet.is_some() && self.has_no_program() => {
                return Err(vec![InfoError {
                    span: name,
                    message: "this fence contains no program".to_owned(),
                    label: "expected `example=NAME`, or the program itself in the fence".to_owned(),
                }]);
            }
            Tagged::Source(source) => Kind::Source(SourceFence {
                body: self.body.clone(),
                ..source
            }),
        }))
    }

    /// Returns whether the info string of a fence without a tag has no misspelled tag. That, and an attribute that
    /// belongs to no known tool, is added to the problems.
    fn has_words_of_others(
        &self,
        info: &str,
        in_info: impl Fn(Range<usize>) -> Span,
        problems: &mut Vec<Diagnostic>,
    ) -> bool {
        let mut is_right = true;
        for (severity, error) in misspelled::find(info, self.passed_on) {
            is_right &= severity == Severity::Warning;
            let problem = misspelled::diagnostic(severity, error.message);
            problems.push(problem.at_labeled(in_info(error.span), error.label));
        }
        is_right
    }

    /// Returns whether the body is empty, or a directive other than an include.
    fn has_no_program(&self) -> bool {
        !self.is_typed() && !matches!(source::body(&self.body), SourceBody::Include(_))
    }

    /// Returns whether the body is text of its own: a directive stands for text that is kept elsewhere.
    fn is_typed(&self) -> bool {
        let body = self.body.trim();
        let is_directive = body.starts_with("{{#") && body.ends_with("}}") && !body.contains('\n');
        !is_directive && matches!(source::body(&self.body), SourceBody::Typed)
    }

    /// Reads a fence without a tag: it may have attributes of Material for MkDocs, or markers in its code.
    fn listing(&self, info: &str) -> Result<Option<Kind>, Vec<InfoError>> {
        let plain = Listing {
            info: info.to_owned(),
            ..Listing::default()
        };
        let is_annotated = |listing: &Listing| {
            self.list_follows && !annotated(&self.body, listing.language()).markers.is_empty()
        };
        let listing = listing::read(info)?.or_else(|| Some(plain).filter(is_annotated));
        Ok(listing.map(|listing| {
            Kind::Code(CodeFence {
                listing,
                body: self.body.clone(),
            })
        }))
    }

    /// The error for a fence without a closing line.
    fn unclosed(&self, place: Span, marks: &str) -> Diagnostic {
        let message = match self.within {
            Within::Chapter => "this fence is never closed",
            Within::Tab => "this fence is not closed within its tab",
            Within::Admonition => "this fence is not closed within its admonition",
        };
        let problem = Diagnostic::error(message)
            .at_labeled(place, format!("expected a closing {marks} after it"));
        if self.within == Within::Chapter {
            problem
        } else {
            problem.help("a body ends at the first line that is indented by fewer than 4 spaces")
        }
    }
}

/// Turns the spans of a fence's attributes, which count from the start of the info string, into spans of the chapter.
fn move_spans(kind: &mut Kind, in_info: impl Fn(Range<usize>) -> Span) {
    let (Kind::Source(SourceFence {
        expected, timeline, ..
    })
    | Kind::Output(OutputFence {
        expected, timeline, ..
    })) = kind
    else {
        return;
    };
    let timeline = timeline.iter_mut().map(|attribute| &mut attribute.span);
    for span in expected.spans().chain(timeline) {
        *span = in_info(span.clone());
    }
    if let Kind::Source(SourceFence { tab: Some(tab), .. }) = kind {
        tab.span = in_info(tab.span.clone());
    }
}

/// The error for a body in a fence that shows output.
fn body_of_output(place: Span) -> Diagnostic {
    Diagnostic::error("the body of this output fence would be lost")
        .at_labeled(place, "the program's output goes here")
        .help("empty the fence, or remove `output=`")
}

/// The opening line of a fence without its backticks or tildes.
fn unmarked(opening: &str) -> &str {
    opening.trim_start_matches(&opening[..opening.len().min(1)])
}

/// Attaches the numbered list after a fence to its block as notes, if a marker may point to an item.
///
/// A marker in the body without an item is an error. Markers in a program's file are checked where it is read.
pub fn attach_notes(
    excerpt: &Excerpt,
    block: &mut Block,
    notes: Notes,
    problems: &mut Vec<Diagnostic>,
) {
    let (listing, body) = match &mut block.kind {
        Kind::Code(fence) => (&mut fence.listing, &fence.body),
        Kind::Source(fence) => (&mut fence.listing, &fence.body),
        Kind::Output(_) | Kind::Tabs(_) | Kind::Admonition(_) | Kind::Value(_) => return,
    };
    let annotated = annotated(body, listing.language());
    for marker in annotated
        .markers
        .iter()
        .filter(|marker| !notes.has(marker.item))
    {
        let message = format!("the marker `({})` points to no item", marker.item);
        problems.push(
            Diagnostic::error(message)
                .at(marker_place(excerpt, &block.span, marker))
                .related(Place::from(notes.place.clone()).label(notes.count_in_words())),
        );
    }
    if body.trim().is_empty() || !annotated.markers.is_empty() {
        listing.notes = Some(Box::new(notes));
    }
}

/// Warns of the first `(1)!` in a fence without notes: unlike `(1)`, it is hardly ever meant as text.
pub fn warn_of_markers(
    excerpt: &Excerpt,
    fence: &Range<usize>,
    body: &str,
    problems: &mut Vec<Diagnostic>,
) {
    if !body.contains(")!") {
        return;
    }
    let opening = excerpt.text[fence.clone()].lines().next().unwrap_or("");
    let (words, _) = info::split(unmarked(opening).trim());
    let language = words.first().map_or("", |word| word.name);
    let markers = annotated(body, language).markers;
    if let Some(marker) = markers.iter().find(|marker| marker.replaces_comment()) {
        problems.push(stray_marker(marker).at(marker_place(excerpt, fence, marker)));
    }
}

/// The warning about a marker in code without notes.
pub fn stray_marker(marker: &Marker) -> Diagnostic {
    let message = format!("the marker `{}!` stays in the code", marker.text());
    Diagnostic::warning(message)
        .help("begin the numbered list with the notes directly after the fence")
}

/// The place of a marker, to the end of its line.
fn marker_place(excerpt: &Excerpt, fence: &Range<usize>, marker: &Marker) -> Span {
    let text = &excerpt.text[fence.clone()];
    let (at, line) = lines(text).nth(marker.line + 1).unwrap_or((0, text));
    let start = fence.start + at + line.rfind(&marker.text()).unwrap_or(0);
    excerpt.span(start..fence.start + at + without_end(line).len())
}

/// Returns whether the last line of a fence closes it (CommonMark 0.31, 4.5).
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
