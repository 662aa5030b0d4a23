//! What an author claims of a run in a fence: its time, its lines, their order. `check` holds it.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// `wall=2s±10%`: it takes so long, give or take so many hundredths.
    Wall {
        /// How long.
        time: Duration,
        /// Hundredths of it.
        percent: u32,
    },
    /// `wall<0.7*serial`, `wall<500ms`: it takes less.
    Less {
        /// Thousandths of what it takes less than.
        factor: u32,
        /// Less than what.
        than: Than,
    },
    /// `count=5`, `count=3..5`: it prints so many lines.
    Lines(RangeInclusive<usize>),
    /// `before="a" then="b"`: each line with the first text comes before each with the second, and both come.
    Before {
        /// A text in the lines that come first.
        first: String,
        /// A text in those that come behind them.
        then: String,
    },
}

/// What a run takes less time than.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Than {
    /// So long.
    Time(Duration),
    /// The run of this name.
    Run(String),
}

impl Claim {
    /// What stands behind `wall=`.
    pub fn wall(text: &str) -> Option<Claim> {
        let (time, percent) = text.split_once('±')?;
        Some(Claim::Wall {
            time: time_of(time)?,
            percent: percent
                .strip_suffix('%')?
                .trim()
                .parse()
                .ok()
                .filter(|&it| it <= 100)?,
        })
    }

    /// What stands behind `wall<`.
    pub fn less(text: &str) -> Option<Claim> {
        if let Some(time) = time_of(text) {
            let than = Than::Time(time);
            return Some(Claim::Less { factor: 1000, than });
        }
        let (factor, run) = text.split_once('*').unwrap_or(("1", text));
        let factor: f64 = factor.trim().parse().ok()?;
        let is_sensible = (0.001..=1000.0).contains(&factor) && !run.trim().is_empty();
        is_sensible.then(|| Claim::Less {
            factor: (factor * 1000.0).round() as u32,
            than: Than::Run(run.trim().to_owned()),
        })
    }

    /// What stands behind `count=`.
    pub fn lines(text: &str) -> Option<Claim> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let lines = least.trim().parse().ok()?..=most.trim().parse().ok()?;
        (!lines.is_empty()).then_some(Claim::Lines(lines))
    }

    /// How many processors must be there for it to hold.
    pub fn processors(&self) -> usize {
        match self {
            Claim::Less {
                factor: factor @ 1..1000,
                than: Than::Run(_),
            } => 1000_u32.div_ceil(*factor) as usize,
            _ => 1,
        }
    }
}

fn time_of(text: &str) -> Option<Duration> {
    humantime::parse_duration(text.trim())
        .ok()
        .filter(|time| !time.is_zero())
}

impl fmt::Display for Claim {
    /// As a fence writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Wall { time, percent } => {
                write!(f, "wall={}±{percent}%", humantime::format_duration(*time))
            }
            Claim::Less { factor, than } => match than {
                Than::Time(time) => write!(f, "wall<{}", humantime::format_duration(*time)),
                Than::Run(run) if *factor == 1000 => write!(f, "wall<{run}"),
                Than::Run(run) => write!(f, "wall<{}*{run}", f64::from(*factor) / 1000.0),
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
    fn claims_are_written_as_they_are_read() {
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
