//! Compares the lines of a new transcript, and how often each comes.

use std::collections::{BTreeMap, HashMap};

use super::assign::Assigned;
use super::time::is_far;
use super::{Difference, What, quoted, quoted_template};
use crate::transcript::shape::token::{Token, seconds, tokens};
use crate::transcript::shape::{Part, Shape, Template};
use crate::transcript::{Line, Stream};

fn times_in_words(count: usize) -> String {
    match count {
        0 => "not at all".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Returns lines that are new, or that come too rarely or too often.
pub(super) fn text_and_count(
    shape: &Shape,
    lines: &[Line],
    assigned: &Assigned,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut missing: Vec<(usize, usize)> = Vec::new();
    for (number, template) in shape.templates.iter().enumerate() {
        let (least, most) = (*template.count.start(), *template.count.end());
        let places = &assigned.of_templates[number];
        if places.len() < least {
            missing.push((number, least - places.len()));
        } else if places.len() > most {
            let seldom = least < most && (most > 1 || template.holes().next().is_some());
            let message = format!(
                "prints {} {}, not {}",
                quoted_template(template),
                times_in_words(places.len()),
                times_in_words(most)
            );
            differences.push(Difference {
                lines: vec![(places[most], "one too many".to_owned())],
                // How often such a line comes before the program ends depends on the machine.
                ..Difference::new(if seldom { What::Learn } else { What::Count }, message)
            });
        }
    }
    let mut nearest = Nearest::of(shape, missing);
    for &line in &assigned.left {
        let stream = lines[line].stream;
        let text = &lines[line].text;
        let found = quoted(text);
        let Some(number) = nearest.take(text, stream) else {
            differences.push(Difference {
                lines: vec![(line, "it was not there when it was recorded".to_owned())],
                ..Difference::new(What::Text, format!("prints a new line, {found}"))
            });
            continue;
        };
        let template = &shape.templates[number];
        let what = match only_times_differ(text, template) {
            Some(is_far) if !is_far => continue,
            Some(_) => What::Timing,
            None if without_digits(text) == without_digits(&template.text()) => What::Field,
            None => What::Text,
        };
        let expected = quoted_template(template);
        differences.push(Difference {
            lines: vec![(line, format!("expected {expected}"))],
            ..Difference::new(what, format!("prints {found}, not {expected}"))
        });
    }
    for number in nearest.left() {
        let template = &shape.templates[number];
        let message = format!(
            "prints {} {}, not {}",
            quoted_template(template),
            times_in_words(assigned.of_templates[number].len()),
            times_in_words(*template.count.start())
        );
        differences.push(Difference::new(What::Count, message));
    }
    differences
}

/// The templates that lack lines, from which the closest to a new line is chosen.
struct Nearest<'a> {
    shape: &'a Shape,
    /// The numbers of templates, and how many lines each lacks.
    missing: BTreeMap<usize, usize>,
    /// The same, by their texts without digits.
    alike: HashMap<(Stream, String), Vec<usize>>,
    /// How many more slow comparisons of unlike texts may be made.
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

    /// Returns the number of the template, which then lacks one line less.
    fn take(&mut self, text: &str, stream: Stream) -> Option<usize> {
        let alike = self.alike.get_mut(&(stream, without_digits(text)));
        let number = match alike.and_then(|alike| alike.last().copied()) {
            Some(number) => number,
            None => self.likest(text, stream)?,
        };
        let count = self.missing.get_mut(&number)?;
        *count -= 1;
        if *count == 0 {
            self.missing.remove(&number);
            let template = &self.shape.templates[number];
            let key = (template.stream, without_digits(&template.text()));
            if let Some(alike) = self.alike.get_mut(&key) {
                alike.retain(|&its| its != number);
            }
        }
        Some(number)
    }

    fn likest(&mut self, text: &str, stream: Stream) -> Option<usize> {
        let mut likest: Option<(f64, usize)> = None;
        for &number in self.missing.keys() {
            let template = &self.shape.templates[number];
            if template.stream != stream || self.comparisons == 0 {
                continue;
            }
            self.comparisons -= 1;
            let likeness = likeness(text, template);
            if likeness > likest.map_or(0.5, |(most, _)| most) {
                likest = Some((likeness, number));
            }
        }
        likest.map(|(_, number)| number)
    }

    /// Returns the templates that still lack lines.
    fn left(&self) -> impl Iterator<Item = usize> {
        self.missing.keys().copied()
    }
}

/// Whether a line differs from a template without holes only in times, and if so, whether one is far from the
/// recorded one.
fn only_times_differ(text: &str, template: &Template) -> Option<bool> {
    let [Part::Text(recorded)] = template.parts.as_slice() else {
        return None;
    };
    let (now, then) = (tokens(text), tokens(recorded));
    if now.len() != then.len() {
        return None;
    }
    let (mut far, mut behind) = (false, 0);
    for (now, then) in now.iter().zip(&then) {
        behind += now.text().len();
        if now.text() == then.text() {
            continue;
        }
        let (Token::Value(..), Token::Value(..)) = (now, then) else {
            return None;
        };
        let rest = &text[behind..];
        far |= is_far(seconds(then.text(), rest)?, seconds(now.text(), rest)?);
    }
    Some(far)
}

fn likeness(text: &str, template: &Template) -> f64 {
    // Above this length, the comparison takes too long for its use.
    const LONGEST: usize = 300;
    let template = template.text();
    if text.len().max(template.len()) > LONGEST {
        return 0.0;
    }
    strsim::normalized_damerau_levenshtein(text, &template)
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
