//! Merges the declarations of several fences about one run.

use super::run::{Ask, Declared, Run};
use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::fence::{Expected, Spanned};

/// Returns a fence's declaration with its place in this chapter.
pub(super) fn declared<T: Clone>(attribute: &Spanned<T>, chapter: usize) -> Declared<T> {
    Declared {
        value: attribute.value.clone(),
        ask: Ask {
            chapter,
            span: attribute.span.clone(),
        },
    }
}

/// Adds a fence's declaration to that of the run. `text` formats the attribute as the author writes it.
///
/// # Errors
/// Another fence declares a different value; the error has both places.
pub(super) fn agree<T: Clone + PartialEq>(
    chapter: usize,
    attribute: &Option<Spanned<T>>,
    known: &mut Option<Declared<T>>,
    text: impl Fn(&T) -> String,
) -> Result<(), Box<Diagnostic>> {
    let Some(attribute) = attribute else {
        return Ok(());
    };
    let first = known.get_or_insert_with(|| declared(attribute, chapter));
    if first.value == attribute.value {
        return Ok(());
    }
    let (here, there) = (text(&attribute.value), text(&first.value));
    let message = format!("`{here}` contradicts `{there}` of the same run");
    let there = format!("`{there}` is declared here");
    let error = Diagnostic::error(message)
        .at(Place::chapter(chapter, attribute.span.clone()))
        .related(Place::from(&first.ask).label(there));
    Err(error.into())
}

/// Returns an error for each run with a seed that a time-out is to cut: a time-out is of real time, and a seed has a
/// virtual clock.
pub(super) fn cut_with_seed(runs: &[Run]) -> impl Iterator<Item = Diagnostic> {
    let errors = runs.iter().map(|run| {
        let exit = run.exit.as_ref().filter(|_| run.is_cut())?;
        let seed = run.seed()?;
        let error = Diagnostic::error(format!(
            "`exit=timeout` contradicts `seed={seed}` of the same run"
        ));
        Some(error.at(&exit.ask).help(
            "a time-out is of real time, and a program with a seed has a virtual clock: remove one of the two attributes",
        ))
    });
    errors.flatten()
}

/// Adds a fence's expectations to those of its run.
///
/// # Errors
/// Another fence has a different expectation.
pub(super) fn expect(
    run: &mut Run,
    expected: &Expected,
    chapter: usize,
) -> Result<(), Box<Diagnostic>> {
    run.alone |= expected.alone;
    let Expected {
        exit,
        timeout,
        order,
        claims,
        redactions,
        ..
    } = expected;
    agree(chapter, exit, &mut run.exit, |exit| format!("exit={exit}"))?;
    agree(chapter, timeout, &mut run.timeout, |&time| {
        format!("timeout={}", humantime::format_duration(time))
    })?;
    agree(chapter, order, &mut run.order, |order| {
        format!("order={order:?}").to_lowercase()
    })?;
    for claim in claims {
        if !run.claims.iter().any(|known| known.value == claim.value) {
            run.claims.push(declared(claim, chapter));
        }
    }
    for redaction in redactions {
        let mut same = run.redacted.iter();
        let mut same = same
            .find(|known| known.value.name == redaction.value.name)
            .cloned();
        if same.is_none() {
            run.redacted.push(declared(redaction, chapter));
            run.redactions.add(redaction.value.clone());
        }
        agree(chapter, &Some(redaction.clone()), &mut same, |it| {
            format!("redact=\"{}={}\"", it.pattern, it.name)
        })?;
    }
    if run.unchecked.is_none() {
        run.unchecked.clone_from(&expected.unchecked);
    }
    Ok(())
}
