//! Progress of builds and executions, shown if stderr is a terminal.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::interrupt;
use crate::plan::Run;
use crate::report::Color;

/// Receives progress events and can request cancellation.
pub trait Progress: Sync {
    /// Cargo has built this crate; an empty name means that the build begins.
    fn built(&self, name: &str);
    /// These runs are being executed, and this number of others is waiting.
    fn running(&self, runs: &[&Run], waiting: usize);
    /// These runs have been executing for at least [`SLOW`], each for so long.
    fn slow(&self, runs: &[(&Run, Duration)]);
    /// An execution of this run has ended after so long.
    fn took(&self, run: &Run, time: Duration);
    /// Returns whether to stop.
    fn is_interrupted(&self) -> bool;
}

/// The time after which an execution is slow.
pub const SLOW: Duration = Duration::from_secs(5);

/// The progress line on stderr, which any other output to stderr must suspend.
static LINE: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// The interval at which the line is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// A line on the terminal that shows the current work.
#[derive(Debug)]
pub struct ProgressLine {
    /// `None`: stderr is not a terminal, or no work has been shown yet.
    bar: Mutex<Option<ProgressBar>>,
    start: Instant,
    runs: Mutex<Runs>,
}

/// The executions so far.
#[derive(Debug, Default)]
struct Runs {
    /// The current work.
    work: String,
    /// The slow runs among the current ones, in words.
    slow: String,
    /// The runs that were reported as slow.
    told: BTreeSet<String>,
    /// The time and the number of all executions of each run.
    times: BTreeMap<String, (Duration, usize)>,
}

/// The work done for a book, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// The number of programs that Cargo has built.
    pub built: usize,
    /// The number of runs that were executed.
    pub ran: usize,
    /// The number of runs whose cached transcripts were reused.
    pub reused: usize,
}

impl ProgressLine {
    /// Starts the clock; the line appears with the first work.
    pub fn begin() -> ProgressLine {
        ProgressLine {
            bar: Mutex::new(None),
            start: Instant::now(),
            runs: Mutex::default(),
        }
    }

    /// The runs whose executions have taken the most time, at most so many: each with the time of all its executions and
    /// their number.
    pub fn slowest(&self, count: usize) -> Vec<(String, Duration, usize)> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let times = runs.times.iter();
        let mut all: Vec<_> = times
            .map(|(run, &(time, number))| (run.clone(), time, number))
            .collect();
        all.sort_by_key(|&(_, time, _)| Reverse(time));
        all.truncate(count);
        all
    }

    /// Removes the line and prints a summary, if the line was shown.
    pub fn end(self, done: Done) {
        let start = self.start;
        if self.clear() {
            let seconds = start.elapsed().as_secs_f64();
            let Done { built, ran, reused } = done;
            writeln!(
                io::stderr(),
                "examples: built {built}, ran {ran}, reused {reused} in {seconds:.1} s"
            )
            .ok();
        }
    }

    /// Removes the line, and returns whether it was shown.
    pub fn clear(self) -> bool {
        let bar = self.bar.into_inner();
        let Some(bar) = bar.unwrap_or_else(PoisonError::into_inner) else {
            return false;
        };
        bar.finish_and_clear();
        LINE.remove(&bar);
        true
    }

    /// Shows that this number of programs is executed repeatedly under different schedules.
    pub fn learning(&self, programs: usize) {
        let programs = match programs {
            1 => "1 program".to_owned(),
            programs => format!("{programs} programs"),
        };
        self.show(format!("running again under schedules: {programs}"));
    }

    fn show(&self, work: String) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.work = work;
        self.draw(&runs);
    }

    fn draw(&self, runs: &Runs) {
        if !io::stderr().is_terminal() {
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
            let bar = LINE.add(ProgressBar::new_spinner());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(TICK);
            bar
        });
        // The end of a long line is cut.
        bar.set_message(format!("{}{}", runs.slow, runs.work));
    }
}

impl Progress for ProgressLine {
    fn built(&self, name: &str) {
        self.show(match name {
            "" => "building".to_owned(),
            name => format!("building: {name}"),
        });
    }

    fn running(&self, runs: &[&Run], waiting: usize) {
        if runs.is_empty() {
            return;
        }
        let names = runs.iter().map(|run| {
            let name = [run.target.name.clone()].into_iter();
            let words: Vec<String> = name.chain(run.attributes.args.iter().cloned()).collect();
            words.join(" ")
        });
        let names: Vec<String> = names.collect();
        let waiting = match waiting {
            0 => String::new(),
            waiting => format!(" ({waiting} waiting)"),
        };
        self.show(format!("running: {}{waiting}", names.join(", ")));
    }

    fn slow(&self, slow: &[(&Run, Duration)]) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if slow.is_empty() && runs.slow.is_empty() {
            return;
        }
        if io::stderr().is_terminal() {
            let names: Vec<String> = slow
                .iter()
                .map(|(run, time)| format!("{} ({} s)", run.id, time.as_secs()))
                .collect();
            let names = match names.is_empty() {
                true => String::new(),
                false => format!("slow: {}; ", names.join(", ")),
            };
            if runs.slow != names {
                runs.slow = names;
                self.draw(&runs);
            }
            return;
        }
        for (run, time) in slow {
            if runs.told.insert(run.id.clone()) {
                tracing::info!(
                    "slow: `{}` has been running for {} s",
                    run.id,
                    time.as_secs()
                );
            }
        }
    }

    fn took(&self, run: &Run, time: Duration) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, count) = runs.times.entry(run.id.clone()).or_default();
        *sum += time;
        *count += 1;
    }

    fn is_interrupted(&self) -> bool {
        interrupt::is_requested()
    }
}

/// A writer to stderr that suspends the progress line meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINE.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Returns whether output to a stream is colored: on a terminal, unless the user opts out (`NO_COLOR`).
pub fn color(stream: &impl RawStream) -> Color {
    match AutoStream::choice(stream) {
        ColorChoice::Never => Color::Plain,
        _ => Color::Ansi,
    }
}
