//! The info strings of tagged fences: which attributes there are, and what they mean.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fence::{
    Form, OutputFence, RunAttributes, Shown, SourceFence, Switch, TargetKind, TargetName,
};
use super::info::{Word, Wrong, split};
use super::listing::Listing;
use crate::spelling::nearest;

mod expected;
mod inline;
mod kinds;
mod reader;

use kinds::{FLAGS, LESS, TagKind};
use reader::Reader;

/// A tagged fence, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// `example=` or `bin=`, or `example` alone: a program in the page.
    Source(SourceFence),
    /// `output=`, or `run`: commands for a shell.
    Output(OutputFence),
}

/// Whether a tag can stand anywhere in a text: a quick look, before anything is parsed.
pub fn may_tag(text: &str) -> bool {
    // Many times as fast as `str::contains`, for what is done to every chapter.
    TagKind::WORDS
        .iter()
        .any(|tag| memchr::memmem::find(text.as_bytes(), tag.as_bytes()).is_some())
}

/// The info string of a tagged fence: it names a program or says that the fence is one, well or badly.
#[derive(Debug)]
pub struct TaggedInfo<'a> {
    info: &'a str,
    words: Vec<Word<'a>>,
    unclosed: Option<Wrong>,
}

impl<'a> TaggedInfo<'a> {
    /// This info string; `None`: the fence is none of ours.
    pub fn of(info: &'a str) -> Option<TaggedInfo<'a>> {
        if !may_tag(info) {
            return None;
        }
        let (words, unclosed) = split(info);
        let is_tag = |at: usize| {
            let stands_alone = words[at].value.is_none();
            match TagKind::of(&words, at) {
                Some(TagKind::Named | TagKind::Output) => !stands_alone,
                Some(TagKind::Inline | TagKind::Shell) => true,
                None => false,
            }
        };
        (0..words.len()).any(is_tag).then_some(TaggedInfo {
            info,
            words,
            unclosed,
        })
    }

    /// Where the program's name stands in it, or the word that says that it is one.
    pub fn name_span(&self) -> Option<Range<usize>> {
        let words = &self.words;
        let tag = (1..words.len()).find(|&at| TagKind::of(words, at).is_some())?;
        let Word { value, span, .. } = &words[tag];
        Some(value.as_ref().map_or(span, |value| &value.span).clone())
    }

    /// Reads it; the body of a source fence is left empty.
    ///
    /// # Errors
    /// Everything that is wrong in it: an unknown attribute, one that stands twice or on the wrong kind
    /// of fence, a value that does not parse, a quote that does not close.
    pub fn read(self) -> Result<Tagged, Vec<Wrong>> {
        if let Some(first) = self.words.first().filter(|word| word.value.is_some()) {
            return Err(vec![Wrong {
                span: first.span.clone(),
                message: "an info string begins with the language".to_owned(),
                label: "expected `rust` or `console` before it".to_owned(),
            }]);
        }
        let mut reader = Reader {
            info: self.info,
            words: self.words,
            wrong: self.unclosed.into_iter().collect(),
        };
        let tagged = reader.read();
        if reader.wrong.is_empty() {
            Ok(tagged)
        } else {
            reader.wrong.sort_by_key(|wrong| wrong.span.start);
            Err(reader.wrong)
        }
    }
}

impl Reader<'_> {
    fn read(&mut self) -> Tagged {
        let tags: Vec<(usize, TagKind)> = (1..self.words.len())
            .filter_map(|at| Some((at, TagKind::of(&self.words, at)?)))
            .collect();
        let (tag, kind) = tags.first().copied().unwrap_or((0, TagKind::Named));
        for &(second, _) in tags.iter().skip(1) {
            let first = kind.label(self.words[tag].name);
            self.word_wrong(
                second,
                "a fence names one program".to_owned(),
                format!("{first} already names one"),
            );
        }
        self.refuse_unknown(tag, kind);

        let name = match self.words[tag].value.as_ref().map(|value| &value.text) {
            Some(name) if !name.is_empty() => name.clone(),
            None if matches!(kind, TagKind::Inline | TagKind::Shell) => self.own_name(),
            _ => {
                let kind = self.words[tag].name;
                self.word_wrong(
                    tag,
                    format!("`{kind}` names no program"),
                    format!("expected `{kind}=NAME`"),
                );
                String::new()
            }
        };
        let run = RunAttributes {
            target: TargetName {
                kind: match (kind, self.words[tag].name) {
                    (TagKind::Inline, _) => Some(TargetKind::Inline),
                    (TagKind::Shell, _) => Some(TargetKind::Shell),
                    (TagKind::Named, "bin") => Some(TargetKind::Bin),
                    (TagKind::Named, _) => Some(TargetKind::Example),
                    (TagKind::Output, _) => None,
                },
                name,
                package: self.text("package"),
            },
            args: self.value("args", "words, split as a shell splits them", |text| {
                shlex::split(text)
            }),
            env: self.value("env", "`NAME=VALUE` pairs", pairs),
            stdin: self
                .text("stdin")
                .map(|text| unescape(&text))
                .unwrap_or_default(),
            features: self.value("features", "features, separated by spaces", |text| {
                Some(
                    text.split([' ', ','])
                        .filter(|f| !f.is_empty())
                        .map(str::to_owned)
                        .collect(),
                )
            }),
            profile: self.text("profile"),
        };
        let mut expected = self.expected();
        let inline = (kind == TagKind::Inline).then(|| self.inline(&mut expected));
        let others = |word: &Word<'_>| kind.passes_on(word.name);
        let timeline = self.said("timeline", "`on` or `off`", switch);
        let listing = Listing::of(&self.words, self.info, others, &mut self.wrong);
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
                inline,
                anchor: self.text("anchor"),
                timeline,
                listing,
                body: String::new(),
                form: Form::Code,
            })
        }
    }

    /// Every word behind the language must be known, stand on the right kind of fence, and once.
    fn refuse_unknown(&mut self, tag: usize, kind: TagKind) {
        let fence = kind.label(self.words[tag].name);
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            if kind.contradicts(name) {
                let message = format!("`{name}` contradicts {fence}: the program is built and run");
                self.word_wrong(at, message, String::new());
                continue;
            }
            let is_flag = FLAGS.contains(&name);
            let known = is_flag || kind.knows(name);
            let before = &self.words[1..at];
            let again = before.iter().any(|word| word.name == name);
            let class = !kind.is_output() && name.starts_with(['.', '#']);
            let is_claim = name.starts_with(LESS);
            if TagKind::of(&self.words, at).is_some()
                || kind.passes_on(name)
                || class
                || is_claim
                || (again && !known)
            {
                continue;
            }
            if !known {
                let (message, label) = unknown(name, &fence, kind);
                self.word_wrong(at, message, label);
            } else if again {
                self.word_wrong(at, format!("`{name}` stands here twice"), String::new());
            } else if is_flag && self.words[at].value.is_some() {
                let message = format!("`{name}` takes no value");
                self.word_wrong(at, message, format!("expected `{name}`"));
            } else if !is_flag && self.words[at].value.is_none() {
                let message = format!("`{name}` has no value");
                self.word_wrong(at, message, format!("expected `{name}=…`"));
            }
        }
    }
}

/// What to say of an attribute that a kind of fence has not.
fn unknown(name: &str, fence: &str, kind: TagKind) -> (String, String) {
    let message = if TagKind::is_known_elsewhere(name) {
        format!("`{name}` has no meaning on a fence with {fence}")
    } else {
        format!("unknown attribute `{name}`")
    };
    let label = match nearest(name, kind.all()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of `{}`", kind.attributes().join("`, `")),
    };
    (message, label)
}

fn switch(text: &str) -> Option<Switch> {
    match text {
        "on" => Some(Switch::On),
        "off" => Some(Switch::Off),
        _ => None,
    }
}

fn pairs(text: &str) -> Option<BTreeMap<String, String>> {
    shlex::split(text)?
        .into_iter()
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// `\n`, `\t` and `\\` in the text of a standard input; any other backslash is one.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
        }
    }
    plain
}
