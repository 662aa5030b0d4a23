//! The launches that wait for their start, by lane.

use std::collections::VecDeque;
use std::thread::available_parallelism;

use super::known::Known;
use super::running::Lane;
use crate::exec::{Demand, Launch};

/// The launches that have not started yet, or are to start again.
pub(super) struct Waiting {
    /// The launches of unknown behavior.
    pub(super) unclassified: VecDeque<usize>,
    /// The CPU-bound launches.
    pub(super) cpu_bound: VecDeque<usize>,
    /// The launches that must have the machine to themselves.
    pub(super) alone: VecDeque<usize>,
    /// The launches whose demand is known.
    pub(super) known: Known,
}

impl Waiting {
    pub(super) fn new(launches: &[Launch<'_>]) -> Waiting {
        let demands: Vec<Demand> = launches.iter().map(|launch| launch.demand).collect();
        let processors = available_parallelism().map_or(1, usize::from);
        let is_measured = |&launch: &usize| !matches!(demands[launch], Demand::Known { .. });
        let measured = (0..launches.len()).filter(is_measured);
        let (alone, unclassified) = measured.partition(|&launch| launches[launch].run.alone);
        Waiting {
            unclassified,
            cpu_bound: VecDeque::new(),
            alone,
            known: Known::new(&demands, processors),
        }
    }

    /// The number of launches that are to be measured.
    pub(super) fn measured(&self) -> usize {
        self.unclassified.len() + self.cpu_bound.len() + self.alone.len()
    }

    /// Adds a launch, until its lane has room.
    pub(super) fn add(&mut self, launch: usize, lane: Lane) {
        match lane {
            Lane::Unclassified => self.unclassified.push_back(launch),
            Lane::CpuBound => self.cpu_bound.push_back(launch),
            Lane::Alone => self.alone.push_back(launch),
            Lane::Known => self.known.add(launch),
        }
    }
}
