//! The process between us and a program: it starts it, watches it, and leaves nothing of it.
//!
//! It is this very binary, started once for each run. Its standard input is its bond to us: a job
//! comes on it, and its end, which our own death brings about too, means "stop everything". What it
//! sees goes to its standard output.

use std::io::{self, BufRead, Write};
use std::process::{Child, ExitCode};
use std::time::{Duration, Instant};

use super::account::Account;
use super::events::{Event, Events};
use super::family;
use super::folder;
use super::job::{End, Excess, Job, Message, Report};
use super::program::{self, Program};
use crate::transcript::Exit;

/// The only argument of a supervisor.
pub const COMMAND: &str = "supervise";

/// From the request to end to the kill.
const GRACE: Duration = Duration::from_millis(500);
/// How long what a program leaves behind may take to end by itself.
const LEAVING: Duration = Duration::from_millis(50);
/// Between two looks at what a program has left behind.
const TICK: Duration = Duration::from_millis(1);
/// Longer than any program runs: a hundred years.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The life of a supervisor: reads a job, runs it, tells.
pub fn main() -> ExitCode {
    match supervise() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started us shows it.
            writeln!(io::stderr(), "{error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn supervise() -> io::Result<()> {
    let parent = parent();
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    family::take_in_orphans()?;
    let report = Supervisor::start(&job).map_or_else(
        |error| Some(failed(&format!("failed to start: {error}"))),
        Supervisor::run,
    );
    let folder = folder::remove(&job.folder).err();
    // Whoever started us may only have stopped this run, and go on with it later.
    if let (None, Some(folder)) = (&report, &job.observed_in)
        && self::parent() != parent
    {
        folder::remove(folder).ok();
    }
    // Nobody is told when nobody wants to know.
    if let Some(mut report) = report {
        report.folder = folder.map(|error| error.to_string());
        Message::Ended(report).tell()?;
    }
    Ok(())
}

/// The process that this one is a child of: another one as soon as that has ended.
fn parent() -> u32 {
    #[cfg(unix)]
    return std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    0
}

fn failed(why: &str) -> Report {
    Report {
        end: End::Failed(why.to_owned()),
        lines: Vec::new(),
        replaced: 0,
        start: Duration::ZERO,
        wall: Duration::ZERO,
        left: Vec::new(),
        observed: Default::default(),
        folder: None,
    }
}

struct Supervisor<'a> {
    job: &'a Job,
    child: Child,
    start: Instant,
    /// The same on the clock that the observer reads.
    monotonic: Duration,
    /// When its time is over.
    deadline: Instant,
    events: Events,
    account: Account,
    disk: folder::Watch,
    /// What it used too much of, and when it is killed for that.
    stopping: Option<(Excess, Instant)>,
}

