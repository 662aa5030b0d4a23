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
    // A line that is independent of a thread must be so with another number of processors, and under another seed, too. One
    // that waits for a held line must do so with another distribution of the work.
    let ways: Vec<Way> = match is_seeded {
        true => HOLDS.iter().copied().map(Way::Seeded).collect(),
        false => [Processors::All, Processors::One].map(Way::Timed).into(),
    };
    let mut holds: Vec<(Hold, Way)> = Vec::new();
    for hold in interventions(observed, actors) {
        let times = match hold {
            // In real time, each takes as long as the program.
            Hold::Prints(..) | Hold::Print(..) if !is_seeded => 1,
            _ => ways.len(),
        };
        holds.extend(ways[..times].iter().map(|way| (hold.clone(), *way)));
    }
    holds
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::{HOLDS, Way, holds};
    use crate::transcript::execution::{Execution, Seen};
    use crate::transcript::{Exit, Stream};

    /// A thread that prints one line.
    fn execution() -> Execution {
        Execution {
            lines: vec![Seen {
                stream: Stream::Stdout,
                text: "done".to_owned(),
                printed_by: Some(("0.0".to_owned(), 0)),
                waits: 0,
                whole: true,
            }],
            exit: Exit::SUCCESS,
            pids: HashSet::new(),
            tids: HashSet::new(),
            starts: None,
            held: None,
            seed: None,
        }
    }

    #[test]
    fn each_hold_takes_place_under_several_schedules_if_that_takes_no_time() {
        let actors = [BTreeSet::from(["0.0".to_owned()])];
        for (is_seeded, times) in [(true, HOLDS.len()), (false, 1)] {
            let holds = holds(&[execution()], &actors, is_seeded);
            let (line, _) = holds.last().expect("the line is held");
            let ways = holds.iter().filter(|(hold, _)| hold == line);
            let is_expected = |(number, (_, way)): (usize, &(_, Way))| match way {
                Way::Seeded(seed) => is_seeded && *seed == HOLDS[number],
                Way::Timed(_) => !is_seeded,
            };
            assert_eq!(ways.clone().count(), times);
            assert!(ways.enumerate().all(is_expected));
        }
    }
}
