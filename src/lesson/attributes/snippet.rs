//! The attributes that only a snippet has: ` ```rust,example,compile_fail,E0373 `.

use super::kinds::{LESS, is_error_code};
use super::reader::Reader;
use crate::lesson::fence::{Expected, Spanned};
use crate::lesson::snippet::{Refused, Snippet, is_valid_name};
use crate::transcript::Exit;

/// The attributes of a run. A program that must not compile has no run.
const OF_A_RUN: [&str; 12] = [
    "args", "env", "stdin", "exit", "timeout", "order", "wall", "count", "before", "then", "alone",
    "timeline",
];
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
        let at = |name: &str| self.words.iter().skip(1).position(|word| word.name == name);
        let (refused, panics) = (at("compile_fail"), at("should_panic"));
        let codes = self.words.iter().skip(1).map(|word| word.name);
        let codes: Vec<String> = codes
            .filter(|name| is_error_code(name))
            .map(str::to_owned)
            .collect();
        let edition = self.words.iter().skip(1).find_map(|word| {
            let year = word.name.strip_prefix(EDITION)?;
            Some(year.to_owned())
        });
        match (refused, panics) {
            (Some(_), Some(panics)) => {
                let message = "a program that must not compile cannot panic".to_owned();
                self.error_at(
                    panics + 1,
                    message,
                    "conflicts with `compile_fail`".to_owned(),
                );
            }
            (None, Some(panics)) => {
                let exit = expected.exit.as_ref();
                if exit.is_some_and(|exit| exit.value != PANIC) {
                    let message = "a program that panics ends with exit status 101".to_owned();
                    let label = "conflicts with `exit`".to_owned();
                    self.error_at(panics + 1, message, label);
                }
                let span = self.words[panics + 1].span.clone();
                expected.exit = Some(Spanned { value: PANIC, span });
            }
            (None, None) => {
                let code = self
                    .words
                    .iter()
                    .skip(1)
                    .position(|word| is_error_code(word.name));
                if let Some(code) = code {
                    let message = "this error code requires `compile_fail`".to_owned();
                    self.error_at(
                        code + 1,
                        message,
                        "expected `compile_fail` before it".to_owned(),
                    );
                }
            }
            (Some(_), None) => self.refuse_a_run(),
        }
        Snippet {
            refused: refused.map(|_| Refused { codes }),
            edition,
        }
    }

    /// Refuses the attributes of a run on a program that has no run.
    fn refuse_a_run(&mut self) {
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            if OF_A_RUN.contains(&name) || name.starts_with(LESS) {
                let message = format!("`{name}` has no effect: the program must not compile");
                self.error_at(at, message, String::new());
            }
        }
    }
}
