//! What the system tells of a running program: its threads, processes, processor time and memory.
//!
//! Linux alone tells it, in /proc (proc(5)); elsewhere nothing is known. It is looked at every few
//! milliseconds, so a thread may come and go unseen: a count is only called known when it was the
//! same in several looks, one after the other.

use std::collections::HashMap;
use std::time::Duration;

use super::job::Observed;
#[cfg(target_os = "linux")]
use super::list::{List, Process};

/// How many looks in a row must agree on a count.
const STEADY: u32 = 3;
/// Between two looks while something changes.
const SHORTEST: Duration = Duration::from_millis(2);
/// Between two looks at a program that writes: something may have changed each time.
pub const STIRRED: Duration = Duration::from_millis(10);
/// Between two looks at a program that stays as it is, and works: each wakes a processor, and there may be
/// many programs.
const LONGEST: Duration = Duration::from_millis(100);
/// The same where it sleeps, but for a moment now and then.
#[cfg(target_os = "linux")]
const LONGEST_ASLEEP: Duration = Duration::from_millis(250);
/// Who uses less of a processor between two looks sleeps: it prints a line now and then.
#[cfg(target_os = "linux")]
const MOMENT: Duration = Duration::from_millis(1);

/// What a program has done since it was looked at before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "nobody can be asked there")
)]
pub enum Activity {
    /// It has not run.
    Slept,
    /// It has run for a moment.
    Stirred,
    /// It has run for longer, or nothing is known.
    Worked,
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
    #[cfg(target_os = "linux")]
    list: List,
    wait: Duration,
}

/// What was seen until now.
#[derive(Debug, Default)]
struct Seen {
    /// How often each process was looked at, and its processor time; ended ones keep what was seen last.
    processes: HashMap<u32, (u32, Duration)>,
    delay: Duration,
    memory: Option<u64>,
    /// Whether threads of the first process came and went between two looks.
    missed_threads: bool,
}

impl Sampler {
    /// Of the program whose first process this is.
    pub fn of(program: u32) -> Sampler {
        Sampler {
            program,
            threads: Count::default(),
            processes: Count::default(),
            seen: Seen::default(),
            #[cfg(target_os = "linux")]
            list: List::empty(),
            wait: SHORTEST / 2,
        }
    }

    /// How long to wait until the next look.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The processor time so far, and the longest that a thread was ready to run and had no processor.
    pub fn cpu_and_delay(&self) -> (Duration, Duration) {
        let cpu = self.seen.processes.values().map(|(_, cpu)| cpu).sum();
        (cpu, self.seen.delay)
    }

    /// What was seen. `ended`: what the system told of the processes when they had ended, their time
    /// and memory.
    pub fn finish(&self, ended: Option<(Duration, Option<u64>)>) -> Observed {
        let (cpu, memory) = ended.unzip();
        Observed {
            threads: match (self.threads.known(), self.seen.missed_threads) {
                // At least another one was there.
                (Some(1), true) => None,
                (known, _) => known,
            },
            processes: self.processes.known(),
            cpu,
            memory: memory.flatten().max(self.seen.memory),
            delay: self.seen.delay,
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Sampler {
    /// Looks once, and returns what the program may have done since the look before.
    pub fn look(&mut self) -> Activity {
        self.wait = LONGEST;
        Activity::Worked
    }

    /// Whether it has not run since the last look.
    pub fn is_asleep(&self) -> bool {
        true
    }

    /// Looks a last time, when the first process has ended and was not waited for.
    pub fn look_back(&mut self) {}
}

#[cfg(target_os = "linux")]
impl Sampler {
    /// Looks once, and returns what the program has done since the look before.
    pub fn look(&mut self) -> Activity {
        let before = (self.threads.last, self.processes.last);
        let (cpu, _) = self.cpu_and_delay();
        // Their times first: what is started later, is started by one that runs later.
        let has_run = self.list.look_at_times();
        // Who does not run starts nothing, and where nothing was started there is nothing new.
        let is_whole =
            !has_run && self.list.is_whole || before.1 == 1 && self.list.nothing_is_new();
        if !is_whole {
            self.list();
        } else if has_run {
            self.look_again();
        } else {
            self.threads.push(before.0);
            self.processes.push(before.1);
        }
        let used = self.cpu_and_delay().0.saturating_sub(cpu);
        let activity = match has_run {
            false => Activity::Slept,
            true if used < MOMENT => Activity::Stirred,
            true => Activity::Worked,
        };
        let longest = match activity {
            Activity::Slept | Activity::Stirred => LONGEST_ASLEEP,
            Activity::Worked => LONGEST,
        };
        let changed = before != (self.threads.last, self.processes.last);
        self.wait = match changed {
            true => SHORTEST,
            false => (self.wait * 3 / 2).min(longest),
        };
        activity
    }

    /// Whether it has not run since the last look.
    pub fn is_asleep(&self) -> bool {
        !self.list.has_run()
    }

    /// Looks a last time, when the first process has ended and was not waited for.
    pub fn look_back(&mut self) {
        match self.list.nothing_is_new() {
            true => self.look_at_threads(),
            false => self.list(),
        }
    }

    /// Lists all processes and threads.
    fn list(&mut self) {
        self.list.renew();
        let of_program = |process: &&Process| process.id == self.program;
        let running = self.list.processes.iter();
        let running = running.filter(|process| !process.has_ended);
        if let Some(process) = running.clone().find(of_program) {
            self.threads.push(process.threads.len() as u32);
        }
        if running.clone().next().is_some() {
            self.processes.push(running.count() as u32);
        }
        self.see();
    }

    /// Looks at the only process, of which all is known that there may be.
    fn look_again(&mut self) {
        self.look_at_threads();
        self.list.is_whole = true;
        let mut processes = self.list.processes.iter();
        if let Some(process) = processes.find(|process| process.id == self.program) {
            self.threads.push(process.threads.len() as u32);
        }
        self.processes.push(1);
    }

    fn look_at_threads(&mut self) {
        for process in &mut self.list.processes {
            process.look_at_threads();
        }
        self.see();
    }

    fn see(&mut self) {
        for process in &self.list.processes {
            let (looks, cpu) = self.seen.processes.entry(process.id).or_default();
            *cpu = process.cpu.max(*cpu);
            *looks += 1;
            // To read it costs as much as all else, and it seldom changes: at the first look, the 4th, the 16th, …
            if looks.is_power_of_two() && looks.ilog2().is_multiple_of(2) {
                self.seen.memory = self.seen.memory.max(process.peak_memory());
            }
            self.seen.missed_threads |=
                process.id == self.program && self.threads.most <= 1 && process.has_ended_threads();
            let waited = process.threads.iter().map(|thread| thread.waited);
            self.seen.delay = waited.fold(self.seen.delay, Duration::max);
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
