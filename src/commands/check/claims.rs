//! What the author claims of a run in its fences, and whether it is so.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use super::found::{Found, found};
use crate::compare::{Difference, What, quoted};
use crate::lesson::claim::{Claim, TimeLimit};
use crate::plan::{Declared, Run};
use crate::spelling::nearest;
use crate::transcript::{Line, Timing, Transcript};

/// How often a run whose time is claimed is made; the one in the middle counts.
pub(super) const TIMES: usize = 3;

/// Where something else keeps the processors busy, it is made more often, but not without end.
pub(super) const MOST_TIMES: usize = 6;

/// Whether something is claimed of a run's time.
pub(super) fn is_timed(run: &Run) -> bool {
    let is_time = |claim| matches!(claim, &Claim::Wall { .. } | &Claim::Less { .. });
    run.claims.iter().any(|claim| is_time(&claim.what))
}

/// The runs whose times a run's is compared with.
pub(super) fn compared_with(run: &Run) -> impl Iterator<Item = &str> {
    run.claims.iter().filter_map(|claim| match &claim.what {
        Claim::Less {
            limit: TimeLimit::Run(run),
            ..
        } => Some(run.as_str()),
        _ => None,
    })
}

/// What is claimed of a run's lines, and is not so in these; `when`: in which run.
pub(super) fn of_lines(run: &Run, lines: &[Line], when: &str) -> Vec<Found> {
    let broken = |claim: &Claim, message: String, lines: Vec<(usize, String)>| Difference {
        what: What::Claim,
        message: format!("{message}: the fence says `{claim}`"),
        lines,
    };
    let with = |text: &str| {
        let text = text.to_owned();
        move |line: &Line| line.text.contains(&text)
    };
    let mut all = Vec::new();
    for Declared { what: claim, ask } in &run.claims {
        let difference = match claim {
            Claim::Lines(count) if !count.contains(&lines.len()) => {
                let message = format!("prints {} lines", lines.len());
                Some(broken(claim, message, Vec::new()))
            }
            Claim::Before { first, then } => {
                let last_first = lines.iter().rposition(with(first));
                let first_then = lines.iter().position(with(then));
                match (last_first, first_then) {
                    (Some(first), Some(then)) if first < then => None,
                    (Some(first), Some(then)) => {
                        let message = format!(
                            "prints {} before {}",
                            quoted(&lines[then].text),
                            quoted(&lines[first].text)
                        );
                        let marks = vec![(then, String::new()), (first, String::new())];
                        Some(broken(claim, message, marks))
                    }
                    (None, _) => Some(broken(
                        claim,
                        format!("prints no line with `{first}`"),
                        Vec::new(),
                    )),
                    (_, None) => Some(broken(
                        claim,
                        format!("prints no line with `{then}`"),
                        Vec::new(),
                    )),
                }
            }
            _ => None,
        };
        let found = found(difference.into_iter().collect(), lines, when);
        all.extend(found.into_iter().map(|found| found.at(ask)));
    }
    all
}

/// What is claimed of a run's time, and is not so, or could not be found out. `made`: the transcripts of the
/// run of each name, made undisturbed.
pub(super) fn of_times<'a>(
    run: &Run,
    runs: &[Run],
    made: impl Fn(&str) -> Vec<&'a Transcript>,
) -> Vec<Found> {
    let mut found = Vec::new();
    let have = available_parallelism().map_or(1, NonZero::get);
    for Declared { what: claim, ask } in run
        .claims
        .iter()
        .filter(|claim| !matches!(claim.what, Claim::Lines(_) | Claim::Before { .. }))
    {
        let need = claim.processors();
        if have < need {
            let message = format!(
                "`{claim}` is not checked: it needs {need} processors, and there is {have}"
            );
            found.push(Found::of(What::Timing, message).at(ask));
            continue;
        }
        let Some(wall) = median(&made(&run.id)) else {
            let message = format!(
                "`{claim}` is not checked: it could not be made {TIMES} times with nothing else beside it"
            );
            found.push(Found::of(What::Timing, message).at(ask));
            continue;
        };
        let (low, high, other) = match claim {
            Claim::Wall { time, percent } => {
                let slack = *time / 100 * *percent;
                (
                    time.saturating_sub(slack),
                    time.saturating_add(slack),
                    String::new(),
                )
            }
            Claim::Less {
                limit: TimeLimit::Duration(time),
                ..
            } => (Duration::ZERO, *time, String::new()),
            Claim::Less {
                factor,
                limit: TimeLimit::Run(than),
            } => {
                if !runs.iter().any(|run| run.id == *than) {
                    let near = nearest(than, runs.iter().map(|run| run.id.as_str()));
                    let near = near.map(|near| format!(": did you mean `{near}`?"));
                    let message = format!(
                        "`{claim}`: no run is named `{than}`{}",
                        near.unwrap_or_default()
                    );
                    found.push(Found::of(What::Claim, message).at(ask));
                    continue;
                }
                let Some(its) = median(&made(than)) else {
                    let message =
                        format!("`{claim}` is not checked: `{than}` has no time of its own");
                    found.push(Found::of(What::Timing, message).at(ask));
                    continue;
                };
                let other = format!(", and `{than}` {:.2} s", its.as_secs_f64());
                (Duration::ZERO, (its / 1000).saturating_mul(*factor), other)
            }
            Claim::Lines(_) | Claim::Before { .. } => continue,
        };
        if wall < low || wall > high {
            let message = format!(
                "took {:.2} s{other}: the fence says `{claim}`",
                wall.as_secs_f64()
            );
            found.push(Found {
                when: Some(format!("the one in the middle of {TIMES} undisturbed runs")),
                ..Found::of(What::Claim, message).at(ask)
            });
        }
    }
    found
}

/// The time in the middle, where nothing else has slowed the runs down.
fn median(made: &[&Transcript]) -> Option<Duration> {
    let clean = made
        .iter()
        .filter(|transcript| transcript.timing == Timing::Clean);
    let mut walls: Vec<Duration> = clean.map(|transcript| transcript.wall).collect();
    walls.sort_unstable();
    walls
        .get(walls.len() / 2)
        .copied()
        .filter(|_| walls.len() >= TIMES)
}
