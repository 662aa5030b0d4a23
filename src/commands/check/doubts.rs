//! The rules of a recording that the seeded executions of a check break, and all that stays away in them.

use super::again::{Again, has_choices};
use super::findings::{Found, exception, findings};
use super::held::{self, Held, with_hold};
use super::suspect::{Suspect, leaks};
use crate::compare::{Awaited, BrokenRule};
use crate::diagnostic::{Diagnostic, FindingKind, Severity};
use crate::exec::RunError;
use crate::learn::{self, Native, Observation};
use crate::transcript::format::Recording;
use crate::transcript::shape::{COMMON, InOrder, Schedules, Starts};

/// The highest number of executions that are repeated, to be sure that their findings follow from their seeds.
const MOST_SUSPECTS: usize = 3;
/// The number of further seeds at a time, as long as there is time for them.
const MORE: usize = 50;
/// The number of further seeds with which an awaited order may still come, or a broken rule turns out to be broken rarely.
const PATIENCE: usize = 150;
/// A rule that held in all recorded executions is wrong in a check if chance explains it with a probability below this. It
/// is low because a recording has up to some hundred rules. With 0.001, one of 340 checks of unchanged programs failed.
const UNLIKELY: f64 = 0.0001;
/// The number of further executions with a hold that has shown errors, and the number of seeds before theirs.
const FURTHER: usize = 8;
const BEFORE_FURTHER: usize = 100;

/// The findings of seeded executions, and the further executions that confirm or refute them.
pub(super) struct Doubts<'a> {
    run: Native<'a>,
    recorded: &'a Recording,
    /// The warnings, which need no confirmation.
    warnings: Vec<Diagnostic>,
    /// The executions with errors that do not depend on how often they come.
    certain: Vec<(Suspect<'a>, Vec<Diagnostic>)>,
    /// The rules that were broken by executions without a hold.
    broken: Vec<Broken<'a>>,
    /// The executions with a hold.
    held: Vec<Held<'a>>,
    /// The lowest numbers of threads and processes that an execution started.
    fewest: Starts,
    awaited: Awaited<'a>,
    /// The number of the first seed without a hold.
    first: u64,
    /// The number of seeds without a hold so far.
    seeds: usize,
    /// The number of executions without a hold and without a leak.
    executions: usize,
}

/// A rule of the recording that executions break.
struct Broken<'a> {
    rule: BrokenRule,
    /// The finding of the first of them.
    finding: Diagnostic,
    suspect: Suspect<'a>,
    /// Their number.
    times: usize,
    /// The number of the last of them.
    last: usize,
}

