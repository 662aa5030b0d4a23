//! The machine: its cores, and the delays that the system reports.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::thread::available_parallelism;

/// The number of programs that can compute at the same time without slowing each other: the processors that this
/// process may use, with processors that share a core counted once (Linux; elsewhere every processor).
pub(super) fn cores() -> usize {
    let allowed = available_parallelism().map_or(1, NonZero::get);
    let mut cores = BTreeSet::new();
    for cpu in fs::read_dir("/sys/devices/system/cpu")
        .into_iter()
        .flatten()
        .flatten()
    {
        let siblings = cpu.path().join("topology/thread_siblings_list");
        cores.extend(fs::read_to_string(siblings).ok());
    }
    match cores.len() {
        0 => allowed,
        cores => cores.min(allowed),
    }
}

/// Returns whether the system reports how long a program had to wait for a processor.
pub(super) fn reports_delays() -> bool {
    // The third number counts the time slices of this process: zero means that the kernel does not count.
    let schedstat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    schedstat
        .split_whitespace()
        .nth(2)
        .is_some_and(|slices| slices != "0")
}
