//! Executes runs with seeds until nothing new comes.

use std::num::NonZero;
use std::time::{Duration, Instant};

use super::batch::{Scheduled, execute_groups};
use super::news::{Known, without_ids};
use super::schedules::{LEAST_ROUNDS, MOST_ROUNDS, probes, seeds_of_round};
use super::subject::{Native, Observation};
use super::watched::Watched;
use crate::exec::RunError;
use crate::observe::control::Control;
use crate::progress::Progress;
use crate::transcript::Exit;
use crate::transcript::seed::{Seed, World};

/// The time after which no further round begins, for each run: more seeds would tell little for what they cost.
const MOST_TIME: Duration = Duration::from_secs(2);

/// The share of the executions that may show an order that no other shows: one in so many. As long as more do, the rules
/// would exclude orders that are merely rare.
const SATURATED: usize = 200;

/// A run that is executed with seeds, round after round.
struct Seeding<'a> {
    run: Native<'a>,
    watched: Vec<Watched>,
    /// The number of executions that ended with another exit status, as waits ended late.
    other_exits: usize,
    other_end: Option<OtherEnd>,
    known: Known,
    /// Whether an execution showed other text although there was nothing to choose: the program has random values, as one
    /// that prints a `HashMap`, or measures time.
    is_random: bool,
    /// The number of rounds.
    rounds: usize,
    /// The number of executions up to the last one that showed something new.
    last_news: usize,
    state: State,
}

/// The progress of a run with seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Further rounds may show something new.
    Open,
    /// The trial has shown nothing to choose: further seeds look for random values.
    Probing,
    /// The later half of the executions showed nothing new, and few orders came once only; or there is nothing to choose.
    Done,
    /// Seeds tell too little: it is executed in real time.
    InRealTime,
}

/// The seeded executions of a run.
pub(super) struct Seeded {
    /// Executions that do not leak and end as the native one does. `None`: the run cannot be seeded, or seeds tell too
    /// little; it is to be executed in real time.
    pub(super) watched: Option<Vec<Watched>>,
    /// The number of further ones, which ended with another exit status as waits ended late.
    pub(super) other_exits: usize,
    /// The first one that did not end as the native one does.
    pub(super) other_end: Option<OtherEnd>,
}

/// A seeded execution that ended in another way than the native one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherEnd {
    /// Its seed.
    pub seed: Seed,
    /// Its exit; `None`: a deadlock, in which each thread waits for another.
    pub exit: Option<Exit>,
}

impl OtherEnd {
    /// Describes the end, and how to see the execution of this run.
    pub fn in_words(&self, run: &str) -> String {
        let OtherEnd { seed, exit } = self;
        let end = match exit {
            Some(exit) => format!("ends with {}", exit.in_words()),
            None => "has a deadlock".to_owned(),
        };
        format!("with some seeds, it {end}, as `mdbook-transcript run {run} --seed {seed}` shows")
    }
}

