//! The changes of a recording, as its author reviews them.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use crate::plan::Run;
use crate::progress::colour;
use crate::report::Colour;
use crate::transcript::escape::escape;
use crate::transcript::format::Recording;

/// Writes the changes of a run's recording; `None`: the run had no recording.
pub(super) fn describe(
    out: &mut impl Write,
    run: &Run,
    old: Option<&Recording>,
    new: &Recording,
) -> io::Result<()> {
    let (proved, all) = new.shape.order.pairs;
    let order = match new.shape.order.untested {
        None => format!("{proved} of {all} pairs of lines proved to be in order"),
        Some(why) => format!("no order of lines proved: {why}"),
    };
    let open = new.shape.templates.iter().filter(|its| !its.is_fixed());
    let order = match open.count() {
        0 => order,
        1 => format!("{order}; 1 kind of line does not always come"),
        some => format!("{order}; {some} kinds of lines do not always come"),
    };
    let verb = if old.is_some() { "changed" } else { "new" };
    writeln!(out, "{verb}: {} ({order})", run.id)?;
    let Some(old) = old else {
        return Ok(());
    };
    if old.head.inputs != new.head.inputs && old.shape == new.shape {
        writeln!(out, "  its source; what it prints holds")?;
    }
    if old.transcript.timing != new.transcript.timing && old.shape == new.shape {
        writeln!(out, "  its times, which something else had disturbed")?;
    }
    if old.transcript.tracks.is_empty() && !new.transcript.tracks.is_empty() {
        writeln!(out, "  who took part in it, and when")?;
    }
    let colour = colour(&io::stdout());
    let (before, after) = (reviewed(old), reviewed(new));
    let diff = TextDiff::from_lines(&before, &after);
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        for change in hunk.iter_changes() {
            let (sign, sequence) = match change.tag() {
                ChangeTag::Delete => ('-', "\u{1b}[31m"),
                ChangeTag::Insert => ('+', "\u{1b}[32m"),
                ChangeTag::Equal => (' ', ""),
            };
            let line = change.value().trim_end_matches('\n');
            match colour {
                Colour::Ansi if !sequence.is_empty() => {
                    writeln!(out, "  {sequence}{sign} {line}\u{1b}[0m")?;
                }
                _ => writeln!(out, "  {sign} {line}")?,
            }
        }
    }
    Ok(())
}

/// The text that an author reviews: the shape, and the lines without their times.
fn reviewed(recorded: &Recording) -> String {
    let lines = recorded.transcript.lines.iter();
    let lines: String = lines
        .map(|line| format!("| {}\n", escape(&line.text)))
        .collect();
    format!("{}{lines}", recorded.shape.text())
}
