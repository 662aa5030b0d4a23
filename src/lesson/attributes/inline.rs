//! What is said of a program in the page: ` ```rust,example,compile_fail,E0373 `.

use super::kinds::{LESS, is_error_code};
use super::reader::Reader;
use crate::lesson::fence::{Expected, Inline, Refused, Said};
use crate::lesson::in_page::is_name;
use crate::transcript::Exit;

/// What is said of a run: a program that must not compile has none.
const OF_A_RUN: [&str; 12] = [
    "args", "env", "stdin", "exit", "timeout", "order", "wall", "count", "before", "then", "alone",
    "timeline",
];
/// The words for editions.
const EDITION: &str = "edition";
/// The status of a program whose main thread panics.
const PANIC: Exit = Exit::Code(101);

impl Reader<'_> {
    /// The name that a fence gives what stands in it; empty: none.
    pub(super) fn own_name(&mut self) -> String {
        let expected = "letters, digits, `-` and `_`, the first a letter or digit";
        self.value("name", expected, |text| {
            is_name(text).then(|| text.to_owned())
        })
    }

    /// What is said of a program in the page. That it must panic is added to what is expected of its run.
    pub(super) fn inline(&mut self, expected: &mut Expected) -> Inline {
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
                self.word_wrong(
                    panics + 1,
                    message,
                    "`compile_fail` stands here too".to_owned(),
                );
            }
            (None, Some(panics)) => {
                let exit = expected.exit.as_ref();
                if exit.is_some_and(|exit| exit.what != PANIC) {
                    let message = "a program that panics ends with status 101".to_owned();
                    let label = "`exit` says otherwise".to_owned();
                    self.word_wrong(panics + 1, message, label);
                }
                let place = self.words[panics + 1].span.clone();
                expected.exit = Some(Said { what: PANIC, place });
            }
            (None, None) => {
                let code = self
                    .words
                    .iter()
                    .skip(1)
                    .position(|word| is_error_code(word.name));
                if let Some(code) = code {
                    let message = "an error is named, and the program must compile".to_owned();
                    self.word_wrong(
                        code + 1,
                        message,
                        "expected `compile_fail` before it".to_owned(),
                    );
                }
            }
            (Some(_), None) => self.refuse_a_run(),
        }
        Inline {
            refused: refused.map(|_| Refused { codes }),
            edition,
        }
    }

    /// Nothing may be said of the run of a program that has none.
    fn refuse_a_run(&mut self) {
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            if OF_A_RUN.contains(&name) || name.starts_with(LESS) {
                let message = format!("`{name}` has no meaning: the program must not compile");
                self.word_wrong(at, message, String::new());
            }
        }
    }
}
