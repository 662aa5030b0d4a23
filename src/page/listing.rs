//! Renders listings: a fence, the markers in it, and the notes after it.

use std::borrow::Cow;

use super::Programs;
use super::code::fence;
use crate::lesson::Block;
use crate::lesson::annotation::{Annotated, Marker, annotated};
use crate::lesson::fence::SourceFence;
use crate::lesson::listing::{Listing, Notes};
use crate::lesson::splice::{After, Replacement};

/// A listing that is ready for a page.
#[derive(Debug)]
pub struct Code<'a> {
    /// The fence.
    pub fence: String,
    /// The markers in its code.
    pub markers: Vec<Marker>,
    /// The list of notes that the markers refer to, if any.
    pub notes: Option<&'a Notes>,
}

impl<'a> Code<'a> {
    /// Creates a listing from the author's text or from a program's source; `prepare` converts the code for the
    /// page.
    pub fn of_source(
        block: &Block,
        source: &'a SourceFence,
        programs: &dyn Programs,
        prepare: impl Fn(&str) -> Cow<'_, str>,
    ) -> Code<'a> {
        match source.body.trim() {
            "" => Code::of(&source.listing, &programs.code(block, source), prepare),
            _ => Code::of(&source.listing, &source.body, |code| code.into()),
        }
    }

    /// Renders the code under a header; `prepare` converts the code for the page.
    pub fn of(
        listing: &'a Listing,
        code: &str,
        prepare: impl Fn(&str) -> Cow<'_, str>,
    ) -> Code<'a> {
        // Without a list of notes, nothing in the code is a marker.
        let (code, markers) = match listing.notes {
            Some(_) => {
                let Annotated { code, markers } = annotated(code, listing.language());
                (Cow::Owned(code), markers)
            }
            None => (Cow::Borrowed(code), Vec::new()),
        };
        Code {
            fence: fence(&listing.info, &prepare(&code)),
            notes: listing.notes.as_deref().filter(|_| !markers.is_empty()),
            markers,
        }
    }
}

/// Sorts replacements by their place in the text. The notes of a fence may contain blocks; if several blocks close at
/// the same place, the innermost one, which is the last, comes first.
pub fn in_order(replacements: impl Iterator<Item = Replacement>) -> Vec<Replacement> {
    let mut numbered: Vec<(usize, Replacement)> = replacements.enumerate().collect();
    numbered.sort_by_key(|(number, new)| (new.span.start, std::cmp::Reverse(*number)));
    numbered.into_iter().map(|(_, new)| new).collect()
}

/// Returns the replacements for a block with code: `open`, which contains the fence, in place of the block, and
/// `close` after its notes, or directly after it if there are none. The notes themselves stay unchanged.
pub fn around(block: &Block, notes: Option<&Notes>, open: String, close: &str) -> Vec<Replacement> {
    let Some(notes) = notes else {
        let (text, after) = match close {
            "" => (open, After::Nothing),
            close => (format!("{open}\n\n{close}"), After::BlankLine),
        };
        return vec![Replacement::of(block, text, after)];
    };
    let mut replacements = vec![
        Replacement::of(block, open, After::BlankLine),
        // A marker refers to the Nth item, whatever its printed number: show the printed one.
        Replacement {
            span: notes.number.clone(),
            text: format!("{:0>width$}", 1, width = notes.number.len()),
            ..Replacement::of(block, String::new(), After::Nothing)
        },
    ];
    if !close.is_empty() {
        replacements.push(Replacement {
            span: notes.end..notes.end,
            prefix: notes.prefix.clone(),
            ..Replacement::of(block, format!("\n\n{close}"), After::BlankLine)
        });
    }
    replacements
}
