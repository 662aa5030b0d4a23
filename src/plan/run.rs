//! A run, the target that it executes, and the fences that ask for it.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Place;
use crate::hash::hash_of;
use crate::lesson::Span;
use crate::lesson::claim::Claim;
use crate::lesson::fence::{RunAttributes, TargetKind};
use crate::lesson::snippet::{Refused, Snippet};
use crate::transcript::shape::InOrder;
use crate::transcript::{Exit, Transcript};

/// A program that can be run: an example or a binary of the workspace, or a program in the page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The package that it belongs to. Of a program in the page: whose dependencies it has; empty where the
    /// author does not say it.
    pub package: String,
    /// Example or binary.
    pub kind: TargetKind,
    /// The name of the target.
    pub name: String,
    /// The program's file. Of a program in the page what stands for its text, which is no file:
    /// `BOOK/src/threads.md#race`.
    pub source: PathBuf,
    /// The package's Cargo.toml; empty for a program in the page.
    pub manifest: PathBuf,
}

impl Target {
    /// What it is, and whose: an example of `lessons`.
    pub fn in_words(&self) -> String {
        match self.kind {
            TargetKind::Example => format!("an example of `{}`", self.package),
            TargetKind::Bin => format!("a binary of `{}`", self.package),
            TargetKind::Inline => "a program in a page".to_owned(),
            TargetKind::Shell => "commands in a page".to_owned(),
        }
    }
}

/// One way to run an example.
#[derive(Debug)]
pub struct Run {
    /// What commands and the file of its recorded transcript call it: `join`, `join-1-0.5`. No two runs of a
    /// book have the same.
    pub id: String,
    /// The program.
    pub target: Target,
    /// What makes this run; the target's kind and package as they were found.
    pub attributes: RunAttributes,
    /// Where its program comes from.
    pub origin: Origin,
    /// How it must end, where a fence says so.
    pub exit: Option<Declared<Exit>>,
    /// How long it may take, where a fence says so.
    pub timeout: Option<Declared<Duration>>,
    /// Whether no other program may run at the same time.
    pub alone: bool,
    /// Whether the order of its lines is looked at; `None`: as far as it was learnt.
    pub order: Option<Declared<InOrder>>,
    /// What is claimed of it, each once.
    pub claims: Vec<Declared<Claim>>,
    /// Why it is not checked; `None`: it is.
    pub unchecked: Option<String>,
    /// The command by which a reader runs it.
    pub command: String,
    /// Every place that shows it; never empty.
    pub asks: Vec<Ask>,
}

/// Where a run's program comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// From a Cargo target of the author's.
    #[default]
    Target,
    /// From the page.
    Page {
        /// What the compiler is given.
        code: String,
        /// What the fence says of it.
        inline: Snippet,
    },
    /// Commands in the page, which a shell runs.
    Shell {
        /// The commands, in their order.
        commands: Vec<String>,
        /// The author's programs that are named in them.
        programs: Vec<Target>,
    },
}

/// The status of a compiler that refuses a program, and of the Cargo that called it.
const REFUSED: i32 = 101;

impl Run {
    /// What messages call it: the command; of what stands in the page, as these are alike or long, its name.
    pub fn called(&self) -> &str {
        match self.origin {
            Origin::Target => &self.command,
            Origin::Page { .. } | Origin::Shell { .. } => &self.id,
        }
    }

    /// What must be wrong with its program, if the compiler must refuse it.
    pub fn refused(&self) -> Option<&Refused> {
        match &self.origin {
            Origin::Page { inline, .. } => inline.refused.as_ref(),
            Origin::Target | Origin::Shell { .. } => None,
        }
    }

    /// How it must end. What the compiler refuses ends with the compiler's status.
    pub fn expected_exit(&self) -> Exit {
        match self.refused() {
            Some(_) => Exit::Code(REFUSED),
            None => self.exit.as_ref().map_or(Exit::SUCCESS, |exit| exit.what),
        }
    }

    /// Whether the order of its lines is looked at.
    pub fn in_order(&self) -> InOrder {
        let order = self.order.as_ref().map(|order| order.what);
        order.unwrap_or_default()
    }

    /// Whether it did end so.
    pub fn ends_as_declared(&self, transcript: &Transcript) -> bool {
        transcript.exit == self.expected_exit()
    }
}

impl Origin {
    /// What stands for what is run from the page among the hashes of files: as long as it is the same, so is
    /// the program, and what is expected of it.
    pub fn hash(&self) -> Option<String> {
        match self {
            Origin::Target => None,
            Origin::Page { code, inline } => {
                let Snippet { refused, edition } = inline;
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
    /// Where in it.
    pub span: Span,
}

impl From<&Ask> for Place {
    fn from(ask: &Ask) -> Place {
        Place::chapter(ask.chapter, ask.span.clone())
    }
}

/// What a fence declares of a run, and the attribute that does it first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared<T> {
    /// What is declared.
    pub what: T,
    /// Where.
    pub ask: Ask,
}
