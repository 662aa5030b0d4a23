//! Sampling of a running program: its threads, processes, processor time and memory.
//!
//! Only Linux provides these numbers, in /proc (proc(5)); elsewhere they are unknown. Samples are a few
//! milliseconds apart, so a thread may come and go unseen: a count is reported only if several samples in a row
//! agree on it.

use std::collections::HashMap;
use std::time::Duration;

use super::job::ResourceUsage;
#[cfg(target_os = "linux")]
use super::snapshot::{Process, Snapshot};
use crate::transcript::fragments::Printers;

/// The number of samples in a row that must agree on a count.
const AGREEING: u32 = 3;
/// The interval while counts change.
const SHORTEST: Duration = Duration::from_millis(2);
/// The interval for a program that writes, and may change with each write.
pub const WRITING: Duration = Duration::from_millis(10);
/// The longest interval for a busy program with stable counts: each sample wakes a processor, and many programs
/// may be running.
const LONGEST: Duration = Duration::from_millis(100);
/// The longest interval for a program that is idle or runs only briefly.
#[cfg(target_os = "linux")]
const LONGEST_ASLEEP: Duration = Duration::from_millis(250);
/// The processor time below which a program has run only briefly between two samples, such as one that sleeps and
/// prints a line now and then.
#[cfg(target_os = "linux")]
const BRIEF: Duration = Duration::from_millis(1);

/// The memory in bytes below which a process has not begun: right after execve(2), a process has 36 pages, while the C
/// library alone needs several times that.
#[cfg(target_os = "linux")]
const LEAST_MEMORY: u64 = 512 * 1024;

/// The activity of a program between two samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "activity is unknown on other systems")
)]
pub enum Activity {
    /// The program has not run.
    Idle,
    /// The program has run for less than a millisecond.
    Brief,
    /// The program has run longer, or its activity is unknown.
    Busy,
}

/// The maximum of a repeatedly sampled count.
#[derive(Debug, Default)]
struct MaxCount {
    max: u32,
    last: u32,
    in_a_row: u32,
    /// Whether enough samples in a row agreed on the maximum.
    is_confirmed: bool,
}

impl MaxCount {
    fn push(&mut self, count: u32) {
        self.in_a_row = if count == self.last {
            self.in_a_row + 1
        } else {
            1
        };
        self.last = count;
        if count > self.max {
            self.max = count;
            self.is_confirmed = false;
        }
        self.is_confirmed |= count == self.max && self.in_a_row >= AGREEING;
    }

    /// The maximum if it is confirmed.
    fn confirmed(&self) -> Option<u32> {
        self.is_confirmed.then_some(self.max)
    }
}

/// Samples a program from its start to its end.
#[derive(Debug)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "resource usage is unknown on other systems")
)]
pub struct Sampler {
    program: u32,
    threads: MaxCount,
    processes: MaxCount,
    totals: Totals,
    #[cfg(target_os = "linux")]
    snapshot: Snapshot,
    wait: Duration,
}

/// The totals over all samples.
#[derive(Debug, Default)]
struct Totals {
    /// The number of samples of each process, and its last known processor time; ended processes included.
    processes: HashMap<u32, (u32, Duration)>,
    delay: Duration,
    memory: Option<u64>,
    /// Whether threads of the first process came and went between two samples.
    missed_threads: bool,
}

impl Sampler {
    /// Creates the sampler of the program with this first process.
    pub fn new(program: u32) -> Sampler {
        Sampler {
            program,
            threads: MaxCount::default(),
            processes: MaxCount::default(),
            totals: Totals::default(),
            #[cfg(target_os = "linux")]
            snapshot: Snapshot::empty(),
            wait: SHORTEST / 2,
        }
    }

    /// The time to wait until the next sample.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The processor time so far, and the longest time that a thread was ready to run without a processor.
    pub fn cpu_and_delay(&self) -> (Duration, Duration) {
        let cpu = self.totals.processes.values().map(|(_, cpu)| cpu).sum();
        (cpu, self.totals.delay)
    }

    /// Returns whether several threads or processes were seen.
    pub fn printers(&self) -> Printers {
        let several = self.threads.max > 1 || self.processes.max > 1 || self.totals.missed_threads;
        if several {
            Printers::Several
        } else {
            Printers::One
        }
    }

