//! What a check has found of a run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::compare::{Difference, FindingKind};
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
    pub(super) fn of(what: FindingKind, message: String) -> Found {
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

/// The same in several runs is told once, what one run shows in full.
pub(super) fn once_each(found: &mut Vec<Found>) {
    let mut first: HashMap<(FindingKind, String), Option<String>> = HashMap::new();
    let mut counts: HashMap<FindingKind, usize> = HashMap::new();
    let mut more = 0;
    found.retain(|found| {
        // Values differ from run to run: what kind of line it is does not.
        let without_digits = |c: char| c.is_ascii_digit();
        let message = found.difference.message.replace(without_digits, "");
        let key = (found.difference.what, message);
        let when = first.entry(key).or_insert_with(|| found.when.clone());
        if *when != found.when {
            return false;
        }
        let count = counts.entry(found.difference.what).or_default();
        *count += 1;
        more += usize::from(*count > MOST_OF_A_KIND);
        *count <= MOST_OF_A_KIND
    });
    if let (1.., Some(last)) = (more, found.last_mut()) {
        last.more = more;
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
        } => FindingKind::Timeout,
        _ => FindingKind::Exit,
    };
    Found {
        when: Some(when),
        ..Found::of(what, error.to_string())
    }
}
