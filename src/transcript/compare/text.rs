//! The lines of a fresh transcript, and how often each comes.

use super::assign::Assigned;
use super::{Difference, What, quoted};
use crate::transcript::Line;
use crate::transcript::shape::{Shape, Template};

fn times_in_words(count: usize) -> String {
    match count {
        0 => "not at all".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Lines that are new, or come too seldom or too often.
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
            let seldom = least < most && template.holes().next().is_some();
            let message = format!(
                "prints {} {}, not {}",
                quoted(&template.text()),
                times_in_words(places.len()),
                times_in_words(most)
            );
            differences.push(Difference {
                lines: vec![(places[most], "one too many".to_owned())],
                // How far it gets, before it is ended, depends on the machine.
                ..Difference::new(if seldom { What::Learn } else { What::Count }, message)
            });
        }
    }
    for &line in &assigned.left {
        let stream = lines[line].stream;
        let text = &lines[line].text;
        let nearest = missing
            .iter_mut()
            .filter(|(number, count)| *count > 0 && shape.templates[*number].stream == stream)
            .map(|missing| (likeness(text, &shape.templates[missing.0]), missing))
            .filter(|(likeness, _)| *likeness > 0.5)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let found = quoted(text);
        differences.push(match nearest {
            Some((_, (number, count))) => {
                *count -= 1;
                let template = &shape.templates[*number];
                let only_numbers = without_digits(text) == without_digits(&template.text());
                let what = if only_numbers {
                    What::Field
                } else {
                    What::Text
                };
                let expected = quoted(&template.text());
                Difference {
                    lines: vec![(line, format!("expected {expected}"))],
                    ..Difference::new(what, format!("prints {found}, not {expected}"))
                }
            }
            None => Difference {
                lines: vec![(line, "it was not there when it was recorded".to_owned())],
                ..Difference::new(What::Text, format!("prints a new line, {found}"))
            },
        });
    }
    for (number, _) in missing.into_iter().filter(|(_, count)| *count > 0) {
        let template = &shape.templates[number];
        let message = format!(
            "prints {} {}, not {}",
            quoted(&template.text()),
            times_in_words(assigned.of_templates[number].len()),
            times_in_words(*template.count.start())
        );
        differences.push(Difference::new(What::Count, message));
    }
    differences
}

fn likeness(text: &str, template: &Template) -> f64 {
    // Beyond this length, comparing takes longer than it helps.
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
