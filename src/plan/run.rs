//! A run, the target that it executes, and the fences that ask for it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Place;
use crate::hash::hash_of;
use crate::lesson::Span;
use crate::lesson::claim::Claim;
use crate::lesson::fence::{RunAttributes, TargetKind};
use crate::lesson::purpose::{Purpose, Refused};
use crate::lesson::snippet::Snippet;
use crate::transcript::redaction::{Redaction, Redactions};
use crate::transcript::seed::Seed;
use crate::transcript::shape::InOrder;
use crate::transcript::{Exit, Transcript, refusal};

/// A program that can be executed: an example or a binary of the workspace, a snippet, or a shell session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The package of the target; for a snippet, the package whose dependencies it uses, or empty if the author names
    /// none.
    pub package: String,
    /// The kind of the target.
    pub kind: TargetKind,
    /// The name of the target.
    pub name: String,
    /// The program's file. For a snippet, a name for its text, `BOOK/src/threads.md#race`, which is not a file.
    pub source: PathBuf,
    /// The package's Cargo.toml; empty for a snippet.
    pub manifest: PathBuf,
    /// Whether fences name this Cargo.toml: the package is outside the book's workspace, and is built by itself.
    #[serde(default)]
    pub standalone: bool,
}

impl Target {
    /// Describes the target: ``an example of `lessons` ``.
    pub fn in_words(&self) -> String {
        match self.kind {
            TargetKind::Example => format!("an example of `{}`", self.package),
            TargetKind::Bin => format!("a binary of `{}`", self.package),
            TargetKind::Snippet => "a snippet".to_owned(),
            TargetKind::Shell => "a shell session".to_owned(),
        }
    }
}

/// One way to execute an example.
#[derive(Debug)]
pub struct Run {
    /// The name of the run and of its recording's file, unique in the book: `join`, `join-1-0.5`.
    pub id: String,
    /// The program.
    pub target: Target,
    /// The attributes of the run, with the kind and package of its target.
    pub attributes: Arc<RunAttributes>,
    /// The origin of the program.
    pub origin: Origin,
    /// How far the program is taken: never [`Purpose::Show`], which needs no run.
    pub purpose: Purpose,
    /// The declared exit, if a fence has one.
    pub exit: Option<Declared<Exit>>,
    /// The declared time-out, if a fence has one.
    pub timeout: Option<Declared<Duration>>,
    /// Whether no other program may be executed at the same time.
    pub alone: bool,
    /// The declared check of the order of lines; `None` checks the order in the shape.
    pub order: Option<Declared<InOrder>>,
    /// The claims, each once.
    pub claims: Vec<Declared<Claim>>,
    /// The redactions that fences declare, each name once.
    pub redacted: Vec<Declared<Redaction>>,
    /// All redactions: those that fences declare, then those of the book.
    pub redactions: Redactions,
    /// The reason for `check=off`; `None` if the run is checked.
    pub unchecked: Option<String>,
    /// The command with which a reader executes the run.
    pub command: String,
    /// The places that ask for the run; never empty.
    pub asks: Vec<Ask>,
}

/// The origin of a run's program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// A Cargo target of the author.
    #[default]
    Target,
    /// A snippet.
    Snippet {
        /// The source code for the compiler.
        code: String,
        /// The line, from 1, at whose beginning the code has a `main` that the page does not show.
        main: Option<usize>,
        /// The fence's attributes.
        snippet: Snippet,
    },
    /// A shell session.
    Shell {
        /// The commands, in order.
        commands: Vec<String>,
        /// The workspace's targets that the commands name.
        programs: Vec<Target>,
    },
}

/// The exit status of Cargo if the compiler rejects a program.
const REFUSED: i32 = 101;

impl Run {
    /// Returns whether no attribute decides how the program is built.
    pub fn has_default_build(&self) -> bool {
        self.attributes.features.is_empty() && self.attributes.profile.is_none()
    }

    /// Returns the run's name in messages: its command, or its id for a snippet or a shell session, whose commands are
    /// alike or long.
    pub fn called(&self) -> &str {
        match self.origin {
            Origin::Target => &self.command,
            Origin::Snippet { .. } | Origin::Shell { .. } => &self.id,
        }
    }

    /// Returns whether the program is in the page: a snippet or a shell session.
    pub fn is_in_page(&self) -> bool {
        self.origin != Origin::Target
    }

    /// Returns the expected errors if the compiler must reject the program.
    pub fn refused(&self) -> Option<&Refused> {
        self.purpose.refused()
    }

    /// Returns the expected exit: the declared one, success by default, or Cargo's for a program that the compiler must
    /// reject.
    pub fn expected_exit(&self) -> Exit {
        match self.refused() {
            Some(_) => Exit::Code(REFUSED),
            None => self.exit.as_ref().map_or(Exit::SUCCESS, |exit| exit.value),
        }
    }

    /// Returns whether the program never ends, and its time-out cuts each execution.
    pub fn is_cut(&self) -> bool {
        self.expected_exit() == Exit::Timeout
    }

    /// Returns the seed with which it is executed; `None`: it is executed natively.
    pub fn seed(&self) -> Option<Seed> {
        self.attributes.seed
    }

    /// Returns how the order of lines is checked. A seed decides on all of it.
    pub fn in_order(&self) -> InOrder {
        let order = self.order.as_ref().map(|order| order.value);
        order.unwrap_or(match self.seed() {
            Some(_) => InOrder::Exact,
            None => InOrder::default(),
        })
    }

    /// Returns whether an execution ended as expected.
    pub fn ends_as_declared(&self, transcript: &Transcript) -> bool {
        transcript.exit == self.expected_exit() && self.is_refused_as_declared(transcript)
    }

    /// Returns whether the compiler rejected the program with the declared errors, if it must reject it.
    pub fn is_refused_as_declared(&self, transcript: &Transcript) -> bool {
        let Some(Refused { codes }) = self.refused() else {
            return true;
        };
        let declared: BTreeSet<Option<String>> = codes.iter().cloned().map(Some).collect();
        declared.is_empty() || declared == refusal::codes(&transcript.lines)
    }

    /// Returns the hash of a snippet or a shell session, for use among the hashes of files; `None` for a Cargo target.
    /// Equal hashes mean equal programs and equal expectations of them.
    pub fn page_hash(&self) -> Option<String> {
        match &self.origin {
            Origin::Target => None,
            Origin::Snippet { code, snippet, .. } => {
                let (refused, Snippet { edition }) = (self.refused(), snippet);
                Some(hash_of(
                    format!("{refused:?} {edition:?}\n{code}").as_bytes(),
                ))
            }
            Origin::Shell { commands, .. } => Some(hash_of(commands.join("\n").as_bytes())),
        }
    }
}

/// A place in a lesson that asks for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The chapter's number, from 0, in the order of the book.
    pub chapter: usize,
    /// The place in the chapter.
    pub span: Span,
}

impl From<&Ask> for Place {
    fn from(ask: &Ask) -> Place {
        Place::chapter(ask.chapter, ask.span.clone())
    }
}

/// A declaration about a run, and the first attribute that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared<T> {
    /// The declared value.
    pub value: T,
    /// The place of the attribute.
    pub ask: Ask,
}
