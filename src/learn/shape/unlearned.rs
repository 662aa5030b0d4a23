//! Lines that no shape can describe, because nearly every execution prints others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::classes::{Classes, classes};
use crate::transcript::Stream;
use crate::transcript::execution::Execution;
use crate::transcript::redaction::{Redactions, in_braces};
use crate::transcript::shape::{Shape, Starts, Template};

/// The least number of executions that tell anything.
const LEAST: usize = 4;

/// Lines of a run of which each comes in one execution only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlearned {
    /// The number of executions with such a line.
    pub executions: usize,
    /// The number of all executions.
    pub all: usize,
    /// Some of the lines.
    pub lines: Vec<String>,
    /// A redaction after which the lines are the same, as a fence has it; `None`: they differ in several places.
    pub redaction: Option<String>,
}

/// Returns the lines that come in one execution only, if most executions have such a line. Then the next execution most
/// likely has one, too (Good and Turing, 1953), and no check can hold. `redactions` are those of the lines.
pub fn unlearned(
    executions: &[Execution],
    shape: &Shape,
    redactions: &Redactions,
) -> Option<Unlearned> {
    let may_be_missing = shape.templates.iter().any(|it| *it.count.start() == 0);
    if executions.len() < LEAST || !may_be_missing {
        return None;
    }
    let Classes { of_lines, .. } = classes(executions);
    let mut found_in: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    for (number, templates) in of_lines.iter().enumerate() {
        for &template in templates {
            found_in.entry(template).or_default().insert(number);
        }
    }
    let mut with_own = 0;
    let mut lines: Vec<&str> = Vec::new();
    for (execution, templates) in executions.iter().zip(&of_lines) {
        let texts = execution.lines.iter().zip(templates);
        let own = texts.filter(|(_, template)| found_in[template].len() == 1);
        let own: Vec<&str> = own.map(|(line, _)| line.text.as_str()).collect();
        with_own += usize::from(!own.is_empty());
        lines.extend(own);
    }
    if with_own * 2 <= executions.len() {
        return None;
    }
    let alike = most_alike(&lines);
    Some(Unlearned {
        executions: with_own,
        all: executions.len(),
        redaction: redaction(&alike, &free_name(redactions)),
        lines: alike
            .iter()
            .take(3)
            .map(|line| in_braces(line).into_owned())
            .collect(),
    })
}

/// Returns the first of the names `NAME`, `NAME2`, … that no redaction has.
fn free_name(redactions: &Redactions) -> String {
    let numbered = (2..).map(|number| format!("NAME{number}"));
    let mut names = std::iter::once("NAME".to_owned()).chain(numbered);
    let free = names.find(|name| redactions.get(name).is_none());
    free.unwrap_or_default()
}

/// Returns the lines of the most frequent kind: those that have the same texts between their words.
fn most_alike<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut alike: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for line in lines {
        alike.entry(Words::of(line).between).or_default().push(line);
    }
    let most = alike.into_values().max_by_key(Vec::len);
    most.unwrap_or_default()
}

/// Returns whether a program without further threads and processes prints the same lines in another order in each of some
/// executions: no schedule decides on it, but chance does.
pub fn permutes_alone(shape: &Shape, executions: &[Execution]) -> bool {
    let Starts {
        threads, processes, ..
    } = shape.starts;
    let was_observed = executions
        .iter()
        .any(|execution| execution.starts.is_some());
    let is_fixed = |number: &usize| shape.templates.get(*number).is_some_and(Template::is_fixed);
    if threads + processes > 0 || !was_observed {
        return false;
    }
    let Classes { of_lines, .. } = classes(executions);
    let on = |stream, lines: &[usize]| -> Vec<usize> {
        let lines = lines.iter().copied().filter(is_fixed);
        lines
            .filter(|&number| shape.templates[number].stream == stream)
            .collect()
    };
    [Stream::Stdout, Stream::Stderr].into_iter().any(|stream| {
        let mut orders = of_lines.iter().map(|lines| on(stream, lines));
        let first = orders.next();
        orders.any(|order| Some(&order) != first.as_ref())
    })
}

