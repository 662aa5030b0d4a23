//! Merges the declarations of several fences about one run.

use super::run::{Ask, Declared};
use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::fence::Spanned;

/// Returns a fence's declaration with its place in this chapter.
pub(super) fn declared<T: Clone>(attribute: &Spanned<T>, chapter: usize) -> Declared<T> {
    Declared {
        value: attribute.value.clone(),
        ask: Ask {
            chapter,
            span: attribute.span.clone(),
        },
    }
}

/// Adds a fence's declaration to that of the run. `text` formats the attribute's value as the author writes it after
/// `name=`.
///
/// # Errors
/// Another fence declares a different value; the error has both places.
pub(super) fn agree<T: Clone + PartialEq>(
    name: &str,
    chapter: usize,
    attribute: &Option<Spanned<T>>,
    known: &mut Option<Declared<T>>,
    text: impl Fn(&T) -> String,
) -> Result<(), Box<Diagnostic>> {
    let Some(attribute) = attribute else {
        return Ok(());
    };
    let first = known.get_or_insert_with(|| declared(attribute, chapter));
    if first.value == attribute.value {
        return Ok(());
    }
    let (here, there) = (text(&attribute.value), text(&first.value));
    let message = format!("`{name}={here}` contradicts `{name}={there}` of the same run");
    let there = format!("`{name}={there}` is declared here");
    let error = Diagnostic::error(message)
        .at(Place::chapter(chapter, attribute.span.clone()))
        .related(Place::from(&first.ask).label(there));
    Err(error.into())
}
