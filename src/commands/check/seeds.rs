//! The seeded executions of a check: which ones, and what they say about a recording.

use super::again::{Again, as_recorded, fewest, victim};
use super::findings::findings;
use super::times::Times;
use crate::compare::Awaited;
use crate::diagnostic::{Diagnostic, Severity};
use crate::exec::RunError;
use crate::learn::{self, Native, Observation};
use crate::transcript::format::Recording;
use crate::transcript::seed::{Seed, TRIAL, World};
use crate::transcript::shape::InOrder;

/// The number of executions with a hold for each repetition: they take no time to speak of.
const HOLDS: usize = 5;
/// The worlds of the executions with a hold, in turn.
const WORLDS: [World; 2] = [World::Late, World::Base];
/// The number before that of the first seed with a hold.
const BEFORE_HOLDS: u64 = 100;
/// The number of executions that are repeated, to be sure that their findings follow from their seeds.
const MOST_SUSPECTS: usize = 3;
/// The number of further seeds at a time, as long as there is time for them.
const MORE: usize = 50;
/// The number of further seeds with which an awaited order may still come. An order that one of twenty schedules shows
/// stays away in all of them with a probability of less than one in two thousand.
const PATIENCE: usize = 150;

/// The seeded executions of a run.
pub(super) struct Seeds<'a> {
    run: Native<'a>,
    recorded: &'a Recording,
    /// The number of the first seed without a hold.
    first: u64,
    /// The executions, those without a hold first.
    pub(super) all: Vec<Again<'a>>,
}

/// The findings of seeded executions, and the further executions that confirm or refute them.
pub(super) struct Doubts<'a> {
    run: Native<'a>,
    recorded: &'a Recording,
    /// The warnings, which need no confirmation.
    warnings: Vec<Diagnostic>,
    /// The executions with errors, the hashes of their schedules, and the errors.
    suspects: Vec<(Again<'a>, u64, Vec<Diagnostic>)>,
    awaited: Awaited<'a>,
    /// The number of the first seed without a hold.
    first: u64,
    /// The number of seeds without a hold so far.
    seeds: usize,
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
                // A program with one thread was recorded with few seeds: there is nothing to choose.
                Some(known) if known.on_time + known.late <= TRIAL => seeds.min(TRIAL),
                Some(_) => seeds,
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
            let times = 1..=times;
            all.extend(times.map(|time| {
                let seed = Seed::of(BEFORE_HOLDS + time as u64, WORLDS[time % WORLDS.len()]);
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
        let tells_nothing = |executed: &Result<Observation, RunError>| match executed {
            Ok(_) | Err(RunError::Deadlock { .. } | RunError::Interrupted) => false,
            Err(_) => true,
        };
        let leaking = executed.iter().filter(|executed| leaks(executed)).count();
        if self.all.is_empty() || leaking * 4 > self.all.len() || executed.iter().any(tells_nothing)
        {
            return None;
        }
        let mut doubts = Doubts {
            run: self.run,
            recorded: self.recorded,
            warnings: Vec::new(),
            suspects: Vec::new(),
            awaited: Awaited::of(&self.recorded.shape),
            first: self.first,
            seeds: self.plain(),
        };
        let fewest = fewest(executed);
        for (number, (again, executed)) in self.all.iter().zip(executed).enumerate() {
            if again.holds_another(executed, fewest) {
                continue;
            }
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

impl<'a> Doubts<'a> {
    /// Takes an execution, unless it leaks, and returns whether it has findings.
    pub(super) fn takes(
        &mut self,
        again: &Again<'a>,
        executed: &Result<Observation, RunError>,
    ) -> bool {
        if leaks(executed) {
            return false;
        }
        let findings = again.findings(executed);
        let has_findings = !findings.is_empty();
        let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_error);
        self.warnings.extend(warnings);
        if !errors.is_empty() && self.suspects.len() < MOST_SUSPECTS {
            let suspect = (again.clone(), hash(executed), errors);
            self.suspects.push(suspect);
        }
        if !again.holds() {
            self.sees(executed);
        }
        has_findings
    }

    /// Further executions without a hold, with seeds that come next; none if such an execution has errors, or if
    /// there is nothing to choose.
    pub(super) fn more(&mut self) -> Vec<Again<'a>> {
        let known = self.recorded.shape.schedules.as_ref();
        let has_choices = known.is_some_and(|known| known.on_time + known.late > TRIAL);
        let mut suspects = self.suspects.iter();
        if suspects.any(|(again, ..)| !again.holds()) || !has_choices {
            return Vec::new();
        }
        let more = self.next(MORE);
        self.seeds += MORE;
        more
    }

    /// The executions with the next seeds, so many.
    fn next(&self, count: usize) -> Vec<Again<'a>> {
        let seeds = learn::seeds(self.first).skip(self.seeds).take(count);
        let again = seeds.map(|seed| Again::seeded(&self.run, self.recorded, seed, None));
        again.collect()
    }

    /// The executions that confirm or refute the findings.
    pub(super) fn further(&self) -> Vec<Again<'a>> {
        let suspects = self.suspects.iter().map(|(again, ..)| again.clone());
        let mut further: Vec<Again<'a>> = suspects.collect();
        if !self.awaited.is_over() && self.run.subject.launch.run.in_order() != InOrder::Free {
            further.extend(self.next(PATIENCE));
        }
        further
    }

    fn sees(&mut self, executed: &Result<Observation, RunError>) {
        if let Ok(Observation {
            transcript,
            log: Some(log),
            ..
        }) = executed
        {
            let lines = log.execution(transcript.exit, None).as_lines();
            self.awaited.sees(&lines);
        }
    }

    /// The findings that the further executions confirm.
    pub(super) fn findings(
        mut self,
        executed: &[Result<Observation, RunError>],
    ) -> Vec<Diagnostic> {
        let suspects = std::mem::take(&mut self.suspects);
        let (again, later) = executed.split_at(suspects.len().min(executed.len()));
        let mut all = Vec::new();
        for ((_, then, errors), executed) in suspects.into_iter().zip(again) {
            if !leaks(executed) && hash(executed) == then {
                all.extend(errors);
            } else {
                let found = errors.iter().map(|error| error.message.as_str());
                let found = found.collect::<Vec<_>>().join("; ");
                tracing::debug!("not confirmed by a second execution with the same seed: {found}");
            }
        }
        let is_awaiting = !later.is_empty();
        for executed in later {
            if !leaks(executed) {
                self.sees(executed);
            }
        }
        all.extend(self.warnings);
        if is_awaiting {
            let execution = "no schedule shows this, and some of the recorded program do";
            all.extend(findings(self.awaited.differences(), &[], execution));
        }
        all
    }
}

/// Whether the system decided something in an execution, so that its seed does not name it.
fn leaks(executed: &Result<Observation, RunError>) -> bool {
    matches!(executed, Ok(observation) if observation.leaks())
}

/// The hash of the schedule of a seeded execution; 0 if it has none, as at a deadlock.
fn hash(executed: &Result<Observation, RunError>) -> u64 {
    let seeded = executed
        .as_ref()
        .ok()
        .and_then(|observation| observation.seeded.as_ref());
    seeded.map_or(0, |seeded| seeded.hash)
}
