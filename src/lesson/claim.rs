//! Claims: assertions in a fence about the time or the lines of a run, which `check` verifies.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A claim about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// `wall=2s±10%`: the wall time, with a tolerance.
    Wall {
        /// The wall time.
        time: Duration,
        /// The tolerance in percent.
        percent: u32,
    },
    /// `wall<0.7*serial`, `wall<500ms`: an upper limit of the wall time.
    Less {
        /// The factor in thousandths.
        factor: u32,
        /// The limit before multiplication.
        limit: TimeLimit,
    },
    /// `count=5`, `count=3..5`: the number of printed lines.
    Lines(RangeInclusive<usize>),
    /// `before="a" then="b"`: both texts are printed, and every line with the first one precedes every line with the
    /// second one.
    Before {
        /// The text in the earlier lines.
        first: String,
        /// The text in the later lines.
        then: String,
    },
}

/// The upper limit of a wall time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeLimit {
    /// A duration.
    Duration(Duration),
    /// The wall time of the run with this name.
    Run(String),
}

impl Claim {
    /// Parses the text after `wall=`.
    pub fn wall(text: &str) -> Option<Claim> {
        let (time, percent) = text.split_once('±')?;
        Some(Claim::Wall {
            time: time_of(time)?,
            percent: percent
                .strip_suffix('%')?
                .trim()
                .parse()
                .ok()
                .filter(|&percent| percent <= 100)?,
        })
    }

    /// Parses the text after `wall<`.
    pub fn less(text: &str) -> Option<Claim> {
        if let Some(time) = time_of(text) {
            let limit = TimeLimit::Duration(time);
            return Some(Claim::Less {
                factor: 1000,
                limit,
            });
        }
        let (factor, run) = text.split_once('*').unwrap_or(("1", text));
        let factor: f64 = factor.trim().parse().ok()?;
        let is_sensible = (0.001..=1000.0).contains(&factor) && !run.trim().is_empty();
        is_sensible.then(|| Claim::Less {
            factor: (factor * 1000.0).round() as u32,
            limit: TimeLimit::Run(run.trim().to_owned()),
        })
    }

    /// Parses the text after `count=`.
    pub fn lines(text: &str) -> Option<Claim> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let lines = least.trim().parse().ok()?..=most.trim().parse().ok()?;
        (!lines.is_empty()).then_some(Claim::Lines(lines))
    }

    /// The wall times that the claim allows; `None`: it is about lines, or compares the run with another one.
    pub fn wall_range(&self) -> Option<(Duration, Duration)> {
        match self {
            Claim::Wall { time, percent } => {
                let slack = *time / 100 * *percent;
                Some((time.saturating_sub(slack), time.saturating_add(slack)))
            }
            Claim::Less {
                limit: TimeLimit::Duration(time),
                ..
            } => Some((Duration::ZERO, *time)),
            Claim::Less {
                limit: TimeLimit::Run(_),
                ..
            }
            | Claim::Lines(_)
            | Claim::Before { .. } => None,
        }
    }

    /// Whether no execution can satisfy the claim: each line with one text also has the other.
    pub fn is_impossible(&self) -> bool {
        match self {
            Claim::Before { first, then } => first.contains(then) || then.contains(first),
            Claim::Wall { .. } | Claim::Less { .. } | Claim::Lines(_) => false,
        }
    }

    /// Whether no execution can satisfy both claims.
    pub fn contradicts(&self, other: &Claim) -> bool {
        match (self, other) {
            (Claim::Lines(one), Claim::Lines(other)) => {
                one.start() > other.end() || other.start() > one.end()
            }
            (
                Claim::Before { first, then },
                Claim::Before {
                    first: other,
                    then: other_then,
                },
            ) => first == other_then && then == other,
            // Two lines at least.
            (Claim::Before { .. }, Claim::Lines(lines))
            | (Claim::Lines(lines), Claim::Before { .. }) => *lines.end() < 2,
            (one, other) => match (one.wall_range(), other.wall_range()) {
                (Some((least, most)), Some((other_least, other_most))) => {
                    least > other_most || other_least > most
                }
                _ => false,
            },
        }
    }

    /// The number of processors without which the claim cannot hold.
    pub fn processors(&self) -> usize {
        match self {
            Claim::Less {
                factor: factor @ 1..1000,
                limit: TimeLimit::Run(_),
            } => 1000_u32.div_ceil(*factor) as usize,
            _ => 1,
        }
    }
}

