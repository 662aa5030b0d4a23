//! What a check has found of a run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::compare::{Difference, What};
use crate::exec::{Excess, RunError};
use crate::plan::Ask;
use crate::transcript::Line;

/// Something in which a run differs.
#[derive(Debug)]
pub(super) struct Found {
    /// What.
    pub difference: Difference,
    /// What was printed in that run.
    pub lines: Arc<[Line]>,
    /// Where it is told; `None`: at the first fence that asks for the run.
    pub ask: Option<Ask>,
    /// Which run it was: `run 2 of 3, on one processor`.
    pub when: Option<String>,
    /// What a compiler said; with ANSI colours.
    pub said: String,
    /// How many further ones of its kind are not told.
    pub more: usize,
}

impl Found {
    /// A finding that is not about a run that was made.
    pub(super) fn of(what: What, message: String) -> Found {
        Found {
            difference: Difference {
                what,
                message,
                lines: Vec::new(),
            },
            lines: Arc::new([]),
            ask: None,
            when: None,
            said: String::new(),
            more: 0,
        }
    }

    /// The same, told at this place.
    pub(super) fn at(self, ask: &Ask) -> Found {
        Found {
            ask: Some(ask.clone()),
            ..self
        }
    }
}

/// So many findings of one kind are told of a run; the others are counted.
const MOST_OF_A_KIND: usize = 10;

/// Keeps each finding of a run once: one that several executions show is that of the first, which is reported in
/// full. Of each kind at most [`MOST_OF_A_KIND`] are kept; the last of them carries the count of the others.
pub(super) fn once_each(found: &mut Vec<Found>) {
    let mut first: HashMap<(What, String), Option<String>> = HashMap::new();
    let mut counts: HashMap<What, usize> = HashMap::new();
    found.retain(|found| {
        // Values differ from execution to execution; the kind of line does not.
        let message = found
            .difference
            .message
            .replace(|c: char| c.is_ascii_digit(), "");
        let key = (found.difference.what, message);
        let when = first.entry(key).or_insert_with(|| found.when.clone());
        if *when != found.when {
            return false;
        }
        let count = counts.entry(found.difference.what).or_default();
        *count += 1;
        *count <= MOST_OF_A_KIND
    });
    for (kind, count) in counts {
        let last = found
            .iter_mut()
            .rfind(|found| found.difference.what == kind);
        if let Some(last) = last {
            last.more = count.saturating_sub(MOST_OF_A_KIND);
        }
    }
}

/// Differences of a run that was made, and when.
pub(super) fn found(differences: Vec<Difference>, lines: &[Line], when: &str) -> Vec<Found> {
    let lines: Arc<[Line]> = lines.into();
    let found = |difference| Found {
        difference,
        lines: Arc::clone(&lines),
        ask: None,
        when: Some(when.to_owned()),
        said: String::new(),
        more: 0,
    };
    differences.into_iter().map(found).collect()
}

/// A run that did not come to its end.
pub(super) fn failed(error: RunError, when: String) -> Found {
    let what = match &error {
        RunError::Stopped {
            excess: Excess::Time,
            ..
        } => What::Timeout,
        _ => What::Exit,
    };
    Found {
        when: Some(when),
        ..Found::of(what, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, What, once_each};

    #[test]
    fn each_kind_counts_the_findings_that_are_left_out() {
        use What::{Count, Order, Text};
        for (found, kept) in [
            (vec![(Text, 3)], vec![(Text, 3, 0)]),
            (vec![(Text, 10)], vec![(Text, 10, 0)]),
            (
                vec![(Text, 12), (Order, 1)],
                vec![(Text, 10, 2), (Order, 1, 0)],
            ),
            (
                vec![(Order, 1), (Text, 11)],
                vec![(Order, 1, 0), (Text, 10, 1)],
            ),
            (
                vec![(Text, 8), (Order, 13), (Text, 5), (Count, 2)],
                vec![(Text, 8, 0), (Order, 10, 3), (Text, 2, 3), (Count, 2, 0)],
            ),
        ] {
            let mut all: Vec<Found> = Vec::new();
            for (kind, times) in &found {
                all.extend((0..*times).map(|_| Found::of(*kind, "a line".to_owned())));
            }
            once_each(&mut all);
            let groups = all.chunk_by(|one, other| one.difference.what == other.difference.what);
            let groups = groups.map(|group| {
                let more: Vec<usize> = group.iter().map(|found| found.more).collect();
                // The last of a group alone may carry a count.
                assert!(more[..more.len() - 1].iter().all(|more| *more == 0));
                (group[0].difference.what, group.len(), more[more.len() - 1])
            });
            assert_eq!(groups.collect::<Vec<_>>(), kept, "{found:?}");
        }
    }
}
