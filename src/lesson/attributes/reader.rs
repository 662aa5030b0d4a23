//! Access to the attributes of an info string by name; values that do not parse become errors.

use std::ops::Range;

use crate::lesson::fence::Spanned;
use crate::lesson::info::{InfoError, Word};

/// The words of an info string, and the errors found so far.
pub(super) struct Reader<'a> {
    pub(super) info: &'a str,
    pub(super) words: Vec<Word<'a>>,
    /// The words that the book passes on to other tools.
    pub(super) passed_on: &'a [String],
    pub(super) errors: Vec<InfoError>,
}

impl Reader<'_> {
    /// The value of an attribute as written; `None`: the attribute is missing or has no value.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let word = self.words.iter().skip(1).find(|word| word.name == name)?;
        word.value.as_ref().map(|value| value.text.clone())
    }

    /// The parsed value of an attribute, or the default where the attribute is missing. A value that does not parse
    /// is an error, with the description of what was `expected`.
    pub(super) fn value<T: Default>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let word = self.words.iter().skip(1).find(|word| word.name == name);
        let Some(value) = word.and_then(|word| word.value.as_ref()) else {
            return T::default();
        };
        parse(&value.text).unwrap_or_else(|| {
            self.errors.push(InfoError {
                span: value.span.clone(),
                message: format!("invalid value `{}` for `{name}`", value.text),
                label: format!("expected {expected}"),
            });
            T::default()
        })
    }

    /// Adds an error at the word of this number.
    pub(super) fn error_at(&mut self, at: usize, message: String, label: String) {
        let span = self.words[at].span.clone();
        self.errors.push(InfoError {
            span,
            message,
            label,
        });
    }

    /// The parsed value of an attribute with its place; `None`: the attribute is missing or does not parse.
    pub(super) fn spanned<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let value = self.value(name, expected, |text| Some(Some(parse(text)?)))?;
        let span = self.place(name)?;
        Some(Spanned { value, span })
    }

    /// The place of an attribute.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        let word = self.words.iter().skip(1).find(|word| word.name == name)?;
        Some(word.span.clone())
    }
}
