//! The attributes of tagged fences: which exist, and their meaning.

use std::ops::Range;

use super::fence::{Form, OutputFence, RunAttributes, Shown, SourceFence, TargetKind, TargetName};
use super::info::{InfoError, Word, split};
use super::listing::{ADMONISH, Listing};
use crate::spelling::nearest;

mod assigned;
mod expected;
mod kinds;
pub mod misspelled;
mod purpose;
mod reader;
mod snippet;
mod values;

use kinds::{FLAGS, LESS, MANIFEST, REDACT, TAB, TagKind};
use reader::Reader;
use values::{files, manifest, pairs, source_tab, switch, unescape};

/// Attributes whose values may contain spaces.
const SPACED: [&str; 11] = [
    "args", "env", "stdin", "features", "files", "before", "then", "reason", "title", "hl_lines",
    REDACT,
];

/// A tagged fence, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// `example=` or `bin=`, or `example` alone: a snippet.
    Source(SourceFence),
    /// `output=`, or `run`: shell commands.
    Output(OutputFence),
}

/// Returns whether a text can contain a tag: a quick look, before anything is parsed.
pub fn may_contain_tag(text: &str) -> bool {
    // Many times as fast as `str::contains`, which counts for a test of every chapter.
    TagKind::WORDS
        .iter()
        .any(|tag| memchr::memmem::find(text.as_bytes(), tag.as_bytes()).is_some())
}

/// The info string of a tagged fence, which may have errors.
#[derive(Debug)]
pub struct TaggedInfo<'a> {
    info: &'a str,
    words: Vec<Word<'a>>,
    /// The tags, by the numbers of their words: one, or more in an info string with errors.
    tags: Vec<(usize, TagKind)>,
    passed_on: &'a [String],
    unclosed: Option<InfoError>,
}

impl<'a> TaggedInfo<'a> {
    /// Splits an info string; `None`: the fence has no tag. The words in `passed_on` are another tool's.
    pub fn of(info: &'a str, passed_on: &'a [String]) -> Option<TaggedInfo<'a>> {
        if !may_contain_tag(info) {
            return None;
        }
        let (words, unclosed) = split(info);
        if words.first().is_some_and(|first| first.name == ADMONISH) {
            return None;
        }
        let tags: Vec<(usize, TagKind)> = (0..words.len())
            .filter(|&at| !passed_on.iter().any(|other| other == words[at].name))
            .filter_map(|at| Some((at, TagKind::of(&words, at)?)))
            .collect();
        let is_tag = |&(at, kind): &(usize, TagKind)| match kind {
            TagKind::Named | TagKind::Output => words[at].value.is_some(),
            TagKind::Snippet | TagKind::Shell => true,
        };
        tags.iter().any(is_tag).then_some(TaggedInfo {
            info,
            words,
            tags,
            passed_on,
            unclosed,
        })
    }

    /// The bytes of the program's name, or of a tag without a name.
    pub fn name_span(&self) -> Option<Range<usize>> {
        let &(tag, _) = self.tags.iter().find(|(at, _)| *at > 0)?;
        let Word { value, span, .. } = &self.words[tag];
        Some(value.as_ref().map_or(span, |value| &value.span).clone())
    }

    /// Reads the attributes. The body of a source fence stays empty.
    ///
    /// # Errors
    /// All errors in the info string: an attribute that is unknown, given twice or on the wrong kind of fence, a
    /// value that does not parse, an unclosed quote.
    pub fn read(self) -> Result<Tagged, Vec<InfoError>> {
        if let Some(first) = self.words.first().filter(|word| word.value.is_some()) {
            return Err(vec![InfoError {
                span: first.span.clone(),
                message: "an info string begins with the language".to_owned(),
                label: "expected `rust` or `console` before it".to_owned(),
            }]);
        }
        let mut reader = Reader {
            info: self.info,
            words: self.words,
            passed_on: self.passed_on,
            errors: self.unclosed.into_iter().collect(),
        };
        let tagged = reader.read(&self.tags);
        if reader.errors.is_empty() {
            Ok(tagged)
        } else {
            reader.errors.sort_by_key(|error| error.span.start);
            Err(reader.errors)
        }
    }
}