    /// Returns the resources used. `reaped`: processor time and peak memory of the reaped processes, if known.
    pub fn finish(&self, reaped: Option<(Duration, Option<u64>)>) -> ResourceUsage {
        let (cpu, memory) = reaped.unzip();
        ResourceUsage {
            threads: match (self.threads.confirmed(), self.totals.missed_threads) {
                // There was at least one more thread.
                (Some(1), true) => None,
                (confirmed, _) => confirmed,
            },
            processes: self.processes.confirmed(),
            cpu,
            memory: memory.flatten().max(self.totals.memory),
            delay: self.totals.delay,
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Sampler {
    /// Takes a sample, and returns the program's activity since the previous one.
    pub fn sample(&mut self) -> Activity {
        self.wait = LONGEST;
        Activity::Busy
    }

    /// Returns whether the program has not run since the last sample.
    pub fn is_asleep(&self) -> bool {
        true
    }

    /// Takes the last sample, after the first process has ended and before it is reaped.
    pub fn sample_at_end(&mut self) {}
}

#[cfg(target_os = "linux")]
impl Sampler {
    /// Takes a sample, and returns the program's activity since the previous one.
    pub fn sample(&mut self) -> Activity {
        let before = (self.threads.last, self.processes.last);
        let (cpu, _) = self.cpu_and_delay();
        // Before the check for new processes: a process that starts one afterwards shows in its next time.
        let has_run = self.snapshot.update_cpu_times();
        // A program that does not run starts nothing; and a single process is still the only one if no process
        // was started on the whole system.
        let is_complete = !has_run && self.snapshot.is_complete
            || before.1 == 1 && self.snapshot.is_nothing_new();
        if !is_complete {
            self.sample_all();
        } else if has_run {
            self.sample_only_process();
        } else {
            self.threads.push(before.0);
            self.processes.push(before.1);
        }
        let used = self.cpu_and_delay().0.saturating_sub(cpu);
        let activity = if !has_run {
            Activity::Idle
        } else if used < BRIEF {
            Activity::Brief
        } else {
            Activity::Busy
        };
        let longest = match activity {
            Activity::Idle | Activity::Brief => LONGEST_ASLEEP,
            Activity::Busy => LONGEST,
        };
        let has_changed = before != (self.threads.last, self.processes.last);
        self.wait = if has_changed {
            SHORTEST
        } else {
            (self.wait * 3 / 2).min(longest)
        };
        activity
    }

    /// Returns whether the program has not run since the last sample.
    pub fn is_asleep(&self) -> bool {
        !self.snapshot.has_run()
    }

    /// Takes the last sample, after the first process has ended and before it is reaped.
    pub fn sample_at_end(&mut self) {
        if self.snapshot.is_nothing_new() {
            self.update_threads();
        } else {
            self.sample_all();
        }
    }

    /// Lists all processes and threads anew.
    fn sample_all(&mut self) {
        self.snapshot.retake();
        let of_program = |process: &&Process| process.id == self.program;
        let running = self.snapshot.processes.iter();
        let running = running.filter(|process| !process.has_ended);
        if let Some(process) = running.clone().find(of_program) {
            self.threads.push(process.threads.len() as u32);
        }
        if running.clone().next().is_some() {
            self.processes.push(running.count() as u32);
        }
        self.add_to_totals();
    }

    /// Samples the only process, all of whose threads are known.
    fn sample_only_process(&mut self) {
        self.update_threads();
        self.snapshot.is_complete = true;
        let mut processes = self.snapshot.processes.iter();
        if let Some(process) = processes.find(|process| process.id == self.program) {
            self.threads.push(process.threads.len() as u32);
        }
        self.processes.push(1);
    }

    fn update_threads(&mut self) {
        for process in &mut self.snapshot.processes {
            process.update_threads();
        }
        self.add_to_totals();
    }

    fn add_to_totals(&mut self) {
        for process in &self.snapshot.processes {
            let (samples, cpu) = self.totals.processes.entry(process.id).or_default();
            *cpu = process.cpu.max(*cpu);
            *samples += 1;
            // Reading the peak costs as much as the rest of a sample, and the peak seldom changes: read it in
            // the 4th, 16th, … sample. The first one comes so early that the program may not have begun.
            if *samples > 1 && samples.is_power_of_two() && samples.ilog2().is_multiple_of(2) {
                let peak = process.peak_memory();
                let peak = peak.filter(|&bytes| bytes >= LEAST_MEMORY);
                self.totals.memory = self.totals.memory.max(peak);
            }
            self.totals.missed_threads |=
                process.id == self.program && self.threads.max <= 1 && process.has_ended_threads();
            let waited = process.threads.iter().map(|thread| thread.waited);
            self.totals.delay = waited.fold(self.totals.delay, Duration::max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MaxCount;

    #[test]
    fn a_count_is_confirmed_when_samples_agree() {
        for (samples, confirmed) in [
            (&[][..], None),
            (&[3, 3], None),
            (&[1, 3, 3, 3, 1], Some(3)),
            (&[1, 2, 3, 2, 2, 2], None),
            (&[3, 3, 3, 4], None),
        ] {
            let mut count = MaxCount::default();
            samples.iter().for_each(|&sample| count.push(sample));
            assert_eq!(count.confirmed(), confirmed, "{samples:?}");
        }
    }
}
