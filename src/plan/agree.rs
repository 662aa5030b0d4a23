//! Declarations of several fences about one run.

use super::run::{Ask, Declared};
use crate::lesson::fence::Spanned;
use crate::lesson::{Also, Problem};

/// A declaration of a fence in this chapter.
pub(super) fn declared<T: Clone>(attribute: &Spanned<T>, chapter: usize) -> Declared<T> {
    Declared {
        what: attribute.value.clone(),
        ask: Ask {
            chapter,
            span: attribute.span.clone(),
        },
    }
}

/// Adds a declaration of a fence in this chapter to that of the run; `text`: the attribute's value, as the author
/// writes it after `name=`.
///
/// # Errors
/// Another fence declares something else: both places.
pub(super) fn agree<T: Clone + PartialEq>(
    name: &str,
    chapter: usize,
    attribute: &Option<Spanned<T>>,
    known: &mut Option<Declared<T>>,
    text: impl Fn(&T) -> String,
) -> Result<(), Problem> {
    let Some(attribute) = attribute else {
        return Ok(());
    };
    let first = known.get_or_insert_with(|| declared(attribute, chapter));
    if first.what == attribute.value {
        return Ok(());
    }
    let (here, there) = (text(&attribute.value), text(&first.what));
    let also = Also {
        chapter: Some(first.ask.chapter),
        span: first.ask.span.clone(),
        label: format!("`{name}={there}` is said here"),
    };
    let message = format!("`{name}={here}` contradicts `{name}={there}` of the same run");
    Err(Problem {
        also: vec![also],
        ..Problem::error(attribute.span.clone(), message)
    })
}
