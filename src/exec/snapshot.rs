//! A snapshot of a program's processes and threads.

use std::time::Duration;

use nix::time::ClockId;
use nix::unistd::Pid;

use super::process_tree::{self, ProcessStat};
use super::procfs::{self, OpenFile};

/// The number of threads whose files stay open: a program may have thousands.
const OPEN_FILES: usize = 16;

/// All processes and threads of the program below this process.
#[derive(Debug)]
pub struct Snapshot {
    /// The processes, each once.
    pub processes: Vec<Process>,
    /// Whether the snapshot was complete when it was taken. It then remains so as long as none of its
    /// processes runs.
    pub is_complete: bool,
    /// The process or thread that had been started last on the whole system before the snapshot.
    newest: Option<u32>,
    /// Contains the id of the newest process or thread (proc_loadavg(5)).
    loadavg: Option<OpenFile>,
}

/// A process.
#[derive(Debug)]
pub struct Process {
    /// The process id.
    pub id: u32,
    /// Whether the process has ended, with all its threads, and was not reaped.
    pub has_ended: bool,
    /// The processor time of all threads, ended ones included.
    pub cpu: Duration,
    /// The living threads.
    pub threads: Vec<Thread>,
    /// The clock of the processor time; `None`: the process was gone before it could be opened.
    clock: Option<ClockId>,
}

/// A thread.
#[derive(Debug)]
pub struct Thread {
    path: String,
    schedstat: Option<OpenFile>,
    cpu: Duration,
    /// The time that the thread was ready to run without a processor.
    pub waited: Duration,
}

impl Snapshot {
    /// Creates a snapshot without processes.
    pub fn empty() -> Snapshot {
        Snapshot {
            processes: Vec::new(),
            is_complete: false,
            newest: None,
            loadavg: OpenFile::open("/proc/loadavg"),
        }
    }

    /// Takes the snapshot anew.
    pub fn retake(&mut self) {
        self.newest = self.newest();
        let mut files_left = OPEN_FILES;
        let processes = process_tree::descendants().into_iter();
        let processes = processes.map(|process| Process::new(process, &mut files_left));
        self.processes = processes.collect();
        self.is_complete = self.is_nothing_new();
    }

    /// Returns whether a process may have run since its processor time was read.
    pub fn has_run(&self) -> bool {
        let is_unchanged = |process: &Process| cpu_time(process.clock) == Some(process.cpu);
        self.processes.is_empty() || !self.processes.iter().all(is_unchanged)
    }

    /// Reads the processes' processor times again, and returns whether one of them may have run.
    pub fn update_cpu_times(&mut self) -> bool {
        let mut has_run = self.processes.is_empty();
        for process in &mut self.processes {
            let cpu = cpu_time(process.clock);
            has_run |= cpu != Some(process.cpu);
            process.cpu = cpu.unwrap_or(process.cpu);
        }
        has_run
    }

    /// Returns whether no process or thread was started on the whole system since the snapshot.
    pub fn is_nothing_new(&self) -> bool {
        self.newest.is_some() && self.newest == self.newest()
    }

    /// The id of the process or thread that was started last on the whole system: the last word of the file.
    fn newest(&self) -> Option<u32> {
        let load = self.loadavg.as_ref()?.read()?;
        load.split_whitespace().next_back()?.parse().ok()
    }
}

impl Process {
    fn new(process: ProcessStat, files_left: &mut usize) -> Process {
        let id = process.pid;
        let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(id as i32)).ok();
        let threads = process.tasks.into_iter();
        Process {
            id,
            has_ended: process.has_ended,
            cpu: cpu_time(clock).unwrap_or(process.cpu),
            threads: threads
                .filter_map(|thread| Thread::new(id, thread, files_left))
                .collect(),
            clock,
        }
    }

    /// Returns whether threads of the process have ended: its processor time then exceeds the sum of its living
    /// threads' times, which were read later. Always false on systems that report no times of threads.
    pub fn has_ended_threads(&self) -> bool {
        let cpu: Duration = self.threads.iter().map(|thread| thread.cpu).sum();
        !cpu.is_zero() && self.cpu > cpu
    }

    /// Reads the threads' times again, and removes ended threads.
    pub fn update_threads(&mut self) {
        self.threads.retain_mut(Thread::update);
    }

    /// The peak memory in bytes (VmHWM); `None`: the process has ended.
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
    fn new(process: u32, id: u32, files_left: &mut usize) -> Option<Thread> {
        let path = format!("/proc/{process}/task/{id}/schedstat");
        let mut schedstat = None;
        if *files_left > 0 {
            *files_left -= 1;
            schedstat = Some(OpenFile::open(&path)?);
        }
        let mut thread = Thread {
            path,
            schedstat,
            cpu: Duration::ZERO,
            waited: Duration::ZERO,
        };
        thread.update().then_some(thread)
    }

    /// Reads the thread's times again, and returns whether it is still alive.
    fn update(&mut self) -> bool {
        let schedstat = match &self.schedstat {
            Some(file) => file.read(),
            None => procfs::read(&self.path),
        };
        let times = schedstat.and_then(|schedstat| {
            let mut times = schedstat.split_whitespace();
            let mut next = || Some(Duration::from_nanos(times.next()?.parse().ok()?));
            Some((next()?, next()?))
        });
        (self.cpu, self.waited) = times.unwrap_or((self.cpu, self.waited));
        times.is_some()
    }
}

/// The processor time of a process, exact even while it runs (clock_getcpuclockid(3)); `None`: the process is gone.
fn cpu_time(clock: Option<ClockId>) -> Option<Duration> {
    clock?.now().ok().map(Duration::from)
}
