//! The kinds of tagged fence, and the attributes of each.

use crate::lesson::info::Word;
use crate::lesson::listing;

/// What a word of an info string says that its fence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// The source of a program: `example=join`, `bin=join`.
    Named,
    /// What a program printed: `output=join`.
    Output,
    /// A program in the page: `example`.
    Inline,
    /// Commands for a shell: `console,run`.
    Shell,
}

/// Those of all kinds of fence: of the run that is made, and its picture.
const OF_ALL: [&str; 13] = [
    "env", "stdin", "features", "profile", "exit", "timeout", "timeline", "order", "wall", "count",
    "before", "then", "check",
];
/// What goes with `check=off`.
const REASON: &str = "reason";
/// Those that a shell has no use for.
const OF_PROGRAMS: [&str; 2] = ["package", "args"];
/// What is claimed of a time: `wall<0.7*serial`.
pub(super) const LESS: &str = "wall<";
/// What stands alone, on all kinds of fence.
pub(super) const FLAGS: [&str; 1] = ["alone"];
const OF_SOURCE: [&str; 4] = {
    let [title, lines, numbers] = listing::ATTRIBUTES;
    ["anchor", title, lines, numbers]
};
const OF_OUTPUT: [&str; 3] = ["stream", "timing", "prompt"];
const OF_INLINE: [&str; 4] = {
    let [title, lines, numbers] = listing::ATTRIBUTES;
    ["name", title, lines, numbers]
};
const OF_SHELL: [&str; 3] = ["name", "stream", "timing"];
/// What mdBook and rustdoc know: passed on to them.
const OF_OTHERS: [&str; 15] = [
    "editable",
    "noplayground",
    "noplaypen",
    "mdbook-runnable",
    "ignore",
    "should_panic",
    "no_run",
    "compile_fail",
    "test_harness",
    "standalone_crate",
    "edition2015",
    "edition2018",
    "edition2021",
    "edition2024",
    "hidelines",
];
/// What of that cannot be so of a program in the page, whose output is shown.
const CONTRARY: [&str; 3] = ["ignore", "no_run", "test_harness"];

/// Whether a word is the code of one of the compiler's errors: `E0373`.
pub(super) fn is_error_code(name: &str) -> bool {
    let digits = name.strip_prefix('E').unwrap_or("");
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl TagKind {
    /// The words that can be tags.
    pub(super) const WORDS: [&str; 4] = ["example", "bin", "output", "run"];

    /// What the word at this place says, if it is a tag. `run` is one in consoles alone: other tools have such
    /// a word too.
    pub(super) fn of(words: &[Word<'_>], at: usize) -> Option<TagKind> {
        let Word { name, value, .. } = &words[at];
        match (*name, value) {
            ("example", None) if at > 0 => Some(TagKind::Inline),
            ("run", None) if at > 0 && words[0].name == "console" => Some(TagKind::Shell),
            ("example" | "bin", _) => Some(TagKind::Named),
            ("output", _) => Some(TagKind::Output),
            _ => None,
        }
    }

    /// How messages call a fence with this tag.
    pub(super) fn label(self, word: &str) -> String {
        match self {
            TagKind::Named | TagKind::Output => format!("`{word}=`"),
            TagKind::Inline => format!("`{word}` alone"),
            TagKind::Shell => format!("`{word}`"),
        }
    }

    /// Whether it shows what was printed, and no source.
    pub(super) fn is_output(self) -> bool {
        matches!(self, TagKind::Output | TagKind::Shell)
    }

    /// Its attributes, those that stand alone included.
    pub(super) fn attributes(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            TagKind::Named => &OF_SOURCE,
            TagKind::Output => &OF_OUTPUT,
            TagKind::Inline => &OF_INLINE,
            TagKind::Shell => &OF_SHELL,
        };
        let of_programs: &[&str] = match self {
            TagKind::Shell => &[],
            TagKind::Named | TagKind::Output | TagKind::Inline => &OF_PROGRAMS,
        };
        [of_programs, &OF_ALL, &[REASON], &FLAGS, own].concat()
    }

    /// All that may stand in its info string.
    pub(super) fn all(self) -> Vec<&'static str> {
        let others: &[&str] = if self.is_output() { &[] } else { &OF_OTHERS };
        [&TagKind::WORDS, self.attributes().as_slice(), others].concat()
    }

    /// Whether this is one of its attributes.
    pub(super) fn knows(self, name: &str) -> bool {
        self.attributes().contains(&name)
    }

    /// Whether this is no attribute of ours, and handed on to mdBook and rustdoc.
    pub(super) fn passes_on(self, name: &str) -> bool {
        match self {
            TagKind::Output | TagKind::Shell => false,
            TagKind::Named => OF_OTHERS.contains(&name),
            TagKind::Inline => OF_OTHERS.contains(&name) || is_error_code(name),
        }
    }

    /// Whether this cannot be so of its program.
    pub(super) fn contradicts(self, name: &str) -> bool {
        self == TagKind::Inline && CONTRARY.contains(&name)
    }

    /// Whether another kind of fence has such an attribute.
    pub(super) fn is_known_elsewhere(name: &str) -> bool {
        let all: [&[&str]; 5] = [&OF_SOURCE, &OF_OUTPUT, &OF_INLINE, &OF_SHELL, &OF_PROGRAMS];
        all.iter().any(|some| some.contains(&name))
    }
}
