//! The shape of a run: the rules that every execution of it obeys.
//!
//! A shape is learned from executions under different schedules. The order of lines is tested: a line is held, and
//! every line that then waits for it depends on it.
//!
//! ```text
//!  recordings ─ classes ─▶ templates with holes ─┬─ order ──▶ which must come before which
//!                                                └─ values ─▶ what the holes have in common
//! ```

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::redaction::Redactions;
use super::{Exit, Stream};
pub use kind::Kind;

mod kind;
mod redacted;
pub mod same;
mod schedules;
pub mod set;
pub mod template;
pub mod text;
pub mod token;
pub mod unordered;

/// The rules that every execution of a run obeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The expected exit.
    pub exit: Exit,
    /// The redactions of its lines, as far as the templates have their names.
    pub redactions: Redactions,
    /// The templates of its lines, in the order of the transcript that readers see.
    pub templates: Vec<Template>,
    /// Rules for the values of holes within one execution.
    pub rules: Vec<Rule>,
    /// The order of lines.
    pub order: Order,
    /// The lowest number of threads and processes that an execution starts.
    pub starts: Starts,
    /// The lines that come while a thread or process is held at its start.
    pub apart: Vec<Apart>,
    /// The rules that rest on seeded executions; `None`: the run was not seeded.
    pub schedules: Option<Schedules>,
}

/// A kind of line: text, with holes for the parts that vary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The stream that it is printed to.
    pub stream: Stream,
    /// Texts and holes; no text is empty or follows another text.
    pub parts: Vec<Part>,
    /// How often it comes; a range if the program doesn't wait for it.
    pub count: RangeInclusive<usize>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A fixed text.
    Text(String),
    /// A part that varies.
    Hole(Hole),
    /// A redacted part, as redacted lines have it: a placeholder.
    Redacted(String),
    /// The beginning of a list's members, which come in any order, and here are sorted.
    Any,
    /// Their end.
    End,
}

/// A varying part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The kind of value that it accepts.
    pub kind: Kind,
    /// Holes with the same name have the same value within one execution.
    pub name: Option<char>,
    /// The lowest and the highest number that was seen; of a hexadecimal number, the least and the most digits.
    pub seen: Option<(i64, i64)>,
    /// The members of a set, sorted; none for other kinds.
    pub members: Vec<String>,
}

/// One of a template's lines within an execution: the first, the second, … Only this number tells lines of the same
/// template apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nth {
    /// The number of the template.
    pub template: usize,
    /// The number of the line among the template's, from 0.
    pub nth: usize,
}

/// The order of lines. Lines of different streams are never compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// Proved pairs: when the first line was held, the second waited. Pairs that follow from others are left out.
    pub hard: Vec<(Nth, Nth)>,
    /// Pairs that were never seen in another order, but aren't proved. Pairs that follow from others are left out.
    pub soft: Vec<(Nth, Nth)>,
    /// The number of proved pairs, including those that follow from others, and the number of all pairs.
    pub pairs: (usize, usize),
    /// The reason why no order could be tested.
    pub untested: Option<Untested>,
}

/// The reason why the order of lines couldn't be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untested {
    /// The system isn't supported.
    System,
    /// The program doesn't use std, or its streams, in a way that can be observed.
    Program,
    /// The toolchain lacks a required component.
    Toolchain,
    /// The fence sets environment variables that the observer needs.
    Environment,
    /// The compiler prints the lines, and the tool doesn't control its schedule.
    Compiler,
    /// Delays change how the program ends.
    Timing,
    /// The time-out cuts every execution.
    Cut,
    /// The run has a seed, which decides on the order.
    Seed,
}

impl Untested {
    /// All reasons, each with its description.
    pub const ALL: [(Untested, &'static str); 8] = [
        (Untested::Cut, "the time-out cuts it"),
        (Untested::Seed, "its seed decides"),
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

/// A rule for the values of several holes within one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The holes, each as the number of a template and of the hole in it.
    pub holes: Vec<(usize, usize)>,
    /// The relation between their values.
    pub relation: Common,
}

/// A relation between the values of several holes within one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Common {
    /// The values are these, in any order; sorted.
    EachOf(Vec<i64>),
    /// Each value is higher than that of the line before.
    Increasing,
    /// No two values are the same.
    Distinct,
}

/// The lowest number of threads and processes that an execution starts, not counting the main thread and the first
/// process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Starts {
    /// The threads of all its processes.
    pub threads: usize,
    /// The processes.
    pub processes: usize,
    /// The processes of which the program has learned how they ended. The others are left over, until the program
    /// itself ends.
    pub reaped: usize,
}

impl Starts {
    /// Returns the lower number of each.
    pub fn least(self, other: Starts) -> Starts {
        Starts {
            threads: self.threads.min(other.threads),
            processes: self.processes.min(other.processes),
            reaped: self.reaped.min(other.reaped),
        }
    }
}

