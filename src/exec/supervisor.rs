//! The supervisor: a process that starts one program, watches it, and leaves none of its processes behind.
//!
//! A supervisor is this executable. Its stdin is the lifeline to its parent: first comes a job, and after the report on a
//! seeded one the next; the end of the input, which the parent's death causes too, means "stop everything". Messages go
//! to its stdout.

use std::io::{self, BufRead, Write};
use std::process::{Child, ExitCode};
use std::time::{Duration, Instant};

use super::events::{Event, Events};
use super::folder::{self, DiskLimit};
use super::job::{AtTimeout, End, Excess, Job, Message, Report};
use super::monitor::Monitor;
use super::process_tree;
use super::program::{self, Program};
use super::seeded::{Outcome, SeededReport, Watch};
use crate::transcript::Exit;

/// The command-line argument that makes this program a supervisor.
pub const COMMAND: &str = "supervise";

/// The time between the request to end and the kill.
const GRACE: Duration = Duration::from_millis(500);
/// The time in which processes that a program has left running may end by themselves.
const LINGER: Duration = Duration::from_millis(50);
/// The interval at which processes that are still running are listed.
const TICK: Duration = Duration::from_millis(1);
/// The time-out of a program without one: a hundred years.
const NO_TIMEOUT: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Runs the supervisor: reads a job from stdin, executes it, and writes its messages to stdout; then the next, if the job
/// was a seeded one.
pub fn main() -> ExitCode {
    match supervise() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent shows stderr.
            writeln!(io::stderr(), "{error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn supervise() -> io::Result<()> {
    process_tree::adopt_orphans()?;
    let mut line = String::new();
    while io::stdin().lock().read_line(&mut line)? > 0 {
        let job: Job = serde_json::from_str(&line)?;
        let report = Supervisor::start(&job).map_or_else(
            |error| Some(failed(format!("failed to start: {error}"))),
            Supervisor::run,
        );
        let folder_error = folder::remove(&job.folder).err();
        // An abandoned execution has no report.
        let Some(mut report) = report else {
            break;
        };
        report.folder_error = folder_error.map(|error| error.to_string());
        Message::Ended(Box::new(report)).send()?;
        if job.seeded.is_none() {
            break;
        }
        line.clear();
    }
    Ok(())
}

fn failed(reason: String) -> Report {
    Report {
        end: End::Failed(reason),
        printed: Default::default(),
        start: Duration::ZERO,
        wall: Duration::ZERO,
        left_running: Vec::new(),
        resources: Default::default(),
        seeded: None,
        folder_error: None,
    }
}

struct Supervisor<'a> {
    job: &'a Job,
    child: Child,
    start: Instant,
    /// The start by the clock that the observer reads.
    monotonic: Duration,
    /// The time at which the time-out expires.
    deadline: Instant,
    events: Events,
    monitor: Monitor,
    disk: DiskLimit,
    /// The schedule of a seeded execution.
    schedule: Option<Watch>,
    /// The exceeded limit, and the time at which the program is killed for it.
    stopping: Option<(Excess, Instant)>,
}

/// A program that has ended, with all its processes.
struct Ended {
    /// The exit status or signal of its first process.
    exit: Exit,
    /// The time until then.
    wall: Duration,
    /// The names of the processes that it has left running.
    left_running: Vec<String>,
    /// The account of a seeded execution.
    seeded: Option<SeededReport>,
}

