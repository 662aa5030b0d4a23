//! Fences without a tag that look like tagged ones: their tag is misspelled, or one of their attributes belongs to no
//! known tool. Left alone, they would show neither source nor output, without a word.

use super::assigned::{assigned, is_spaced};
use super::kinds::{OF_OTHERS, TagKind, is_known};
use crate::diagnostic::{Diagnostic, Severity};
use crate::lesson::info::{InfoError, Word, split};
use crate::lesson::listing;

/// Words that are similar to a tag, but hardly ever misspell it.
const WORDS_OF_THEIR_OWN: [&str; 4] = ["input", "inputs", "sample", "samples"];
/// Attributes of other preprocessors in the languages of tagged fences.
const OF_OTHER_TOOLS: [&str; 2] = ["icon", "fp"];
/// The languages of tagged fences. In others, an unknown attribute is another tool's.
const LANGUAGES: [&str; 3] = ["rust", "rs", "console"];

/// The help of every problem with such a fence.
const HELP: &str = "if another tool reads this word, add it to `pass-on` in [preprocessor.transcript] of book.toml";

/// The diagnostic of a problem that [`find`] has found, without its place.
pub fn diagnostic(severity: Severity, message: String) -> Diagnostic {
    let diagnostic = match severity {
        Severity::Error => Diagnostic::error(message),
        Severity::Warning => Diagnostic::warning(message),
    };
    diagnostic.help(HELP)
}

/// Returns whether a text can contain such a fence: a quick look, before anything is parsed.
pub fn may_contain_misspelled(text: &str) -> bool {
    ["```", "~~~"].iter().any(|marks| {
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&text.as_bytes()[at..], marks.as_bytes()) {
            let line = text[at + found..].lines().next().unwrap_or("");
            let info = line.trim_start_matches(&marks[..1]).trim();
            // Most info strings are a language, and nothing else.
            let is_plain = info.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_plain && !find(info, &[]).is_empty() {
                return true;
            }
            at += found + line.len();
        }
        false
    })
}

/// Finds the words of an info string that misspell a tag or are unknown attributes. An info string with an error is
/// that of a tagged fence. `passed_on`: the words that the book passes on to other tools.
pub fn find(info: &str, passed_on: &[String]) -> Vec<(Severity, InfoError)> {
    let (words, _) = split(info);
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let language = if first.value.is_none() {
        first.name
    } else {
        ""
    };
    // An info string after backticks contains none, and a directive is expanded only later.
    if language == listing::ADMONISH || info.contains('`') || info.starts_with("{{#") {
        return Vec::new();
    }
    let is_claimed = |word: &Word<'_>| {
        OF_OTHERS.contains(&word.name)
            || OF_OTHER_TOOLS.contains(&word.name)
            || listing::ATTRIBUTES.contains(&word.name)
            || passed_on.iter().any(|other| other == word.name)
    };
    let problems = (0..words.len()).filter(|&at| !is_claimed(&words[at]));
    let problems = problems.filter_map(|at| {
        let (severity, message, label) = problem_with(&words, at, language)?;
        let span = words[at].span.clone();
        let error = InfoError {
            span,
            message,
            label,
        };
        Some((severity, error))
    });
    let mut found: Vec<_> = problems.collect();
    // With the tag corrected, the other attributes have their meaning.
    let is_error = |(severity, _): &(Severity, InfoError)| *severity == Severity::Error;
    if found.iter().any(is_error) {
        found.retain(is_error);
    }
    found
}

