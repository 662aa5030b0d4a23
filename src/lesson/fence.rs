//! Fences as data: source, output and code fences, and the attributes that identify a run.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Span;
use super::claim::Claim;
use super::listing::Listing;
use super::purpose::Purpose;
use super::snippet::Snippet;
use crate::transcript::Exit;
use crate::transcript::redaction::Redaction;
use crate::transcript::seed::Seed;
use crate::transcript::shape::InOrder;

/// A fence that shows a program's source: `example=NAME` or `bin=NAME`, or a snippet: `example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFence {
    /// The run that the fence names.
    pub run: RunAttributes,
    /// The expectations of the run.
    pub expected: Expected,
    /// The declarations about a snippet, whose source is the body; `None`: the program is a file.
    pub snippet: Option<Snippet>,
    /// Shows only the part between `// ANCHOR: NAME` and `// ANCHOR_END: NAME`; `None`: the whole source.
    pub anchor: Option<String>,
    /// Whether to show the timeline of the run, in a tab set; `None`: the setting `timeline` decides.
    pub timeline: Option<Spanned<Switch>>,
    /// The tab that is open at first, in a tab set; `None`: the setting `tab` decides.
    pub tab: Option<Spanned<SourceTab>>,
    /// The presentation of the code.
    pub listing: Listing,
    /// The body; empty: the program's file is shown. Never empty for a snippet.
    pub body: String,
    /// The replacement of the fence.
    pub form: Form,
}

/// The replacement of a source fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The code alone.
    Code,
    /// A tab set, *Code* and *Output*: the fence is in no tab, and no output fence of its chapter shows the same
    /// run.
    TabSet,
}

/// A tab of the tab set that a source fence becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceTab {
    /// The tab with the source.
    Code,
    /// The tab with the output.
    Output,
}

/// A fence of code that names no program, but is annotated or has attributes for its presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFence {
    /// The presentation of the code.
    pub listing: Listing,
    /// The code.
    pub body: String,
}

/// A fence that shows a program's output, `output=NAME`, or the output of its own shell commands, `run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFence {
    /// The run that the fence names.
    pub run: RunAttributes,
    /// The expectations of the run.
    pub expected: Expected,
    /// The shell commands in the fence, each of one or more lines; empty: the fence names a program.
    pub commands: Vec<String>,
    /// The streams that are shown.
    pub stream: Shown,
    /// Whether to show the caption with the outcome and the times of the run.
    pub timing: Switch,
    /// Whether to show the command above the output.
    pub prompt: Switch,
    /// Whether to show the timeline of the run; `None`: the setting `timeline` decides.
    pub timeline: Option<Spanned<Switch>>,
    /// The info string that is passed on: the language, and words of the book.
    pub info: String,
}

impl OutputFence {
    /// The classes of the book's own: the words that are passed on, without a value.
    pub fn classes(&self) -> Vec<&str> {
        let words = self.info.split(',').skip(1);
        words.filter(|word| !word.contains('=')).collect()
    }
}

/// The attributes that identify a run: fences with the same ones share a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunAttributes {
    /// The Cargo target.
    pub target: TargetName,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The environment variables that are added to a clean environment.
    pub env: BTreeMap<String, String>,
    /// The text on stdin.
    pub stdin: String,
    /// The files and folders that are copied into the run's folder, relative to the folder of the program's Cargo.toml.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The features that the program is built with.
    pub features: Vec<String>,
    /// The Cargo profile that the program is built with; `None`: the default of the settings.
    pub profile: Option<String>,
    /// The seed of its execution, by a virtual clock; `None`: the program is executed natively.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
}

/// The name of a Cargo target as a fence gives it, kind and package being optional.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetName {
    /// The kind of target; `None`: an example or a binary.
    pub kind: Option<TargetKind>,
    /// The target's name.
    pub name: String,
    /// The package; `None`: any package of the workspace.
    pub package: Option<String>,
    /// The Cargo.toml of a package outside the book's workspace, relative to the book, with `/` between its parts;
    /// `None`: the target is one of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

impl Hash for RunAttributes {
    /// Hashes only the attributes by which the runs of a book differ: most of the others are empty, and each would
    /// take as long as a name.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.target.name.hash(state);
        self.args.hash(state);
        self.env.hash(state);
        self.stdin.hash(state);
        self.seed.hash(state);
    }
}

impl RunAttributes {
    /// Returns whether both can mean the same run: a missing kind or package matches any.
    pub fn may_be(&self, other: &RunAttributes) -> bool {
        self.target.may_be(&other.target) && self.but_target() == other.but_target()
    }

    /// Returns all attributes but the target.
    fn but_target(&self) -> impl PartialEq + '_ {
        let RunAttributes {
            target: _,
            args,
            env,
            stdin,
            files,
            features,
            profile,
            seed,
        } = self;
        (args, env, stdin, files, features, profile, seed)
    }
}

impl TargetName {
    /// Returns whether both can mean the same target: a missing kind or package matches any.
    pub fn may_be(&self, other: &TargetName) -> bool {
        fn agree<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        self.name == other.name
            && agree(&self.kind, &other.kind)
            && agree(&self.package, &other.package)
            && self.manifest == other.manifest
    }
}

/// The kinds of target of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// A Cargo example.
    Example,
    /// A Cargo binary.
    Bin,
    /// A snippet: a program whose source is in the page.
    Snippet,
    /// Shell commands in the page.
    Shell,
}

/// The author's expectations of a run. They do not identify the run: one fence may declare them for all that
/// share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// How far the program is taken; `None`: it is executed unless another fence of the run decides.
    pub purpose: Option<Spanned<Purpose>>,
    /// The expected exit; `None`: success.
    pub exit: Option<Spanned<Exit>>,
    /// The time-out; `None`: the setting `timeout` decides.
    pub timeout: Option<Spanned<Duration>>,
    /// Whether no other run may execute at the same time, because of side effects.
    pub alone: bool,
    /// Whether the order of the lines is checked; `None`: as far as the recording learned it.
    pub order: Option<Spanned<InOrder>>,
    /// The claims about the run.
    pub claims: Vec<Spanned<Claim>>,
    /// The redactions of its lines.
    pub redactions: Vec<Spanned<Redaction>>,
    /// The reason why the run is not checked; `None`: the run is checked.
    pub unchecked: Option<String>,
}

/// The value of an attribute, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The whole attribute, in bytes of the chapter.
    pub span: Span,
}

impl Expected {
    /// The places of the attributes that declare the expectations.
    pub(super) fn spans(&mut self) -> impl Iterator<Item = &mut Span> {
        let purpose = self.purpose.iter_mut().map(|attribute| &mut attribute.span);
        let exit = self.exit.iter_mut().map(|attribute| &mut attribute.span);
        let timeout = self.timeout.iter_mut().map(|attribute| &mut attribute.span);
        let order = self.order.iter_mut().map(|attribute| &mut attribute.span);
        let claims = self.claims.iter_mut().map(|attribute| &mut attribute.span);
        let redactions = self.redactions.iter_mut();
        let redactions = redactions.map(|attribute| &mut attribute.span);
        let all = purpose.chain(exit).chain(timeout);
        all.chain(order).chain(claims).chain(redactions)
    }
}

/// The streams of a program that an output fence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// Only stdout.
    Stdout,
    /// Only stderr.
    Stderr,
    /// Both, interleaved as they were printed.
    #[default]
    Both,
}

/// An attribute with the values `on` and `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// `on`.
    #[default]
    On,
    /// `off`.
    Off,
}