impl<'a> Doubts<'a> {
    /// No findings yet, of a run whose first `seeds` seeds from `first` on are being executed; `fewest` are the lowest
    /// numbers of threads and processes that one of these executions started.
    pub(super) fn of(
        run: Native<'a>,
        recorded: &'a Recording,
        first: u64,
        seeds: usize,
        fewest: Starts,
    ) -> Doubts<'a> {
        Doubts {
            run,
            recorded,
            warnings: Vec::new(),
            certain: Vec::new(),
            broken: Vec::new(),
            held: Vec::new(),
            fewest,
            awaited: Awaited::of(&recorded.shape),
            first,
            seeds,
            executions: 0,
        }
    }

    /// Takes an execution, unless it leaks, tells nothing or holds another thread than the recorded one, and returns whether
    /// it has findings.
    pub(super) fn takes(
        &mut self,
        again: &Again<'a>,
        executed: &Result<Observation, RunError>,
    ) -> bool {
        if leaks(executed) || tells_nothing(executed) || again.holds_another(executed, self.fewest)
        {
            return false;
        }
        if !again.holds() {
            self.executions += 1;
            self.sees(executed);
        }
        let found = again.found(executed);
        let has_findings = !found.is_empty();
        let suspect = || Suspect::of(again, executed);
        let (mut certain, mut with_hold) = (Vec::new(), Vec::new());
        let is_error = |found: &Found| found.finding.severity == Severity::Error;
        let has_errors = found.iter().any(is_error);
        for Found { finding, rule } in found {
            match (finding.severity, rule) {
                // The errors tell of this execution.
                (Severity::Warning, _) if has_errors => {}
                (Severity::Warning, _) => self.warnings.push(finding),
                (Severity::Error, None) => certain.push(finding),
                (Severity::Error, Some(_)) if again.holds() => with_hold.push(finding),
                (Severity::Error, Some(rule)) => self.breaks(rule, finding, suspect),
            }
        }
        if !certain.is_empty() && self.certain.len() < MOST_SUSPECTS {
            self.certain.push((suspect(), certain));
        }
        let with_hold = (!with_hold.is_empty()).then(|| (suspect(), with_hold));
        held::count(&mut self.held, again, with_hold);
        has_findings
    }

    /// Counts that the latest execution breaks a rule.
    fn breaks(&mut self, rule: BrokenRule, finding: Diagnostic, suspect: impl Fn() -> Suspect<'a>) {
        let last = self.executions;
        match self.broken.iter_mut().find(|broken| broken.rule == rule) {
            Some(broken) => {
                broken.times += usize::from(broken.last != last);
                broken.last = last;
            }
            None => self.broken.push(Broken {
                rule,
                finding,
                suspect: suspect(),
                times: 1,
                last,
            }),
        }
    }

    /// The rules that are broken too often to be merely rare exceptions.
    fn wrong(&self) -> impl Iterator<Item = &Broken<'a>> {
        let is_unlikely = |broken: &&Broken<'_>| {
            let now = (broken.times, self.executions);
            chance(self.recorded(broken), now) < UNLIKELY
        };
        self.broken.iter().filter(is_unlikely)
    }

    /// The number of recorded executions that break a rule, and the number of all.
    fn recorded(&self, broken: &Broken<'_>) -> (usize, usize) {
        let Some(known) = &self.recorded.shape.schedules else {
            return (0, 0);
        };
        let seeds = known.executions() + known.other_exits;
        match broken.finding.kind {
            Some(FindingKind::Exit) => (known.other_exits, seeds),
            _ => (0, seeds),
        }
    }

    /// Further executions without a hold, with seeds that come next; none if such an execution has errors, or if
    /// there is nothing to choose.
    pub(super) fn more(&mut self) -> Vec<Again<'a>> {
        let mut certain = self.certain.iter();
        let is_wrong = certain.any(|(suspect, _)| !suspect.again.holds());
        match is_wrong || self.wrong().next().is_some() || !has_choices(self.recorded) {
            true => Vec::new(),
            false => self.next(MORE),
        }
    }

    /// The executions with the next seeds, so many.
    fn next(&mut self, count: usize) -> Vec<Again<'a>> {
        let seeds = learn::seeds(self.first).skip(self.seeds).take(count);
        self.seeds += count;
        let again = seeds.map(|seed| Again::seeded(&self.run, self.recorded, seed, None));
        again.collect()
    }

    /// The further executions that show what is awaited, or how often rules are broken.
    pub(super) fn further(&mut self) -> Vec<Again<'a>> {
        let is_open =
            !self.broken.is_empty() && self.certain.is_empty() && self.wrong().next().is_none();
        let mut further = match self.is_awaiting() || is_open {
            true => self.next(PATIENCE),
            false => Vec::new(),
        };
        let doubtful = self.held.iter().filter(|held| held.is_doubtful());
        for held in doubtful.take(MOST_SUSPECTS) {
            let seeds = with_hold(self.first).skip(BEFORE_FURTHER).take(FURTHER);
            let again = |seed| Again::seeded(&self.run, self.recorded, seed, Some(held.apart));
            further.extend(seeds.map(again));
        }
        further
    }

    /// The executions for what is awaited even then, unless there are other errors.
    pub(super) fn last(&mut self) -> Vec<Again<'a>> {
        let known = self.recorded.shape.schedules.as_ref();
        let recorded = known.map_or(0, Schedules::executions);
        match self.is_awaiting() && self.reported().is_empty() {
            true => self.next(enough(recorded).saturating_sub(self.executions)),
            false => Vec::new(),
        }
    }

    /// Whether something is awaited and has not come. The order of lines may be free.
    fn is_awaiting(&self) -> bool {
        !self.awaited.is_over() && self.run.subject.launch.run.in_order() != InOrder::Free
    }

    /// The executions with errors, which are to be repeated.
    pub(super) fn suspects(&self) -> Vec<Again<'a>> {
        let suspects = self.reported().into_iter();
        suspects.map(|(suspect, _)| suspect.again).collect()
    }

    /// The executions with errors, and the errors that each reports.
    fn reported(&self) -> Vec<(Suspect<'a>, Vec<Diagnostic>)> {
        let held = self.held.iter().filter_map(Held::error).cloned();
        let certain = self.certain.iter().cloned();
        let all = certain.chain(held).take(MOST_SUSPECTS);
        let mut all: Vec<(Suspect<'a>, Vec<Diagnostic>)> = all.collect();
        for Broken {
            suspect, finding, ..
        } in self.wrong()
        {
            let is_same = |(other, _): &(Suspect<'_>, _)| other.is(suspect);
            match all.iter().position(is_same) {
                Some(at) => all[at].1.push(finding.clone()),
                None if all.len() < MOST_SUSPECTS => {
                    all.push((suspect.clone(), vec![finding.clone()]));
                }
                None => {}
            }
        }
        all
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

    /// The findings that the repetitions of the [suspects](Self::suspects) confirm.
    pub(super) fn findings(self, again: &[Result<Observation, RunError>]) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        let reported = self.reported();
        let is_right = reported.is_empty();
        for ((suspect, errors), executed) in reported.into_iter().zip(again) {
            if suspect.is_confirmed_by(executed) {
                all.extend(errors);
            } else {
                let found = errors.iter().map(|error| error.message.as_str());
                let found = found.collect::<Vec<_>>().join("; ");
                tracing::debug!("not confirmed by a second execution with the same seed: {found}");
            }
        }
        if is_right {
            all.extend(self.exception());
            let held = self.held.into_iter();
            all.extend(held.flat_map(Held::exceptions).take(1));
        }
        all.extend(self.warnings);
        // All that is awaited has had its further executions, unless the fence frees the order of lines.
        if self.run.subject.launch.run.in_order() != InOrder::Free {
            let execution = "no schedule shows this, and some of the recorded program do";
            all.extend(findings(self.awaited.differences(), &[], execution));
        }
        all
    }

    /// A warning about the rule that is broken most often, though rarely, and never when it was recorded.
    fn exception(&self) -> Option<Diagnostic> {
        let new = |broken: &&Broken<'_>| self.recorded(broken).0 == 0;
        let most = self.broken.iter().filter(new);
        let most = most.max_by_key(|broken| broken.times)?;
        let (_, recorded) = self.recorded(most);
        let rare = exception(most.finding.clone()).note(format!(
            "{} of {} schedules show this, and none of the {recorded} that were recorded: rarely enough to be an exception \
             that was not seen",
            most.times, self.executions,
        ));
        let rare = match self.broken.iter().filter(new).count() - 1 {
            0 => rare,
            1 => rare.note("another rule has such exceptions"),
            others => rare.note(format!("{others} other rules have such exceptions")),
        };
        Some(rare.help("if the program may do this, nothing has to be done"))
    }
}

/// The probability that so many or more of the executions that break a rule are among the latest ones, if nothing but
/// chance distributes them between those `now` and the recorded ones `then` (Fisher's exact test). Each has their number
/// and that of all executions.
fn chance(then: (usize, usize), now: (usize, usize)) -> f64 {
    let ((recorded, then), (times, now)) = (then, now);
    let broken = recorded + times;
    // The logarithm of the number of ways to choose some of so many.
    let ways = |of: usize, some: usize| -> f64 {
        let factors = (0..some).map(|at| (of - at) as f64 / (at + 1) as f64);
        factors.map(f64::ln).sum()
    };
    let all = ways(then + now, broken);
    let exactly = |among: usize| (ways(then, among) + ways(now, broken - among) - all).exp();
    (broken.saturating_sub(now)..=recorded).map(exactly).sum()
}

/// The number of executions that must not show what is awaited before it is missed: what came in one of twenty recorded
/// executions, so many in all, stays away by chance with a probability below [`UNLIKELY`].
fn enough(recorded: usize) -> usize {
    let came = recorded.div_ceil(COMMON).max(1);
    let ratio = UNLIKELY.powf(-1.0 / came as f64) - 1.0;
    (recorded as f64 * ratio).ceil() as usize
}

/// Whether an execution failed for a reason that is not the program's, so that it says nothing about the recording.
pub(super) fn tells_nothing(executed: &Result<Observation, RunError>) -> bool {
    match executed {
        Ok(_) | Err(RunError::Deadlock { .. } | RunError::Interrupted) => false,
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{UNLIKELY, chance, enough};

    #[test]
    fn a_broken_rule_is_wrong_if_chance_hardly_explains_it() {
        for (recorded, then, now, least) in [
            (0, 100, 50, 9),
            (0, 100, 200, 22),
            (0, 300, 50, 5),
            (0, 300, 200, 10),
            (0, 1000, 50, 4),
            (0, 1000, 200, 6),
            // Some recorded executions break it, too.
            (1, 300, 200, 13),
            (2, 550, 200, 10),
            (60, 300, 200, 71),
            (5, 1000, 50, 5),
            (200, 1000, 50, 23),
        ] {
            let is_wrong = |&times: &usize| chance((recorded, then), (times, now)) < UNLIKELY;
            assert_eq!(
                (1..=now).find(is_wrong),
                Some(least),
                "{recorded} {then} {now}"
            );
        }
    }

    #[test]
    fn an_order_is_awaited_longer_if_fewer_executions_were_recorded() {
        for (recorded, expected) in [(100, 531), (150, 325), (300, 255), (1000, 203)] {
            assert_eq!(enough(recorded), expected, "{recorded}");
        }
    }
}
