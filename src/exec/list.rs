//! The processes and threads of a program, as they stand at a time.

use std::time::Duration;

use nix::time::ClockId;
use nix::unistd::Pid;

use super::family;
use super::procfs::{self, Kept};

/// The files of so many threads are kept open: there may be thousands.
const KEPT: usize = 16;

/// All processes and threads of the program below this process.
#[derive(Debug)]
pub struct List {
    /// Each process once.
    pub processes: Vec<Process>,
    /// Whether there was nothing else when it was made: then it is so as long as none of them runs.
    pub is_whole: bool,
    /// What had been started last on the whole system before it was made.
    newest: Option<u32>,
    /// Tells what is started (proc_loadavg(5)).
    loadavg: Option<Kept>,
}

/// A process.
#[derive(Debug)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Whether it has ended, and was not waited for.
    pub has_ended: bool,
    /// The processor time of all its threads, ended ones included.
    pub cpu: Duration,
    /// Those that have not ended.
    pub threads: Vec<Thread>,
    /// Tells its processor time; `None`: it was gone before it could be asked for.
    clock: Option<ClockId>,
}

/// A thread.
#[derive(Debug)]
pub struct Thread {
    name: String,
    schedstat: Option<Kept>,
    ran: Duration,
    /// How long it was ready to run and had no processor.
    pub waited: Duration,
}

impl List {
    /// A list on which nothing stands yet.
    pub fn empty() -> List {
        List {
            processes: Vec::new(),
            is_whole: false,
            newest: None,
            loadavg: Kept::open("/proc/loadavg"),
        }
    }

    /// Makes it anew.
    pub fn renew(&mut self) {
        self.newest = self.newest();
        let mut to_keep = KEPT;
        let processes = family::descendants().into_iter();
        let processes = processes.map(|process| Process::of(process, &mut to_keep));
        self.processes = processes.collect();
        self.is_whole = self.nothing_is_new();
    }

    /// Whether one of them may have run since its time was looked at.
    pub fn has_run(&self) -> bool {
        let as_before = |process: &Process| time(process.clock) == Some(process.cpu);
        self.processes.is_empty() || !self.processes.iter().all(as_before)
    }

    /// Looks at their times again, and returns whether one of them may have run.
    pub fn look_at_times(&mut self) -> bool {
        let mut has_run = self.processes.is_empty();
        for process in &mut self.processes {
            let cpu = time(process.clock);
            has_run |= cpu != Some(process.cpu);
            process.cpu = cpu.unwrap_or(process.cpu);
        }
        has_run
    }

    /// Whether nothing was started on the whole system since it was made.
    pub fn nothing_is_new(&self) -> bool {
        self.newest.is_some() && self.newest == self.newest()
    }

    /// The id of the process or thread that was started last on the whole system: the last word.
    fn newest(&self) -> Option<u32> {
        let load = self.loadavg.as_ref()?.read()?;
        load.split_whitespace().next_back()?.parse().ok()
    }
}

impl Process {
    fn of(process: family::Process, to_keep: &mut usize) -> Process {
        let id = process.pid;
        let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(id as i32)).ok();
        let threads = process.tasks.into_iter();
        Process {
            id,
            has_ended: process.has_ended,
            cpu: time(clock).unwrap_or(process.cpu),
            threads: threads
                .filter_map(|thread| Thread::of(id, thread, to_keep))
                .collect(),
            clock,
        }
    }

    /// Whether threads of it have ended: then its time is more than that of the others, which was looked at later.
    /// Some systems do not tell it of threads.
    pub fn has_ended_threads(&self) -> bool {
        let ran: Duration = self.threads.iter().map(|thread| thread.ran).sum();
        !ran.is_zero() && self.cpu > ran
    }

    /// Looks at its threads again, and forgets those that have ended.
    pub fn look_at_threads(&mut self) {
        self.threads.retain_mut(Thread::look_again);
    }

    /// The most memory that it has had, in bytes (VmHWM); `None`: it has ended.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = procfs::read(&format!("/proc/{}/status", self.id))?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }
}

impl Thread {
    fn of(process: u32, id: u32, to_keep: &mut usize) -> Option<Thread> {
        let name = format!("/proc/{process}/task/{id}/schedstat");
        let mut schedstat = None;
        if *to_keep > 0 {
            *to_keep -= 1;
            schedstat = Some(Kept::open(&name)?);
        }
        let mut thread = Thread {
            name,
            schedstat,
            ran: Duration::ZERO,
            waited: Duration::ZERO,
        };
        thread.look_again().then_some(thread)
    }

    /// Looks at its times again; whether it is still there.
    fn look_again(&mut self) -> bool {
        let schedstat = match &self.schedstat {
            Some(kept) => kept.read(),
            None => procfs::read(&self.name),
        };
        let times = schedstat.and_then(|schedstat| {
            let mut times = schedstat.split_whitespace();
            let mut next = || Some(Duration::from_nanos(times.next()?.parse().ok()?));
            Some((next()?, next()?))
        });
        (self.ran, self.waited) = times.unwrap_or((self.ran, self.waited));
        times.is_some()
    }
}

/// What the clock of a process says: its processor time, exact even while it runs (clock_getcpuclockid(3)).
/// `None`: the process is gone.
fn time(clock: Option<ClockId>) -> Option<Duration> {
    clock?.now().ok().map(Duration::from)
}
