//! Claims that cannot hold together.

use std::time::Duration;

use super::run::{Declared, Run};
use super::{Plan, RunId};
use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::claim::{Claim, TimeLimit};

/// Returns an error for each claim that contradicts an earlier one or a time-out, or that can never hold.
pub(super) fn contradictions(plan: &Plan) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for id in plan.ids() {
        let run = &plan[id];
        for (at, claim) in run.claims.iter().enumerate() {
            let error = of_run(run, at, claim).or_else(|| of_times(plan, id, claim));
            all.extend(error);
        }
    }
    all
}

/// The error for the claim of a run with this number, if that contradicts what the run's fences declare.
fn of_run(run: &Run, at: usize, claim: &Declared<Claim>) -> Option<Diagnostic> {
    let what = &claim.what;
    if what.is_impossible() {
        let message =
            format!("`{what}` cannot hold: a line with one of these texts also has the other");
        return Some(Diagnostic::error(message).at(&claim.ask));
    }
    let mut earlier = run.claims[..at].iter();
    if let Some(earlier) = earlier.find(|earlier| earlier.what.contradicts(what)) {
        return Some(contradicting(claim, earlier, "of the same run"));
    }
    let timeout = run.timeout.as_ref()?;
    let (least, _) = what.wall_range()?;
    (least > timeout.what).then(|| {
        let limit = humantime::format_duration(timeout.what);
        let there = format!("`timeout={limit}` is declared here");
        Diagnostic::error(format!(
            "`{what}` contradicts `timeout={limit}` of the same run"
        ))
        .at(&claim.ask)
        .related(Place::from(&timeout.ask).label(there))
    })
}

/// The error for a claim that compares a run with another one in a way that their other claims exclude.
fn of_times(plan: &Plan, id: RunId, claim: &Declared<Claim>) -> Option<Diagnostic> {
    let Claim::Less {
        factor,
        limit: TimeLimit::Run(than),
    } = &claim.what
    else {
        return None;
    };
    let other = plan.named(than)?;
    if other == id && *factor <= 1000 {
        let message = format!(
            "`{}` cannot hold: it compares the run with itself",
            claim.what
        );
        return Some(Diagnostic::error(message).at(&claim.ask));
    }
    let least = plan[id].claims.iter().find_map(|claim| {
        let (least, _) = claim.what.wall_range()?;
        (!least.is_zero()).then_some(least)
    });
    let breaks = |claim: &&Declared<Claim>| match &claim.what {
        // Each is faster than the other. The error is at the later one.
        Claim::Less {
            factor: back,
            limit: TimeLimit::Run(than),
        } => {
            other < id
                && plan.named(than) == Some(id)
                && u64::from(*factor) * u64::from(*back) <= 1_000_000
        }
        what => {
            let most = what.wall_range().map_or(Duration::MAX, |(_, most)| most);
            let limit = (most / 1000).saturating_mul(*factor);
            least.is_some_and(|least| least > limit)
        }
    };
    let other = plan[other].claims.iter().find(breaks)?;
    Some(contradicting(claim, other, &format!("of `{than}`")))
}

fn contradicting(claim: &Declared<Claim>, other: &Declared<Claim>, whose: &str) -> Diagnostic {
    let (here, there) = (&claim.what, &other.what);
    Diagnostic::error(format!("`{here}` contradicts `{there}` {whose}"))
        .at(&claim.ask)
        .related(Place::from(&other.ask).label(format!("`{there}` is declared here")))
}
