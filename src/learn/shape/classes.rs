//! Sorts lines into templates.
//!
//! Lines whose text differs only in numbers are of one kind. A number becomes a hole only if executions differ in it,
//! or if its meaning is known: an id of one of the execution's own processes, or a measured time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::forms::forms;
use super::hole::{hole, sorted_members};
use super::unordered::Sorted;
use crate::transcript::Stream;
use crate::transcript::execution::Execution;
use crate::transcript::shape::token::{Token, tokens_with, value};
use crate::transcript::shape::unordered::{ANY, END};
use crate::transcript::shape::{Kind, Part, Template};

/// The templates of several executions, and the template of each line.
#[derive(Debug)]
pub struct Classes {
    /// The templates, in the order of their first lines.
    pub templates: Vec<Template>,
    /// For each execution, the number of each line's template.
    pub of_lines: Vec<Vec<usize>>,
    /// For each execution and each of its lines, the values in the holes.
    pub values: Vec<Vec<Vec<String>>>,
}

/// The highest number of varying places in a kind of line for which every combination is tried.
const COMBINED: usize = 4;

/// The lowest port that a system chooses by itself: that of Linux.
const EPHEMERAL: u16 = 32768;

/// The number of an execution, and of a line in it.
type Line = (usize, usize);

/// A template with its first line and all its lines, each with the values in its holes.
type Class = (Line, Template, Vec<(Line, Vec<String>)>);

/// One of the features that lines of one kind share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Element<'a> {
    Text(&'a str),
    Number,
    Address,
    Path,
    /// A value of any other kind.
    Of(Kind),
    /// The members of a set, sorted.
    Members(Vec<&'a str>),
}

/// Lines of one kind.
struct Group<'a> {
    stream: Stream,
    /// Each line with its tokens.
    lines: Vec<(Line, Vec<Token<'a>>)>,
}

/// Sorts the lines of executions into templates.
pub fn classes(executions: &[Execution]) -> Classes {
    let mut groups: HashMap<(Stream, Vec<Element<'_>>), Group<'_>> = HashMap::new();
    let sorted = Sorted::of(executions);
    let forms = forms(executions, &sorted);
    for (number, execution) in executions.iter().enumerate() {
        for (at, line) in execution.lines.iter().enumerate() {
            let known = forms.get(&(number, at)).map_or(&[][..], Vec::as_slice);
            let tokens = tokens_with(sorted.text(line), known);
            let elements = tokens.iter().map(element).collect();
            let group = groups.entry((line.stream, elements));
            let group = group.or_insert_with(|| Group {
                stream: line.stream,
                lines: Vec::new(),
            });
            group.lines.push(((number, at), tokens));
        }
    }
    let mut templates: Vec<Class> = groups
        .into_values()
        .flat_map(|group| group.templates(executions))
        .collect();
    templates.sort_by_key(|(first, _, _)| *first);

    let sized = |execution: &Execution| vec![0; execution.lines.len()];
    let mut of_lines: Vec<Vec<usize>> = executions.iter().map(sized).collect();
    let none = |execution: &Execution| vec![Vec::new(); execution.lines.len()];
    let mut values: Vec<Vec<Vec<String>>> = executions.iter().map(none).collect();
    for (template, (_, _, lines)) in templates.iter_mut().enumerate() {
        for ((execution, at), its_values) in lines.drain(..) {
            of_lines[execution][at] = template;
            values[execution][at] = its_values;
        }
    }
    Classes {
        templates: templates
            .into_iter()
            .map(|(_, template, _)| template)
            .collect(),
        of_lines,
        values,
    }
}

fn element<'a>(token: &Token<'a>) -> Element<'a> {
    match token {
        Token::Value(Kind::Address, _) => Element::Address,
        Token::Value(Kind::Path, _) => Element::Path,
        Token::Value(
            kind @ (Kind::Clock | Kind::Uuid | Kind::Hash | Kind::Hex | Kind::Version | Kind::Size),
            _,
        ) => Element::Of(*kind),
        Token::Value(Kind::Set, text) => Element::Members(sorted_members(text)),
        Token::Value(..) => Element::Number,
        Token::Redacted(text) | Token::Word(text) | Token::Other(text) => Element::Text(text),
    }
}