impl<'a> Supervisor<'a> {
    fn start(job: &'a Job) -> io::Result<Supervisor<'a>> {
        let create = |seeded| Watch::create(seeded, job.limits.timeout);
        let mut schedule = job.seeded.as_ref().map(create).transpose()?;
        let Program {
            child,
            start,
            started_at,
            monotonic,
            sources,
        } = Program::start(job)?;
        // A parent that is gone is noticed by its lifeline.
        Message::Started(child.id()).send().ok();
        if let Some(schedule) = &mut schedule {
            schedule.start(child.id());
        }
        Ok(Supervisor {
            job,
            start,
            monotonic,
            // A time-out too large for the clock is no time-out.
            deadline: start
                .checked_add(job.limits.timeout)
                .unwrap_or(start + NO_TIMEOUT),
            events: Events::new(sources, &child, started_at)?,
            monitor: match schedule {
                None => Monitor::new(child.id(), job.limits, start),
                Some(_) => Monitor::new(child.id(), job.limits, start).seldom(),
            },
            disk: DiskLimit::new(&job.folder, job.limits.disk),
            schedule,
            stopping: None,
            child,
        })
    }

    /// Watches the program until it has ended and kills its remaining processes; `None`: the parent has abandoned it.
    fn run(mut self) -> Option<Report> {
        match self.end() {
            Ok(Some(ended)) => Some(self.report(ended)),
            Ok(None) => {
                self.end_all().ok();
                None
            }
            Err(reason) => {
                self.end_all().ok();
                Some(failed(reason))
            }
        }
    }

    /// Waits for the end of the program, ends the processes that it has left running, and reads the rest of its output;
    /// `None`: the parent has abandoned it.
    ///
    /// # Errors
    /// The reason why the execution cannot be reported.
    fn end(&mut self) -> Result<Option<Ended>, String> {
        let watched = self.watch();
        let watched = watched.map_err(|error| format!("failed to watch the program: {error}"))?;
        let Some((exit, at)) = watched else {
            return Ok(None);
        };
        if self.schedule.is_none() {
            self.monitor.sample_at_end();
        }
        // The program may have ended in time although this process noticed the end late.
        let wall = at - self.start;
        self.stopping = self
            .stopping
            .filter(|(excess, _)| *excess != Excess::Time || wall >= self.job.limits.timeout);
        let left_running = match self.stopping {
            None => self.wait_for_descendants(at),
            Some(_) => Ok(Vec::new()),
        };
        let seeded = match self.schedule.as_mut().map(Watch::finish) {
            Some(Err(reason)) => return Err(reason.to_owned()),
            seeded => seeded.and_then(Result::ok),
        };
        if seeded.as_ref().is_some_and(|its| its.is_out_of_time) {
            self.stopping.get_or_insert((Excess::Time, at));
        }
        self.end_all().map_err(|error| error.to_string())?;
        let left_running = left_running.and_then(|names| self.drain().map(|()| names));
        Ok(Some(Ended {
            exit,
            wall,
            left_running: left_running
                .map_err(|error| format!("failed to read the program's output: {error}"))?,
            seeded: seeded.map(|Outcome { report, .. }| report),
        }))
    }

    fn report(self, ended: Ended) -> Report {
        let is_cut = self.is_cut();
        let (mut printed, resources) = self.monitor.finish();
        let limit = self.job.limits.timeout;
        let (end, wall) = match self.stopping {
            Some((Excess::Time, _)) if is_cut => {
                // The program may have printed more until it was killed.
                printed.cut(limit);
                (End::Exit(Exit::Timeout), limit)
            }
            Some((excess, _)) => (End::Stopped(excess), ended.wall),
            None => (End::Exit(ended.exit), ended.wall),
        };
        let (end, wall) = match &ended.seeded {
            Some(SeededReport { deadlock, .. }) if !deadlock.is_empty() => (End::Deadlock, wall),
            Some(SeededReport { wall, .. }) => (end, *wall),
            None => (end, wall),
        };
        Report {
            end,
            printed,
            start: self.monotonic,
            wall,
            left_running: ended.left_running,
            resources,
            seeded: ended.seeded,
            folder_error: None,
        }
    }

    /// Returns whether the time-out cuts the execution rather than failing it.
    fn is_cut(&self) -> bool {
        self.job.limits.at_timeout == AtTimeout::Cut
    }

    /// Waits until the program ends, by itself or for an exceeded limit, and samples it meanwhile; `None`: the parent
    /// has abandoned it.
    fn watch(&mut self) -> io::Result<Option<(Exit, Instant)>> {
        loop {
            let now = Instant::now();
            let stop_at = match self.stopping {
                Some((_, kill_at)) => kill_at,
                None => self.deadline,
            };
            if now >= stop_at {
                match self.stopping {
                    None if self.is_cut() => self.stop(Excess::Time),
                    None => self.stop_gently(Excess::Time),
                    Some(_) => self.kill(),
                }
            }
            if now >= self.monitor.next_sample() {
                self.sample()?;
            }
            let until = self.monitor.next_sample().min(stop_at.max(now + TICK));
            match self.events.next(&mut self.child, until)? {
                Event::Wrote(piece) => {
                    let added = self.monitor.add(&piece);
                    added.unwrap_or_else(|excess| self.stop(excess));
                }
                Event::Ended(exit, at) => return Ok(Some((exit, at))),
                Event::Abandoned => return Ok(None),
                Event::Nothing => {}
            }
        }
    }

    /// Waits a moment for the processes that the program has left running to end by themselves. Returns the names
    /// of the processes that are still running then.
    fn wait_for_descendants(&mut self, ended: Instant) -> io::Result<Vec<String>> {
        loop {
            let names = process_tree::still_running();
            if names.is_empty() || ended.elapsed() > LINGER {
                return Ok(names);
            }
            let until = Instant::now() + TICK;
            while Instant::now() < until {
                if let Event::Wrote(piece) = self.events.next(&mut self.child, until)? {
                    let added = self.monitor.add(&piece);
                    added.unwrap_or_else(|excess| self.stop(excess));
                }
            }
        }
    }

    /// Reads the remaining output. Every writer has ended, so both streams close; a stream held open by a process
    /// that does not belong to the program is given up after a moment.
    fn drain(&mut self) -> io::Result<()> {
        let by = Instant::now() + GRACE;
        while self.events.may_write() && Instant::now() < by {
            if let Event::Wrote(piece) = self.events.next(&mut self.child, by)?
                && let Err(excess) = self.monitor.add(&piece)
            {
                // No process is left to stop.
                self.stopping.get_or_insert((excess, by));
            }
        }
        Ok(())
    }

    /// Kills the program at once, unless it is being stopped already.
    fn stop(&mut self, excess: Excess) {
        if self.stopping.is_none() {
            self.stopping = Some((excess, Instant::now()));
            self.kill();
        }
    }

    fn sample(&mut self) -> io::Result<()> {
        let activity = self.monitor.sample()?;
        if self.disk.is_exceeded(activity) {
            self.stop(Excess::Disk);
        }
        Ok(())
    }

    /// Asks the program to end, and sets the time at which it is killed.
    fn stop_gently(&mut self, excess: Excess) {
        self.stopping = Some((excess, Instant::now() + GRACE));
        program::terminate(&mut self.child);
    }

    fn kill(&mut self) {
        program::kill(&mut self.child);
    }

    fn end_all(&mut self) -> io::Result<()> {
        process_tree::kill_all(&mut self.child)
    }
}
