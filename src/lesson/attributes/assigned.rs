//! Values that are not written as `name=value`, but are most likely meant so.

use crate::lesson::info::Word;

/// The value that the word of this number was meant to have, written `name=value`, `name: value` or `name = value`;
/// `None`: it is a single word.
pub(super) fn assigned(words: &[Word<'_>], at: usize) -> Option<String> {
    let word = &words[at];
    let next = |number: usize| words.get(number).map(|word| word.name.to_owned());
    if let Some((_, value)) = word.name.split_once(':') {
        return match value {
            "" => next(at + 1),
            value => Some(value.to_owned()),
        };
    }
    match &word.value {
        Some(value) => Some(value.text.clone()),
        None => spaced(words, at),
    }
}

/// Returns whether white space separates the word of this number from the `=` after it.
pub(super) fn is_spaced(words: &[Word<'_>], at: usize) -> bool {
    let is_bare = words[at].value.is_none();
    let next = words.get(at + 1);
    is_bare && next.is_some_and(|next| next.name.is_empty() && next.value.is_some())
}

/// The value of the word of this number, if white space separates it from its `=`.
pub(super) fn spaced(words: &[Word<'_>], at: usize) -> Option<String> {
    if !is_spaced(words, at) {
        return None;
    }
    let value = words[at + 1].value.as_ref()?;
    Some(match value.text.as_str() {
        "" => words.get(at + 2).map_or("", |word| word.name).to_owned(),
        value => value.to_owned(),
    })
}
