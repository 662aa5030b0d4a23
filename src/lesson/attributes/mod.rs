//! The attributes of tagged fences: which exist, and their meaning.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fence::{
    Form, OutputFence, RunAttributes, Shown, SourceFence, Switch, TargetKind, TargetName,
};
use super::info::{InfoError, Word, split};
use super::listing::Listing;
use crate::spelling::nearest;

mod expected;
mod kinds;
mod purpose;
mod reader;
mod snippet;

use kinds::{FLAGS, LESS, MANIFEST, TagKind};
use reader::Reader;

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
    unclosed: Option<InfoError>,
}

impl<'a> TaggedInfo<'a> {
    /// Splits an info string; `None`: the fence has no tag.
    pub fn of(info: &'a str) -> Option<TaggedInfo<'a>> {
        if !may_contain_tag(info) {
            return None;
        }
        let (words, unclosed) = split(info);
        let is_tag = |at: usize| {
            let has_value = words[at].value.is_some();
            match TagKind::of(&words, at) {
                Some(TagKind::Named | TagKind::Output) => has_value,
                Some(TagKind::Snippet | TagKind::Shell) => true,
                None => false,
            }
        };
        (0..words.len()).any(is_tag).then_some(TaggedInfo {
            info,
            words,
            unclosed,
        })
    }

    /// The bytes of the program's name, or of a tag without a name.
    pub fn name_span(&self) -> Option<Range<usize>> {
        let words = &self.words;
        let tag = (1..words.len()).find(|&at| TagKind::of(words, at).is_some())?;
        let Word { value, span, .. } = &words[tag];
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
            errors: self.unclosed.into_iter().collect(),
        };
        let tagged = reader.read();
        if reader.errors.is_empty() {
            Ok(tagged)
        } else {
            reader.errors.sort_by_key(|error| error.span.start);
            Err(reader.errors)
        }
    }
}

impl Reader<'_> {
    /// Reads the whole info string.
    fn read(&mut self) -> Tagged {
        let tags: Vec<(usize, TagKind)> = (1..self.words.len())
            .filter_map(|at| Some((at, TagKind::of(&self.words, at)?)))
            .collect();
        let (tag, kind) = tags.first().copied().unwrap_or((0, TagKind::Named));
        for &(second, _) in tags.iter().skip(1) {
            let first = kind.label(self.words[tag].name);
            self.error_at(
                second,
                "a fence can name only one program".to_owned(),
                format!("{first} already names one"),
            );
        }
        self.refuse_unknown(tag, kind);

        let run = self.run(tag, kind);
        let mut expected = self.expected(kind);
        let snippet = (kind == TagKind::Snippet).then(|| self.snippet(&mut expected));
        let others = |word: &Word<'_>| kind.passes_on(word.name);
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
    fn refuse_unknown(&mut self, tag: usize, kind: TagKind) {
        let fence = kind.label(self.words[tag].name);
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            if kind.contradicts(name) {
                let message = format!("`{name}` contradicts {fence}: the program is built and run");
                self.error_at(at, message, String::new());
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
                || kind.is_of_refused(name)
                || class
                || is_claim
                || (again && !known)
            {
                continue;
            }
            if !known {
                let (message, label) = unknown(name, &fence, kind);
                self.error_at(at, message, label);
            } else if again {
                self.error_at(at, format!("`{name}` is given twice"), String::new());
            } else if is_flag && self.words[at].value.is_some() {
                let message = format!("`{name}` takes no value");
                self.error_at(at, message, format!("expected `{name}`"));
            } else if !is_flag && self.words[at].value.is_none() {
                let message = format!("`{name}` needs a value");
                self.error_at(at, message, format!("expected `{name}=…`"));
            }
        }
    }
}

/// The message and label for an attribute that a kind of fence does not have.
fn unknown(name: &str, fence: &str, kind: TagKind) -> (String, String) {
    let message = if TagKind::is_known_elsewhere(name) {
        format!("`{name}` has no effect on a fence with {fence}")
    } else {
        format!("unknown attribute `{name}`")
    };
    let label = match nearest(name, kind.all()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of `{}`", kind.attributes().join("`, `")),
    };
    (message, label)
}

/// Normalizes the path of a Cargo.toml, or of the folder that contains it: no `.`, no `..` after a name, `/` between the
/// parts. `None`: it is empty or absolute.
fn manifest(text: &str) -> Option<String> {
    const FILE: &str = "Cargo.toml";
    if text.is_empty() || text.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.last() != Some(&FILE) {
        parts.push(FILE);
    }
    Some(parts.join("/"))
}

/// Parses the paths of files, which are quoted as in a shell. None leads out of the program's folder.
fn files(text: &str) -> Option<Vec<String>> {
    let is_inside = |path: &String| {
        let mut parts = path.split(['/', '\\']);
        !path.is_empty() && !path.starts_with(['/', '\\']) && parts.all(|part| part != "..")
    };
    let paths = shlex::split(text)?;
    (!paths.is_empty() && paths.iter().all(is_inside)).then_some(paths)
}

/// Parses `on` or `off`.
fn switch(text: &str) -> Option<Switch> {
    match text {
        "on" => Some(Switch::On),
        "off" => Some(Switch::Off),
        _ => None,
    }
}

/// Parses `NAME=VALUE` pairs, which are quoted as in a shell.
fn pairs(text: &str) -> Option<BTreeMap<String, String>> {
    shlex::split(text)?
        .into_iter()
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Replaces the escapes `\n`, `\t` and `\\` in the text of `stdin=`; any other backslash stays.
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
