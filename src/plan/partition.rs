//! Partitions a book's runs over several machines.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// One of several parts of a book's runs; each run is in exactly one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    method: Method,
    /// From 1 to `of`.
    part: NonZero<u64>,
    /// The number of parts.
    of: NonZero<u64>,
}

/// The method by which runs are assigned to parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Round-robin: parts of equal size.
    Count,
    /// By the hash of the run's name: a run stays in its part if other runs are added.
    Hash,
}

/// The reason why a text cannot be parsed as a partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    /// The text has another form.
    #[error("expected a part and the number of parts, `2/5`, or `hash:2/5`")]
    Form,
    /// The method is unknown.
    #[error("expected `count` (round-robin) or `hash` (by name), found `{0}`")]
    Method(String),
    /// The number of the part is out of range.
    #[error("expected a part from 1 to {of}, found {part}")]
    Part {
        /// The part.
        part: u64,
        /// The number of parts.
        of: u64,
    },
    /// The number of parts is 0.
    #[error("expected at least 1 part, found 0")]
    None,
}

impl Partition {
    /// Returns whether a run is in this part, by its name and its number among all runs, from 0.
    pub fn has(self, number: usize, id: &str) -> bool {
        let number = match self.method {
            Method::Count => number as u64,
            Method::Hash => {
                let hash = Sha256::digest(id.as_bytes());
                let bytes = hash.iter().take(8);
                bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        };
        number % self.of == self.part.get() - 1
    }

    /// Returns whether this is the first part, which also reports findings that concern no single run.
    pub fn is_first(self) -> bool {
        self.part.get() == 1
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    /// Parses `2/5`, `count:2/5` or `hash:2/5`; `slice:2/5` is cargo-nextest's name for `count:2/5`.
    fn from_str(text: &str) -> Result<Partition, PartitionError> {
        let (method, rest) = match text.split_once(':') {
            None => (Method::Count, text),
            Some(("count" | "slice", rest)) => (Method::Count, rest),
            Some(("hash", rest)) => (Method::Hash, rest),
            Some((other, _)) => return Err(PartitionError::Method(other.to_owned())),
        };
        let (part, of) = rest.split_once('/').ok_or(PartitionError::Form)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| PartitionError::Form);
        let (part, of) = (number(part)?, number(of)?);
        let of = NonZero::new(of).ok_or(PartitionError::None)?;
        match NonZero::new(part) {
            Some(part) if part <= of => Ok(Partition { method, part, of }),
            _ => Err(PartitionError::Part { part, of: of.get() }),
        }
    }
}

impl fmt::Display for Partition {
    /// Writes `2/5`, whatever the method.
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
        for method in ["", "count:", "hash:", "slice:"] {
            for of in [1, 2, 3, 7, 101] {
                let parts: Vec<Partition> = (1..=of)
                    .filter_map(|part| format!("{method}{part}/{of}").parse().ok())
                    .collect();
                assert_eq!(parts.len(), of);
                for (number, name) in names.iter().enumerate() {
                    let having = parts.iter().filter(|part| part.has(number, name));
                    assert_eq!(having.count(), 1, "{method}{of}: {name}");
                }
                if method != "hash:" {
                    for part in &parts {
                        let size = (0..100).filter(|&number| part.has(number, "")).count();
                        assert!(
                            (100 / of..=100 / of + 1).contains(&size),
                            "{method}{part}: {size}"
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
        // Other machines and other versions of this program must agree.
        let has = |text, name| part(text).map(|part| part.has(0, name));
        assert_eq!(has("hash:2/2", "join"), Some(true));
    }

    #[test]
    fn errors_name_the_expected_form() {
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
            ("0/5", "expected a part from 1 to 5, found 0"),
            ("6/5", "expected a part from 1 to 5, found 6"),
            ("1/0", "expected at least 1 part, found 0"),
            (
                "size:1/2",
                "expected `count` (round-robin) or `hash` (by name), found `size`",
            ),
        ] {
            let refused = text.parse::<Partition>().map_err(|error| error.to_string());
            assert_eq!(refused, Err(error.to_owned()), "{text}");
        }
    }
}
