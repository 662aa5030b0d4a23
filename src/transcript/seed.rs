//! The name of a seeded execution: the same name and the same binary give the same execution.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of seeds that show whether there is anything to choose, one in each world. If there isn't, they say
/// everything.
pub const TRIAL: usize = 2;

/// The name of a seeded execution, in which one thread runs at a time, the clock is virtual, and a number decides which
/// thread goes on.
///
/// Its text has one form, also in JSON: the world unless it is the base world, the strategy if it isn't the number's
/// own, and the number after an `s`. Examples: `s17`, `late:s203`, `pct:s17`, `late:sticky:s3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed {
    /// The number from which all choices follow.
    pub number: u64,
    /// The rules of time.
    pub world: World,
    /// The strategy of the choices; `None`: the number selects it, so that successive numbers use all of them.
    pub strategy: Option<Strategy>,
}

/// The rules by which the virtual clock of a seeded execution goes on. Computing takes no virtual time in any world.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// Waits end exactly on time. Rules that were learned here hold here: an order may follow from durations alone.
    #[default]
    Base,
    /// Waits end up to 60 ms late, and threads start and go on late. Rules that were learned here follow from causes,
    /// and hold for native executions too.
    Late,
}

/// The strategy by which the next thread is chosen among all that are ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Each ready thread is equally likely at each scheduling point.
    Random,
    /// The running thread goes on with a high probability.
    Sticky,
    /// Threads have random priorities, and the running one loses its own at a few random scheduling points:
    /// Probabilistic Concurrency Testing (Burckhardt and others, 2010).
    Pct,
}

impl Seed {
    /// The execution of this number in a world, with the number's own strategy.
    pub const fn of(number: u64, world: World) -> Seed {
        Seed {
            number,
            world,
            strategy: None,
        }
    }
}

impl World {
    /// Returns the world's word in the text of a seed.
    pub fn word(self) -> &'static str {
        match self {
            World::Base => "base",
            World::Late => "late",
        }
    }
}

impl Strategy {
    /// All strategies.
    pub const ALL: [Strategy; 3] = [Strategy::Random, Strategy::Sticky, Strategy::Pct];

    /// Returns the strategy's word in the text of a seed.
    pub fn word(self) -> &'static str {
        match self {
            Strategy::Random => "random",
            Strategy::Sticky => "sticky",
            Strategy::Pct => "pct",
        }
    }
}

/// The reason why a text is no seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// The last part is not `s` and a number.
    #[error("expected `s` and a number up to {max}, as in `s17`; found `{0}`", max = u64::MAX)]
    Number(String),
    /// A part before the number is unknown, repeated or in the wrong place.
    #[error(
        "expected `late:` or nothing, then `random:`, `sticky:`, `pct:` or nothing, then a number as in `s17`; found \
         `{0}`"
    )]
    Part(String),
}

impl FromStr for Seed {
    type Err = SeedError;

    /// Parses the one form in which a seed is written, so that equal seeds have equal texts.
    fn from_str(text: &str) -> Result<Seed, SeedError> {
        let (parts, number) = text.rsplit_once(':').map_or(("", text), |split| split);
        let mut seed = Seed {
            number: number_of(number).ok_or_else(|| SeedError::Number(number.to_owned()))?,
            world: World::Base,
            strategy: None,
        };
        let mut rest = parts;
        if let Some(after) = rest.strip_prefix(World::Late.word())
            && (after.is_empty() || after.starts_with(':'))
        {
            seed.world = World::Late;
            rest = after.strip_prefix(':').unwrap_or(after);
        }
        seed.strategy = Strategy::ALL.into_iter().find(|known| known.word() == rest);
        // Nothing may be left that the seed doesn't say.
        match seed.to_string() == text {
            true => Ok(seed),
            false => Err(SeedError::Part(text.to_owned())),
        }
    }
}

/// Parses `s17`, without a sign or leading zeros.
fn number_of(text: &str) -> Option<u64> {
    let number: u64 = text.strip_prefix('s')?.parse().ok()?;
    (format!("s{number}") == text).then_some(number)
}

impl fmt::Display for Seed {
    /// Writes the one form that is parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.world != World::Base {
            write!(f, "{}:", self.world.word())?;
        }
        if let Some(strategy) = self.strategy {
            write!(f, "{}:", strategy.word())?;
        }
        write!(f, "s{}", self.number)
    }
}

impl TryFrom<String> for Seed {
    type Error = SeedError;

    fn try_from(text: String) -> Result<Seed, SeedError> {
        text.parse()
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> String {
        seed.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Seed, Strategy, World};

    #[test]
    fn seeds_are_written_as_they_are_parsed() {
        let numbers = [0, 17, u64::MAX];
        let strategies = [("", None)].into_iter().chain([
            ("random:", Some(Strategy::Random)),
            ("sticky:", Some(Strategy::Sticky)),
            ("pct:", Some(Strategy::Pct)),
        ]);
        for (strategy_text, strategy) in strategies {
            for (world_text, world) in [("", World::Base), ("late:", World::Late)] {
                for number in numbers {
                    let text = format!("{world_text}{strategy_text}s{number}");
                    let seed = Seed {
                        number,
                        world,
                        strategy,
                    };
                    assert_eq!(text.parse(), Ok(seed), "{text}");
                    assert_eq!(seed.to_string(), text);
                    let json = format!("\"{text}\"");
                    assert_eq!(serde_json::to_string(&seed).ok(), Some(json.clone()));
                    assert_eq!(serde_json::from_str(&json).ok(), Some(seed));
                }
            }
        }
    }

    #[test]
    fn errors_name_the_expected_form() {
        let number = |found| {
            format!(
                "expected `s` and a number up to 18446744073709551615, as in `s17`; found `{found}`"
            )
        };
        let part = |found| {
            format!(
                "expected `late:` or nothing, then `random:`, `sticky:`, `pct:` or nothing, then a number as in \
                 `s17`; found `{found}`"
            )
        };
        for (text, error) in [
            ("", number("")),
            ("s", number("s")),
            ("17", number("17")),
            ("S17", number("S17")),
            ("s-1", number("s-1")),
            ("s+1", number("s+1")),
            ("s017", number("s017")),
            ("s17 ", number("s17 ")),
            ("s18446744073709551616", number("s18446744073709551616")),
            ("late", number("late")),
            ("late:", number("")),
            ("late:17", number("17")),
            ("s17:late", number("late")),
            (":s17", part(":s17")),
            ("base:s17", part("base:s17")),
            ("later:s17", part("later:s17")),
            ("late::s17", part("late::s17")),
            ("late:late:s17", part("late:late:s17")),
            ("pct:late:s17", part("pct:late:s17")),
            ("pct:random:s17", part("pct:random:s17")),
            ("PCT:s17", part("PCT:s17")),
        ] {
            let refused = text.parse::<Seed>().map_err(|error| error.to_string());
            assert_eq!(refused, Err(error), "{text}");
        }
    }
}
