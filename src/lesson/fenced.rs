//! A fence as it stands in a text → a block, if it is one of ours.

use std::ops::Range;

use super::annotation::{Marker, annotated};
use super::attributes::{Tagged, TaggedInfo};
use super::container::Container;
use super::fence::{CodeFence, OutputFence, SourceFence, TargetKind};
use super::info::Wrong;
use super::listing::{self, Listing, Notes};
use super::shell;
use super::text::{Excerpt, lines, without_end};
use super::{Block, BlockId, Kind, Span};
use crate::diagnostic::{Diagnostic, Place};

/// A fence as it stands in a text.
#[derive(Debug)]
pub struct Fence<'a> {
    /// Its bytes.
    pub range: Range<usize>,
    /// The containers that it stands in.
    pub container: &'a Container,
    /// The code, without its container's prefixes.
    pub body: String,
    /// Whose body it stands in.
    pub within: Within,
    /// A numbered list follows, which may hold notes.
    pub list_follows: bool,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// In no body.
    Chapter,
    /// In a tab's.
    Tab,
    /// In an admonition's.
    Admonition,
}

impl Fence<'_> {
    /// The block that this fence is, if it is one of ours; what is wrong in it is noted.
    pub fn read(self, excerpt: &Excerpt, problems: &mut Vec<Diagnostic>) -> Option<Block> {
        let text = &excerpt.text[self.range.clone()];
        let opening = without_end(text.split_inclusive('\n').next().unwrap_or(""));
        let (marks, info) = opening.split_at(opening.len() - unmarked(opening).len());
        let info_start = self.range.start + opening.len() - info.trim_start().len();
        let info = info.trim();
        let opening_place = excerpt.span(self.range.start..self.range.start + opening.len());
        let in_info =
            |span: Range<usize>| excerpt.span(info_start + span.start..info_start + span.end);

        let tagged = TaggedInfo::of(info);
        if (tagged.is_some() || self.within != Within::Chapter)
            && !closes(text, marks, self.container)
        {
            problems.push(self.never_closes(opening_place, marks));
            return None;
        }
        let has_body = !self.body.trim().is_empty();
        let name = tagged.as_ref().and_then(TaggedInfo::name_span);
        let read = match tagged {
            Some(tagged) => self.tagged(tagged, name.clone().unwrap_or(0..info.len())),
            None => self.listing(info),
        };
        let mut kind = match read {
            Err(wrongs) => {
                problems.extend(wrongs.into_iter().map(|wrong| {
                    Diagnostic::error(wrong.message).at_labeled(in_info(wrong.span), wrong.label)
                }));
                return None;
            }
            Ok(Some(Kind::Output(output))) if has_body && output.commands.is_empty() => {
                problems.push(
                    Diagnostic::error("an output fence has a body, which would be lost")
                        .at_labeled(opening_place, "the program's output stands here")
                        .help("empty the fence, or take `output=` away"),
                );
                return None;
            }
            Ok(kind) => kind?,
        };
        if let Kind::Source(SourceFence {
            expected, timeline, ..
        })
        | Kind::Output(OutputFence {
            expected, timeline, ..
        }) = &mut kind
        {
            let timeline = timeline.iter_mut().map(|said| &mut said.place);
            for place in expected.places().chain(timeline) {
                *place = in_info(place.clone());
            }
        }
        Some(Block {
            id: BlockId::default(),
            span: self.range.start..self.range.start + text.trim_end_matches(['\n', '\r']).len(),
            prefix: self.container.continuation(),
            place: name.map_or(opening_place, in_info),
            kind,
        })
    }

    /// A fence that names a program, at this place of the info string.
    fn tagged(&self, info: TaggedInfo<'_>, name: Range<usize>) -> Result<Option<Kind>, Vec<Wrong>> {
        Ok(Some(match info.read()? {
            Tagged::Output(output) if output.run.target.kind == Some(TargetKind::Shell) => {
                let commands = shell::commands(&self.body).map_err(|line| {
                    let line = self.body.lines().nth(line).unwrap_or("").trim();
                    let message = match line {
                        "" => "there is no command in this fence".to_owned(),
                        line => format!("`{line}` is no command, and would be lost"),
                    };
                    vec![Wrong {
                        span: name,
                        message,
                        label: "expected `$ command` lines alone: their output is put there"
                            .to_owned(),
                    }]
                })?;
                Kind::Output(OutputFence { commands, ..output })
            }
            Tagged::Output(output) => Kind::Output(output),
            Tagged::Source(source) if source.inline.is_some() && self.holds_no_program() => {
                return Err(vec![Wrong {
                    span: name,
                    message: "there is no program in this fence".to_owned(),
                    label: "expected `example=NAME`, or the program itself in the fence".to_owned(),
                }]);
            }
            Tagged::Source(source) => Kind::Source(SourceFence {
                body: self.body.clone(),
                ..source
            }),
        }))
    }

    /// Whether there is nothing in it that could be built: what mdBook puts in the place of a directive
    /// comes behind us.
    fn holds_no_program(&self) -> bool {
        let body = self.body.trim();
        body.is_empty() || (body.starts_with("{{#") && body.ends_with("}}") && !body.contains('\n'))
    }

    /// One that names none: it may have one of Material's headers, or markers in its code.
    fn listing(&self, info: &str) -> Result<Option<Kind>, Vec<Wrong>> {
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

    fn never_closes(&self, place: Span, marks: &str) -> Diagnostic {
        let message = match self.within {
            Within::Chapter => "this fence never closes",
            Within::Tab => "this fence does not close within its tab",
            Within::Admonition => "this fence does not close within its admonition",
        };
        let problem = Diagnostic::error(message)
            .at_labeled(place, format!("expected a closing {marks} behind it"));
        if self.within == Within::Chapter {
            problem
        } else {
            problem.help("a body ends at the first line that is indented by less than 4 spaces")
        }
    }
}

/// A fence's opening line without its backticks or tildes.
fn unmarked(opening: &str) -> &str {
    opening.trim_start_matches(&opening[..opening.len().min(1)])
}

/// Gives a block the numbered list behind it, where a marker may point into that. A marker without an
/// item is noted; those of a program's file its reader sees to.
pub fn explain(excerpt: &Excerpt, block: &mut Block, notes: Notes, problems: &mut Vec<Diagnostic>) {
    let (listing, body) = match &mut block.kind {
        Kind::Code(fence) => (&mut fence.listing, &fence.body),
        Kind::Source(fence) => (&mut fence.listing, &fence.body),
        Kind::Output(_) | Kind::Tabs(_) | Kind::Admonition(_) | Kind::Value(_) => return,
    };
    let written = annotated(body, listing.language());
    for marker in written
        .markers
        .iter()
        .filter(|marker| !notes.has(marker.item))
    {
        let message = format!("the marker `({})` points to no item", marker.item);
        problems.push(
            Diagnostic::error(message)
                .at(marker_place(excerpt, &block.span, marker))
                .related(Place::from(notes.place.clone()).label(notes.count())),
        );
    }
    if body.trim().is_empty() || !written.markers.is_empty() {
        listing.notes = Some(Box::new(notes));
    }
}

/// The line of a marker, from its text on.
fn marker_place(excerpt: &Excerpt, fence: &Range<usize>, marker: &Marker) -> Span {
    let text = &excerpt.text[fence.clone()];
    let (at, line) = lines(text).nth(marker.line + 1).unwrap_or((0, text));
    let start = fence.start + at + line.rfind(&marker.text()).unwrap_or(0);
    excerpt.span(start..fence.start + at + without_end(line).len())
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
