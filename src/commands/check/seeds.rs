//! The seeded executions of a check: which ones, and what they say about a recording.

use super::again::{Again, as_recorded, fewest, has_choices, victim};
use super::doubts::{Doubts, tells_nothing};
use super::held::with_hold;
use super::suspect::leaks;
use super::times::Times;
use crate::exec::RunError;
use crate::learn::{self, Native, Observation};
use crate::transcript::format::Recording;
use crate::transcript::seed::TRIAL;
use crate::transcript::shape::InOrder;

/// The number of executions with a hold for each repetition: they take no time to speak of.
const HOLDS: usize = 5;

/// The seeded executions of a run.
pub(super) struct Seeds<'a> {
    run: Native<'a>,
    recorded: &'a Recording,
    /// The number of the first seed without a hold.
    first: u64,
    /// The executions, those without a hold first.
    pub(super) all: Vec<Again<'a>>,
}

impl<'a> Seeds<'a> {
    /// Plans the executions after the native one; none if the run cannot be seeded.
    pub(super) fn of(run: Native<'a>, recorded: &'a Recording, times: Times) -> Seeds<'a> {
        let Times {
            repeat,
            seeds,
            first_seed: first,
            ..
        } = times;
        let run = as_recorded(run, recorded);
        let mut all = Vec::new();
        if repeat.get() >= 2 && seeds > 0 && run.can_be_seeded() {
            let plain = match &recorded.shape.schedules {
                Some(_) if has_choices(recorded) => seeds,
                // A program with one thread was recorded with few seeds.
                Some(_) => seeds.min(TRIAL),
                // The recording does not rest on seeds: they show whether it can be checked with them.
                None => TRIAL,
            };
            let plain = learn::seeds(first).take(plain);
            all.extend(plain.map(|seed| Again::seeded(&run, recorded, seed, None)));
            let is_free = run.subject.launch.run.in_order() == InOrder::Free;
            let times = match is_free || recorded.shape.apart.is_empty() {
                true => 0,
                false => (repeat.get() - 1) * HOLDS,
            };
            all.extend((1..=times).zip(with_hold(first)).map(|(time, seed)| {
                let apart = victim(&recorded.shape.apart, time);
                Again::seeded(&run, recorded, seed, apart)
            }));
        }
        Seeds {
            run,
            recorded,
            first,
            all,
        }
    }

    /// Compares the executions with the recording. `None`: they say nothing about it, and the run is to be executed in real
    /// time: the system decided too often, or the program changes with the time that it computes, which a virtual clock does
    /// not count.
    pub(super) fn doubts(&self, executed: &[Result<Observation, RunError>]) -> Option<Doubts<'a>> {
        let leaking = executed.iter().filter(|executed| leaks(executed)).count();
        if self.all.is_empty() || leaking * 4 > self.all.len() || executed.iter().any(tells_nothing)
        {
            return None;
        }
        let (first, plain, fewest) = (self.first, self.plain(), fewest(executed));
        let mut doubts = Doubts::of(self.run, self.recorded, first, plain, fewest);
        for (number, (again, executed)) in self.all.iter().zip(executed).enumerate() {
            let has_findings = doubts.takes(again, executed);
            let rests_on_seeds = self.recorded.shape.schedules.is_some();
            if !rests_on_seeds && number < TRIAL && has_findings {
                return None;
            }
        }
        Some(doubts)
    }

    /// The number of executions without a hold.
    fn plain(&self) -> usize {
        self.all.iter().filter(|again| !again.holds()).count()
    }
}
