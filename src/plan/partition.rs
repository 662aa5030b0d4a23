//! The part of a book's runs that one of many machines takes.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// A part of all runs: each run is in exactly one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    way: Way,
    /// From 1, at most `of`.
    part: NonZero<u64>,
    of: NonZero<u64>,
}

/// How runs are dealt out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In turns: parts of equal size.
    Count,
    /// By the hash of their names: a run stays in its part when others are added.
    Hash,
}

/// Why a text names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    /// It is of another form.
    #[error("expected a part and the number of parts, `2/5`, or `hash:2/5`")]
    Form,
    /// Nobody deals runs out so.
    #[error(
        "`{0}` is no way to deal out runs: expected `count` (in turns) or `hash` (by their names)"
    )]
    Way(String),
    /// There are fewer parts.
    #[error("there is no part {part} of {of}: parts are counted from 1 to {of}")]
    Part {
        /// The part.
        part: u64,
        /// How many there are.
        of: u64,
    },
    /// There are none.
    #[error("runs cannot be dealt out to 0 parts")]
    None,
}

impl Partition {
    /// Whether the run of this name is in it, the `number`-th, from 0, of those that are dealt out.
    pub fn has(self, number: usize, id: &str) -> bool {
        let number = match self.way {
            Way::Count => number as u64,
            Way::Hash => {
                let hash = Sha256::digest(id.as_bytes());
                let bytes = hash.iter().take(8);
                bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        };
        number % self.of == self.part.get() - 1
    }

    /// Whether it is the first: that one says what is said once, and not of one run.
    pub fn is_first(self) -> bool {
        self.part.get() == 1
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    /// Reads `2/5`, `count:2/5` or `hash:2/5`, and `slice:2/5` as cargo-nextest calls what is `count` here.
    fn from_str(text: &str) -> Result<Partition, PartitionError> {
        let (way, rest) = match text.split_once(':') {
            None => (Way::Count, text),
            Some(("count" | "slice", rest)) => (Way::Count, rest),
            Some(("hash", rest)) => (Way::Hash, rest),
            Some((other, _)) => return Err(PartitionError::Way(other.to_owned())),
        };
        let (part, of) = rest.split_once('/').ok_or(PartitionError::Form)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| PartitionError::Form);
        let (part, of) = (number(part)?, number(of)?);
        let of = NonZero::new(of).ok_or(PartitionError::None)?;
        match NonZero::new(part) {
            Some(part) if part <= of => Ok(Partition { way, part, of }),
            _ => Err(PartitionError::Part { part, of: of.get() }),
        }
    }
}

impl fmt::Display for Partition {
    /// `2/5`, however it is dealt out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn every_run_is_in_exactly_one_part() {
        let names: Vec<String> = (0..100).map(|number| format!("run-{number}")).collect();
        for way in ["", "count:", "hash:", "slice:"] {
            for of in [1, 2, 3, 7, 101] {
                let parts: Vec<Partition> = (1..=of)
                    .filter_map(|part| format!("{way}{part}/{of}").parse().ok())
                    .collect();
                assert_eq!(parts.len(), of);
                for (number, name) in names.iter().enumerate() {
                    let having = parts.iter().filter(|part| part.has(number, name));
                    assert_eq!(having.count(), 1, "{way}{of}: {name}");
                }
                if way != "hash:" {
                    for part in &parts {
                        let its = (0..100).filter(|&number| part.has(number, "")).count();
                        assert!(
                            (100 / of..=100 / of + 1).contains(&its),
                            "{way}{part}: {its}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_stays_in_its_part() {
        let part = |text: &str| text.parse::<Partition>().ok();
        for part in (1..=4).filter_map(|number| part(&format!("hash:{number}/4"))) {
            assert_eq!(part.has(0, "join"), part.has(17, "join"));
        }
        // Other machines, and other versions of this program, must agree on it.
        let has = |text, name| part(text).map(|part| part.has(0, name));
        assert_eq!(has("hash:2/2", "join"), Some(true));
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for (text, error) in [
            (
                "",
                "expected a part and the number of parts, `2/5`, or `hash:2/5`",
            ),
            (
                "2",
                "expected a part and the number of parts, `2/5`, or `hash:2/5`",
            ),
            (
                "2/",
                "expected a part and the number of parts, `2/5`, or `hash:2/5`",
            ),
            (
                "-1/2",
                "expected a part and the number of parts, `2/5`, or `hash:2/5`",
            ),
            (
                "1/99999999999999999999",
                "expected a part and the number of parts, `2/5`, or `hash:2/5`",
            ),
            (
                "0/5",
                "there is no part 0 of 5: parts are counted from 1 to 5",
            ),
            (
                "6/5",
                "there is no part 6 of 5: parts are counted from 1 to 5",
            ),
            ("1/0", "runs cannot be dealt out to 0 parts"),
            (
                "size:1/2",
                "`size` is no way to deal out runs: expected `count` (in turns) or `hash` (by their names)",
            ),
        ] {
            let refused = text.parse::<Partition>().map_err(|error| error.to_string());
            assert_eq!(refused, Err(error.to_owned()), "{text}");
        }
    }
}
