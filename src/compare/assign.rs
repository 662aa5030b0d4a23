//! Assigns each line of a transcript to the template that it comes from.
//!
//! Nearly always a single template fits a line. Where several do, lines are assigned so that as many templates
//! as possible get the lines that they require: a maximum matching, by augmenting paths.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::transcript::shape::{Nth, Part, Shape, Template};
use crate::transcript::{Line, Stream};

/// The lines of a transcript, assigned to templates.
#[derive(Debug)]
pub(super) struct Assigned {
    /// For each line, the number of its template; `None`: no template fits.
    pub template_of: Vec<Option<usize>>,
    /// For each template, the numbers of its lines, ascending.
    pub lines_of: Vec<Vec<usize>>,
    /// The lines that fit no template.
    pub unassigned: Vec<usize>,
}

impl Assigned {
    /// Assigns lines to templates.
    pub(super) fn of(shape: &Shape, lines: &[Line]) -> Assigned {
        let (templates, lines) = (&shape.templates, &*shape.redacted(lines));
        let index = Index::of(templates);
        let fitting: Vec<Vec<usize>> = lines.iter().map(|line| index.fitting(line)).collect();
        let Matching {
            template_of,
            mut lines_of,
            ..
        } = Matching::of(templates, &fitting);
        for lines in &mut lines_of {
            lines.sort_unstable();
        }
        let unassigned = (0..lines.len()).filter(|&line| template_of[line].is_none());
        Assigned {
            unassigned: unassigned.collect(),
            template_of,
            lines_of,
        }
    }

    /// The number of the nth line of a template.
    pub(super) fn place(&self, Nth { template, nth }: Nth) -> Option<usize> {
        self.lines_of.get(template)?.get(nth).copied()
    }
}

/// An assignment under construction.
struct Matching<'a> {
    /// For each line, the templates that fit.
    fitting: &'a [Vec<usize>],
    template_of: Vec<Option<usize>>,
    lines_of: Vec<Vec<usize>>,
}

impl<'a> Matching<'a> {
    /// Assigns every line that fits some template.
    fn of(templates: &[Template], fitting: &'a [Vec<usize>]) -> Matching<'a> {
        let mut matching = Matching {
            fitting,
            template_of: vec![None; fitting.len()],
            lines_of: vec![Vec::new(); templates.len()],
        };
        for (line, fitting) in fitting.iter().enumerate() {
            if let [template] = fitting.as_slice() {
                matching.assign(line, *template);
            }
        }
        let counts = templates.iter().map(|template| &template.count);
        let required: Vec<usize> = counts.clone().map(|count| *count.start()).collect();
        let allowed: Vec<usize> = counts.map(|count| *count.end()).collect();
        // Required lines first, then optional ones, then the surplus.
        for capacity in [&required, &allowed] {
            for (line, fitting) in fitting.iter().enumerate() {
                if matching.template_of[line].is_none() && fitting.len() > 1 {
                    matching.augment(line, capacity, &mut vec![false; templates.len()]);
                }
            }
        }
        for (line, fitting) in fitting.iter().enumerate() {
            if let (None, Some(&template)) = (matching.template_of[line], fitting.first()) {
                matching.assign(line, template);
            }
        }
        matching
    }

    fn assign(&mut self, line: usize, template: usize) {
        if let Some(before) = self.template_of[line].replace(template) {
            self.lines_of[before].retain(|&other| other != line);
        }
        self.lines_of[template].push(line);
    }

    /// Finds a template for a line, moving other lines to templates that fit them too. Returns whether the line
    /// was assigned.
    fn augment(&mut self, line: usize, capacity: &[usize], tried: &mut Vec<bool>) -> bool {
        let fitting = self.fitting;
        for &template in &fitting[line] {
            if std::mem::replace(&mut tried[template], true) {
                continue;
            }
            if self.lines_of[template].len() < capacity[template] {
                self.assign(line, template);
                return true;
            }
            // Lines that fit the same templates are interchangeable: one of them is tried.
            let mut asked: HashSet<&[usize]> = HashSet::new();
            for other in self.lines_of[template].clone() {
                if fitting[other].len() > 1
                    && asked.insert(&fitting[other])
                    && self.augment(other, capacity, tried)
                {
                    self.assign(line, template);
                    return true;
                }
            }
        }
        false
    }
}

/// Templates by their literal beginnings and ends, so that of ten thousand only a few are tried on a line.
struct Index<'a> {
    templates: &'a [Template],
    /// Templates that are a text, by it.
    whole: HashMap<(Stream, &'a str), Vec<usize>>,
    /// Other templates, by the texts at their beginnings and ends.
    holed: HashMap<(Stream, &'a str, &'a str), Vec<usize>>,
    /// The lengths of those texts, in bytes.
    lengths: BTreeSet<(usize, usize)>,
}

impl<'a> Index<'a> {
    fn of(templates: &'a [Template]) -> Index<'a> {
        let mut index = Index {
            templates,
            whole: HashMap::new(),
            holed: HashMap::new(),
            lengths: BTreeSet::new(),
        };
        for (number, template) in templates.iter().enumerate() {
            let last = template.parts.len().saturating_sub(1);
            let (first, last) = (template.literal(0), template.literal(last));
            let is_text = |part: &Part| matches!(part, Part::Text(_));
            let numbers = match template.parts.iter().find(|part| !is_text(part)) {
                None => index.whole.entry((template.stream, first)).or_default(),
                Some(_) => {
                    index.lengths.insert((first.len(), last.len()));
                    index
                        .holed
                        .entry((template.stream, first, last))
                        .or_default()
                }
            };
            numbers.push(number);
        }
        index
    }

    /// The templates that fit a line, those without holes first.
    fn fitting(&self, line: &Line) -> Vec<usize> {
        let text = line.text.as_str();
        let whole = self.whole.get(&(line.stream, text));
        let mut fitting = whole.cloned().unwrap_or_default();
        for &(first, last) in &self.lengths {
            let end = text.len().checked_sub(last).and_then(|at| text.get(at..));
            let (Some(begin), Some(end)) = (text.get(..first), end) else {
                continue;
            };
            let holed = self.holed.get(&(line.stream, begin, end));
            let fit = |number: &&usize| self.templates[**number].values(text).is_some();
            fitting.extend(holed.into_iter().flatten().filter(fit));
        }
        fitting
    }
}