/// The rules that a run obeys under seeds, and what its schedules must show. They say nothing about native executions:
/// under a seed, computing takes no time, so that an order may follow from durations alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedules {
    /// The number of executions in the base world, where waits end exactly on time.
    pub on_time: usize,
    /// The number of executions in the late world.
    pub late: usize,
    /// The number of further executions in the late world, which ended with another exit status than [`Shape::exit`]. They
    /// count nowhere else.
    pub other_exits: usize,
    /// The thousandths of executions that alone showed some line or some order of two lines: the probability that the
    /// next execution shows something new (Good and Turing, 1953).
    pub unseen: usize,
    /// Pairs that came in this order in both worlds. Lines of different streams are compared, too. Proved pairs, and
    /// pairs that follow from others, are left out. Sorted by the second line, then the first.
    pub always: Vec<(Nth, Nth)>,
    /// Pairs that came in this order in the base world alone. Pairs that follow from others are left out.
    /// Sorted by the second line, then the first.
    pub timed: Vec<(Nth, Nth)>,
    /// For pairs of the two fields above whose lines do not always come, the number of executions that printed both.
    /// Each number comes once, with its pairs.
    pub support: Vec<(usize, Vec<(Nth, Nth)>)>,
    /// Pairs that seldom came in this order, and mostly in the other; sorted.
    pub seldom: Vec<(Nth, Nth)>,
    /// Whether each pair that is named nowhere must be seen in either order again.
    pub either: bool,
    /// The templates whose lines seldom came. All others must be seen again.
    pub rare: Vec<usize>,
    /// Pairs of lines that follow each other, between which lines that depend on neither must be seen again.
    pub overlaps: Vec<(Nth, Nth)>,
    /// For templates whose counts vary, the counts in the base world, if they are the same in each execution: an answer
    /// that nothing delays. Each count comes once, with its templates.
    pub counts_on_time: Vec<(usize, Vec<usize>)>,
    /// For holes whose values vary, the lowest and the highest in the base world, if fewer come there.
    pub values_on_time: Vec<Values>,
    /// Lines that never come between two others.
    pub spans: Vec<Span>,
    /// The limits of what begins before something else has ended.
    pub limits: Vec<AtMost>,
    /// The sums of counts that vary.
    pub totals: Vec<Total>,
    /// The holes whose range is closed, each as the number of a template and of the hole in it.
    pub closed: Vec<(usize, usize)>,
}

/// Lines that come before the first or after the last of two lines, and never between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first line.
    pub from: Nth,
    /// The last line.
    pub to: Nth,
    /// The others.
    pub others: Vec<Nth>,
}

/// A limit: of the lines with which something begins, at most so many come without one with which it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtMost {
    /// The limit, at least 1.
    pub most: usize,
    /// The templates of the lines with which something begins.
    pub begins: Vec<usize>,
    /// The templates of the lines with which it ends.
    pub ends: Vec<usize>,
}

impl AtMost {
    /// The highest number of lines with which something begins, without one with which it ends, in an execution with
    /// lines of these templates.
    pub fn most_in(&self, template_of: &[Option<usize>]) -> usize {
        let (mut open, mut most) = (0_usize, 0);
        for template in template_of.iter().flatten() {
            if self.begins.contains(template) {
                open += 1;
                most = most.max(open);
            } else if self.ends.contains(template) {
                open = open.saturating_sub(1);
            }
        }
        most
    }
}

/// The range of the values of several holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// The lowest and the highest value.
    pub range: (i64, i64),
    /// The holes, each as the number of a template and of the hole in it.
    pub holes: Vec<(usize, usize)>,
}

/// A constant sum of the counts of several templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The sum.
    pub sum: usize,
    /// The templates.
    pub templates: Vec<usize>,
}

/// The lines that come even while a thread or process is held at its start: they don't wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The path of the held thread or process: `0.1` is the second thread that the first one starts, `0/0` the first
    /// process.
    pub actor: String,
    /// A line that only this thread or process prints, and always once; `None`: there is none, or the recording is
    /// older than this field. It tells which thread is meant if another one, which prints nothing, has changed the
    /// numbers.
    pub prints: Option<Nth>,
    /// The lines that still come.
    pub lines: Vec<Nth>,
}

impl Apart {
    /// Names the actor in a message: `the second thread that main starts`.
    pub fn in_words(&self) -> String {
        actor_in_words(&self.actor)
    }
}

/// Describes the thread or process with this path.
pub fn actor_in_words(path: &str) -> String {
    const NUMBERS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let Some(at) = path.rfind(['.', '/']) else {
        return "main".to_owned();
    };
    let kind = match path.as_bytes()[at] {
        b'.' => "thread",
        _ => "process",
    };
    let number = path[at + 1..].parse::<usize>().unwrap_or(0);
    let number = NUMBERS.get(number).map_or_else(
        || format!("{kind} number {} ", number + 1),
        |&word| format!("{word} {kind} "),
    );
    format!("the {number}that {} starts", actor_in_words(&path[..at]))
}

/// How strictly the order of lines is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InOrder {
    /// A violation of a proved order is an error, of a merely observed one a warning.
    #[default]
    Learned,
    /// Each line must come in its recorded place.
    Exact,
    /// The order is ignored.
    Free,
}

/// An order, a line, an overlap or a limit that at least one in so many seeded executions shows must be seen again.
pub const COMMON: usize = 20;

/// The highest number of lines for which unproved pairs are computed; with more lines, there would be too many pairs.
pub const MOST_SOFT: usize = 400;
