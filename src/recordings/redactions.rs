//! Whether the shape of a recording has the redactions of its run.

use super::inputs::Fate;
use crate::transcript::format::Recording;
use crate::transcript::redaction::Redactions;

/// Returns the name of a redaction that is not the one with which a recording was made, and its fate: one whose regular
/// expression has changed, one that no fence and no setting declares anymore, or a new one that matches a recorded line.
pub fn changed_redaction(old: &Recording, now: &Redactions) -> Option<(String, Fate)> {
    let then = &old.shape.redactions;
    for redaction in then.iter() {
        let name = || redaction.name.clone();
        match now.get(&redaction.name) {
            None => return Some((name(), Fate::Unset)),
            Some(other) if other != redaction => return Some((name(), Fate::Changed)),
            Some(_) => {}
        }
    }
    // All others of the book may be about other runs.
    if now.iter().all(|it| then.get(&it.name).is_some()) {
        return None;
    }
    let lines = old.transcript.lines.iter();
    let mut names = lines.flat_map(|line| now.names_in(&line.text));
    let new = names.find(|name| then.get(name).is_none())?;
    Some((new, Fate::New))
}