impl Group<'_> {
    /// Returns the templates of these lines.
    fn templates(&self, executions: &[Execution]) -> Vec<Class> {
        let holes = self.holes(executions);
        let kinds = |at: &usize| (*at, self.kind(*at, executions));
        let holes: BTreeMap<usize, Kind> = holes.iter().map(kinds).collect();
        let sets = self.constant_sets(&holes);
        let mut by_key: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
        for line in 0..self.lines.len() {
            let is_fixed = |at: &usize| !holes.contains_key(at);
            by_key
                .entry(self.key(line, is_fixed))
                .or_default()
                .push(line);
        }
        by_key
            .into_values()
            .map(|lines| {
                let mut counts = vec![0; executions.len()];
                for &line in &lines {
                    counts[self.lines[line].0.0] += 1;
                }
                let least = counts.iter().copied().min().unwrap_or(0);
                let most = counts.iter().copied().max().unwrap_or(0);
                let template = Template {
                    stream: self.stream,
                    parts: self.parts(&lines, &holes, &sets),
                    count: least..=most,
                };
                let values = |line: &usize| {
                    let (at, tokens) = &self.lines[*line];
                    let places = holes.keys().map(|&at| (at, at));
                    let places = places.chain(sets.iter().map(|(&from, &to)| (from + 1, to - 1)));
                    let mut places: Vec<(usize, usize)> = places.collect();
                    places.sort_unstable();
                    let values = places
                        .into_iter()
                        .map(|(from, to)| text(&tokens[from..=to]));
                    (*at, values.collect())
                };
                let lines: Vec<(Line, Vec<String>)> = lines.iter().map(values).collect();
                (lines[0].0, template, lines)
            })
            .collect()
    }

    /// Returns a line's values at the varying places that `is_selected` selects.
    fn key(&self, line: usize, is_selected: impl Fn(&usize) -> bool) -> Vec<&str> {
        let tokens = self.lines[line].1.iter().enumerate();
        let values =
            tokens.filter(|(at, token)| matches!(token, Token::Value(..)) && is_selected(at));
        values.map(|(_, token)| token.text()).collect()
    }

    /// Returns the places that become holes.
    fn holes(&self, executions: &[Execution]) -> HashSet<usize> {
        let first = &self.lines[0].1;
        let places = (0..first.len()).filter(|&at| matches!(first[at], Token::Value(..)));
        let (known, open): (Vec<usize>, Vec<usize>) =
            places.partition(|&at| self.is_known_to_vary(at, executions));
        let open: Vec<usize> = open.into_iter().filter(|&at| self.varies(at)).collect();
        let known: HashSet<usize> = known.into_iter().collect();
        let all: HashSet<usize> = known.iter().chain(&open).copied().collect();
        if open.len() > COMBINED || !self.is_steady(executions.len(), |_| false) {
            return all;
        }
        // Take as few as possible: the other places then tell the lines apart.
        let mut choices: Vec<u32> = (0..1 << open.len()).collect();
        choices.sort_by_key(|choice| choice.count_ones());
        for choice in choices {
            let chosen = (0..open.len()).filter(|bit| choice & (1 << bit) != 0);
            let mut holes = known.clone();
            holes.extend(chosen.map(|bit| open[bit]));
            if self.is_steady(executions.len(), |at| !holes.contains(at)) {
                return holes;
            }
        }
        all
    }

    /// Returns whether lines with the same values at these places come equally often in all executions.
    fn is_steady(&self, executions: usize, is_selected: impl Fn(&usize) -> bool) -> bool {
        let mut counts: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
        for line in 0..self.lines.len() {
            let key = self.key(line, &is_selected);
            let counts = counts.entry(key).or_insert_with(|| vec![0; executions]);
            counts[self.lines[line].0.0] += 1;
        }
        let same = |counts: &Vec<usize>| counts.iter().all(|&count| count == counts[0]);
        counts.values().all(same)
    }

    fn varies(&self, at: usize) -> bool {
        let mut values = self.lines.iter().map(|(_, tokens)| tokens[at].text());
        let first = values.next();
        values.any(|value| Some(value) != first)
    }

    /// Returns whether the value at a place is certain to vary, even if the executions agree.
    fn is_known_to_vary(&self, at: usize, executions: &[Execution]) -> bool {
        match self.kind(at, executions) {
            Kind::Address | Kind::Path | Kind::Hash | Kind::Pid | Kind::Tid => true,
            // All executions may take place within the same second, or on the same day. A date alone may be a constant.
            Kind::Clock => {
                let mut values = self.lines.iter().map(|(_, tokens)| tokens[at].text());
                values.any(|value| value.contains(':'))
            }
            // A measured time has a fraction; a constant rarely has one.
            Kind::Duration => {
                let mut values = self.lines.iter().map(|(_, tokens)| tokens[at].text());
                values.any(|value| value.contains('.'))
            }
            Kind::Uuid
            | Kind::Hex
            | Kind::Version
            | Kind::Port
            | Kind::Size
            | Kind::Set
            | Kind::Int
            | Kind::Number => false,
        }
    }

    /// Returns the kind of the values at a place, over all lines.
    fn kind(&self, at: usize, executions: &[Execution]) -> Kind {
        let is_pid = self.is_own_id(at, executions, |execution| &execution.pids);
        if is_pid && !self.is_after_thread(at) {
            return Kind::Pid;
        }
        if self.is_own_id(at, executions, |execution| &execution.tids) {
            return Kind::Tid;
        }
        let kinds = self.lines.iter().map(|(_, tokens)| match tokens[at] {
            Token::Value(kind, _) => kind,
            _ => Kind::Int,
        });
        let kinds: HashSet<Kind> = kinds.collect();
        let has = |kind: &Kind| kinds.contains(kind);
        let order = [
            Kind::Address,
            Kind::Path,
            Kind::Clock,
            Kind::Uuid,
            Kind::Hash,
            Kind::Hex,
            Kind::Version,
            Kind::Size,
            Kind::Set,
            Kind::Duration,
            Kind::Number,
        ];
        // A program that chooses its port has a constant one, or a few.
        let is_chosen = |(_, tokens): &(Line, Vec<Token<'_>>)| {
            let port = value(tokens[at].text()).parse::<u16>();
            port.is_ok_and(|port| port >= EPHEMERAL)
        };
        if has(&Kind::Port) && self.lines.iter().all(is_chosen) {
            return Kind::Port;
        }
        order.into_iter().find(has).unwrap_or(Kind::Int)
    }

    /// Returns whether a place follows a thread's name, as in the message of a panic: `thread 'main' (17) panicked`.
    fn is_after_thread(&self, at: usize) -> bool {
        self.lines.iter().all(|(_, tokens)| {
            let before: String = tokens[..at].iter().map(|token| token.text()).collect();
            before.contains("thread '") && before.ends_with("' (")
        })
    }

    /// Returns whether a place has one of the execution's own ids in every execution whose ids are known, and not
    /// always the same id.
    fn is_own_id(
        &self,
        at: usize,
        executions: &[Execution],
        ids: impl Fn(&Execution) -> &HashSet<u32>,
    ) -> bool {
        let mut known = 0;
        for ((execution, _), tokens) in &self.lines {
            let ids = ids(&executions[*execution]);
            if ids.is_empty() {
                continue;
            }
            known += 1;
            let number = value(tokens[at].text()).parse();
            if !number.is_ok_and(|number| ids.contains(&number)) {
                return false;
            }
        }
        known > 1 && self.varies(at)
    }

    /// Returns the marks of the sets in which nothing varies, and which therefore are holes themselves.
    fn constant_sets(&self, holes: &BTreeMap<usize, Kind>) -> BTreeMap<usize, usize> {
        let mut sets = BTreeMap::new();
        let mut begin = None;
        for (at, token) in self.lines[0].1.iter().enumerate() {
            match (Mark::of(token), begin) {
                (Some(Mark::Any), _) => begin = Some(at),
                (Some(Mark::End), Some(from)) => {
                    sets.insert(from, at);
                    begin = None;
                }
                (None, _) if !holes.contains_key(&at) && !matches!(token, Token::Redacted(_)) => {}
                _ => begin = None,
            }
        }
        sets
    }

    fn parts(
        &self,
        lines: &[usize],
        holes: &BTreeMap<usize, Kind>,
        sets: &BTreeMap<usize, usize>,
    ) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let tokens = &self.lines[lines[0]].1;
        let mut end = 0;
        for (at, token) in tokens.iter().enumerate() {
            if at < end {
                continue;
            }
            if let Some(&to) = sets.get(&at) {
                let members = text(&tokens[at + 1..to]);
                parts.push(Part::Hole(hole(Kind::Set, &[&members]).0));
                end = to + 1;
            } else if let Some(mark) = Mark::of(token) {
                parts.push(match mark {
                    Mark::Any => Part::Any,
                    Mark::End => Part::End,
                });
            } else if let Some(&kind) = holes.get(&at) {
                let is_apart = |&line: &usize| self.lines[line].1[at].text().starts_with(' ');
                if lines.iter().all(is_apart) {
                    push(&mut parts, " ");
                }
                let seen = lines.iter().map(|&line| self.lines[line].1[at].text());
                let seen: Vec<&str> = seen.collect();
                let (hole, unit) = hole(kind, &seen);
                parts.push(Part::Hole(hole));
                if !unit.is_empty() {
                    push(&mut parts, unit);
                }
            } else if let Token::Redacted(text) = token {
                parts.push(Part::Redacted((*text).to_owned()));
            } else {
                push(&mut parts, token.text());
            }
        }
        parts
    }
}

/// A mark around the sorted members of a list.
#[derive(Clone, Copy)]
enum Mark {
    Any,
    End,
}

impl Mark {
    fn of(token: &Token<'_>) -> Option<Mark> {
        match token {
            Token::Other(text) if text.starts_with(ANY) => Some(Mark::Any),
            Token::Other(text) if text.starts_with(END) => Some(Mark::End),
            _ => None,
        }
    }
}

/// Returns the text of tokens.
fn text(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.text()).collect()
}

fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}
