//! The executions by which a run is learned: seeds, schedules in real time, and holds.

use std::collections::BTreeSet;
use std::time::Duration;

use super::interventions::interventions;
use crate::exec::Processors;
use crate::observe::control::{Control, Delays, Hold};
use crate::transcript::execution::Execution;
use crate::transcript::seed::{Seed, TRIAL, World};

/// The number of seeds up to the end of each further round.
const ROUND: usize = 50;
/// The lowest number of rounds of a program in which there is something to choose.
pub(super) const LEAST_ROUNDS: usize = 3;
/// The highest number of rounds.
pub(super) const MOST_ROUNDS: usize = 21;

/// The seeds of a round of executions without a hold, from round 0. The worlds take turns, so that the first seeds are
/// those of a check: see [`seeds`].
pub(super) fn seeds_of_round(round: usize) -> impl Iterator<Item = Seed> {
    let (from, to) = match round {
        0 => (0, TRIAL),
        1 => (TRIAL, ROUND),
        round => ((round - 1) * ROUND, round * ROUND),
    };
    seeds(1).skip(from).take(to - from)
}

/// The seeds after the trial that look for random values, on which no schedule decides. Each world draws the same.
pub(super) fn probes() -> impl Iterator<Item = Seed> {
    (2..=4).map(|number| Seed::of(number, World::Base))
}

/// The seeds with a hold. The program sees two processors with the first two, then one, then four.
const HOLDS: [Seed; 4] = [
    Seed::of(0, World::Base),
    Seed::of(0, World::Late),
    Seed::of(4, World::Late),
    Seed::of(12, World::Base),
];

/// The seeds without a hold from a number on, by which runs are learned and checked: `s1`, `late:s1`, `s2`, `late:s2`, …
pub fn seeds(first: u64) -> impl Iterator<Item = Seed> {
    let worlds = |number| [World::Base, World::Late].map(|world| Seed::of(number, world));
    (first..=u64::MAX).flat_map(worlds)
}

/// The schedules in real time of the executions without a hold.
pub(super) fn schedules() -> Vec<(Control, Processors)> {
    let some = |millis| Delays::Some(Duration::from_millis(millis));
    let far = Duration::from_millis(30);
    let all = [
        (Delays::None, Processors::All),
        (some(3), Processors::All),
        (some(3), Processors::All),
        (some(3), Processors::One),
        (some(3), Processors::One),
        (some(30), Processors::All),
        (some(30), Processors::All),
        (some(30), Processors::One),
        (Delays::None, Processors::One),
        (Delays::AllButMain(far), Processors::All),
        (Delays::Main(far), Processors::All),
    ];
    let numbered = all.into_iter().enumerate();
    let control = |(number, (delays, processors))| {
        let control = Control {
            delays,
            hold: None,
            seed: (number as u64 + 1) * 0x9e37_79b9,
            ..Control::default()
        };
        (control, processors)
    };
    numbered.map(control).collect()
}

/// A way to execute a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// With a seed.
    Seeded(Seed),
    /// In real time, on these processors.
    Timed(Processors),
}

/// The holds, one for each execution, and how it takes place.
pub(super) fn holds(
    observed: &[Execution],
    actors: &[BTreeSet<String>],
    is_seeded: bool,
) -> Vec<(Hold, Way)> {
    // A line that is independent of a thread must be so with another number of processors, and under another seed, too.
    let ways: Vec<Way> = match is_seeded {
        true => HOLDS.iter().copied().map(Way::Seeded).collect(),
        false => [Processors::All, Processors::One].map(Way::Timed).into(),
    };
    let mut holds: Vec<(Hold, Way)> = Vec::new();
    for hold in interventions(observed, actors) {
        let times = match hold {
            Hold::Start(_) => ways.len(),
            Hold::Prints(..) | Hold::Print(..) => 1,
        };
        holds.extend(ways[..times].iter().map(|way| (hold.clone(), *way)));
    }
    holds
}
