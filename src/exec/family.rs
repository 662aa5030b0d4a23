//! All processes that a program is made of, and their end.
//!
//! On Linux a supervisor is a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)): a process whose parent ends
//! becomes its child, whatever group or session it has gone to. So everything that a program has
//! started is below its supervisor, and when that has no child any more, nothing is left.

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{end_all, left, of_what_ended, take_in_orphans};
#[cfg(target_os = "linux")]
pub use linux::{Process, descendants, end_all, left, of_what_ended, take_in_orphans};

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
    use rustix::process::{
        Pid, Signal, WaitOptions, kill_process, kill_process_group, set_child_subreaper, wait,
    };

    use crate::exec::procfs;

    /// How long processes that were killed may take to end. The kernel may have to free much memory.
    const PATIENCE: Duration = Duration::from_secs(10);
    /// How often we look again at a family that changes while we look.
    const LOOKS: usize = 100;

    /// A process, as /proc tells of it (proc_pid_stat(5)).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Process {
        /// Its id.
        pub pid: u32,
        /// Its name: that of its executable, cut to 15 bytes.
        pub name: String,
        /// Whether it has ended, and was not waited for.
        pub has_ended: bool,
        /// Its process group.
        pub group: u32,
        /// The processor time of all its threads, ended ones included.
        pub cpu: Duration,
        /// Its threads, by their ids.
        pub tasks: Vec<u32>,
    }

    impl Process {
        fn read(pid: u32, tasks: Vec<u32>) -> Option<Process> {
            let stat = procfs::read(&format!("/proc/{pid}/stat"))?;
            // The name, field 2, stands in parentheses and may hold spaces and parentheses.
            let (start, rest) = stat.rsplit_once(')')?;
            let fields: Vec<&str> = rest.split_whitespace().collect();
            let field = |number: usize| fields.get(number - 3).copied();
            let ticks = field(14)?.parse::<u64>().ok()? + field(15)?.parse::<u64>().ok()?;
            let hertz = rustix::param::clock_ticks_per_second().max(1);
            Some(Process {
                pid,
                name: start.split_once('(')?.1.to_owned(),
                has_ended: matches!(field(3)?, "Z" | "X"),
                group: field(5)?.parse().ok()?,
                cpu: Duration::from_millis(ticks * 1000 / hertz),
                tasks,
            })
        }
    }

    /// Makes this process the one that orphans below it become children of.
    ///
    /// # Errors
    /// The system refuses.
    pub fn take_in_orphans() -> io::Result<()> {
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

    /// All processes below this one, which must have been started by its first thread.
    pub fn descendants() -> Vec<Process> {
        let mut found = Vec::new();
        // Orphans are given to the first thread of a subreaper that is alive (find_new_reaper in the
        // kernel's exit.c), and our first one lives as long as we do.
        let us = std::process::id();
        let mut next = children(us, us);
        while let Some(pid) = next.pop() {
            let tasks = tasks(pid);
            for &task in &tasks {
                next.extend(children(pid, task));
            }
            found.extend(Process::read(pid, tasks));
        }
        found
    }

    /// The processes that a thread has started, and those that were given to it.
    fn children(pid: u32, task: u32) -> Vec<u32> {
        let children = procfs::read(&format!("/proc/{pid}/task/{task}/children"));
        let children = children.unwrap_or_default();
        children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect()
    }

    /// The names of the processes that are left running below this one, each once, when the program's first
    /// process has ended. Ended ones stay in the family until they are waited for, which is what makes this exact.
    pub fn left() -> Vec<String> {
        let mut family = descendants();
        // What that one left had come to us before we looked: there is nothing beside it, nor below.
        if let [program] = family.as_slice()
            && program.has_ended
        {
            return Vec::new();
        }
        for _ in 0..LOOKS {
            let running = family.iter().filter(|process| !process.has_ended);
            let names: BTreeSet<String> = running.map(|process| process.name.clone()).collect();
            if !names.is_empty() {
                return names.into_iter().collect();
            }
            // One that was listed, and ended before its state was read, can have left a child behind
            // its back. Then that has come to us, and a second look finds another family.
            let before = std::mem::replace(&mut family, descendants());
            if pids(&before) == pids(&family) {
                return Vec::new();
            }
        }
        // It goes on and on: the last that was seen stands for the others.
        let last = family.pop().map(|process| process.name);
        last.into_iter().collect()
    }

    fn pids(family: &[Process]) -> BTreeSet<u32> {
        family.iter().map(|process| process.pid).collect()
    }

    /// Kills what is left below this process, and waits until it has no child any more: the kernel's
    /// own word (ECHILD, wait(2)) that nothing is left.
    ///
    /// # Errors
    /// Something cannot be killed.
    pub fn end_all(program: &mut Child) -> io::Result<()> {
        let by = Instant::now() + PATIENCE;
        // The group first, at once: what forks faster than we look cannot leave it so. Its number is
        // not another's yet, for the program itself was not waited for.
        kill_group(program.id());
        loop {
            match wait(WaitOptions::NOHANG) {
                Err(Errno::CHILD) => return Ok(()),
                Err(error) if error != Errno::INTR => return Err(error.into()),
                Ok(Some(_)) if Instant::now() < by => continue,
                Ok(_) | Err(_) => {}
            }
            if Instant::now() > by {
                let left = left().join(", ");
                return Err(io::Error::other(format!("{left} cannot be stopped")));
            }
            let family = descendants();
            for process in family.iter().filter(|process| !process.has_ended) {
                // A group may only be killed where its leader is one of the family: a process can
                // have gone to another of its session, even to ours.
                if family.iter().any(|leader| leader.pid == process.group) {
                    kill_group(process.group);
                }
                if let Some(pid) = Pid::from_raw(process.pid as i32) {
                    kill_process(pid, Signal::KILL).ok();
                }
            }
            sleep(Duration::from_micros(200));
        }
    }

    /// Fails where nobody is left, which is what is wanted.
    fn kill_group(group: u32) {
        if let Some(group) = Pid::from_raw(group as i32) {
            kill_process_group(group, Signal::KILL).ok();
        }
    }

    /// The processor time of all processes below this one that have ended, and the most memory that
    /// one of them had, in bytes. The second is at least what this process itself had when it started
    /// the program: exec(2) keeps its peak. `None`: no more than that.
    pub fn of_what_ended() -> Option<(Duration, Option<u64>)> {
        let children = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let ours = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        let cpu = [children.user_time(), children.system_time()]
            .iter()
            .map(|time| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000))
            .sum();
        let memory = (children.max_rss() > ours.max_rss()).then_some(children.max_rss());
        Some((cpu, memory.map(|kibibytes| kibibytes as u64 * 1024)))
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io;
    use std::process::Child;
    use std::time::Duration;

    /// There is no such thing here.
    ///
    /// # Errors
    /// None.
    pub fn take_in_orphans() -> io::Result<()> {
        Ok(())
    }

    /// Nothing is known.
    pub fn left() -> Vec<String> {
        Vec::new()
    }

    /// Kills the program's process group, where there are such, else the program alone. What has left
    /// the group goes on.
    ///
    /// # Errors
    /// The system does not say that the program has ended.
    pub fn end_all(program: &mut Child) -> io::Result<()> {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            // Fails where nobody is left, which is what is wanted.
            kill_process_group(Pid::from_child(program), Signal::KILL).ok();
        }
        #[cfg(not(unix))]
        program.kill().ok();
        program.wait().map(drop)
    }

    /// Nothing is known.
    pub fn of_what_ended() -> Option<(Duration, Option<u64>)> {
        None
    }
}
