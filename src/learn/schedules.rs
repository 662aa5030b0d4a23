//! The executions by which a run is learned: seeds, schedules in real time, and holds.

use std::collections::BTreeSet;
use std::time::Duration;

use super::interventions::interventions;
use crate::exec::Processors;
use crate::exec::seed::{Seed, World};
use crate::observe::control::{Control, Delays, Hold};
use crate::transcript::execution::Execution;

/// The number of seeds in each world.
const SEEDS: u64 = 6;

/// The seeds of the executions without a hold.
pub(super) fn seeds() -> impl Iterator<Item = Seed> {
    let worlds = [World::Base, World::Late].into_iter();
    worlds.flat_map(|world| (1..=SEEDS).map(move |number| Seed::of(number, world)))
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
    // A line that is independent of a thread must be so on a single core, and under another seed, too.
    let [first, second] = match is_seeded {
        true => [World::Base, World::Late].map(|world| Way::Seeded(Seed::of(0, world))),
        false => [Processors::All, Processors::One].map(Way::Timed),
    };
    let mut holds: Vec<(Hold, Way)> = Vec::new();
    for hold in interventions(observed, actors) {
        if let Hold::Start(_) = hold {
            holds.push((hold.clone(), second));
        }
        holds.push((hold, first));
    }
    holds
}