/// A line as words and the texts between them: one more text than words.
struct Words<'a> {
    words: Vec<&'a str>,
    between: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(line: &'a str) -> Words<'a> {
        let mut all = Words {
            words: Vec::new(),
            between: Vec::new(),
        };
        let mut rest = line;
        loop {
            let start = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
            all.between.push(&rest[..start]);
            rest = &rest[start..];
            if rest.is_empty() {
                return all;
            }
            let end = rest.find(|c: char| !c.is_alphanumeric());
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            all.words.push(word);
            rest = after;
        }
    }
}

/// Returns a redaction of the only word in which lines of one kind differ, with the words beside it; `None`: they differ
/// in several words, there is only one line, or another redaction has changed them.
fn redaction(lines: &[&str], name: &str) -> Option<String> {
    let is_redacted = |line: &&str| matches!(in_braces(line), Cow::Owned(_));
    if lines.len() < 2 || lines.iter().any(is_redacted) {
        return None;
    }
    let between = Words::of(lines.first()?).between;
    let of_lines: Vec<Vec<&str>> = lines.iter().map(|line| Words::of(line).words).collect();
    let first = of_lines.first()?;
    let varies = |at: &usize| of_lines.iter().any(|words| words[*at] != first[*at]);
    let varying: Vec<usize> = (0..first.len()).filter(varies).collect();
    let &[at] = varying.as_slice() else {
        return None;
    };
    let before = match at.checked_sub(1) {
        Some(before) => format!("{}{}", first[before], between[at]),
        None => between[at].to_owned(),
    };
    let start = if before.trim().is_empty() { "^" } else { "" };
    let after = match first.get(at + 1) {
        Some(word) => format!("{}{word}", between[at + 1]),
        None => between[at + 1].to_owned(),
    };
    let (before, after) = (regex::escape(&before), regex::escape(&after));
    let text = format!(r"{start}{before}(\w+){after}={name}");
    // Only within brackets, a hyphen has a meaning.
    let text = text.replace(r"\-", "-");
    Some(format!("redact=\"{}\"", text.replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::{free_name, most_alike, redaction};
    use crate::transcript::redaction::{Redaction, Redactions, placeholder};

    #[test]
    fn the_only_word_that_differs_is_redacted() {
        for (lines, expected) in [
            (
                &["made file-aX.tmp", "made file-b7.tmp", "made file-c.tmp"] as &[_],
                Some(r#"redact="file-(\w+)\.tmp=NAME""#),
            ),
            (&["ab is it", "c is it"], Some(r#"redact="^(\w+) is=NAME""#)),
            (&["\"ab\"", "\"c\""], Some(r#"redact="\"(\w+)\"=NAME""#)),
            (&["key ab", "key c"], Some(r#"redact="key (\w+)=NAME""#)),
            (&["a b", "c d"], None),
            (&["a b", "c-d", "c-e"], Some(r#"redact="c-(\w+)=NAME""#)),
            (&["a-b", "c", "d/e/f"], None),
        ] {
            let found = redaction(&most_alike(lines), "NAME");
            assert_eq!(found.as_deref(), expected);
        }
        // Nobody prints a placeholder.
        let redacted = ["a ", "b "].map(|word| word.to_owned() + &placeholder("FILE"));
        let redacted: Vec<&str> = redacted.iter().map(String::as_str).collect();
        assert_eq!(redaction(&redacted, "NAME"), None);
    }

    #[test]
    fn the_name_of_a_redaction_is_free() {
        let mut redactions = Redactions::default();
        assert_eq!(free_name(&redactions), "NAME");
        redactions.add(Redaction::recorded("NAME", "a"));
        redactions.add(Redaction::recorded("NAME2", "b"));
        assert_eq!(free_name(&redactions), "NAME3");
    }
}