/// Parses a duration above zero.
fn time_of(text: &str) -> Option<Duration> {
    humantime::parse_duration(text.trim())
        .ok()
        .filter(|time| !time.is_zero())
}

impl fmt::Display for Claim {
    /// Writes the claim as in a fence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Wall { time, percent } => {
                write!(f, "wall={}±{percent}%", humantime::format_duration(*time))
            }
            Claim::Less { factor, limit } => match limit {
                TimeLimit::Duration(time) => {
                    write!(f, "wall<{}", humantime::format_duration(*time))
                }
                TimeLimit::Run(run) if *factor == 1000 => write!(f, "wall<{run}"),
                TimeLimit::Run(run) => write!(f, "wall<{}*{run}", f64::from(*factor) / 1000.0),
            },
            Claim::Lines(lines) if lines.start() == lines.end() => {
                write!(f, "count={}", lines.end())
            }
            Claim::Lines(lines) => write!(f, "count={}..{}", lines.start(), lines.end()),
            Claim::Before { first, then } => write!(f, "before=\"{first}\" then=\"{then}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Claim;

    #[test]
    fn claims_that_exclude_each_other() {
        let wall = |text| Claim::wall(text).expect("a claim");
        let less = |text| Claim::less(text).expect("a claim");
        let lines = |text| Claim::lines(text).expect("a claim");
        let before = |first: &str, then: &str| Claim::Before {
            first: first.to_owned(),
            then: then.to_owned(),
        };
        for (one, other, expected) in [
            (wall("1s±5%"), wall("0.4s±20%"), true),
            (wall("1s±5%"), wall("900ms±10%"), false),
            (wall("1s±5%"), less("500ms"), true),
            (wall("1s±5%"), less("0.5*serial"), false),
            (less("1s"), less("500ms"), false),
            (lines("9"), lines("5"), true),
            (lines("3..5"), lines("5..9"), false),
            (lines("9"), wall("1s±5%"), false),
            (before("a", "b"), before("b", "a"), true),
            (before("a", "b"), before("a", "c"), false),
            (before("a", "b"), lines("1"), true),
            (before("a", "b"), lines("1..2"), false),
        ] {
            assert_eq!(one.contradicts(&other), expected, "{one}, {other}");
            assert_eq!(other.contradicts(&one), expected, "{other}, {one}");
        }
        assert!(before("worker", "worker 2").is_impossible());
        assert!(!before("worker 1", "worker 2").is_impossible());
    }

    #[test]
    fn claims_are_written_as_in_a_fence() {
        let wall = |text| Claim::wall(text).map(|claim| claim.to_string());
        assert_eq!(wall("2s±10%").as_deref(), Some("wall=2s±10%"));
        assert_eq!(wall("250 ms ± 5 %").as_deref(), Some("wall=250ms±5%"));
        for wrong in [
            "2s", "2±10%", "0s±10%", "2s±10", "soon±1%", "2s±-1%", "2s±101%",
        ] {
            assert_eq!(wall(wrong), None, "{wrong}");
        }
        let less = |text| Claim::less(text).map(|claim| (claim.to_string(), claim.processors()));
        let claim = |text: &str, processors| Some((text.to_owned(), processors));
        assert_eq!(less("0.7*serial"), claim("wall<0.7*serial", 2));
        assert_eq!(less("0.3 * serial"), claim("wall<0.3*serial", 4));
        assert_eq!(less("serial"), claim("wall<serial", 1));
        assert_eq!(less("500ms"), claim("wall<500ms", 1));
        for wrong in ["", "0*serial", "x*serial", "0.7*", "1e9*serial"] {
            assert_eq!(less(wrong), None, "{wrong}");
        }
        let lines = |text| Claim::lines(text).map(|claim| claim.to_string());
        assert_eq!(lines("5").as_deref(), Some("count=5"));
        assert_eq!(lines("3..5").as_deref(), Some("count=3..5"));
        for wrong in ["", "-1", "5..3", "many"] {
            assert_eq!(lines(wrong), None, "{wrong}");
        }
    }
}