impl Reader<'_> {
    /// Reads the whole info string with these tags.
    fn read(&mut self, tags: &[(usize, TagKind)]) -> Tagged {
        let (tag, kind) = tags.first().copied().unwrap_or((0, TagKind::Named));
        for &(second, _) in tags.iter().skip(1) {
            let first = kind.label(self.words[tag].name);
            self.error_at(
                second,
                "a fence can name only one program".to_owned(),
                format!("{first} already names one"),
            );
        }
        self.refuse_unknown(tag, kind, tags);

        let run = self.run(tag, kind);
        let mut expected = self.expected(kind);
        let snippet = (kind == TagKind::Snippet).then(|| self.snippet(&mut expected));
        let passed_on = self.passed_on;
        let others = |word: &Word<'_>| kind.passes_on(word.name) || is_among(passed_on, word.name);
        let timeline = self.spanned("timeline", "`on` or `off`", switch);
        let listing = Listing::of(&self.words, self.info, others, &mut self.errors);
        if matches!(kind, TagKind::Output | TagKind::Shell) {
            Tagged::Output(OutputFence {
                run,
                expected,
                commands: Vec::new(),
                stream: self.value(
                    "stream",
                    "`stdout`, `stderr` or `both`",
                    |text| match text {
                        "stdout" => Some(Shown::Stdout),
                        "stderr" => Some(Shown::Stderr),
                        "both" => Some(Shown::Both),
                        _ => None,
                    },
                ),
                timing: self.value("timing", "`on` or `off`", switch),
                prompt: self.value("prompt", "`on` or `off`", switch),
                timeline,
                info: listing.info,
            })
        } else {
            Tagged::Source(SourceFence {
                run,
                expected,
                snippet,
                anchor: self.text("anchor"),
                timeline,
                tab: self.spanned(TAB, "`code` or `output`", source_tab),
                listing,
                body: String::new(),
                form: Form::Code,
            })
        }
    }

    /// Reads the attributes that identify the run.
    fn run(&mut self, tag: usize, kind: TagKind) -> RunAttributes {
        RunAttributes {
            target: TargetName {
                kind: match (kind, self.words[tag].name) {
                    (TagKind::Snippet, _) => Some(TargetKind::Snippet),
                    (TagKind::Shell, _) => Some(TargetKind::Shell),
                    (TagKind::Named, "bin") => Some(TargetKind::Bin),
                    (TagKind::Named, _) => Some(TargetKind::Example),
                    (TagKind::Output, _) => None,
                },
                name: self.name(tag, kind),
                package: self.text("package"),
                manifest: self.value(
                    MANIFEST,
                    "the path of a Cargo.toml or of its folder, relative to the book",
                    |text| manifest(text).map(Some),
                ),
            },
            args: self.value("args", "words with balanced quotes", |text| {
                shlex::split(text)
            }),
            env: self.value("env", "`NAME=VALUE` pairs", pairs),
            stdin: self
                .text("stdin")
                .map(|text| unescape(&text))
                .unwrap_or_default(),
            files: self.value("files", "relative paths without `..`", files),
            features: self.value("features", "features, separated by spaces", |text| {
                Some(
                    text.split([' ', ','])
                        .filter(|f| !f.is_empty())
                        .map(str::to_owned)
                        .collect(),
                )
            }),
            profile: self.text("profile"),
            seed: self.value("seed", "a seed, like `s17` or `late:s17`", |text| {
                text.parse().ok().map(Some)
            }),
        }
    }

    /// Reads the program's name, or the name that a fence gives its snippet or its commands.
    fn name(&mut self, tag: usize, kind: TagKind) -> String {
        match self.words[tag].value.as_ref().map(|value| &value.text) {
            Some(name) if !name.is_empty() => name.clone(),
            None if matches!(kind, TagKind::Snippet | TagKind::Shell) => self.own_name(),
            _ => {
                let kind = self.words[tag].name;
                self.error_at(
                    tag,
                    format!("`{kind}` names no program"),
                    format!("expected `{kind}=NAME`"),
                );
                String::new()
            }
        }
    }

    /// Refuses every word after the language that is unknown, on the wrong kind of fence, or given twice.
    fn refuse_unknown(&mut self, tag: usize, kind: TagKind, tags: &[(usize, TagKind)]) {
        let fence = kind.label(self.words[tag].name);
        let mut after_space = false;
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            // The value after `= ` or `: ` is part of the error before it.
            if std::mem::take(&mut after_space) {
                continue;
            }
            if let Some(value) = assigned::spaced(&self.words, at - 1) {
                after_space = self.words[at]
                    .value
                    .as_ref()
                    .is_some_and(|v| v.text.is_empty());
                let before = self.words[at - 1].name;
                let label = format!("expected `{before}={value}`");
                self.error_at(at, "spaces around `=`".to_owned(), label);
                continue;
            }
            if kind.contradicts(name) {
                let message = format!("`{name}` contradicts {fence}: the program is built and run");
                self.error_at(at, message, String::new());
                continue;
            }
            let is_tag = tags.iter().any(|(tag, _)| *tag == at);
            let is_passed_on = is_among(self.passed_on, name) && !is_attribute(kind, name);
            let class = !kind.is_output() && name.starts_with(['.', '#']);
            let is_right =
                is_tag || is_passed_on || kind.passes_on(name) || kind.is_of_refused(name) || class;
            if is_right || name.starts_with(LESS) || assigned::is_spaced(&self.words, at) {
                continue;
            }
            if let Some((message, label)) = self.problem_with(at, &fence, kind) {
                after_space = name.strip_suffix(':').is_some_and(|name| kind.knows(name));
                self.error_at(at, message, label);
            }
        }
    }

    /// The message and label for a word that is no attribute, is given twice, or needs a value or none.
    fn problem_with(&self, at: usize, fence: &str, kind: TagKind) -> Option<(String, String)> {
        let Word { name, value, .. } = &self.words[at];
        let again = *name != REDACT && self.words[1..at].iter().any(|word| word.name == *name);
        if !is_attribute(kind, name) {
            // Said once.
            return (!again).then(|| unknown(&self.words, at, self.info, fence, kind));
        }
        match (FLAGS.contains(name), value) {
            _ if again => Some((format!("`{name}` is given twice"), String::new())),
            (true, Some(_)) => {
                let message = format!("`{name}` takes no value");
                Some((message, format!("expected `{name}`")))
            }
            (false, None) => {
                let message = format!("`{name}` needs a value");
                Some((message, format!("expected `{name}=…`")))
            }
            (true, None) | (false, Some(_)) => None,
        }
    }
}

