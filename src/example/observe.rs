//! What the system tells of a running program: its threads, processes and processor time.
//!
//! Linux alone tells it, in /proc (proc(5)); elsewhere nothing is known. It is looked at every few
//! milliseconds, so a thread may come and go unseen: a count is only called known when it was the
//! same in several looks, one after the other.

use std::time::Duration;

/// How many looks in a row must agree on a count.
const STEADY: u32 = 3;

/// What is known of a program at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Observed {
    /// The most threads of the first process.
    pub threads: Option<u32>,
    /// The most processes, the first included.
    pub processes: Option<u32>,
    /// The processor time of all its processes.
    pub cpu: Duration,
    /// The longest that one of its threads was ready to run and had no processor.
    pub delay: Duration,
}

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

#[cfg(target_os = "linux")]
pub use linux::Observer;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::Observer;

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::fs;
    use std::time::Duration;

    use super::{Count, Observed};

    /// Watches a program from its start to its end.
    #[derive(Debug)]
    pub struct Observer {
        pid: u32,
        threads: Count,
        processes: Count,
        /// By process: ended ones keep what was seen last.
        cpu: HashMap<u32, Duration>,
        delay: Duration,
    }

    impl Observer {
        /// Of the program whose first process this is.
        pub fn of(pid: u32) -> Observer {
            Observer {
                pid,
                threads: Count::default(),
                processes: Count::default(),
                cpu: HashMap::new(),
                delay: Duration::ZERO,
            }
        }

        /// Looks once. The first process may have ended, but must not have been waited for.
        pub fn look(&mut self) {
            let mut processes = 0;
            let mut next = vec![self.pid];
            while let Some(pid) = next.pop() {
                let tasks = tasks(pid);
                let Some((state, cpu)) = stat(pid) else {
                    continue;
                };
                self.cpu.insert(pid, cpu);
                if state == State::Alive {
                    processes += 1;
                    if pid == self.pid {
                        self.threads.push(tasks.len() as u32);
                    }
                }
                for task in tasks {
                    let folder = format!("/proc/{pid}/task/{task}");
                    self.delay = self.delay.max(delay(&folder).unwrap_or_default());
                    let children = fs::read_to_string(format!("{folder}/children"));
                    next.extend(children.iter().flat_map(|pids| {
                        pids.split_whitespace()
                            .filter_map(|pid| pid.parse::<u32>().ok())
                    }));
                }
            }
            if processes > 0 {
                self.processes.push(processes);
            }
        }

        /// What was seen.
        pub fn finish(self) -> Observed {
            Observed {
                threads: self.threads.known(),
                processes: self.processes.known(),
                cpu: self.cpu.values().sum(),
                delay: self.delay,
            }
        }
    }

    fn tasks(pid: u32) -> Vec<u32> {
        let names = fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten();
        names
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect()
    }

    #[derive(PartialEq, Eq)]
    enum State {
        Alive,
        /// Ended, and not waited for: its times can still be read.
        Zombie,
    }

    /// Fields 3, 14 and 15 of /proc/PID/stat: state, user and system time in clock ticks.
    fn stat(pid: u32) -> Option<(State, Duration)> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, field 2, stands in parentheses and may hold spaces.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        let hertz = rustix::param::clock_ticks_per_second().max(1);
        let cpu = Duration::from_millis((ticks(14)? + ticks(15)?) * 1000 / hertz);
        let state = if fields[0] == "Z" {
            State::Zombie
        } else {
            State::Alive
        };
        Some((state, cpu))
    }

    /// The second number of a task's schedstat: nanoseconds spent waiting for a processor.
    fn delay(task: &str) -> Option<Duration> {
        let schedstat = fs::read_to_string(format!("{task}/schedstat")).ok()?;
        let delay = schedstat.split_whitespace().nth(1)?.parse().ok()?;
        Some(Duration::from_nanos(delay))
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::Observed;

    /// Sees nothing.
    #[derive(Debug)]
    pub struct Observer;

    impl Observer {
        /// Of the program whose first process this is.
        pub fn of(_pid: u32) -> Observer {
            Observer
        }

        /// Looks once.
        pub fn look(&mut self) {}

        /// Nothing is known.
        pub fn finish(self) -> Observed {
            let nothing = super::Count::default();
            Observed {
                threads: nothing.known(),
                ..Observed::default()
            }
        }
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
