//! What the machine has, and tells.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::thread::available_parallelism;

/// How many programs can compute side by side without slowing each other: the processors that we may
/// use, those that share a core counted once (Linux; elsewhere all that we may use).
pub(super) fn cores() -> usize {
    let may_use = available_parallelism().map_or(1, NonZero::get);
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
        0 => may_use,
        cores => cores.min(may_use),
    }
}

/// Whether the system tells how long a program had to wait for a processor.
pub(super) fn tells_delays() -> bool {
    // The third number counts how often we have run: where it is none, nobody counts.
    let schedstat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    schedstat
        .split_whitespace()
        .nth(2)
        .is_some_and(|times| times != "0")
}
