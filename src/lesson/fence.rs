//! Tagged fences: what their info strings say.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::info::{Word, Wrong, split};
use crate::transcript::Exit;

/// A fence that shows a program's source: `example=NAME` or `bin=NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFence {
    /// The program and how it is run.
    pub run: RunAttributes,
    /// What the author expects of the run.
    pub expected: Expected,
    /// Only the part between `// ANCHOR: NAME` and `// ANCHOR_END: NAME`.
    pub anchor: Option<String>,
    /// The info string without our attributes: the language and mdBook's own.
    pub info: String,
    /// What stands in the fence; empty: the program's file is shown.
    pub body: String,
    /// What becomes of it.
    pub form: Form,
}

/// What becomes of a source fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The code.
    Code,
    /// A whole tab set, *Code* and *Output*: it stands in no tab, and its chapter shows the output of
    /// its run nowhere else.
    TabSet,
}

/// A fence that shows what a program printed: `output=NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFence {
    /// The program and how it is run.
    pub run: RunAttributes,
    /// What the author expects of the run.
    pub expected: Expected,
    /// Which streams are shown.
    pub stream: Shown,
    /// Whether the caption below says how the run ended and how long it took.
    pub timing: Switch,
    /// Whether the command stands above the output.
    pub prompt: Switch,
    /// The language.
    pub info: String,
}

/// What makes a run: two fences with the same attributes share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunAttributes {
    /// The Cargo target.
    pub target: TargetName,
    /// The program's arguments.
    pub args: Vec<String>,
    /// What is added to a clean environment.
    pub env: BTreeMap<String, String>,
    /// What stands on its standard input.
    pub stdin: String,
    /// The features it is built with.
    pub features: Vec<String>,
    /// The Cargo profile it is built with; `None`: the tool's own, which inherits `dev`.
    pub profile: Option<String>,
}

/// The name of a Cargo target, as far as the author gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetName {
    /// `None`: either.
    pub kind: Option<TargetKind>,
    /// The target's name.
    pub name: String,
    /// `None`: any package of the workspace.
    pub package: Option<String>,
}

impl RunAttributes {
    /// Whether these can mean the same run: what is left open in one counts as equal.
    pub fn may_be(&self, other: &RunAttributes) -> bool {
        let rest = |run: &RunAttributes| {
            let RunAttributes { target: _, args, env, stdin, features, profile } = run.clone();
            (args, env, stdin, features, profile)
        };
        self.target.may_be(&other.target) && rest(self) == rest(other)
    }
}

impl TargetName {
    /// Whether these can mean the same target: what is left open in one counts as equal.
    pub fn may_be(&self, other: &TargetName) -> bool {
        fn agree<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        self.name == other.name && agree(&self.kind, &other.kind) && agree(&self.package, &other.package)
    }
}

/// The kinds of Cargo target that can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// An example.
    Example,
    /// A binary.
    Bin,
}

/// What an author expects of a run. No part of what makes the run: one fence may say it for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// How it must end; `None`: with success.
    pub exit: Option<Exit>,
    /// How long it may take; `None`: as the book's settings say.
    pub timeout: Option<Duration>,
}

/// Which of a program's streams an output fence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// Standard output alone.
    Stdout,
    /// Standard error alone.
    Stderr,
    /// Both, in their order.
    #[default]
    Both,
}

/// Something that is shown unless it is turned off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// Shown.
    #[default]
    On,
    /// Left out.
    Off,
}

/// A tagged fence, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// `example=` or `bin=`.
    Source(SourceFence),
    /// `output=`.
    Output(OutputFence),
}

/// The attributes that say which program is meant.
const TAGS: [&str; 3] = ["example", "bin", "output"];
/// Those of both kinds of fence.
const OF_BOTH: [&str; 8] = [
    "package", "args", "env", "stdin", "features", "profile", "exit", "timeout",
];
const OF_SOURCE: [&str; 1] = ["anchor"];
const OF_OUTPUT: [&str; 3] = ["stream", "timing", "prompt"];
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

/// Where the program's name stands in an info string.
pub fn name_span(info: &str) -> Option<Range<usize>> {
    let (words, _) = split(info);
    let tag = words.into_iter().skip(1).find(|word| TAGS.contains(&word.name))?;
    Some(tag.value.map_or(tag.span, |value| value.span))
}

/// Whether a tag can stand anywhere in a text: a quick look, before anything is parsed.
pub fn may_tag(text: &str) -> bool {
    TAGS.iter().any(|tag| text.contains(tag))
}

/// Whether an info string names a program, well or badly: if not, the fence is none of ours.
pub fn is_tagged(info: &str) -> bool {
    may_tag(info)
        && split(info)
            .0
            .iter()
            .skip(1)
            .any(|word| TAGS.contains(&word.name))
}

/// Reads the info string of a tagged fence; the body of a source fence is left empty.
///
/// # Errors
/// Everything that is wrong in it: an unknown attribute, one that stands twice or on the wrong kind
/// of fence, a value that does not parse, a quote that does not close.
pub fn read(info: &str) -> Result<Tagged, Vec<Wrong>> {
    let (words, unclosed) = split(info);
    let mut reader = Reader {
        words,
        wrong: unclosed.into_iter().collect(),
    };
    let tagged = reader.read();
    if reader.wrong.is_empty() {
        Ok(tagged)
    } else {
        reader.wrong.sort_by_key(|wrong| wrong.span.start);
        Err(reader.wrong)
    }
}

