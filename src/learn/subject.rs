//! A run as the observer sees it: the subject of learning and checking, and one observation of it.

use std::path::Path;
use std::time::Duration;

use crate::exec::seeded::SeededReport;
use crate::exec::{AtTimeout, Launch};
use crate::observe::Observer;
use crate::observe::log::Log;
use crate::transcript::execution::Execution;
use crate::transcript::seed::Seed;
use crate::transcript::shape::Untested;
use crate::transcript::{Exit, Transcript};

/// A run, and everything that its execution under a schedule needs.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The native launch of the run, with the binary that readers run.
    pub launch: Launch<'a>,
    /// The binary for the observer, or the reason why the run is not observed.
    pub observed: Result<ObservedBinary<'a>, Untested>,
    /// Whether it may be executed with seeds.
    pub seeds: bool,
}

/// A run whose shape is to be learned or checked, with the transcript of its native execution.
#[derive(Debug, Clone, Copy)]
pub struct Native<'a> {
    /// The run.
    pub subject: Subject<'a>,
    /// The transcript of the native execution.
    pub transcript: &'a Transcript,
}

/// The longest processor time of a program that can be seeded, as a rule: with more, a thread that computes would lose
/// the token.
const SHORT: Duration = Duration::from_millis(100);

impl Native<'_> {
    /// The native execution, redacted.
    pub fn execution(&self) -> Execution {
        self.redacted(Execution::of(self.transcript))
    }

    /// Redacts an execution as the run's redactions have it.
    pub fn redacted(&self, execution: Execution) -> Execution {
        execution.redacted(&self.subject.launch.run.redactions)
    }

    /// Whether seeded executions of the run are worth a try.
    pub fn can_be_seeded(&self) -> bool {
        self.subject.observed.is_ok()
            && self.subject.seeds
            && !self.subject.is_cut()
            && self.transcript.cpu.is_some_and(|cpu| cpu <= SHORT)
    }
}

/// The observer, and a binary that it can observe.
#[derive(Debug, Clone, Copy)]
pub struct ObservedBinary<'a> {
    /// The observer.
    pub observer: &'a Observer,
    /// The binary, linked so that the observer can replace functions of std.
    pub binary: &'a Path,
}

/// One execution under a schedule.
#[derive(Debug)]
pub struct Observation {
    /// The transcript, from the output that the kernel passed on.
    pub transcript: Transcript,
    /// The observer's log. `None`: the run is not observed.
    pub log: Option<Log>,
    /// The seed of its schedule; `None`: it took place in real time.
    pub seed: Option<Seed>,
    /// The account of a seeded execution.
    pub seeded: Option<SeededReport>,
}

impl Subject<'_> {
    /// Returns whether the time-out cuts the executions.
    pub fn is_cut(&self) -> bool {
        self.launch.limits.at_timeout == AtTimeout::Cut
    }

    /// The demand of the run for processors, in thousandths of a core, given the transcript of an execution.
    pub fn demand(&self, transcript: &Transcript) -> usize {
        if self.launch.run.alone {
            usize::MAX
        } else {
            demand_of(transcript)
        }
    }
}

/// The thousandths of a core that an execution has used; a whole core if its CPU time is not known.
fn demand_of(transcript: &Transcript) -> usize {
    let wall = transcript.wall.max(Duration::from_millis(1));
    let used = transcript
        .cpu
        .map(|cpu| cpu.as_secs_f64() / wall.as_secs_f64());
    (used.unwrap_or(1.0) * 1000.0) as usize
}

impl Observation {
    /// Whether it was seeded, but real time decided at some moment, so that it is no function of its seed.
    pub fn leaks(&self) -> bool {
        self.seeded
            .as_ref()
            .is_some_and(|seeded| !seeded.leaks.is_none())
    }

    /// The observer's log, if it has every line of the output, and the prints of lines. It has writes but no print if the
    /// program prints by functions that the observer does not replace.
    pub fn whole_log(&self) -> Option<&Log> {
        let log = self.log_of_lines()?;
        let execution = log.execution(Exit::SUCCESS, None);
        let is_printed = execution.lines.iter().any(|line| line.printed_by.is_some());
        (is_printed || execution.lines.is_empty()).then_some(log)
    }

    /// The observer's log, if it has every line of the output.
    pub fn log_of_lines(&self) -> Option<&Log> {
        let log = self.log.as_ref()?;
        let execution = log.execution(Exit::SUCCESS, None);
        let logged = execution.lines.iter().map(|line| (line.stream, &line.text));
        let printed = self.transcript.lines.iter();
        let printed = printed.map(|line| (line.stream, &line.text));
        let (mut logged, mut printed): (Vec<_>, Vec<_>) = (logged.collect(), printed.collect());
        logged.sort_unstable();
        printed.sort_unstable();
        (logged == printed).then_some(log)
    }
}