/// Returns whether a kind of fence has this attribute, with or without a value.
fn is_attribute(kind: TagKind, name: &str) -> bool {
    FLAGS.contains(&name) || kind.knows(name)
}

/// Returns whether a book passes this word on to other tools.
fn is_among(passed_on: &[String], name: &str) -> bool {
    passed_on.iter().any(|other| other == name)
}

/// The message and label for an attribute that a kind of fence does not have.
fn unknown(
    words: &[Word<'_>],
    at: usize,
    info: &str,
    fence: &str,
    kind: TagKind,
) -> (String, String) {
    let name = words[at].name;
    let message = if TagKind::is_known_elsewhere(name) {
        format!("`{name}` has no effect on a fence with {fence}")
    } else {
        format!("unknown attribute `{name}`")
    };
    let (bare, value) = name.split_once(':').unwrap_or((name, ""));
    let label = if kind.knows(bare) && bare != name {
        let next = words.get(at + 1).map_or("…", |word| word.name);
        let value = if value.is_empty() { next } else { value };
        format!("did you mean `{bare}={value}`?")
    } else if let Some(near) = nearest(name, kind.all()) {
        format!("did you mean `{near}`?")
    } else if let Some(quoted) = unquoted(words, at, info) {
        format!("did you mean `{quoted}`? A value with spaces is quoted")
    } else {
        let all = kind.attributes().join("`, `");
        format!("expected one of `{all}`, or a word in `pass-on` of book.toml")
    };
    (message, label)
}

/// The attribute before a word with this word, quoted: `args=1 0.5` → `args="1 0.5"`. `None`: the attribute takes no
/// value with spaces, or is already quoted.
fn unquoted(words: &[Word<'_>], at: usize, info: &str) -> Option<String> {
    // As many words as anybody would have meant as one value.
    let before = words[..at].iter().rev().take(8);
    let bare = before.take_while(|word| word.value.is_none()).count();
    let first = words.get((at - bare).checked_sub(1)?)?;
    let value = first
        .value
        .as_ref()
        .filter(|_| SPACED.contains(&first.name))?;
    let text = &info[value.span.start..words[at].span.end];
    (!text.starts_with(['"', '\'']) && !text.contains([',', '"']))
        .then(|| format!("{}=\"{text}\"", first.name))
}
