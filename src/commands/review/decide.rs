//! Decides on each change.

use std::collections::BTreeSet;
use std::io::Write;

use super::apply::{Outcome, accept, reject, reject_pending};
use super::changes::{Change, Changes};
use super::mode::Mode;
use super::show::show;
use crate::ask::Keys;
use crate::book::Book;
use crate::plan::{Plan, RunId};
use crate::session::Session;

/// The question after a change.
const QUESTION: &str =
    "[a]ccept, [r]eject, [s]kip; [A]ccept all, [R]eject all of the rest; [q]uit?";
const KEYS: &str = "arsARq";

/// The outcome of a review.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// The number of accepted changes.
    accepted: usize,
    /// The number of rejected changes.
    rejected: usize,
    /// The number of changes that are left to decide.
    pub(super) left: usize,
    /// The number of changes on which another review has decided meanwhile.
    pub(super) gone: usize,
    /// The runs whose new recordings were accepted.
    pub(super) runs: BTreeSet<RunId>,
}

/// A decision on a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    Skip,
}

/// Decides on changes in a mode, and carries the decisions out. Where a person decides, recordings in which the person
/// would see no difference are accepted.
///
/// # Errors
/// A file cannot be written or removed, Ctrl-C was pressed, or `out` cannot be written.
pub(super) fn decide(
    changes: Changes,
    mode: Mode,
    book: &Book<'_>,
    plan: &Plan,
    session: &mut Session,
    out: &mut impl Write,
) -> anyhow::Result<Decided> {
    let Changes { mut all, blocked } = changes;
    let mut decided = Decided::default();
    if mode == Mode::Ask {
        let is_invisible = |change: &mut Change| change.is_invisible(plan, session);
        let invisible: Vec<Change> = all.extract_if(.., is_invisible).collect();
        for change in invisible {
            decided.carry_out(Decision::Accept, &change, plan, session, out)?;
            writeln!(out, "  neither its rules nor its text have changed\n")?;
        }
    }
    let mut keys = None;
    // The decision on all of the rest.
    let mut rest = match mode {
        Mode::Ask => None,
        Mode::Show => Some(Decision::Skip),
        Mode::Accept => Some(Decision::Accept),
        Mode::Reject => Some(Decision::Reject),
    };
    let count = all.len();
    for (number, change) in all.iter().enumerate() {
        let is_shown = mode == Mode::Show || rest.is_none();
        if is_shown {
            show(change, (number + 1, count), book, plan, session, out)?;
        }
        let decision = match rest {
            Some(decision) => decision,
            None => asked(keys.get_or_insert_with(Keys::begin), &mut rest, out)?,
        };
        decided.carry_out(decision, change, plan, session, out)?;
        if is_shown {
            writeln!(out)?;
        }
    }
    for (run, why) in blocked {
        let id = &plan[run].id;
        if mode == Mode::Reject {
            let outcome = reject_pending(id, session, out)?;
            decided.count(Decision::Reject, outcome);
        } else {
            writeln!(
                out,
                "not accepted: {id}: {why}; run `mdbook-transcript review {id}`"
            )?;
            decided.left += 1;
        }
    }
    Ok(decided)
}

/// Asks for the decision on a change; sets `rest` if it is on all of the rest, too.
///
/// # Errors
/// Ctrl-C was pressed, or `out` cannot be written.
fn asked(
    keys: &Keys,
    rest: &mut Option<Decision>,
    out: &mut impl Write,
) -> anyhow::Result<Decision> {
    let key = keys.ask(QUESTION, KEYS, out)?;
    let (decision, is_for_all) = match key {
        Some('a') => (Decision::Accept, false),
        Some('A') => (Decision::Accept, true),
        Some('r') => (Decision::Reject, false),
        Some('R') => (Decision::Reject, true),
        Some('s') => (Decision::Skip, false),
        _ => (Decision::Skip, true),
    };
    *rest = is_for_all.then_some(decision);
    Ok(decision)
}

impl Decided {
    /// Carries out a decision on a change, and counts it.
    ///
    /// # Errors
    /// A file cannot be written or removed, or `out` cannot be written.
    fn carry_out(
        &mut self,
        decision: Decision,
        change: &Change,
        plan: &Plan,
        session: &mut Session,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let outcome = match decision {
            Decision::Accept => accept(change, plan, session, out)?,
            Decision::Reject => reject(change, plan, session, out)?,
            Decision::Skip => Outcome::Done,
        };
        self.count(decision, outcome);
        if let (Decision::Accept, Outcome::Done, Change::Recorded(run, _)) =
            (decision, outcome, change)
        {
            self.runs.insert(*run);
        }
        Ok(())
    }

    /// Counts a decision by its outcome.
    fn count(&mut self, decision: Decision, outcome: Outcome) {
        *match (outcome, decision) {
            (Outcome::Gone, _) => &mut self.gone,
            (Outcome::TooLate, _) | (Outcome::Done, Decision::Skip) => &mut self.left,
            (Outcome::Done, Decision::Accept) => &mut self.accepted,
            (Outcome::Done, Decision::Reject) => &mut self.rejected,
        } += 1;
    }

    /// Returns whether there was nothing to decide on.
    pub(super) fn is_empty(&self) -> bool {
        self.accepted + self.rejected + self.left + self.gone == 0
    }

    /// Puts the numbers in words: `2 accepted, 1 rejected`.
    pub(super) fn in_words(&self, mode: Mode) -> String {
        let how = "run `mdbook-transcript review` on a terminal, or with `--accept` or `--reject`";
        if mode == Mode::Show && self.left > 0 {
            return format!("{} to decide on: {how}", self.left);
        }
        let numbers = [
            (self.accepted, "accepted"),
            (self.rejected, "rejected"),
            (self.left, "left to decide on"),
            (self.gone, "no longer pending"),
        ];
        let numbers = numbers.iter().filter(|(number, _)| *number > 0);
        let numbers: Vec<String> = numbers
            .map(|(number, verb)| format!("{number} {verb}"))
            .collect();
        match numbers.is_empty() {
            true => "nothing to review".to_owned(),
            false => numbers.join(", "),
        }
    }
}
