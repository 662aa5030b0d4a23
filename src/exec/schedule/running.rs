//! An execution in progress, and its lane.

use std::time::{Duration, Instant};

use crate::exec::Launch;
use crate::exec::job::CpuUsage;
use crate::exec::supervised::Supervised;
use crate::plan::Run;
use crate::progress::SLOW;

/// The time without an update after which a program uses no processor.
const SILENCE: Duration = Duration::from_millis(100);

/// An execution in progress.
pub(super) struct Running {
    /// Distinguishes this attempt from others at the same launch.
    pub(super) id: u64,
    /// The index of the launch.
    pub(super) launch: usize,
    /// Whether its timing counts.
    pub(super) is_measured: bool,
    pub(super) lane: Lane,
    /// Whether another program was running at some time during this execution.
    pub(super) shared: bool,
    /// The number of sleeping programs at the start of this execution.
    pub(super) sleeping: usize,
    /// The last reported usage.
    pub(super) usage: CpuUsage,
    /// The number of cores that the program keeps busy, and when it was reported.
    pub(super) demand: (f64, Instant),
    /// When the execution began.
    pub(super) begun: Instant,
    /// Ends the program when dropped.
    pub(super) _supervised: Supervised,
}

/// The executions that may run at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Beside all others: the program may turn out to sleep.
    Unclassified,
    /// Beside no more CPU-bound programs than there are cores.
    CpuBound,
    /// With the machine to itself.
    Alone,
    /// With a share of the cores that is known to suffice.
    Known,
}

impl Running {
    /// The number of cores that the program keeps busy.
    pub(super) fn demand(&self) -> f64 {
        let (cores, reported) = self.demand;
        if reported.elapsed() < SILENCE {
            cores
        } else {
            0.0
        }
    }
}

/// The runs of the executions that are measured.
pub(super) fn measured<'a>(running: &[Running], launches: &'a [Launch<'a>]) -> Vec<&'a Run> {
    let measured = running.iter().filter(|running| running.lane != Lane::Known);
    measured
        .map(|running| launches[running.launch].run)
        .collect()
}

/// The runs of the executions that have taken at least [`SLOW`], each with its time so far.
pub(super) fn slow<'a>(
    running: &[Running],
    launches: &'a [Launch<'a>],
) -> Vec<(&'a Run, Duration)> {
    let slow = running.iter().filter_map(|running| {
        let time = running.begun.elapsed();
        (time >= SLOW).then(|| (launches[running.launch].run, time))
    });
    slow.collect()
}