/// The severity, message and label for a word that misspells a tag or is an unknown attribute.
fn problem_with(
    words: &[Word<'_>],
    at: usize,
    language: &str,
) -> Option<(Severity, String, String)> {
    let word = &words[at];
    if at == 0 && word.value.is_none() {
        return None;
    }
    let expected = assigned(words, at);
    let name = bare_name(word);
    let unknown = || format!("unknown attribute `{}`", word.name);
    if let Some(tag) = misspelled_tag(&name, expected.is_some(), language) {
        return Some(match expected {
            Some(value) if name == tag && is_spaced(words, at) => {
                let label = format!("expected `{tag}={value}`");
                (Severity::Error, "spaces around `=`".to_owned(), label)
            }
            Some(value) => {
                let label = format!("did you mean `{tag}={value}`?");
                (Severity::Error, unknown(), label)
            }
            None if name == tag => {
                let message = format!("`{tag}` names no program");
                (Severity::Warning, message, format!("expected `{tag}=NAME`"))
            }
            None => (Severity::Error, unknown(), format!("did you mean `{tag}`?")),
        });
    }
    if !LANGUAGES.contains(&language) || word.value.is_none() || word.name.is_empty() {
        return None;
    }
    Some(if is_known(word.name) {
        let message = format!("`{}` has no effect: this fence names no program", word.name);
        let label = "expected a tag, like `example=NAME`, before it".to_owned();
        (Severity::Warning, message, label)
    } else {
        let label = "this tool has no such attribute".to_owned();
        (Severity::Warning, unknown(), label)
    })
}

/// The name of a word as far as it may be a tag: in lower case, without quotes, the dot of a class, a colon with the
/// text after it, or another word before a wrong separator.
fn bare_name(word: &Word<'_>) -> String {
    let name = word.name.rsplit([';', '|']).next().unwrap_or(word.name);
    let name = name.trim_start_matches(['"', '\'', '.', '#']);
    let name = name.split(':').next().unwrap_or(name);
    name.to_lowercase()
}

/// The tag that a word names or misspells. A word without a value can only be the tag of a snippet or of shell
/// commands, in their languages, or a tag that lacks its value.
fn misspelled_tag(name: &str, has_value: bool, language: &str) -> Option<&'static str> {
    // Options of a command, and words of other tools.
    if name.starts_with('-') || WORDS_OF_THEIR_OWN.contains(&name) {
        return None;
    }
    let is_rust = matches!(language, "rust" | "rs");
    let is_console = language == "console";
    let can_be = |tag: &&&str| match **tag {
        "example" => has_value || is_rust,
        "bin" => (has_value && (is_rust || language.is_empty())) || (name == "bin" && is_rust),
        "output" => has_value || (name == "output" && is_console),
        _ => is_console && !has_value,
    };
    TagKind::WORDS
        .iter()
        .filter(can_be)
        .find(|tag| misspells(name, tag))
        .copied()
}

