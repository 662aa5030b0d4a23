//! An author's claims in fences → findings for those that do not hold.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use super::findings::findings;
use crate::compare::Difference;
use crate::compare::claims::{broken_by_lines, broken_by_time, names_no_run};
use crate::diagnostic::{Diagnostic, FindingKind};
use crate::lesson::claim::{Claim, TimeLimit};
use crate::plan::{Declared, Run};
use crate::transcript::{Line, Transcript};

/// The number of executions of a run whose claim about time the first one breaks; their median counts.
pub(super) const TIMES: usize = 3;

/// The limit of executions where other processes keep the processors busy.
pub(super) const MOST_TIMES: usize = 6;

fn is_about_time(claim: &Claim) -> bool {
    matches!(claim, Claim::Wall { .. } | Claim::Less { .. })
}

/// The names of the runs with whose times a claim compares the run's.
pub(super) fn compared_with(run: &Run) -> impl Iterator<Item = &str> {
    run.claims.iter().filter_map(|claim| match &claim.value {
        Claim::Less {
            limit: TimeLimit::Run(run),
            ..
        } => Some(run.as_str()),
        _ => None,
    })
}

/// Whether any claim is about the time of the run with this name.
pub(super) fn are_about_time_of(name: &str, runs: &[Run]) -> bool {
    runs.iter().any(|run| {
        let mut claims = run.claims.iter();
        let has_claim = run.id == name && claims.any(|claim| is_about_time(&claim.value));
        has_claim || compared_with(run).any(|other| other == name)
    })
}

/// A finding for each claim about lines that does not hold for these, the output of an execution.
pub(super) fn of_lines(run: &Run, lines: &[Line], execution: &str) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for Declared { value: claim, ask } in &run.claims {
        let difference = broken_by_lines(claim, lines).map(|(message, lines)| Difference {
            kind: FindingKind::Claim,
            message: format!("{message}: the fence says `{claim}`"),
            lines,
            of: Vec::new(),
        });
        let found = findings(difference.into_iter().collect(), lines, execution);
        all.extend(found.into_iter().map(|finding| finding.at(ask)));
    }
    all
}

/// A finding for each claim about time that does not hold, or that cannot be checked. `wall_of` returns the native wall
/// time of the run of a name, if it is known.
pub(super) fn of_times(
    run: &Run,
    runs: &[Run],
    wall_of: impl Fn(&str) -> Option<Duration>,
) -> Vec<Diagnostic> {
    let findings = run.claims.iter().filter_map(|Declared { value, ask }| {
        let finding = of_time(value, run, runs, &wall_of)?;
        Some(finding.at(ask))
    });
    findings.collect()
}

/// The finding for a claim about time; `None`: it holds, or is about lines. `wall_of` returns the time of the run of a
/// name.
fn of_time(
    claim: &Claim,
    run: &Run,
    runs: &[Run],
    wall_of: impl Fn(&str) -> Option<Duration>,
) -> Option<Diagnostic> {
    let unchecked = |why: String| {
        let message = format!("`{claim}` is not checked: {why}");
        Some(Diagnostic::finding(FindingKind::Timing, message))
    };
    if !is_about_time(claim) {
        return None;
    }
    let have = available_parallelism().map_or(1, NonZero::get);
    let need = claim.processors();
    if have < need {
        return unchecked(format!("expected {need} processors, found {have}"));
    }
    let Some(wall) = wall_of(&run.id) else {
        return unchecked(format!(
            "the machine was too busy to measure it {TIMES} times"
        ));
    };
    if let Claim::Less {
        limit: TimeLimit::Run(than),
        ..
    } = claim
    {
        if !is_executed(than, runs) {
            return Some(unknown_run(claim, than, runs));
        }
        if wall_of(than).is_none() {
            return unchecked(format!("`{than}` has no reliable time"));
        }
    }
    let message = broken_by_time(claim, wall, wall_of)?;
    let finding = Diagnostic::finding(FindingKind::Claim, message);
    Some(match run.seed() {
        Some(_) => finding.note("by the virtual clock"),
        None => finding.note(format!("the median of {TIMES} native executions")),
    })
}

/// Returns whether the run of a name exists and is executed, so that it takes time.
fn is_executed(name: &str, runs: &[Run]) -> bool {
    runs.iter()
        .any(|run| run.id == name && run.purpose.is_run())
}

/// The finding for a claim that names no run.
fn unknown_run(claim: &Claim, name: &str, runs: &[Run]) -> Diagnostic {
    let message = names_no_run(claim, name, runs.iter().map(|run| run.id.as_str()));
    Diagnostic::finding(FindingKind::Claim, message)
}

/// The median wall time of executions whose time is reliable, as that of the virtual clock is; `None`: there are fewer
/// than [`TIMES`].
pub(super) fn median(transcripts: &[&Transcript]) -> Option<Duration> {
    let clean = transcripts
        .iter()
        .filter(|transcript| transcript.timing.is_reliable());
    let mut walls: Vec<Duration> = clean.map(|transcript| transcript.wall).collect();
    walls.sort_unstable();
    walls
        .get(walls.len() / 2)
        .copied()
        .filter(|_| walls.len() >= TIMES)
}
