//! An author's claims against the lines and times of executions.

use std::time::Duration;

use super::quote::quoted;
use crate::lesson::claim::{Claim, TimeLimit};
use crate::spelling::nearest;
use crate::transcript::Line;

/// How lines break a claim about them, and the lines that do; `None`: it holds, or is about time.
pub fn broken_by_lines(claim: &Claim, lines: &[Line]) -> Option<(String, Vec<(usize, String)>)> {
    match claim {
        Claim::Lines(count) if !count.contains(&lines.len()) => {
            let found = match lines.len() {
                1 => "prints 1 line".to_owned(),
                count => format!("prints {count} lines"),
            };
            Some((found, Vec::new()))
        }
        Claim::Before { first, then } => {
            let last_first = lines.iter().rposition(|line| line.text.contains(first));
            let first_then = lines.iter().position(|line| line.text.contains(then));
            let (Some(last_first), Some(first_then)) = (last_first, first_then) else {
                let absent = if last_first.is_none() { first } else { then };
                return Some((format!("prints no line with `{absent}`"), Vec::new()));
            };
            let message = format!(
                "prints {} before {}",
                quoted(&lines[first_then].text),
                quoted(&lines[last_first].text)
            );
            let marks = vec![(first_then, String::new()), (last_first, String::new())];
            (last_first >= first_then).then_some((message, marks))
        }
        Claim::Lines(_) | Claim::Wall { .. } | Claim::Less { .. } => None,
    }
}

/// How a wall time breaks a claim about it; `None`: it holds, is about lines, or the time of the run that it names is not
/// known. `wall_of` returns the time of the run of a name.
pub fn broken_by_time(
    claim: &Claim,
    wall: Duration,
    wall_of: impl Fn(&str) -> Option<Duration>,
) -> Option<String> {
    let (low, high, other) = match claim {
        Claim::Less {
            factor,
            limit: TimeLimit::Run(than),
        } => {
            let other = wall_of(than)?;
            let high = (other / 1000).saturating_mul(*factor);
            let other = format!(", and `{than}` {:.2} s", other.as_secs_f64());
            (Duration::ZERO, high, other)
        }
        claim => {
            let (low, high) = claim.wall_range()?;
            (low, high, String::new())
        }
    };
    (wall < low || wall > high).then(|| {
        let wall = wall.as_secs_f64();
        format!("took {wall:.2} s{other}: the fence says `{claim}`")
    })
}

/// The message about a claim that compares a run with one that none of these names is.
pub fn names_no_run<'a>(claim: &Claim, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = nearest(name, known).map(|near| format!(": did you mean `{near}`?"));
    format!(
        "`{claim}`: no run is named `{name}`{}",
        near.unwrap_or_default()
    )
}
