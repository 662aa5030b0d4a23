//! The tree of processes that a program has started, and its end.
//!
//! On Linux a supervisor is a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)): a process whose parent ends
//! becomes the supervisor's child, whatever group or session the process has moved to. Every process that a
//! program has started is therefore below its supervisor; once the supervisor has no child, none is left.

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{adopt_orphans, kill_all, still_running, usage_of_reaped};
#[cfg(target_os = "linux")]
pub use linux::{
    ProcessStat, adopt_orphans, descendants, kill_all, still_running, usage_of_reaped,
};

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fs;
    use std::io;
    use std::process::Child;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use nix::sys::resource::{UsageWho, getrusage};
    use rustix::io::Errno;
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, set_child_subreaper, wait};

    use crate::exec::procfs::{self, stat};
    use crate::exec::program::kill_group;

    /// The time that killed processes may take to end. The kernel may have to free much memory.
    const PATIENCE: Duration = Duration::from_secs(10);
    /// The number of attempts to list a tree that changes meanwhile.
    const ATTEMPTS: usize = 100;

    /// A process as reported by /proc (proc_pid_stat(5)).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ProcessStat {
        /// The process id.
        pub pid: u32,
        /// The name of the executable, truncated to 15 bytes.
        pub name: String,
        /// Whether the process has ended, with all its threads, and was not reaped.
        pub has_ended: bool,
        /// The process group.
        pub group: u32,
        /// The processor time of all threads, ended ones included.
        pub cpu: Duration,
        /// The ids of the threads.
        pub tasks: Vec<u32>,
    }

    impl ProcessStat {
        fn read(pid: u32, tasks: Vec<u32>) -> Option<ProcessStat> {
            let stat = procfs::read(&format!("/proc/{pid}/stat"))?;
            // The name, field 2, is in parentheses and may contain parentheses.
            let (start, _) = stat.rsplit_once(')')?;
            let bytes = stat.as_bytes();
            let ticks = stat::number::<u64>(bytes, 14)? + stat::number::<u64>(bytes, 15)?;
            let hertz = rustix::param::clock_ticks_per_second().max(1);
            Some(ProcessStat {
                pid,
                name: start.split_once('(')?.1.to_owned(),
                has_ended: stat::has_ended(bytes),
                group: stat::number(bytes, 5)?,
                cpu: Duration::from_millis(ticks * 1000 / hertz),
                tasks,
            })
        }
    }

    /// Makes this process the parent of every orphan below it.
    ///
    /// # Errors
    /// prctl(2) fails.
    pub fn adopt_orphans() -> io::Result<()> {
        set_child_subreaper(Some(rustix::process::getpid()))?;
        Ok(())
    }

    fn tasks(pid: u32) -> Vec<u32> {
        let names = fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten();
        names
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect()
    }

    /// Returns all processes below this one, provided that its first thread started them.
    pub fn descendants() -> Vec<ProcessStat> {
        let mut found = Vec::new();
        // The kernel gives orphans to the first living thread of a subreaper (find_new_reaper in exit.c);
        // the first thread of this process lives as long as the process.
        let this = std::process::id();
        let mut next = children(this, this);
        while let Some(pid) = next.pop() {
            let tasks = tasks(pid);
            for &task in &tasks {
                next.extend(children(pid, task));
            }
            found.extend(ProcessStat::read(pid, tasks));
        }
        found
    }

    /// The child processes of a thread: started or adopted.
    fn children(pid: u32, task: u32) -> Vec<u32> {
        let children = procfs::read(&format!("/proc/{pid}/task/{task}/children"));
        let children = children.unwrap_or_default();
        children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect()
    }

    /// Returns the names of the processes that are still running below this one, each once, after the program's
    /// first process has ended. The result is exact because ended processes stay in the tree until they are reaped.
    pub fn still_running() -> Vec<String> {
        // Its children were adopted when it ended, before the listing: no other process exists. Each file that is read
        // below /proc/PID makes the kernel's work longer when the process is reaped.
        let this = std::process::id();
        if let [program] = children(this, this)[..]
            && ProcessStat::read(program, Vec::new()).is_some_and(|program| program.has_ended)
        {
            return Vec::new();
        }
        let mut tree = descendants();
        for _ in 0..ATTEMPTS {
            let running = tree.iter().filter(|process| !process.has_ended);
            let names: BTreeSet<String> = running.map(|process| process.name.clone()).collect();
            if !names.is_empty() {
                return names.into_iter().collect();
            }
            // A process that was listed and ended before its state was read may have started an unlisted
            // child. This process has then adopted the child, and a second listing differs from the first.
            let before = std::mem::replace(&mut tree, descendants());
            if pids(&before) == pids(&tree) {
                return Vec::new();
            }
        }
        // The tree keeps changing: report one process for all.
        let last = tree.pop().map(|process| process.name);
        last.into_iter().collect()
    }

    fn pids(tree: &[ProcessStat]) -> BTreeSet<u32> {
        tree.iter().map(|process| process.pid).collect()
    }

    /// Kills every process below this one and reaps them until the kernel reports that there is no child left
    /// (ECHILD, wait(2)).
    ///
    /// # Errors
    /// A process does not end within ten seconds, or wait(2) fails.
    pub fn kill_all(program: &mut Child) -> io::Result<()> {
        let by = Instant::now() + PATIENCE;
        // The group first, in one call, against programs that fork faster than they are listed. The kernel
        // cannot have reused the group's number because the program has not been reaped yet.
        kill_group(program.id());
        loop {
            match wait(WaitOptions::NOHANG) {
                Err(Errno::CHILD) => return Ok(()),
                Err(error) if error != Errno::INTR => return Err(error.into()),
                Ok(Some(_)) if Instant::now() < by => continue,
                Ok(_) | Err(_) => {}
            }
            if Instant::now() > by {
                let names = still_running().join(", ");
                return Err(io::Error::other(format!("failed to kill {names}")));
            }
            let tree = descendants();
            for process in tree.iter().filter(|process| !process.has_ended) {
                // Kill a group only if its leader is in the tree: a process can have joined another group of
                // its session, even this process's.
                if tree.iter().any(|leader| leader.pid == process.group) {
                    kill_group(process.group);
                }
                if let Some(pid) = Pid::from_raw(process.pid as i32) {
                    kill_process(pid, Signal::KILL).ok();
                }
            }
            sleep(Duration::from_micros(200));
        }
    }

    /// Returns the processor time of all reaped processes below this one and the peak memory of one of them, in
    /// bytes. The peak includes this process's own memory at the time of the fork, which exec(2) preserves; it is
    /// `None` if no child exceeded this process's peak.
    pub fn usage_of_reaped() -> Option<(Duration, Option<u64>)> {
        let children = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let own = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        let cpu = [children.user_time(), children.system_time()]
            .iter()
            .map(|time| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000))
            .sum();
        let memory = (children.max_rss() > own.max_rss()).then_some(children.max_rss());
        Some((cpu, memory.map(|kibibytes| kibibytes as u64 * 1024)))
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io;
    use std::process::Child;
    use std::time::Duration;

    /// Does nothing: this system has no subreapers.
    ///
    /// # Errors
    /// Never fails on this system.
    pub fn adopt_orphans() -> io::Result<()> {
        Ok(())
    }

    /// Returns no name: this system does not list descendants.
    pub fn still_running() -> Vec<String> {
        Vec::new()
    }

    /// Kills the program's process group on Unix, elsewhere the program alone. Processes that have left the
    /// group continue.
    ///
    /// # Errors
    /// Waiting for the program fails.
    pub fn kill_all(program: &mut Child) -> io::Result<()> {
        crate::exec::program::kill(program);
        program.wait().map(drop)
    }

    /// Returns `None`: the resource usage is unknown on this system.
    pub fn usage_of_reaped() -> Option<(Duration, Option<u64>)> {
        None
    }
}
