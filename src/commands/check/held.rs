//! The seeded executions of a check in which a thread or process is held at its start.
//!
//! It does not go on until nothing else can happen. So a line that no longer waits for it comes too early in nearly all of
//! these executions, and an order that is merely rare comes in few.

use super::again::Again;
use super::findings::exception;
use super::suspect::Suspect;
use crate::diagnostic::Diagnostic;
use crate::transcript::seed::{Seed, World};
use crate::transcript::shape::Apart;

/// The worlds of the executions, in turn.
const WORLDS: [World; 2] = [World::Base, World::Late];
/// The distance of the first seed with a hold from the first one without, less one.
const BEFORE_HOLDS: u64 = 99;

/// The seeds with a hold of a check whose first seed without has this number.
pub(super) fn with_hold(first: u64) -> impl Iterator<Item = Seed> {
    let worlds = WORLDS.into_iter().cycle();
    let numbers = first + BEFORE_HOLDS + 1..;
    numbers
        .zip(worlds)
        .map(|(number, world)| Seed::of(number, world))
}

/// The executions in which one thread or process is held.
pub(super) struct Held<'a> {
    /// The thread or process.
    pub(super) apart: &'a Apart,
    executions: usize,
    /// The number of those with errors.
    wrong: usize,
    /// The first of these, and its errors.
    first: Option<(Suspect<'a>, Vec<Diagnostic>)>,
}

/// Counts an execution with a hold, and the errors in it.
pub(super) fn count<'a>(
    all: &mut Vec<Held<'a>>,
    again: &Again<'a>,
    errors: Option<(Suspect<'a>, Vec<Diagnostic>)>,
) {
    let Some(apart) = again.apart() else {
        return;
    };
    let known = all.iter().position(|held| held.apart == apart);
    let at = known.unwrap_or_else(|| {
        all.push(Held {
            apart,
            executions: 0,
            wrong: 0,
            first: None,
        });
        all.len() - 1
    });
    let held = &mut all[at];
    held.executions += 1;
    held.wrong += usize::from(errors.is_some());
    held.first = held.first.take().or(errors);
}

impl<'a> Held<'a> {
    /// Whether some executions had errors.
    pub(super) fn is_doubtful(&self) -> bool {
        self.wrong > 0
    }

    /// The first execution and its errors, if most executions had some.
    pub(super) fn error(&self) -> Option<&(Suspect<'a>, Vec<Diagnostic>)> {
        let first = self.first.as_ref();
        first.filter(|_| are_most(self.wrong, self.executions))
    }

    /// Warnings about the errors that few executions had.
    pub(super) fn exceptions(self) -> Vec<Diagnostic> {
        let Held {
            apart,
            executions,
            wrong,
            first,
        } = self;
        let rare = |error: Diagnostic| {
            let note = format!(
                "{wrong} of {executions} schedules with {} held show such a difference, and none that was recorded: rarely \
                 enough to be an exception that was not seen",
                apart.in_words()
            );
            exception(error)
                .note(note)
                .help("if the program may do this, nothing has to be done")
        };
        let errors = first.into_iter().flat_map(|(_, errors)| errors);
        errors.map(rare).collect()
    }
}

/// Whether so many of all are more than a half.
fn are_most(some: usize, all: usize) -> bool {
    some * 2 > all
}

#[cfg(test)]
mod tests {
    use super::are_most;

    #[test]
    fn a_difference_is_an_error_if_most_executions_with_a_hold_have_it() {
        // After the first executions, and after eight further ones.
        for (wrong, executions, expected) in [
            (1, 1, true),
            (1, 9, false),
            (4, 9, false),
            (5, 9, true),
            (9, 9, true),
            (2, 11, false),
            (5, 10, false),
        ] {
            assert_eq!(
                are_most(wrong, executions),
                expected,
                "{wrong} of {executions}"
            );
        }
    }
}