/// Executes runs with the seeds of both worlds, until half of them have shown nothing new, and few of them an order that
/// no other shows.
pub(super) fn under_seeds<'a>(
    runs: &[Native<'a>],
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Seeded> {
    let mut all: Vec<Seeding<'a>> = runs.iter().map(|&run| Seeding::of(run)).collect();
    let begun = Instant::now();
    let seeded = all.iter().filter(|seeding| seeding.state == State::Open);
    let most = MOST_TIME * u32::try_from(seeded.count()).unwrap_or(u32::MAX);
    for round in 0..MOST_ROUNDS {
        if round >= LEAST_ROUNDS && begun.elapsed() > most {
            break;
        }
        let groups = all.iter().map(Seeding::scheduled);
        let groups = execute_groups(groups.collect(), jobs, progress);
        for (seeding, group) in all.iter_mut().zip(groups) {
            if !group.is_empty() {
                seeding.state = seeding.after(group);
            }
        }
    }
    all.into_iter().map(Seeding::seeded).collect()
}

impl<'a> Seeding<'a> {
    fn of(run: Native<'a>) -> Seeding<'a> {
        let mut known = Known::default();
        known.learns_from(&run.execution());
        Seeding {
            run,
            watched: Vec::new(),
            other_exits: 0,
            other_end: None,
            known,
            is_random: false,
            rounds: 0,
            last_news: 0,
            state: match run.can_be_seeded() {
                true => State::Open,
                false => State::InRealTime,
            },
        }
    }

    /// The next executions.
    fn scheduled(&self) -> Vec<Scheduled<'a>> {
        let seeds: Vec<Seed> = match self.state {
            State::Open => seeds_of_round(self.rounds).collect(),
            State::Probing => probes().collect(),
            State::Done | State::InRealTime => Vec::new(),
        };
        let seeds = seeds.into_iter();
        seeds
            .map(|seed| self.run.seeded(Control::default(), seed))
            .collect()
    }

    /// Takes the observations of these executions.
    fn after(&mut self, group: Vec<Result<Observation, RunError>>) -> State {
        match self.state {
            State::Probing => self.after_probes(group),
            _ => self.after_round(group),
        }
    }

    /// Takes the observations of the probes. They count only if one of them has other text than the trial.
    fn after_probes(&mut self, group: Vec<Result<Observation, RunError>>) -> State {
        let first = self.watched.first();
        let known = first.map(|watched| without_ids(&watched.execution));
        let observed = group
            .iter()
            .filter_map(|observation| observation.as_ref().ok());
        let watched = observed.filter_map(|observation| self.run.watched_one(observation).ok());
        let texts = watched.map(|watched| without_ids(&watched.execution));
        self.is_random = texts.into_iter().any(|text| Some(text) != known);
        match self.is_random {
            true => State::Open,
            false => State::Done,
        }
    }

    /// Takes the observations of a round.
    fn after_round(&mut self, group: Vec<Result<Observation, RunError>>) -> State {
        let seeds = seeds_of_round(self.rounds);
        self.rounds += 1;
        let name = self.run.subject.launch.run.called();
        let (all, mut left_out) = (group.len(), 0);
        for (observation, seed) in group.into_iter().zip(seeds) {
            let observation = match observation {
                Ok(observation) => observation,
                Err(error) => {
                    if let RunError::Deadlock { .. } = error {
                        self.ends_otherwise(seed, None);
                    }
                    tracing::debug!("`{name}`: seeded: {error}; it is executed in real time");
                    return State::InRealTime;
                }
            };
            if observation.leaks() {
                left_out += 1;
                continue;
            }
            let exit = observation.transcript.exit;
            if exit != self.run.transcript.exit {
                self.ends_otherwise(seed, Some(exit));
                if seed.world == World::Late {
                    left_out += 1;
                    self.other_exits += 1;
                    continue;
                }
            }
            let Ok(watched) = self.run.watched_one(&observation) else {
                return State::InRealTime;
            };
            let is_new = self.known.learns_from(&watched.execution);
            self.watched.push(watched);
            if is_new {
                self.is_random |= self.watched.len() == 1;
                self.last_news = self.watched.len();
            }
        }
        if left_out * 4 > all {
            tracing::debug!("`{name}`: it cannot be seeded, and is executed in real time");
            return State::InRealTime;
        }
        let has_choices = self.watched.iter().any(|watched| watched.has_choices);
        let executions = self.watched.len();
        let is_new =
            self.last_news * 2 > executions || self.known.lonely() * SATURATED > executions;
        match has_choices || self.is_random {
            false => State::Probing,
            true if is_new || self.rounds < LEAST_ROUNDS => State::Open,
            true => State::Done,
        }
    }

    fn ends_otherwise(&mut self, seed: Seed, exit: Option<Exit>) {
        self.other_end.get_or_insert(OtherEnd { seed, exit });
    }

    /// The executions, if they tell enough.
    fn seeded(self) -> Seeded {
        let is_usable = self.state != State::InRealTime
            && self.run.is_seen_in(&self.watched)
            && self.run.is_alike_under_seeds(&self.watched);
        Seeded {
            watched: is_usable.then_some(self.watched),
            other_exits: self.other_exits,
            other_end: self.other_end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OtherEnd;
    use crate::transcript::Exit;
    use crate::transcript::seed::{Seed, World};

    #[test]
    fn another_end_is_told_with_its_seed() {
        for (seed, exit, expected) in [
            (
                Seed::of(5, World::Late),
                Some(Exit::Code(101)),
                "with some seeds, it ends with exit status 101, as `mdbook-transcript run room --seed late:s5` shows",
            ),
            (
                Seed::of(1, World::Base),
                None,
                "with some seeds, it has a deadlock, as `mdbook-transcript run room --seed s1` shows",
            ),
        ] {
            assert_eq!(OtherEnd { seed, exit }.in_words("room"), expected);
        }
    }
}
