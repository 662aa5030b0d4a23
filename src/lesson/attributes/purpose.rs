//! The attributes that declare how far a program is taken: `compile_fail` with its codes, `no_run`, `ignore`.

use super::kinds::{COMPILE_FAIL, LESS, REDACT, TagKind, is_error_code};
use super::reader::Reader;
use crate::lesson::fence::Spanned;
use crate::lesson::purpose::{Purpose, Refused};

/// The attributes of a run, which have no effect on a program that is not executed.
const OF_A_RUN: [&str; 15] = [
    "args", "seed", "env", "stdin", "files", "exit", "timeout", "order", "wall", "count", "before",
    "then", "alone", "timeline", REDACT,
];
/// The attributes of a build, which have no effect on a program that is not even built.
const OF_A_BUILD: [&str; 4] = ["features", "profile", "check", "reason"];

impl Reader<'_> {
    /// Reads how far the program is taken; `None`: the fence does not say.
    ///
    /// A fence that declares how its program ends, with `exit` or `compile_fail`, asks for it to be built and run: its
    /// `no_run` and `ignore` are for `mdbook test` alone.
    pub(super) fn purpose(&mut self, kind: TagKind) -> Option<Spanned<Purpose>> {
        let words = || (1..self.words.len()).map(|at| (at, self.words[at].name));
        let at = |name: &str| words().find(|(_, word)| *word == name).map(|(at, _)| at);
        let codes = || words().filter(|(_, name)| is_error_code(name));
        let (refused, unbuilt, unrun) = (at(COMPILE_FAIL), at("ignore"), at("no_run"));
        let first_code = codes().next();
        let (at, value) = match (refused, unbuilt, unrun) {
            _ if kind == TagKind::Shell => return None,
            (Some(at), _, _) => {
                let codes = codes().map(|(_, name)| name.to_owned()).collect();
                (at, Purpose::Refuse(Refused { codes }))
            }
            _ if first_code.is_some() => {
                let (at, _) = first_code?;
                let message = "this error code requires `compile_fail`".to_owned();
                self.error_at(at, message, "expected `compile_fail` before it".to_owned());
                return None;
            }
            _ if kind != TagKind::Named || self.text("exit").is_some() => return None,
            (None, Some(at), _) => (at, Purpose::Show),
            (None, None, Some(at)) => (at, Purpose::Build),
            (None, None, None) => return None,
        };
        self.refuse_attributes_of_a_run(&value);
        let span = self.words[at].span.clone();
        Some(Spanned { value, span })
    }

    /// Refuses the attributes of a run on a program that is not executed.
    fn refuse_attributes_of_a_run(&mut self, purpose: &Purpose) {
        let why = match purpose {
            Purpose::Refuse(_) => "the program must not compile",
            purpose => &format!("the program {}", purpose.in_words()),
        };
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            let is_of_a_build = *purpose == Purpose::Show && OF_A_BUILD.contains(&name);
            if OF_A_RUN.contains(&name) || name.starts_with(LESS) || is_of_a_build {
                let message = format!("`{name}` has no effect: {why}");
                self.error_at(at, message, String::new());
            }
        }
    }
}