/// Returns whether a word is this tag, or differs from it by a slip of the fingers: in a short tag one, in a longer one
/// two.
fn misspells(name: &str, tag: &str) -> bool {
    // Most words are no tag, at a glance.
    if name.len().abs_diff(tag.len()) > 2 {
        return false;
    }
    let slips = strsim::damerau_levenshtein(name, tag);
    match tag.len() {
        0..=3 => {
            let sorted = |word: &str| {
                let mut letters: Vec<char> = word.chars().collect();
                letters.sort_unstable();
                letters
            };
            let begins = name.chars().next() == tag.chars().next();
            slips == 0 || (slips == 1 && begins) || sorted(name) == sorted(tag)
        }
        _ => slips <= 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{find, may_contain_misspelled};
    use crate::diagnostic::Severity;

    fn found(info: &str) -> Vec<String> {
        let passed_on = ["output-dir".to_owned(), "examples".to_owned()];
        let problems = find(info, &passed_on).into_iter();
        problems
            .map(|(severity, error)| {
                format!("{}: {}: {}", severity.word(), error.message, error.label)
            })
            .collect()
    }

    /// Info strings with the messages and labels of their errors.
    const MISSPELLED: &[(&str, &str, &str)] = &[
        (
            "rust,exmaple=hello",
            "unknown attribute `exmaple`",
            "did you mean `example=hello`?",
        ),
        (
            "rust,exmaple",
            "unknown attribute `exmaple`",
            "did you mean `example`?",
        ),
        (
            "rust;example=a",
            "unknown attribute `rust;example`",
            "did you mean `example=a`?",
        ),
        (
            "rust,Example=a",
            "unknown attribute `Example`",
            "did you mean `example=a`?",
        ),
        (
            "{ .rust exampel=a }",
            "unknown attribute `exampel`",
            "did you mean `example=a`?",
        ),
        (
            "exmaple=a",
            "unknown attribute `exmaple`",
            "did you mean `example=a`?",
        ),
        (
            "console,ouput=a",
            "unknown attribute `ouput`",
            "did you mean `output=a`?",
        ),
        (
            "text outptu=a",
            "unknown attribute `outptu`",
            "did you mean `output=a`?",
        ),
        (
            "rust,bni=a",
            "unknown attribute `bni`",
            "did you mean `bin=a`?",
        ),
        (
            "rust,bins=a",
            "unknown attribute `bins`",
            "did you mean `bin=a`?",
        ),
        (
            "console,runs",
            "unknown attribute `runs`",
            "did you mean `run`?",
        ),
        (
            "console,rnu",
            "unknown attribute `rnu`",
            "did you mean `run`?",
        ),
        (
            "rust, output: a",
            "unknown attribute `output:`",
            "did you mean `output=a`?",
        ),
        (
            "rust,bin:a",
            "unknown attribute `bin:a`",
            "did you mean `bin=a`?",
        ),
        ("rust, bin = a", "spaces around `=`", "expected `bin=a`"),
        (
            "console, output =a",
            "spaces around `=`",
            "expected `output=a`",
        ),
        (
            "rust, exmaple = a",
            "unknown attribute `exmaple`",
            "did you mean `example=a`?",
        ),
        (
            "rust,exmaple=a,args=1",
            "unknown attribute `exmaple`",
            "did you mean `example=a`?",
        ),
        (
            "rust,\"bin=a\"",
            "unknown attribute `\"bin`",
            "did you mean `bin=a\"`?",
        ),
    ];

    #[test]
    fn misspelled_tags_are_errors() {
        for (info, message, label) in MISSPELLED {
            assert_eq!(
                found(info),
                [format!("error: {message}: {label}")],
                "{info}"
            );
            assert!(
                may_contain_misspelled(&format!("a\n\n> ```{info}\n> ```\n")),
                "{info}"
            );
        }
    }

    #[test]
    fn unknown_attributes_are_warnings() {
        for (info, message) in [
            ("rust,bin", "`bin` names no program"),
            ("console,output", "`output` names no program"),
            (
                "rust,args=\"1\"",
                "`args` has no effect: this fence names no program",
            ),
            (
                "rust,name=a",
                "`name` has no effect: this fence names no program",
            ),
            ("console filename=a", "unknown attribute `filename`"),
            ("rust,sample=a", "unknown attribute `sample`"),
        ] {
            let all = find(info, &[]);
            let all: Vec<_> = all
                .iter()
                .map(|(severity, error)| (*severity, error.message.as_str()))
                .collect();
            assert_eq!(all, [(Severity::Warning, message)], "{info}");
        }
    }

    /// Info strings of published books.
    #[test]
    fn words_of_others_are_left_alone() {
        for info in [
            "",
            "rust",
            "rust,ignore",
            "rust,editable,ignore,mdbook-runnable",
            "rust,ignore,does_not_compile",
            "rust,not_desired_behavior",
            "rust,should_panic,panics",
            "rust,compile_fail,E0382",
            "rust,edition2021,noplayground",
            "rust,hidelines=$",
            "rust,icon=.devicon-rust-plain",
            "console,icon=%gnubash,fp=Console",
            "rust,warnunused",
            "rust,editable,CODE1",
            "rust,playground",
            "console,ignore",
            "python,hidelines=!!!",
            "toml, hl_lines=03",
            "rust title=\"a.rs\"",
            "admonish sandbox title=\"Live example\" collapsible=true",
            "admonish output=a",
            "admonish example collapsible=true",
            "text example",
            "mermaid theme=dark",
            "sh filename=a.sh",
            "bash,run",
            "text,output",
            "json example",
            "cargo run --example=foo",
            "dot input=a",
            "{{#include a.rs}}",
            "```` makes a fence",
            "rust,output-dir=a",
            "rust,examples=a",
            "rust {.a}",
        ] {
            assert_eq!(found(info), [""; 0], "{info}");
        }
    }
}
