//! What is being built and run, on a terminal; where standard error is none, nothing of it.

use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::interrupt;
use crate::plan::Run;
use crate::report::Colour;

/// Whoever wants to see what is being done, and may break it off.
pub trait Progress: Sync {
    /// Cargo has built this crate.
    fn built(&self, name: &str);
    /// These runs are going on, and so many wait.
    fn running(&self, runs: &[&Run], waiting: usize);
    /// Whether to stop.
    fn is_interrupted(&self) -> bool;
}

/// One line on standard error, which everything else that is written there must let go first.
static LINE: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// How often the line moves.
const TICK: Duration = Duration::from_millis(100);

/// A line that says what is being done.
#[derive(Debug)]
pub struct ProgressLine {
    /// `None`: there is no terminal, or nothing to say yet.
    bar: Mutex<Option<ProgressBar>>,
    start: Instant,
}

/// What was done for a book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Programs that Cargo was asked for, and that are built now.
    pub built: usize,
    /// Runs that were made.
    pub ran: usize,
    /// Runs whose transcripts were kept and are what they were.
    pub reused: usize,
}

impl ProgressLine {
    /// Begins to count the time; the line appears when there is something to say.
    pub fn begin() -> ProgressLine {
        ProgressLine {
            bar: Mutex::new(None),
            start: Instant::now(),
        }
    }

    /// Takes the line away and says what was done, where a terminal shows it and there was anything to
    /// do.
    pub fn end(self, done: Done) {
        let bar = self
            .bar
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bar {
            bar.finish_and_clear();
            LINE.remove(&bar);
            let seconds = self.start.elapsed().as_secs_f64();
            let Done { built, ran, reused } = done;
            writeln!(
                io::stderr(),
                "examples: built {built}, ran {ran}, reused {reused} in {seconds:.1} s"
            )
            .ok();
        }
    }

    /// Says that so many programs are run again and again, disturbed.
    pub fn learning(&self, programs: usize) {
        let programs = match programs {
            1 => "1 program".to_owned(),
            programs => format!("{programs} programs"),
        };
        self.say(format!("running again, disturbed: {programs}"));
    }

    fn say(&self, what: String) {
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
        bar.set_message(what);
    }
}

impl Progress for ProgressLine {
    fn built(&self, name: &str) {
        match name {
            "" => self.say("building".to_owned()),
            name => self.say(format!("building: {name}")),
        }
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
        self.say(format!("running: {}{waiting}", names.join(", ")));
    }

    fn is_interrupted(&self) -> bool {
        interrupt::came()
    }
}

/// Standard error for whoever writes lines to it while the progress line may stand there.
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

/// Whether what goes to a stream is coloured: on a terminal, unless the user wants none (`NO_COLOR`).
pub fn colour(stream: &impl RawStream) -> Colour {
    match AutoStream::choice(stream) {
        ColorChoice::Never => Colour::Plain,
        _ => Colour::Ansi,
    }
}
