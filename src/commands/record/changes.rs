//! Describes the changes of a recording for its author.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use crate::lesson::purpose::Purpose;
use crate::plan::Run;
use crate::progress::color;
use crate::recordings::freshness::Unusable;
use crate::report::Color;
use crate::transcript::escape::escape;
use crate::transcript::format::Recording;

/// Writes the changes of a run's recording to `out`; `old` is `None` if the run had no recording, or an `unusable` one.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn describe(
    out: &mut impl Write,
    run: &Run,
    old: Option<&Recording>,
    unusable: Option<&Unusable>,
    new: &Recording,
) -> io::Result<()> {
    let verb = verb(old, unusable);
    writeln!(out, "{verb}: {} ({})", run.id, strictness(run, new))?;
    write_notes(out, old, unusable, new)?;
    match old {
        Some(old) => write_diff(out, &reviewed(old), &reviewed(new)),
        None => Ok(()),
    }
}

/// Returns the word for the change of a recording.
pub(in crate::commands) fn verb(
    old: Option<&Recording>,
    unusable: Option<&Unusable>,
) -> &'static str {
    match (old, unusable) {
        (Some(_), _) => "changed",
        (None, Some(_)) => "replaced",
        (None, None) => "new",
    }
}

/// Tells how strict the rules of a new recording are.
pub(in crate::commands) fn strictness(run: &Run, new: &Recording) -> String {
    let (proved, all) = new.shape.order.pairs;
    let order = match new.shape.order.untested {
        _ if run.purpose == Purpose::Build => "built, not executed".to_owned(),
        None => format!("{proved} of {all} pairs of lines proved to be in order"),
        Some(why) => format!("no order of lines proved: {why}"),
    };
    let templates = new.shape.templates.iter();
    let optional = templates.filter(|template| !template.is_fixed());
    match optional.count() {
        0 => order,
        1 => format!("{order}; 1 kind of line varies in number"),
        count => format!("{order}; {count} kinds of lines vary in number"),
    }
}

/// Writes what a diff does not show of a new recording.
///
/// # Errors
/// `out` cannot be written.
pub(in crate::commands) fn write_notes(
    out: &mut impl Write,
    old: Option<&Recording>,
    unusable: Option<&Unusable>,
    new: &Recording,
) -> io::Result<()> {
    if let Some(unusable) = unusable {
        writeln!(out, "  the old file could not be used: {}", unusable.why)?;
    }
    let Some(old) = old else {
        return Ok(());
    };
    let holds =
        old.shape == new.shape && old.transcript.interleaving() == new.transcript.interleaving();
    if old.head.inputs != new.head.inputs && holds {
        writeln!(out, "  its source changed; its output still holds")?;
    }
    if old.transcript.timing != new.transcript.timing && old.shape == new.shape {
        writeln!(
            out,
            "  its times were replaced: they had been measured on a busy machine"
        )?;
    }
    if old.transcript.tracks.is_empty() && !new.transcript.tracks.is_empty() {
        writeln!(out, "  its threads and processes were added")?;
    }
    Ok(())
}

/// Writes the differences of two texts that an author reviews.
///
/// # Errors
/// `out` cannot be written.
pub(in crate::commands) fn write_diff(
    out: &mut impl Write,
    before: &str,
    after: &str,
) -> io::Result<()> {
    let color = color(&io::stdout());
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        for change in hunk.iter_changes() {
            let (sign, sequence) = match change.tag() {
                ChangeTag::Delete => ('-', "\u{1b}[31m"),
                ChangeTag::Insert => ('+', "\u{1b}[32m"),
                ChangeTag::Equal => (' ', ""),
            };
            let line = change.value().trim_end_matches('\n');
            match color {
                Color::Ansi if !sequence.is_empty() => {
                    writeln!(out, "  {sequence}{sign} {line}\u{1b}[0m")?;
                }
                _ => writeln!(out, "  {sign} {line}")?,
            }
        }
    }
    Ok(())
}

/// Returns the text that an author reviews: the shape, and the lines of the screen without their times.
pub(in crate::commands) fn reviewed(recorded: &Recording) -> String {
    let lines = recorded.transcript.screen(None).into_iter();
    let lines: String = lines
        .map(|line| format!("| {}\n", escape(&line.text)))
        .collect();
    format!("{}{lines}", recorded.shape.text())
}
