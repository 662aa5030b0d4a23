//! How far each program is taken, as any one of its fences declares for all of them.

use std::collections::HashMap;

use super::agree::{agree, declared};
use super::requests::{Request, Requests};
use super::run::{Declared, Target};
use super::targets::{Targets, resolved};
use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::fence::RunAttributes;
use crate::lesson::purpose::Purpose;

/// The purposes that fences declare, by the attributes of the runs.
#[derive(Debug, Default)]
pub(super) struct Purposes(HashMap<RunAttributes, Declared<Purpose>>);

impl Purposes {
    /// Collects the purposes of a book's fences. Returns them, and an error for each fence that contradicts an earlier
    /// one.
    pub(super) fn of(
        requests: &Requests<'_>,
        targets: &Targets,
        profile: Option<&str>,
    ) -> (Purposes, Vec<Diagnostic>) {
        let mut purposes = Purposes::default();
        let mut errors = Vec::new();
        for request in requests.iter() {
            let Some(fence) = request.fence() else {
                continue;
            };
            // An unknown target is reported where its run is planned.
            if let Some(purpose) = &fence.expected.purpose
                && let Ok(target) = targets.resolve(&fence.attributes.target)
            {
                let key = resolved(fence.attributes, profile, target);
                let mut known = purposes.0.remove(&key);
                let agreed = agree(request.chapter, &fence.expected.purpose, &mut known, |it| {
                    it.to_string()
                });
                errors.extend(agreed.err().map(|error| *error));
                let known = known.unwrap_or_else(|| declared(purpose, request.chapter));
                purposes.0.insert(key, known);
            }
        }
        (purposes, errors)
    }

    /// Returns the purpose of a run.
    pub(super) fn of_run(&self, run: &RunAttributes) -> Purpose {
        let declared = self.0.get(run);
        declared.map_or(Purpose::Run, |declared| declared.value.clone())
    }

    /// Returns the error for a fence that shows the output of a program that has none.
    pub(super) fn no_output(
        &self,
        request: &Request<'_>,
        target: &Target,
        run: &RunAttributes,
    ) -> Option<Diagnostic> {
        let Declared { value, ask } = self.0.get(run).filter(|it| it.value.is_silent())?;
        let message = format!("`{}` has no output: it {}", target.name, value.in_words());
        let place = Place::from(ask).label(format!("`{value}` is declared here"));
        let error = Diagnostic::error(message).at(&request.ask()).related(place);
        Some(error.help(format!(
            "remove `{value}`; to keep it for `mdbook test`, declare in its fence how the program ends: `exit=0`"
        )))
    }
}
