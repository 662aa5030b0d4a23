//! The transcripts that a build would show once the new recordings are accepted.

use std::collections::BTreeMap;

use crate::pipeline::not_recorded::NotRecorded;
use crate::plan::{Plan, RunId};
use crate::session::Session;
use crate::transcript::Transcript;
use crate::transcript::format::Recording;

/// Returns why a run must be recorded; `None`: its recording is fresh.
pub(in crate::commands) fn needed(
    run: RunId,
    plan: &Plan,
    session: &mut Session,
) -> Option<NotRecorded> {
    NotRecorded::of(&session.recorded(&plan[run]))
}

/// Returns the transcript of each run's pending or fresh recording.
pub(in crate::commands) fn shown<'a>(
    plan: &Plan,
    session: &'a mut Session,
    pending: &'a BTreeMap<RunId, Recording>,
) -> Vec<Option<&'a Transcript>> {
    let is_fresh = |run| needed(run, plan, session).is_none();
    let fresh: Vec<bool> = plan.ids().map(is_fresh).collect();
    let recordings = &session.recordings;
    let shown = plan.ids().map(|run| {
        let accepted = || recordings.get(&plan[run]).filter(|_| fresh[run.0]);
        let recording = pending.get(&run).or_else(accepted)?;
        Some(&recording.transcript)
    });
    shown.collect()
}