struct Reader<'a> {
    words: Vec<Word<'a>>,
    wrong: Vec<Wrong>,
}

impl Reader<'_> {
    fn read(&mut self) -> Tagged {
        let tags: Vec<usize> = (1..self.words.len())
            .filter(|&at| TAGS.contains(&self.words[at].name))
            .collect();
        let tag = tags.first().copied().unwrap_or(0);
        for &second in tags.iter().skip(1) {
            let first = self.words[tag].name;
            self.word_wrong(
                second,
                "a fence names one program".to_owned(),
                format!("`{first}=` stands here already"),
            );
        }
        let kind = self.words[tag].name;
        let own: &[&str] = if kind == "output" { &OF_OUTPUT } else { &OF_SOURCE };
        self.refuse_unknown(kind, own);

        let name = match self.words[tag].value.as_ref().map(|value| &value.text) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => {
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
                kind: match kind {
                    "example" => Some(TargetKind::Example),
                    "bin" => Some(TargetKind::Bin),
                    _ => None,
                },
                name,
                package: self.text("package"),
            },
            args: self.value("args", "words, split as a shell splits them", |text| shlex::split(text)),
            env: self.value("env", "`NAME=VALUE` pairs", pairs),
            stdin: self.text("stdin").map(|text| unescape(&text)).unwrap_or_default(),
            features: self.value("features", "features, separated by spaces", |text| {
                Some(text.split([' ', ',']).filter(|f| !f.is_empty()).map(str::to_owned).collect())
            }),
            profile: self.text("profile"),
        };
        let expected = Expected {
            exit: self.value("exit", "an exit status, `101`, or a signal, `signal:6`", |text| {
                text.parse().ok().map(Some)
            }),
            timeout: self.value("timeout", "a duration above zero, like `10s` or `500ms`", |text| {
                humantime::parse_duration(text).ok().filter(|d| !d.is_zero()).map(Some)
            }),
        };
        let info = self.passed_on();
        if kind == "output" {
            Tagged::Output(OutputFence {
                run,
                expected,
                stream: self.value("stream", "`stdout`, `stderr` or `both`", |text| match text {
                    "stdout" => Some(Shown::Stdout),
                    "stderr" => Some(Shown::Stderr),
                    "both" => Some(Shown::Both),
                    _ => None,
                }),
                timing: self.value("timing", "`on` or `off`", switch),
                prompt: self.value("prompt", "`on` or `off`", switch),
                info,
            })
        } else {
            Tagged::Source(SourceFence {
                run,
                expected,
                anchor: self.text("anchor"),
                info,
                body: String::new(),
                form: Form::Code,
            })
        }
    }

    /// Every word behind the language must be known, stand on the right kind of fence, and once.
    fn refuse_unknown(&mut self, kind: &str, own: &[&str]) {
        let others: &[&str] = if kind == "output" { &[] } else { &OF_OTHERS };
        for at in 1..self.words.len() {
            let name = self.words[at].name;
            if TAGS.contains(&name) || others.contains(&name) {
                continue;
            }
            if !OF_BOTH.contains(&name) && !own.contains(&name) {
                let message = if OF_SOURCE.contains(&name) || OF_OUTPUT.contains(&name) {
                    format!("`{name}` has no meaning on a fence with `{kind}=`")
                } else {
                    format!("unknown attribute `{name}`")
                };
                let known = TAGS.iter().chain(&OF_BOTH).chain(own).chain(others);
                let label = match nearest(name, known.copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected one of `{}`", [&OF_BOTH[..], own].concat().join("`, `")),
                };
                self.word_wrong(at, message, label);
            } else if self.words[..at].iter().skip(1).any(|word| word.name == name) {
                self.word_wrong(at, format!("`{name}` stands here twice"), String::new());
            } else if self.words[at].value.is_none() {
                self.word_wrong(
                    at,
                    format!("`{name}` has no value"),
                    format!("expected `{name}=…`"),
                );
            }
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        let word = self.words.iter().skip(1).find(|word| word.name == name)?;
        word.value.as_ref().map(|value| value.text.clone())
    }

    /// The value of an attribute, its default where it does not stand there; what does not parse is
    /// noted with what was `expected`.
    fn value<T: Default>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let word = self.words.iter().skip(1).find(|word| word.name == name);
        let Some(value) = word.and_then(|word| word.value.as_ref()) else {
            return T::default();
        };
        parse(&value.text).unwrap_or_else(|| {
            self.wrong.push(Wrong {
                span: value.span.clone(),
                message: format!("`{name}` cannot be `{}`", value.text),
                label: format!("expected {expected}"),
            });
            T::default()
        })
    }

    fn word_wrong(&mut self, at: usize, message: String, label: String) {
        let span = self.words[at].span.clone();
        self.wrong.push(Wrong {
            span,
            message,
            label,
        });
    }

    /// The language and what mdBook and rustdoc read.
    fn passed_on(&self) -> String {
        let mut info = self.words.first().map_or("", |word| word.name).to_owned();
        for word in self.words.iter().skip(1) {
            if OF_OTHERS.contains(&word.name) {
                info.push(',');
                info.push_str(word.name);
                if let Some(value) = &word.value {
                    info.push('=');
                    info.push_str(&value.text);
                }
            }
        }
        info
    }
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

/// The name that was probably meant: the most similar one, where it is similar enough.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|near| (strsim::normalized_damerau_levenshtein(name, near), near))
        .filter(|&(similarity, _)| similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, near)| near)
}
