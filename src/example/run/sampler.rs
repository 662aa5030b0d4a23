//! What the system tells of a running program: its threads, processes, processor time and memory.
//!
//! Linux alone tells it, in /proc (proc(5)); elsewhere nothing is known. It is looked at every few
//! milliseconds, so a thread may come and go unseen: a count is only called known when it was the
//! same in several looks, one after the other.

use std::collections::HashMap;
use std::time::Duration;

use super::job::Observed;

/// How many looks in a row must agree on a count.
const STEADY: u32 = 3;
/// Between two looks while something changes.
const SHORTEST: Duration = Duration::from_millis(2);
/// From what the program writes to a look: then something may have changed.
pub const STIRRED: Duration = Duration::from_millis(10);
/// Between two looks at a program that stays as it is: each wakes a processor, and there may be many
/// programs.
const LONGEST: Duration = Duration::from_millis(100);

/// A count that is looked at again and again.
#[derive(Debug, Default)]
struct Count {
    most: u32,
    last: u32,
    in_a_row: u32,
    steady: bool,
}

impl Count {
    fn push(&mut self, count: u32) {
        self.in_a_row = if count == self.last {
            self.in_a_row + 1
        } else {
            1
        };
        self.last = count;
        if count > self.most {
            self.most = count;
            self.steady = false;
        }
        self.steady |= count == self.most && self.in_a_row >= STEADY;
    }

    fn known(&self) -> Option<u32> {
        self.steady.then_some(self.most)
    }
}

/// Watches a program from its start to its end.
#[derive(Debug)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "nobody can be asked there")
)]
pub struct Sampler {
    program: u32,
    threads: Count,
    processes: Count,
    seen: Seen,
    /// How all threads of all processes stood when they were last listed.
    tasks: Vec<Task>,
    /// Whether none of them ran while they were being listed: then the list is whole as long as none runs.
    settled: bool,
    looks: u32,
    wait: Duration,
}

/// A thread, and the processor time that it has had and waited for.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "nobody can be asked there")
)]
struct Task {
    pid: u32,
    id: u32,
    ran: Duration,
    waited: Duration,
}

/// What was seen until now.
#[derive(Debug, Default)]
struct Seen {
    /// By the process's id; ended ones keep what was seen last.
    cpu: HashMap<u32, Duration>,
    delay: Duration,
    memory: Option<u64>,
}

impl Sampler {
    /// Of the program whose first process this is.
    pub fn of(program: u32) -> Sampler {
        Sampler {
            program,
            threads: Count::default(),
            processes: Count::default(),
            seen: Seen::default(),
            tasks: Vec::new(),
            settled: false,
            looks: 0,
            wait: SHORTEST / 2,
        }
    }

    /// How long to wait until the next look.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The processor time so far, and the longest that a thread was ready to run and had no processor.
    pub fn cpu_and_delay(&self) -> (Duration, Duration) {
        (self.seen.cpu.values().sum(), self.seen.delay)
    }

    /// What was seen. `ended`: what the system told of the processes when they had ended, their time
    /// and memory.
    pub fn finish(&self, ended: Option<(Duration, Option<u64>)>) -> Observed {
        let (cpu, memory) = ended.unzip();
        Observed {
            threads: self.threads.known(),
            processes: self.processes.known(),
            cpu,
            memory: memory.flatten().max(self.seen.memory),
            delay: self.seen.delay,
        }
    }

    /// Looks once. The first process may have ended, but must not have been waited for.
    #[cfg(not(target_os = "linux"))]
    pub fn look(&mut self) {
        self.wait = LONGEST;
    }

    /// Looks once. The first process may have ended, but must not have been waited for.
    #[cfg(target_os = "linux")]
    pub fn look(&mut self) {
        let before = (self.threads.last, self.processes.last);
        // Whatever starts or ends, one of them must run for it: so there is no need to list them again.
        let known = self.tasks.iter().map(|task| Task::read(task.pid, task.id));
        let known: Option<Vec<Task>> = known.collect();
        if self.settled && known.as_ref() == Some(&self.tasks) {
            self.threads.push(before.0);
            self.processes.push(before.1);
        } else {
            self.list();
            self.settled = known.as_ref() == Some(&self.tasks);
        }
        let changed = before != (self.threads.last, self.processes.last);
        self.wait = match changed {
            true => SHORTEST,
            false => (self.wait * 3 / 2).min(LONGEST),
        };
    }

    /// Lists all processes and threads.
    #[cfg(target_os = "linux")]
    fn list(&mut self) {
        self.looks += 1;
        let mut processes = 0;
        self.tasks.clear();
        for process in super::family::descendants() {
            if !process.has_ended {
                processes += 1;
                if process.pid == self.program {
                    self.threads.push(process.tasks.len() as u32);
                }
                // To read it is half of a look's cost, and it seldom changes.
                if self.looks.is_power_of_two() {
                    self.seen.memory = self.seen.memory.max(linux::peak_memory(process.pid));
                }
            }
            let tasks = process.tasks.iter();
            let tasks = tasks.filter_map(|&task| Task::read(process.pid, task));
            let mut cpu = Duration::ZERO;
            for task in tasks {
                cpu += task.ran;
                self.seen.delay = self.seen.delay.max(task.waited);
                self.tasks.push(task);
            }
            // Ended threads count in the first, which is told in hundredths of a second only.
            let seen = self.seen.cpu.entry(process.pid).or_default();
            *seen = (*seen).max(process.cpu).max(cpu);
        }
        if processes > 0 {
            self.processes.push(processes);
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::time::Duration;

    use super::Task;

    impl Task {
        /// How long a thread has run, and how long it was ready to run and had no processor: the first
        /// two numbers of its schedstat, in nanoseconds.
        pub(super) fn read(pid: u32, id: u32) -> Option<Task> {
            let schedstat = fs::read_to_string(format!("/proc/{pid}/task/{id}/schedstat")).ok()?;
            let mut numbers = schedstat
                .split_whitespace()
                .map(|number| number.parse().map(Duration::from_nanos));
            Some(Task {
                pid,
                id,
                ran: numbers.next()?.ok()?,
                waited: numbers.next()?.ok()?,
            })
        }
    }

    /// The most memory that a process has had, in bytes (VmHWM).
    pub(super) fn peak_memory(pid: u32) -> Option<u64> {
        // The name in it may be cut in the middle of a character.
        let status = fs::read(format!("/proc/{pid}/status")).ok()?;
        let status = String::from_utf8_lossy(&status);
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn a_count_is_known_when_looks_agree() {
        for (looks, known) in [
            (&[][..], None),
            (&[3, 3], None),
            (&[1, 3, 3, 3, 1], Some(3)),
            (&[1, 2, 3, 2, 2, 2], None),
            (&[3, 3, 3, 4], None),
        ] {
            let mut count = Count::default();
            looks.iter().for_each(|&look| count.push(look));
            assert_eq!(count.known(), known, "{looks:?}");
        }
    }
}
