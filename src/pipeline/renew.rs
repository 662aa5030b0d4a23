//! The old recording of a run and what was learned since → its new recording.

use super::record::Learned;
use crate::compare::{Awaited, obeys};
use crate::plan::Run;
use crate::recordings::redactions::changed_redaction;
use crate::session::Session;
use crate::transcript::execution::Execution;
use crate::transcript::format::Recording;
use crate::transcript::shape::{Shape, Starts};
use crate::transcript::{Timing, Transcript};

/// Returns the new recording of a run; its text is that of the old recording as long as the old shape holds.
pub fn recording(session: &Session, run: &Run, learned: &Learned) -> Recording {
    let Learned {
        program,
        shown,
        executions,
        shape,
        ..
    } = learned;
    let none = Default::default();
    let inputs = program.built.inputs.as_ref().unwrap_or(&none);
    let head = session
        .recordings
        .head(run, inputs, &session.workspace.target);
    // Two shapes of one program differ slightly by chance, which must not change a file.
    let is_same_program =
        |old: &Recording| old.head.run == head.run && old.head.inputs == head.inputs;
    let is_redacted_alike = |old: &Recording| changed_redaction(old, &run.redactions).is_none();
    let holds = |old: &Recording| {
        let rest_alike = old.shape.schedules.is_some() == shape.schedules.is_some()
            && (shape.schedules.is_none() || old.shape.has_the_kinds_of(shape));
        let is_alike =
            || old.shape.has_the_rules_of(shape) && is_shown_alike(shape, &old.transcript, shown);
        rest_alike
            && is_redacted_alike(old)
            && (is_same_program(old) || is_alike())
            && (old.shape.other_exits() > 0 || shape.other_exits() == 0)
            && all_obey(&old.shape, executions)
    };
    match session.recordings.get(run) {
        Some(old) if holds(old) => Recording {
            head,
            shape: old.shape.clone(),
            transcript: better(&old.transcript, shown).clone(),
        },
        Some(old)
            if is_same_program(old)
                && (shape.schedules.is_some() || !is_redacted_alike(old))
                && obeys(shape, &Execution::of(&old.transcript)) =>
        {
            // The rules have changed, and not the program: readers go on seeing what they saw.
            let transcript = better(&old.transcript, shown).clone();
            let mut executions = executions.clone();
            executions.insert(0, Execution::of(&transcript).redacted(&run.redactions));
            let again = crate::learn::shape::shape(&executions, shape.order.untested);
            Recording {
                head,
                shape: again
                    .with_other_exits(shape.other_exits())
                    .with_redactions(&run.redactions),
                transcript,
            }
        }
        _ => Recording {
            head,
            shape: shape.clone(),
            transcript: shown.clone(),
        },
    }
}

/// Returns whether the streams alternate alike. A shape does not compare them, but a program with one thread has no
/// choice.
fn is_shown_alike(shape: &Shape, old: &Transcript, new: &Transcript) -> bool {
    let has_one_thread = shape.order.untested.is_none() && shape.starts == Starts::default();
    !has_one_thread || old.interleaving() == new.interleaving()
}

/// Chooses the transcript that readers see if the shape holds: the old one, unless it was measured on a busy machine or
/// has no tracks, and the new one is better.
fn better<'a>(old: &'a Transcript, new: &'a Transcript) -> &'a Transcript {
    let brings_tracks = old.tracks.is_empty() && !new.tracks.is_empty();
    match (old.timing, new.timing) {
        (Timing::Noisy, Timing::Clean) => new,
        (_, Timing::Clean) if brings_tracks => new,
        _ => old,
    }
}

fn all_obey(shape: &Shape, executions: &[Execution]) -> bool {
    let mut awaited = Awaited::of(shape);
    let seeded = executions
        .iter()
        .filter(|execution| execution.world().is_some());
    seeded.for_each(|execution| awaited.sees(&execution.as_lines()));
    awaited.is_over() && executions.iter().all(|execution| obeys(shape, execution))
}
