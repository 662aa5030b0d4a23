//! The kinds of tagged fence, and the attributes of each.

use crate::lesson::info::Word;
use crate::lesson::listing;

/// The kind of a tagged fence, which a word of the info string decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// The source of a program: `example=join`, `bin=join`.
    Named,
    /// A program's output: `output=join`.
    Output,
    /// A snippet: `example`.
    Snippet,
    /// Shell commands: `console,run`.
    Shell,
}

/// Attributes with a value, of all kinds of fence.
const OF_ALL: [&str; 15] = [
    "env", "stdin", "files", "features", "profile", "exit", "timeout", "timeline", "order", "wall",
    "count", "before", "then", "check", REDACT,
];
/// The attribute of a redaction, which a fence may have several times.
pub(super) const REDACT: &str = "redact";
/// The attribute that `check=off` requires.
const REASON: &str = "reason";
/// Attributes of programs, but not of shell commands.
const OF_PROGRAMS: [&str; 3] = ["package", "args", "seed"];
/// The start of a claim about time: `wall<0.7*serial`.
pub(super) const LESS: &str = "wall<";
/// Attributes without a value, of all kinds of fence.
pub(super) const FLAGS: [&str; 1] = ["alone"];
/// The attribute of a program in a package outside the book's workspace.
pub(super) const MANIFEST: &str = "manifest";
/// The attribute of a tab set: the tab that is open at first.
pub(super) const TAB: &str = "tab";
/// Attributes of `example=` and `bin=`.
const OF_SOURCE: [&str; 6] = {
    let [title, lines, numbers] = listing::ATTRIBUTES;
    ["anchor", TAB, MANIFEST, title, lines, numbers]
};
/// Attributes of `output=`.
const OF_OUTPUT: [&str; 4] = ["stream", "timing", "prompt", MANIFEST];
/// Attributes of `example` alone.
const OF_SNIPPET: [&str; 5] = {
    let [title, lines, numbers] = listing::ATTRIBUTES;
    ["name", TAB, title, lines, numbers]
};
/// Attributes of `run`.
const OF_SHELL: [&str; 3] = ["name", "stream", "timing"];
/// The flag of a program that the compiler must reject.
pub(super) const COMPILE_FAIL: &str = "compile_fail";
/// Words of mdBook and rustdoc, which are passed on.
pub(super) const OF_OTHERS: [&str; 15] = [
    "editable",
    "noplayground",
    "noplaypen",
    "mdbook-runnable",
    "ignore",
    "should_panic",
    "no_run",
    COMPILE_FAIL,
    "test_harness",
    "standalone_crate",
    "edition2015",
    "edition2018",
    "edition2021",
    "edition2024",
    "hidelines",
];
/// Words of mdBook and rustdoc that a snippet cannot have, because its output is shown.
const CONTRARY: [&str; 3] = ["ignore", "no_run", "test_harness"];

/// Returns whether a word is the code of a compiler error: `E0373`.
pub(super) fn is_error_code(name: &str) -> bool {
    let digits = name.strip_prefix('E').unwrap_or("");
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether some kind of tagged fence has the attribute, or it is a tag.
pub(super) fn is_known(name: &str) -> bool {
    let everywhere = [OF_ALL.as_slice(), &[REASON], &FLAGS, &TagKind::WORDS];
    everywhere.iter().any(|some| some.contains(&name)) || TagKind::is_known_elsewhere(name)
}

impl TagKind {
    /// The words that can be tags, for messages and for a quick look.
    pub(super) const WORDS: [&str; 4] = ["example", "bin", "output", "run"];

    /// The kind that the word of this number stands for; `None`: the word is no tag. `example` alone is a tag only
    /// after the language Rust, and `run` after `console`: other tools use these words too.
    pub(super) fn of(words: &[Word<'_>], at: usize) -> Option<TagKind> {
        let Word { name, value, .. } = &words[at];
        match (*name, value) {
            ("example", None) if at > 0 && matches!(words[0].name, "rust" | "rs") => {
                Some(TagKind::Snippet)
            }
            ("run", None) if at > 0 && words[0].name == "console" => Some(TagKind::Shell),
            ("example" | "bin", _) => Some(TagKind::Named),
            ("output", _) => Some(TagKind::Output),
            _ => None,
        }
    }

    /// The tag as messages write it.
    pub(super) fn label(self, word: &str) -> String {
        match self {
            TagKind::Named | TagKind::Output => format!("`{word}=`"),
            TagKind::Snippet => format!("`{word}` alone"),
            TagKind::Shell => format!("`{word}`"),
        }
    }

    /// Returns whether the fence shows output rather than source.
    pub(super) fn is_output(self) -> bool {
        matches!(self, TagKind::Output | TagKind::Shell)
    }

    /// The attributes of this kind, including those without a value.
    pub(super) fn attributes(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            TagKind::Named => &OF_SOURCE,
            TagKind::Output => &OF_OUTPUT,
            TagKind::Snippet => &OF_SNIPPET,
            TagKind::Shell => &OF_SHELL,
        };
        let of_programs: &[&str] = match self {
            TagKind::Shell => &[],
            TagKind::Named | TagKind::Output | TagKind::Snippet => &OF_PROGRAMS,
        };
        [of_programs, &OF_ALL, &[REASON], &FLAGS, own].concat()
    }

    /// All words that an info string of this kind may have.
    pub(super) fn all(self) -> Vec<&'static str> {
        let others: &[&str] = match self {
            TagKind::Shell => &[],
            TagKind::Output => &[COMPILE_FAIL],
            TagKind::Named | TagKind::Snippet => &OF_OTHERS,
        };
        [&TagKind::WORDS, self.attributes().as_slice(), others].concat()
    }

    /// Returns whether this kind has the attribute.
    pub(super) fn knows(self, name: &str) -> bool {
        self.attributes().contains(&name)
    }

    /// Returns whether the word is passed on to mdBook and rustdoc.
    pub(super) fn passes_on(self, name: &str) -> bool {
        match self {
            TagKind::Output | TagKind::Shell => false,
            TagKind::Named | TagKind::Snippet => OF_OTHERS.contains(&name) || is_error_code(name),
        }
    }

    /// Returns whether the word declares a program that the compiler must reject.
    pub(super) fn is_of_refused(self, name: &str) -> bool {
        self != TagKind::Shell && (name == COMPILE_FAIL || is_error_code(name))
    }

    /// Returns whether the word contradicts the tag.
    pub(super) fn contradicts(self, name: &str) -> bool {
        self == TagKind::Snippet && CONTRARY.contains(&name)
    }

    /// Returns whether some kinds of fence, but not all, have the attribute.
    pub(super) fn is_known_elsewhere(name: &str) -> bool {
        let all: [&[&str]; 5] = [&OF_SOURCE, &OF_OUTPUT, &OF_SNIPPET, &OF_SHELL, &OF_PROGRAMS];
        all.iter().any(|some| some.contains(&name))
    }
}
