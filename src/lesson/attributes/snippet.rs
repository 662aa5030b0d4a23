//! The attributes that only a snippet has: ` ```rust,example,compile_fail,E0373 `.

use super::kinds::COMPILE_FAIL;
use super::reader::Reader;
use crate::lesson::fence::{Expected, Spanned};
use crate::lesson::snippet::{Snippet, is_valid_name};
use crate::transcript::Exit;

/// The prefix of the words for editions, like `edition2021`.
const EDITION: &str = "edition";
/// The exit of a program whose main thread panics.
const PANIC: Exit = Exit::Code(101);

impl Reader<'_> {
    /// Reads the name that a fence gives its snippet or its commands; empty: none.
    pub(super) fn own_name(&mut self) -> String {
        let expected = "letters, digits, `-` and `_`, beginning with a letter or digit";
        self.value("name", expected, |text| {
            is_valid_name(text).then(|| text.to_owned())
        })
    }

    /// Reads the declarations about a snippet. `should_panic` becomes the expected exit of the run.
    pub(super) fn snippet(&mut self, expected: &mut Expected) -> Snippet {
        let panics = (1..self.words.len()).find(|&at| self.words[at].name == "should_panic");
        if let Some(at) = panics {
            self.panics(at, expected);
        }
        let edition = self.words.iter().skip(1).find_map(|word| {
            let year = word.name.strip_prefix(EDITION)?;
            Some(year.to_owned())
        });
        Snippet { edition }
    }

    /// Reads `should_panic`, the word of this number.
    fn panics(&mut self, at: usize, expected: &mut Expected) {
        if self.words.iter().any(|word| word.name == COMPILE_FAIL) {
            let message = "a program that must not compile cannot panic".to_owned();
            self.error_at(at, message, "conflicts with `compile_fail`".to_owned());
            return;
        }
        let exit = expected.exit.as_ref();
        if exit.is_some_and(|exit| exit.value != PANIC) {
            let message = "a program that panics ends with exit status 101".to_owned();
            self.error_at(at, message, "conflicts with `exit`".to_owned());
        }
        let span = self.words[at].span.clone();
        expected.exit = Some(Spanned { value: PANIC, span });
    }
}
