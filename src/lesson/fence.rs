//! Tagged fences, and what makes a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Span;
use super::claim::Claim;
use super::listing::Listing;
use crate::transcript::Exit;
use crate::transcript::shape::InOrder;

/// A fence that shows a program's source: `example=NAME` or `bin=NAME`, or is a program itself: `example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFence {
    /// The program and how it is run.
    pub run: RunAttributes,
    /// What the author expects of the run.
    pub expected: Expected,
    /// What is said of a program whose text is the body of this fence; `None`: the program is a file.
    pub inline: Option<Inline>,
    /// Only the part between `// ANCHOR: NAME` and `// ANCHOR_END: NAME`.
    pub anchor: Option<String>,
    /// Whether the picture of the run is shown; `None`: as the book's settings say. Only a whole tab set has one.
    pub timeline: Option<Said<Switch>>,
    /// How the code is shown.
    pub listing: Listing,
    /// What stands in the fence; empty: the program's file is shown. Never empty for a program in the page.
    pub body: String,
    /// What becomes of it.
    pub form: Form,
}

/// A program in the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inline {
    /// What must be wrong with it; `None`: it builds.
    pub refused: Option<Refused>,
    /// The edition that it is written in, `2021`; `None`: that of the examples' package.
    pub edition: Option<String>,
}

/// A program that the compiler must refuse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The codes of the errors that must come, all of these and no others, like `E0373`; none: any may.
    pub codes: Vec<String>,
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

/// A fence of code that names no program, but says how it is shown, or is annotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFence {
    /// How the code is shown.
    pub listing: Listing,
    /// The code.
    pub body: String,
}

/// A fence that shows what a program printed: `output=NAME`, or what commands printed that stand in it: `run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFence {
    /// The program and how it is run.
    pub run: RunAttributes,
    /// What the author expects of the run.
    pub expected: Expected,
    /// The commands that stand in it, in their order, each of one line or more; none: it names a program.
    pub commands: Vec<String>,
    /// Which streams are shown.
    pub stream: Shown,
    /// Whether the caption below says how the run ended and how long it took.
    pub timing: Switch,
    /// Whether the command stands above the output.
    pub prompt: Switch,
    /// Whether the picture of the run is shown; `None`: as the book's settings say.
    pub timeline: Option<Said<Switch>>,
    /// The language.
    pub info: String,
}

/// What makes a run: two fences with the same attributes share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
            let RunAttributes {
                target: _,
                args,
                env,
                stdin,
                features,
                profile,
            } = run.clone();
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
        self.name == other.name
            && agree(&self.kind, &other.kind)
            && agree(&self.package, &other.package)
    }
}

/// The kinds of program that can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// An example.
    Example,
    /// A binary.
    Bin,
    /// A program in the page: no target of the author's.
    Inline,
    /// Commands for a shell, in the page.
    Shell,
}

/// What an author expects of a run, and how it is to be made. No part of what makes the run: one fence
/// may say it for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// How it must end; `None`: with success.
    pub exit: Option<Said<Exit>>,
    /// How long it may take; `None`: as the book's settings say.
    pub timeout: Option<Said<Duration>>,
    /// Whether no other program may run at the same time: it has effects outside.
    pub alone: bool,
    /// Whether the order of its lines is looked at; `None`: as far as it was learnt.
    pub order: Option<Said<InOrder>>,
    /// What is claimed of it.
    pub claims: Vec<Said<Claim>>,
    /// Why it is not checked; `None`: it is.
    pub unchecked: Option<String>,
}

/// What an attribute says, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// What it says.
    pub what: T,
    /// The whole attribute, in bytes of the chapter.
    pub place: Span,
}

impl Expected {
    /// The places of all attributes that say something of it.
    pub(super) fn places(&mut self) -> impl Iterator<Item = &mut Span> {
        let exit = self.exit.iter_mut().map(|said| &mut said.place);
        let timeout = self.timeout.iter_mut().map(|said| &mut said.place);
        let order = self.order.iter_mut().map(|said| &mut said.place);
        let claims = self.claims.iter_mut().map(|said| &mut said.place);
        exit.chain(timeout).chain(order).chain(claims)
    }
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
