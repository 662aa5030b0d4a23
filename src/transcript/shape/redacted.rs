//! A shape and its redactions.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Part, Shape};
use crate::transcript::Line;
use crate::transcript::redaction::{Redactions, name_of};

impl Shape {
    /// Adds those redactions whose names the templates have: the shape was learned from lines that they have redacted.
    pub fn with_redactions(mut self, all: &Redactions) -> Shape {
        let parts = self.templates.iter().flat_map(|template| &template.parts);
        let names: HashSet<&str> = parts
            .filter_map(|part| match part {
                Part::Redacted(placeholder) => Some(name_of(placeholder)),
                Part::Text(_) | Part::Hole(_) | Part::Any | Part::End => None,
            })
            .collect();
        let used = all.iter().filter(|it| names.contains(it.name.as_str()));
        self.redactions = used.cloned().collect();
        self
    }

    /// Redacts lines as the templates have them.
    pub fn redacted<'a>(&self, lines: &'a [Line]) -> Cow<'a, [Line]> {
        if self.redactions.is_empty() {
            return Cow::Borrowed(lines);
        }
        let redacted = lines.iter().map(|line| Line {
            text: self.redactions.redact(&line.text).into_owned(),
            ..line.clone()
        });
        Cow::Owned(redacted.collect())
    }
}
