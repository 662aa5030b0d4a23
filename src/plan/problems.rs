//! The errors of planning, without those that only follow from others.

use crate::book::Book;
use crate::diagnostic::{Diagnostic, Location};
use crate::lesson::snippet::is_name_char;

/// The errors of planning.
#[derive(Debug, Default)]
pub struct Problems {
    errors: Vec<Diagnostic>,
    /// Errors in fences about a name that means no target, or several, with the name.
    targets: Vec<(String, Diagnostic)>,
    /// Errors in running text about a name that means no run, with the name.
    runs: Vec<(String, Diagnostic)>,
}

impl Problems {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.targets.is_empty() && self.runs.is_empty()
    }

    pub(super) fn extend(&mut self, errors: impl IntoIterator<Item = Diagnostic>) {
        self.errors.extend(errors);
    }

    pub(super) fn no_target(&mut self, name: &str, error: Diagnostic) {
        self.targets.push((name.to_owned(), error));
    }

    pub(super) fn no_run(&mut self, name: &str, error: Diagnostic) {
        self.runs.push((name.to_owned(), error));
    }

    /// Adds the errors to those of the lessons. An error in a fence explains why nothing has the fence's name: errors
    /// about that name are left out.
    pub fn add_to(self, errors: &mut Vec<Diagnostic>, book: &Book<'_>) {
        errors.extend(self.errors);
        for unknown in [self.targets, self.runs] {
            if unknown.is_empty() {
                continue;
            }
            let causes: Vec<Cause<'_>> = errors
                .iter()
                .filter_map(|error| Cause::of(error, book))
                .collect();
            let is_unexplained =
                |(name, _): &(String, Diagnostic)| !causes.iter().any(|cause| cause.explains(name));
            let unexplained: Vec<_> = unknown.into_iter().filter(is_unexplained).collect();
            errors.extend(unexplained.into_iter().map(|(_, error)| error));
        }
    }
}

/// A fence with an error.
#[derive(Debug)]
struct Cause<'a> {
    /// The chapter's name as [names of its snippets](crate::lesson) begin with it.
    chapter: String,
    /// The words of the info string.
    words: Vec<&'a str>,
}

impl<'a> Cause<'a> {
    /// The fence that contains the place of an error.
    fn of(error: &Diagnostic, book: &'a Book<'_>) -> Option<Cause<'a>> {
        let Location::Chapter(number, span) = &error.primary.as_ref()?.location else {
            return None;
        };
        let chapter = book.chapters.get(*number)?;
        let line_end = |from: usize| {
            let rest = chapter.text.get(from..)?;
            Some(from + rest.find('\n').unwrap_or(rest.len()))
        };
        let before = &chapter.text[..line_end(span.start)?];
        let fence = ["```", "~~~"]
            .iter()
            .filter_map(|fence| before.rfind(fence));
        let fence = fence.max()?;
        let info = chapter.text.get(fence..line_end(fence)?)?;
        let is_part = |c: char| is_name_char(c) || c == '.';
        let words: Vec<&str> = info
            .split(|c| !is_part(c))
            .filter(|word| !word.is_empty())
            .collect();
        // A fence without words is the end of another one: the error is in running text.
        words.first()?;
        let chapter = chapter.name.replace(|c| !is_name_char(c), "-");
        Some(Cause { chapter, words })
    }

    /// Whether the fence may be the one with this name, or with a run of this name.
    fn explains(&self, name: &str) -> bool {
        let is_of = |base: &str| {
            let rest = name.strip_prefix(base);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let numbered = name
            .strip_prefix(&self.chapter)
            .map(|rest| rest.trim_start_matches("-shell"));
        let is_default = numbered.is_some_and(|rest| {
            let number = rest.strip_prefix('-').unwrap_or_default();
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        is_default || self.words.iter().any(|word| is_of(word))
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn a_fence_explains_names_of_its_runs() {
        let cause = Cause {
            chapter: "deep-threads".to_owned(),
            words: vec!["rust", "example", "join", "agrs", "1"],
        };
        for (name, is_explained) in [
            ("join", true),
            ("join-1", true),
            ("joins", false),
            ("deep-threads-2", true),
            ("deep-threads-shell-1", true),
            ("deep-threads", false),
            ("threads-2", false),
            ("other", false),
        ] {
            assert_eq!(cause.explains(name), is_explained, "{name}");
        }
    }
}