impl<'a> Supervisor<'a> {
    fn start(job: &'a Job) -> io::Result<Supervisor<'a>> {
        let Program {
            child,
            start,
            started_at,
            monotonic,
            sources,
        } = Program::start(job)?;
        Ok(Supervisor {
            job,
            start,
            monotonic,
            // A limit beyond all clocks is none.
            deadline: start
                .checked_add(job.limits.timeout)
                .unwrap_or(start + FOR_EVER),
            events: Events::of(sources, &child, started_at)?,
            account: Account::open(child.id(), job.limits, start),
            disk: folder::Watch::of(&job.folder, job.limits.disk),
            stopping: None,
            child,
        })
    }

    /// Watches the program to its end, and ends what it leaves. `None`: nobody wants to know any more.
    fn run(mut self) -> Option<Report> {
        let ended = self.watch();
        let (exit, at) = match ended {
            Ok(Some(ended)) => ended,
            Ok(None) => {
                self.end_all().ok();
                return None;
            }
            Err(error) => {
                self.end_all().ok();
                return Some(failed(&format!("failed to watch it: {error}")));
            }
        };
        self.account.look_back();
        // It has ended in time, and we came late to hear of it.
        let took = at - self.start;
        self.stopping = self
            .stopping
            .filter(|(excess, _)| *excess != Excess::Time || took >= self.job.limits.timeout);
        let left = match self.stopping {
            None => self.what_is_left(at),
            Some(_) => Ok(Vec::new()),
        };
        if let Err(error) = self.end_all() {
            return Some(failed(&error.to_string()));
        }
        let left = match left.and_then(|left| self.drain().map(|()| left)) {
            Ok(left) => left,
            Err(error) => return Some(failed(&format!("failed to read its output: {error}"))),
        };
        let (lines, replaced, observed) = self.account.close();
        Some(Report {
            end: match self.stopping {
                Some((excess, _)) => End::Stopped(excess),
                None => End::Exit(exit),
            },
            lines,
            replaced,
            start: self.monotonic,
            wall: took,
            left,
            observed,
            folder: None,
        })
    }

    /// Waits until the program ends, by itself or because it must, and looks at it meanwhile. `None`: nobody
    /// wants to know any more.
    fn watch(&mut self) -> io::Result<Option<(Exit, Instant)>> {
        loop {
            let now = Instant::now();
            let stop_at = match self.stopping {
                Some((_, kill_at)) => kill_at,
                None => self.deadline,
            };
            if now >= stop_at {
                match self.stopping {
                    None => self.stop_gently(Excess::Time),
                    Some(_) => self.kill(),
                }
            }
            if now >= self.account.look_at() {
                self.look()?;
            }
            let until = self.account.look_at().min(stop_at.max(now + TICK));
            match self.events.next(&mut self.child, until)? {
                Event::Wrote(piece) => {
                    let taken = self.account.take(&piece);
                    taken.unwrap_or_else(|excess| self.stop(excess));
                }
                Event::Ended(exit, at) => return Ok(Some((exit, at))),
                Event::Abandoned => return Ok(None),
                Event::Nothing => {}
            }
        }
    }

    /// Waits until what a program has left running ends by itself, or its time is over. Returns the names of
    /// the processes that are left then.
    fn what_is_left(&mut self, ended: Instant) -> io::Result<Vec<String>> {
        loop {
            let left = family::left();
            if left.is_empty() || ended.elapsed() > LEAVING {
                return Ok(left);
            }
            let until = Instant::now() + TICK;
            while Instant::now() < until {
                if let Event::Wrote(piece) = self.events.next(&mut self.child, until)? {
                    let taken = self.account.take(&piece);
                    taken.unwrap_or_else(|excess| self.stop(excess));
                }
            }
        }
    }

    /// Waits for what is still on its way. Nobody is left who writes, so it ends; should a process that is
    /// none of the program's hold a stream, it is not waited for.
    fn drain(&mut self) -> io::Result<()> {
        let by = Instant::now() + GRACE;
        while self.events.may_write() && Instant::now() < by {
            if let Event::Wrote(piece) = self.events.next(&mut self.child, by)?
                && let Err(excess) = self.account.take(&piece)
            {
                // Nobody is there any more who could be stopped.
                self.stopping.get_or_insert((excess, by));
            }
        }
        Ok(())
    }

    /// Stops a program at once, unless it is being stopped already.
    fn stop(&mut self, excess: Excess) {
        if self.stopping.is_none() {
            self.stopping = Some((excess, Instant::now()));
            self.kill();
        }
    }

    fn look(&mut self) -> io::Result<()> {
        let activity = self.account.look()?;
        if self.disk.is_too_much(activity) {
            self.stop(Excess::Disk);
        }
        Ok(())
    }

    /// Asks the program to end; it is killed a little later.
    fn stop_gently(&mut self, excess: Excess) {
        self.stopping = Some((excess, Instant::now() + GRACE));
        program::ask_to_end(&mut self.child);
    }

    fn kill(&mut self) {
        program::kill(&mut self.child);
    }

    fn end_all(&mut self) -> io::Result<()> {
        family::end_all(&mut self.child)
    }
}
