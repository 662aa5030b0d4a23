//! The process between us and a program: it starts it, watches it, and leaves nothing of it.
//!
//! It is this very binary, started once for each run. Its standard input is its bond to us: a job
//! comes on it, and its end, which our own death brings about too, means "stop everything". What it
//! sees goes to its standard output.

use std::io::{self, BufRead, Write};
use std::process::{Child, ExitCode};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::account::{Account, Shared};
use super::family;
use super::folder;
use super::job::{End, Excess, Job, Message, Report};
use super::output::Source;
use super::program::{self, Program};
use super::sampler::STIRRED;
use crate::transcript::Exit;
use crate::transcript::lines::Piece;

/// The only argument of a supervisor.
pub const COMMAND: &str = "supervise";

/// How many events may wait for us; who reads the output of a program that prints too much waits, too.
const WAITING: usize = 64;
/// From the request to end to the kill.
const GRACE: Duration = Duration::from_millis(500);
/// How long what a program leaves behind may take to end by itself.
const LEAVING: Duration = Duration::from_millis(50);
/// Between two looks at what a program has left behind.
const TICK: Duration = Duration::from_millis(1);
/// Longer than any program runs: a hundred years.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What can happen to a supervisor.
enum Event {
    /// The program has written too much.
    TooMuch(Excess),
    /// It is to be looked at earlier than was planned.
    Stirred,
    /// Nothing more will come on one of its streams.
    Closed,
    /// Its first process has ended, in this way and at this time.
    Ended(Exit, Instant),
    /// It cannot be watched any more.
    Lost(io::Error),
    /// Nobody wants to know any more.
    Abandoned,
}

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
    child: Arc<Mutex<Child>>,
    start: Instant,
    /// The same on the clock that the observer reads.
    monotonic: Duration,
    /// When its time is over.
    deadline: Instant,
    events: Receiver<Event>,
    account: Shared,
    /// The streams on which something may still come.
    open: usize,
    /// Why nothing more could be read.
    lost: Option<io::Error>,
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
        let pid = child.id();
        let child = Arc::new(Mutex::new(child));
        let (events_in, events) = sync_channel(WAITING);
        let account = Account::open(pid, job.limits, start);
        let open = sources.len();
        for source in sources {
            let (account, events) = (account.clone(), events_in.clone());
            thread::spawn(move || read(source, started_at, &account, &events));
        }
        let waited_for = (Arc::clone(&child), events_in.clone());
        thread::spawn(move || wait_for_end(&waited_for.0, &waited_for.1));
        // It waits for an end that may never come, and goes with us.
        thread::spawn(move || wait_for_abandonment(&events_in));
        Ok(Supervisor {
            job,
            child,
            start,
            monotonic,
            // A limit beyond all clocks is none.
            deadline: start
                .checked_add(job.limits.timeout)
                .unwrap_or(start + FOR_EVER),
            events,
            account,
            open,
            lost: None,
            disk: folder::Watch::of(&job.folder, job.limits.disk),
            stopping: None,
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
        self.account.lock().look_back();
        // It has ended in time, and we came late to hear of it.
        let took = at - self.start;
        self.stopping = self
            .stopping
            .filter(|(excess, _)| *excess != Excess::Time || took >= self.job.limits.timeout);
        let left = match self.stopping {
            None => self.what_is_left(at),
            Some(_) => Vec::new(),
        };
        if let Err(error) = self.end_all() {
            return Some(failed(&error.to_string()));
        }
        let drained = self.drain();
        if let Err(error) = drained {
            return Some(failed(&format!("failed to read its output: {error}")));
        }
        let (lines, replaced, observed) = self.account.lock().close();
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
            let look_at = self.look(now)?;
            let wait = look_at
                .min(stop_at.max(now + TICK))
                .saturating_duration_since(now);
            match self.events.recv_timeout(wait) {
                Ok(Event::TooMuch(excess)) => self.stop(excess),
                Ok(Event::Stirred) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Event::Closed) => self.open -= 1,
                Ok(Event::Ended(exit, at)) => return Ok(Some((exit, at))),
                Ok(Event::Lost(error)) => return Err(error),
                Ok(Event::Abandoned) | Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// Waits until what a program has left running ends by itself, or its time is over. Returns the names of
    /// the processes that are left then.
    fn what_is_left(&mut self, ended: Instant) -> Vec<String> {
        loop {
            let left = family::left();
            if left.is_empty() || ended.elapsed() > LEAVING {
                return left;
            }
            match self.events.recv_timeout(TICK) {
                Ok(Event::TooMuch(excess)) => self.stop(excess),
                Ok(Event::Closed) => self.open -= 1,
                Ok(Event::Lost(error)) => self.lost = Some(error),
                _ => {}
            }
        }
    }

    /// Waits for what is still on its way. Nobody is left who writes, so it ends; should a process that is
    /// none of the program's hold a stream, it is not waited for.
    fn drain(&mut self) -> io::Result<()> {
        let by = Instant::now() + GRACE;
        if let Some(error) = self.lost.take() {
            return Err(error);
        }
        while self.open > 0 {
            match self
                .events
                .recv_timeout(by.saturating_duration_since(Instant::now()))
            {
                // Nobody is there any more who could be stopped.
                Ok(Event::TooMuch(excess)) => {
                    self.stopping.get_or_insert((excess, Instant::now()));
                }
                Ok(Event::Closed) => self.open -= 1,
                Ok(Event::Lost(error)) => return Err(error),
                Ok(Event::Stirred | Event::Ended(..) | Event::Abandoned) => {}
                Err(_) => break,
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

    /// Looks at the program if it is time to, and returns when it will be again.
    fn look(&mut self, now: Instant) -> io::Result<Instant> {
        if self.disk.is_too_much() {
            self.stop(Excess::Disk);
        }
        let mut account = self.account.lock();
        if now >= account.look_at() {
            account.look()?;
        }
        Ok(account.look_at())
    }

    /// Asks the program to end; it is killed a little later.
    fn stop_gently(&mut self, excess: Excess) {
        self.stopping = Some((excess, Instant::now() + GRACE));
        program::ask_to_end(&self.child);
    }

    fn kill(&mut self) {
        program::kill(&self.child);
    }

    fn end_all(&self) -> io::Result<()> {
        family::end_all(&mut program::lock(&self.child))
    }
}

/// Puts down what a program writes, and looks at it a little later.
fn read(source: Source, start: SystemTime, account: &Shared, events: &SyncSender<Event>) {
    // An event is sent when the account is free: its receiver may be waiting for that.
    let take = |piece: Piece<'_>| {
        let taken = account.lock().take(&piece);
        taken.map_or_else(
            |excess| events.send(Event::TooMuch(excess)).is_ok(),
            |()| true,
        )
    };
    let look = || {
        let is_earlier = account.lock().look()?;
        if is_earlier {
            // Refused: we are about to end.
            events.send(Event::Stirred).ok();
        }
        Ok(())
    };
    let read = source.forward(start, take, (STIRRED, look));
    let event = read.map_or_else(Event::Lost, |()| Event::Closed);
    events.send(event).ok();
}

fn wait_for_end(child: &Mutex<Child>, events: &SyncSender<Event>) {
    let event = match program::wait(child) {
        Ok(exit) => Event::Ended(exit, Instant::now()),
        Err(error) => Event::Lost(error),
    };
    // Refused: we are about to end.
    events.send(event).ok();
}

fn wait_for_abandonment(events: &SyncSender<Event>) {
    io::copy(&mut io::stdin().lock(), &mut io::sink()).ok();
    events.send(Event::Abandoned).ok();
}
