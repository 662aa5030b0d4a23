//! Claims that cannot hold together.

use std::time::Duration;

use super::run::{Declared, Run};
use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::claim::{Claim, TimeLimit};

/// Returns an error for each claim that contradicts an earlier one or a time-out, or that can never hold.
pub(super) fn contradictions(runs: &[Run]) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        for (at, claim) in run.claims.iter().enumerate() {
            let error = of_run(run, at, claim).or_else(|| of_times(runs, number, claim));
            all.extend(error);
        }
    }
    all
}

/// The error for the claim of a run with this number, if that contradicts what the run's fences declare.
fn of_run(run: &Run, at: usize, claim: &Declared<Claim>) -> Option<Diagnostic> {
    let what = &claim.value;
    if what.is_impossible() {
        let message =
            format!("`{what}` cannot hold: a line with one of these texts also has the other");
        return Some(Diagnostic::error(message).at(&claim.ask));
    }
    let mut earlier = run.claims[..at].iter();
    if let Some(earlier) = earlier.find(|earlier| earlier.value.contradicts(what)) {
        return Some(contradicting(claim, earlier, "of the same run"));
    }
    let timeout = run.timeout.as_ref()?;
    let (least, _) = what.wall_range()?;
    (least > timeout.value).then(|| {
        let limit = humantime::format_duration(timeout.value);
        let there = format!("`timeout={limit}` is declared here");
        Diagnostic::error(format!(
            "`{what}` contradicts `timeout={limit}` of the same run"
        ))
        .at(&claim.ask)
        .related(Place::from(&timeout.ask).label(there))
    })
}

/// The error for a claim that compares a run with another one in a way that their other claims exclude.
fn of_times(runs: &[Run], number: usize, claim: &Declared<Claim>) -> Option<Diagnostic> {
    let named = |id: &str| runs.iter().position(|run| run.id == id);
    let Claim::Less {
        factor,
        limit: TimeLimit::Run(than),
    } = &claim.value
    else {
        return None;
    };
    let other = named(than)?;
    if other == number && *factor <= 1000 {
        let message = format!(
            "`{}` cannot hold: it compares the run with itself",
            claim.value
        );
        return Some(Diagnostic::error(message).at(&claim.ask));
    }
    let least = runs[number].claims.iter().find_map(|claim| {
        let (least, _) = claim.value.wall_range()?;
        (!least.is_zero()).then_some(least)
    });
    let breaks = |claim: &&Declared<Claim>| match &claim.value {
        // Each is faster than the other. The error is at the later one.
        Claim::Less {
            factor: back,
            limit: TimeLimit::Run(than),
        } => {
            other < number
                && named(than) == Some(number)
                && u64::from(*factor) * u64::from(*back) <= 1_000_000
        }
        what => {
            let most = what.wall_range().map_or(Duration::MAX, |(_, most)| most);
            let limit = (most / 1000).saturating_mul(*factor);
            least.is_some_and(|least| least > limit)
        }
    };
    let other = runs[other].claims.iter().find(breaks)?;
    Some(contradicting(claim, other, &format!("of `{than}`")))
}

fn contradicting(claim: &Declared<Claim>, other: &Declared<Claim>, whose: &str) -> Diagnostic {
    let (here, there) = (&claim.value, &other.value);
    Diagnostic::error(format!("`{here}` contradicts `{there}` {whose}"))
        .at(&claim.ask)
        .related(Place::from(&other.ask).label(format!("`{there}` is declared here")))
}
