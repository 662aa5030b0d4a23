//! Checks which lines a fresh transcript has, and how often each is printed.

use std::collections::{BTreeMap, HashMap};

use super::assign::Assigned;
use super::finding::{Difference, without_digits};
use super::quote::{quoted, quoted_template};
use super::time::is_far;
use crate::diagnostic::FindingKind;
use crate::transcript::redaction::in_braces;
use crate::transcript::shape::token::{Token, seconds, tokens};
use crate::transcript::shape::{Part, Shape, Template};
use crate::transcript::{Line, Stream};

/// Returns the lines that are new or are printed too seldom or too often.
pub(super) fn text_and_count(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut missing: Vec<(usize, usize)> = Vec::new();
    for (number, template) in shape.templates.iter().enumerate() {
        let required = *template.count.start();
        let places = &assigned.lines_of[number];
        if places.len() < required {
            missing.push((number, required - places.len()));
        } else {
            differences.extend(surplus(template, places));
        }
    }
    let mut nearest = Nearest::of(shape, missing);
    for &line in &assigned.unassigned {
        let Line { text, stream, .. } = &lines[line];
        let redacted = shape.redactions.redact(text);
        let template = nearest.take(&in_braces(&redacted), *stream);
        let template = template.map(|number| &shape.templates[number]);
        differences.extend(unknown_line(line, (text, &in_braces(&redacted)), template));
    }
    for number in nearest.left() {
        let template = &shape.templates[number];
        let found = assigned.lines_of[number].len();
        let message = wrong_count(template, found, *template.count.start());
        differences.push(Difference::new(FindingKind::Count, message));
    }
    differences
}

/// The first line of a template beyond the number that it allows.
fn surplus(template: &Template, places: &[usize]) -> Option<Difference> {
    let (required, allowed) = (*template.count.start(), *template.count.end());
    let &first = places.get(allowed)?;
    // How far a program gets before it is ended depends on the machine.
    let is_optional = required < allowed && (allowed > 1 || template.holes().next().is_some());
    let kind = if is_optional {
        FindingKind::Learn
    } else {
        FindingKind::Count
    };
    Some(Difference {
        lines: vec![(first, "one too many".to_owned())],
        ..Difference::new(kind, wrong_count(template, places.len(), allowed))
    })
}

pub(super) fn wrong_count(template: &Template, found: usize, expected: usize) -> String {
    let times = |count| match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    };
    let template = quoted_template(template);
    format!(
        "prints {template} {}, expected {}",
        times(found),
        times(expected)
    )
}

/// A line that fits no template, and the template that it most likely replaces. `None`: only times differ, and
/// by little.
fn unknown_line(
    line: usize,
    (text, redacted): (&str, &str),
    template: Option<&Template>,
) -> Option<Difference> {
    let found = quoted(text);
    let Some(template) = template else {
        return Some(Difference {
            lines: vec![(line, "not in the recording".to_owned())],
            ..Difference::new(FindingKind::Text, format!("prints a new line, {found}"))
        });
    };
    let kind = match only_times_differ(text, template) {
        Some(is_far) if !is_far => return None,
        Some(_) => FindingKind::Timing,
        None if without_digits(redacted) == without_digits(&template.text()) => FindingKind::Field,
        None => FindingKind::Text,
    };
    let expected = quoted_template(template);
    Some(Difference {
        lines: vec![(line, format!("expected {expected}"))],
        ..Difference::new(kind, format!("prints {found}, not {expected}"))
    })
}

/// The templates that lack lines, to find the one that an unknown line most likely replaces.
struct Nearest<'a> {
    shape: &'a Shape,
    /// The numbers of the templates, and how many lines each lacks.
    missing: BTreeMap<usize, usize>,
    /// The templates by their texts without digits.
    alike: HashMap<(Stream, String), Vec<usize>>,
    /// The comparisons of dissimilar texts that are left: each is slow.
    comparisons: usize,
}

impl<'a> Nearest<'a> {
    fn of(shape: &'a Shape, missing: Vec<(usize, usize)>) -> Nearest<'a> {
        let mut alike: HashMap<(Stream, String), Vec<usize>> = HashMap::new();
        for &(number, _) in missing.iter().rev() {
            let template = &shape.templates[number];
            let key = (template.stream, without_digits(&template.text()));
            alike.entry(key).or_default().push(number);
        }
        Nearest {
            shape,
            missing: missing.into_iter().collect(),
            alike,
            comparisons: 5000,
        }
    }

    /// Returns the number of the most similar template, which then lacks one line less.
    fn take(&mut self, text: &str, stream: Stream) -> Option<usize> {
        let alike = self.alike.get_mut(&(stream, without_digits(text)));
        let number = match alike.and_then(|alike| alike.last().copied()) {
            Some(number) => number,
            None => self.most_similar(text, stream)?,
        };
        let count = self.missing.get_mut(&number)?;
        *count -= 1;
        if *count == 0 {
            self.missing.remove(&number);
            let template = &self.shape.templates[number];
            let key = (template.stream, without_digits(&template.text()));
            if let Some(alike) = self.alike.get_mut(&key) {
                alike.retain(|&other| other != number);
            }
        }
        Some(number)
    }

    fn most_similar(&mut self, text: &str, stream: Stream) -> Option<usize> {
        let mut best: Option<(f64, usize)> = None;
        for &number in self.missing.keys() {
            let template = &self.shape.templates[number];
            if template.stream != stream || self.comparisons == 0 {
                continue;
            }
            self.comparisons -= 1;
            let similarity = similarity(text, template);
            if similarity > best.map_or(0.5, |(most, _)| most) {
                best = Some((similarity, number));
            }
        }
        best.map(|(_, number)| number)
    }

    /// The templates that still lack lines.
    fn left(&self) -> impl Iterator<Item = usize> {
        self.missing.keys().copied()
    }
}

/// Returns, if a line differs from a template without holes only in times, whether one of them is far from the
/// recorded time. `None`: something else differs.
fn only_times_differ(text: &str, template: &Template) -> Option<bool> {
    let [Part::Text(recorded)] = template.parts.as_slice() else {
        return None;
    };
    let (now, then) = (tokens(text), tokens(recorded));
    if now.len() != then.len() {
        return None;
    }
    let (mut far, mut end) = (false, 0);
    for (now, then) in now.iter().zip(&then) {
        end += now.text().len();
        if now.text() == then.text() {
            continue;
        }
        let (Token::Value(..), Token::Value(..)) = (now, then) else {
            return None;
        };
        let rest = &text[end..];
        far |= is_far(seconds(then.text(), rest)?, seconds(now.text(), rest)?);
    }
    Some(far)
}

/// A template as a line that fits it, as far as it says how such a line reads.
fn as_line(template: &Template) -> String {
    let parts = template.parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Redacted(placeholder) => in_braces(placeholder).into_owned(),
        Part::Hole(hole) if !hole.members.is_empty() => hole.members.join(", "),
        Part::Hole(hole) => hole.to_string(),
        Part::Any | Part::End => String::new(),
    });
    parts.collect()
}

/// The similarity of a line and a template, from 0 to 1.
fn similarity(text: &str, template: &Template) -> f64 {
    // The distance takes quadratic time: longer texts count as dissimilar.
    const MAX_BYTES: usize = 300;
    let template = as_line(template);
    if text.len().max(template.len()) > MAX_BYTES {
        return 0.0;
    }
    strsim::normalized_damerau_levenshtein(text, &template)
}
