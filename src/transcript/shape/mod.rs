//! The shape of a run: what every transcript of it has in common, though no two are the same.
//!
//! A shape is made of recordings: runs that were disturbed on purpose, to see what stays. What it says of
//! the order of lines was tested: a line was held back, and what then waited for it depends on it.
//!
//! ```text
//!  recordings ─ classes ─▶ templates with holes ─┬─ order ──▶ which must come before which
//!                                                └─ values ─▶ what the holes have in common
//! ```

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Exit, Stream};

pub mod same;
pub mod template;
pub mod text;
pub mod token;

/// What every transcript of a run has in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// How it ends.
    pub exit: Exit,
    /// Its lines, in the order of the recording that readers see.
    pub templates: Vec<Template>,
    /// What the holes in them have in common within a run.
    pub rules: Vec<Rule>,
    /// Which lines come before which.
    pub order: Order,
    /// What it starts, each time, at least.
    pub starts: Starts,
    /// What comes while something else is kept from starting.
    pub apart: Vec<Apart>,
}

/// A kind of line: text, and holes for what varies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Where it is printed to.
    pub stream: Stream,
    /// Text and holes; two texts never stand side by side, nor is one empty.
    pub parts: Vec<Part>,
    /// How often it comes. A range: the program does not wait for it.
    pub count: RangeInclusive<usize>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// What is always the same.
    Text(String),
    /// What varies.
    Hole(Hole),
}

/// What varies in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// What may stand there.
    pub kind: Kind,
    /// Holes of one name hold the same in one run.
    pub name: Option<char>,
    /// The lowest and the highest number that was seen there.
    pub seen: Option<(i64, i64)>,
}

/// What can stand in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The id of a process of this run.
    Pid,
    /// The id of a thread of this run, as the system counts them.
    Tid,
    /// A time that something took: a number and, where no space is between, its unit.
    Duration,
    /// A place in memory.
    Address,
    /// A path below the folder that the program runs in.
    Path,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Number,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 7] = [
        Kind::Pid,
        Kind::Tid,
        Kind::Duration,
        Kind::Address,
        Kind::Path,
        Kind::Int,
        Kind::Number,
    ];

    /// How a shape writes it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Pid => "pid",
            Kind::Tid => "tid",
            Kind::Duration => "duration",
            Kind::Address => "address",
            Kind::Path => "path",
            Kind::Int => "int",
            Kind::Number => "number",
        }
    }
}

/// One of a template's lines in a run: the first, the second, … Lines with the same template are told apart
/// by nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nth {
    /// The template's number.
    pub template: usize,
    /// Which of its lines, from 0.
    pub nth: usize,
}

/// Which lines come before which. Lines of different streams are never compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// Proved: the second was held up when the first was held back. Without those that follow from others.
    pub hard: Vec<(Nth, Nth)>,
    /// Never seen otherwise, and not proved. Without those that follow from others.
    pub soft: Vec<(Nth, Nth)>,
    /// How many pairs are proved, those that follow from others included, and how many pairs there are.
    pub pairs: (usize, usize),
    /// Why none could be proved.
    pub untested: Option<Untested>,
}

/// Why the order of lines could not be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untested {
    /// Not on this system.
    System,
    /// The program does not take std, or its streams, from where they can be watched.
    Program,
    /// The toolchain does not give what is needed.
    Toolchain,
    /// The fence sets what the observer needs.
    Environment,
    /// The compiler prints it, and is not run by us.
    Compiler,
    /// Delays change how the program ends: it counts on being quick.
    Timing,
}

impl Untested {
    /// All of them, with the words for each.
    pub const ALL: [(Untested, &'static str); 6] = [
        (Untested::Timing, "delays change how it ends"),
        (Untested::Compiler, "the compiler prints it"),
        (Untested::System, "not on this system"),
        (Untested::Program, "the program cannot be observed"),
        (Untested::Toolchain, "the toolchain cannot build for it"),
        (
            Untested::Environment,
            "the fence sets LD_PRELOAD or LD_LIBRARY_PATH",
        ),
    ];
}

impl fmt::Display for Untested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Untested::ALL.iter().find(|(this, _)| this == self);
        f.write_str(words.map_or("", |(_, words)| words))
    }
}

/// What some holes have in common in each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The holes: a template's number, and the hole's number in it.
    pub holes: Vec<(usize, usize)>,
    /// What they have in common.
    pub what: Common,
}

/// What the values of some holes have in common within each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Common {
    /// They are these, in any order; sorted.
    EachOf(Vec<i64>),
    /// Each is higher than the one of the line before.
    Increasing,
    /// No two are the same.
    Distinct,
}

/// How many threads and processes a run starts at least, its first of each not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Starts {
    /// Threads, of all its processes.
    pub threads: usize,
    /// Processes.
    pub processes: usize,
}

/// What comes though something else is kept from starting: it goes on beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The path of what is kept from starting: `0.1` is the second thread that the first one starts, `0/0`
    /// the first process.
    pub actor: String,
    /// What comes all the same.
    pub lines: Vec<Nth>,
}

impl Apart {
    /// `the second thread that main starts`.
    pub fn in_words(&self) -> String {
        actor_in_words(&self.actor)
    }
}

/// The words for the path of a thread or process.
pub fn actor_in_words(path: &str) -> String {
    const NUMBERS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let Some(at) = path.rfind(['.', '/']) else {
        return "main".to_owned();
    };
    let what = match path.as_bytes()[at] {
        b'.' => "thread",
        _ => "process",
    };
    let number = path[at + 1..].parse::<usize>().unwrap_or(0);
    let number = NUMBERS.get(number).map_or_else(
        || format!("{what} number {} ", number + 1),
        |&word| format!("{word} {what} "),
    );
    format!("the {number}that {} starts", actor_in_words(&path[..at]))
}

/// Whether the order of lines is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InOrder {
    /// What was proved fails, what was never seen otherwise is told.
    #[default]
    Learnt,
    /// Each line must come where it came when it was recorded.
    Exact,
    /// Not at all.
    Free,
}

/// Of more lines than these, pairs that were merely never seen otherwise are not worked out: there are too many.
pub const MOST_SOFT: usize = 400;
