//! Examples: the Cargo targets that lessons show, and the runs that they need.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lesson::Span;
use crate::lesson::claim::Claim;
use crate::lesson::fence::{RunAttributes, TargetKind};
use crate::transcript::Exit;
use crate::transcript::compare::InOrder;

pub mod build;
pub mod cache;
pub mod files;
pub mod inputs;
pub mod observer;
pub mod partition;
pub mod plan;
pub mod record;
pub mod run;
pub mod schedule;
pub mod source;
pub mod store;
pub mod targets;

/// A Cargo target that can be run: an example or a binary of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The package that it belongs to.
    pub package: String,
    /// Example or binary.
    pub kind: TargetKind,
    /// The name of the target.
    pub name: String,
    /// The program's file.
    pub source: PathBuf,
    /// The package's Cargo.toml.
    pub manifest: PathBuf,
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
    /// How it must end, where a fence says so.
    pub exit: Option<Exit>,
    /// Which of the places that ask says how it must end; the first where none does.
    pub exit_said_by: usize,
    /// How long it may take, where a fence says so.
    pub timeout: Option<Duration>,
    /// Whether no other program may run at the same time.
    pub alone: bool,
    /// Whether the order of its lines is looked at; `None`: as far as it was learnt.
    pub order: Option<InOrder>,
    /// What is claimed of it.
    pub claims: Vec<Claim>,
    /// Why it is not checked; `None`: it is.
    pub unchecked: Option<String>,
    /// The command by which a reader runs it.
    pub command: String,
    /// Every place that shows it; never empty.
    pub asks: Vec<Ask>,
}

/// A place in a lesson that asks for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The chapter's number, from 0, in the order of the book.
    pub chapter: usize,
    /// Where in it.
    pub span: Span,
}

/// Whoever wants to see what is being done, and may break it off.
pub trait Progress: Sync {
    /// Cargo has built this crate.
    fn built(&self, name: &str);
    /// These runs are going on, and so many wait.
    fn running(&self, runs: &[&Run], waiting: usize);
    /// Whether to stop.
    fn is_interrupted(&self) -> bool;
}
