//! The attributes of one info string by their names, and everything that is wrong in them.

use std::ops::Range;

use crate::lesson::fence::Said;
use crate::lesson::info::{Word, Wrong};

pub(super) struct Reader<'a> {
    pub(super) info: &'a str,
    pub(super) words: Vec<Word<'a>>,
    pub(super) wrong: Vec<Wrong>,
}

impl Reader<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let word = self.words.iter().skip(1).find(|word| word.name == name)?;
        word.value.as_ref().map(|value| value.text.clone())
    }

    /// The value of an attribute, its default where it does not stand there; what does not parse is
    /// noted with what was `expected`.
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
            self.wrong.push(Wrong {
                span: value.span.clone(),
                message: format!("`{name}` cannot be `{}`", value.text),
                label: format!("expected {expected}"),
            });
            T::default()
        })
    }

    pub(super) fn word_wrong(&mut self, at: usize, message: String, label: String) {
        let span = self.words[at].span.clone();
        self.wrong.push(Wrong {
            span,
            message,
            label,
        });
    }

    /// What an attribute says, if it stands there.
    pub(super) fn said<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Said<T>> {
        let what = self.value(name, expected, |text| Some(Some(parse(text)?)))?;
        let place = self.place(name)?;
        Some(Said { what, place })
    }

    /// Where an attribute stands.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        let word = self.words.iter().skip(1).find(|word| word.name == name)?;
        Some(word.span.clone())
    }
}
