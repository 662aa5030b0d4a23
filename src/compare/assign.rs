//! Assigns the lines of a new transcript to templates.
//!
//! A line nearly always fits a single template. Where it fits several, lines are assigned so that as many templates
//! as possible get their required lines: a maximum matching, by augmenting paths.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::transcript::shape::{Nth, Template};
use crate::transcript::{Line, Stream};

/// An assignment of lines to templates.
#[derive(Debug)]
pub(super) struct Assigned {
    /// For each line, the number of its template, if any.
    pub of_lines: Vec<Option<usize>>,
    /// For each template, its lines in order.
    pub of_templates: Vec<Vec<usize>>,
    /// The lines that fit no template.
    pub left: Vec<usize>,
}

impl Assigned {
    /// Assigns lines to templates.
    pub(super) fn of(templates: &[Template], lines: &[Line]) -> Assigned {
        let index = Index::of(templates);
        let fitting: Vec<Vec<usize>> = lines.iter().map(|line| index.fitting(line)).collect();
        let mut matching = Matching {
            fitting: &fitting,
            of_lines: vec![None; lines.len()],
            of_templates: vec![Vec::new(); templates.len()],
        };
        for (line, fitting) in fitting.iter().enumerate() {
            if let [template] = fitting.as_slice() {
                matching.assign(line, *template);
            }
        }
        // First fill the required lines, then the optional ones, then the surplus.
        let least: Vec<usize> = templates
            .iter()
            .map(|template| *template.count.start())
            .collect();
        let most: Vec<usize> = templates
            .iter()
            .map(|template| *template.count.end())
            .collect();
        for room in [&least, &most] {
            for (line, its) in fitting.iter().enumerate() {
                if matching.of_lines[line].is_none() && its.len() > 1 {
                    matching.augment(line, room, &mut vec![false; templates.len()]);
                }
            }
        }
        for (line, fitting) in fitting.iter().enumerate() {
            if let (None, Some(&template)) = (matching.of_lines[line], fitting.first()) {
                matching.assign(line, template);
            }
        }
        let Matching {
            of_lines,
            mut of_templates,
            ..
        } = matching;
        for lines in &mut of_templates {
            lines.sort_unstable();
        }
        let left = (0..lines.len()).filter(|&line| of_lines[line].is_none());
        Assigned {
            left: left.collect(),
            of_lines,
            of_templates,
        }
    }

    /// Returns the position of one of a template's lines.
    pub(super) fn place(&self, Nth { template, nth }: Nth) -> Option<usize> {
        self.of_templates.get(template)?.get(nth).copied()
    }
}

struct Matching<'a> {
    fitting: &'a [Vec<usize>],
    of_lines: Vec<Option<usize>>,
    of_templates: Vec<Vec<usize>>,
}

impl Matching<'_> {
    fn assign(&mut self, line: usize, template: usize) {
        if let Some(before) = self.of_lines[line].replace(template) {
            self.of_templates[before].retain(|&its| its != line);
        }
        self.of_templates[template].push(line);
    }

    /// Finds a place for a line; others move where they fit elsewhere.
    fn augment(&mut self, line: usize, room: &[usize], tried: &mut Vec<bool>) -> bool {
        let fitting = self.fitting;
        for &template in &fitting[line] {
            if std::mem::replace(&mut tried[template], true) {
                continue;
            }
            if self.of_templates[template].len() < room[template] {
                self.assign(line, template);
                return true;
            }
            // Lines that fit the same templates are interchangeable.
            let mut asked: HashSet<&[usize]> = HashSet::new();
            for other in self.of_templates[template].clone() {
                if fitting[other].len() > 1
                    && asked.insert(&fitting[other])
                    && self.augment(other, room, tried)
                {
                    self.assign(line, template);
                    return true;
                }
            }
        }
        false
    }
}

/// An index of templates by their first and last texts: of ten thousand templates, only a few are tried on a line.
struct Index<'a> {
    templates: &'a [Template],
    /// Templates without holes, by their whole text.
    whole: HashMap<(Stream, &'a str), Vec<usize>>,
    /// Other templates, by the texts before their first and after their last hole.
    holed: HashMap<(Stream, &'a str, &'a str), Vec<usize>>,
    /// The lengths of these texts.
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
            let numbers = match template.holes().next() {
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

    /// Returns the templates that a line fits, those without holes first.
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
