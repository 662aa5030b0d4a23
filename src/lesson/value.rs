//! Values of runs in running text: `{{#transcript RUN FIELD}}`.
//!
//! pulldown-cmark decides on running text. But a value may contain Markdown's own characters, most of all the `*` and
//! `|` of a regular expression. So pulldown-cmark reads a copy of the text in which zeros mask every value: a value is
//! one only where its zeros are text, not in code, in HTML or in the destination of a link.

use std::ops::Range;

use super::Span;
use super::field::{self, Field};
use super::info::{self, value_at};
use super::running::Running;
use super::text::{Excerpt, without_end};
use crate::diagnostic::Diagnostic;

/// A value of a run.
#[derive(Debug)]
pub struct Value {
    /// The run's name, as the author wrote it.
    pub run: String,
    /// The place of the run's name, in bytes of the chapter.
    pub run_place: Span,
    /// The field of the run that is shown.
    pub field: Field,
    /// Whether the value is the first text on its line, where a number could begin a list.
    pub leads: bool,
}

const OPENING: &str = "{{#transcript";
const CLOSING: &str = "}}";

/// Returns whether a text can contain a value: a quick look, before anything is parsed.
pub fn may_contain_value(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), OPENING.as_bytes()).is_some()
}

/// A value, and its place in a text.
#[derive(Debug)]
pub struct Found {
    /// The bytes of the text.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// Finds the values in the running text of a text, in their order. A value with an error is left out.
///
/// `blocks`: the spans of the text's blocks, in their order. They are skipped, because their bodies are parsed as texts
/// of their own.
pub fn find(
    excerpt: &Excerpt,
    blocks: &[Range<usize>],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Found> {
    let text = excerpt.text.as_str();
    let mut values = Vec::new();
    if !may_contain_value(text) {
        return values;
    }
    let all = raw_values(text);
    let running = Running::of(&masked(text, &all));
    for mut raw in all {
        let Range { start, end } = raw.span;
        let Some(piece) = running.at(start) else {
            continue;
        };
        let next = blocks.partition_point(|block| block.start <= start);
        if next > 0 && blocks[next - 1].contains(&start) {
            continue;
        }
        let is_whole = running
            .at(end - 1)
            .is_some_and(|last| last.paragraph == piece.paragraph)
            && blocks.get(next).is_none_or(|next| end <= next.start);
        if raw.end == End::Braces && !is_whole {
            raw.end = End::Nowhere;
        }
        match raw.read(excerpt) {
            Ok((run, field)) => values.push(Found {
                span: start..end,
                value: Value {
                    run: run.text.clone(),
                    run_place: excerpt.span(run.span.clone()),
                    field,
                    leads: piece.leads && piece.range.start == start,
                },
            }),
            Err(problem) => problems.push(*problem),
        }
    }
    values
}

/// Refuses every value in the header of a block, at these bytes of a text: a title is a name, by which readers find
/// a tab again.
pub fn refuse_in_title(excerpt: &Excerpt, header: Range<usize>, problems: &mut Vec<Diagnostic>) {
    let line = &excerpt.text[header.clone()];
    let header = Excerpt::of_lines(excerpt, [(header.start, line)]);
    let values = find(&header, &[], problems);
    problems.extend(values.into_iter().map(|found| {
        Diagnostic::error("a title cannot contain a value")
            .at(header.span(found.span))
            .help("put it in the body")
    }));
}

/// The syntax of a value, in running text or not.
struct RawValue {
    /// From the opening braces to the closing ones, or as far as the value could be read.
    span: Range<usize>,
    words: Vec<info::WordValue>,
    end: End,
}

/// The end of a value.
#[derive(PartialEq, Eq)]
enum End {
    /// At closing braces.
    Braces,
    /// Without closing braces.
    Nowhere,
    /// In an unclosed quote, at these bytes of the text.
    Quote(Range<usize>),
}

/// All values in a text, in running text or not. Each ends before the next one begins.
fn raw_values(text: &str) -> Vec<RawValue> {
    let starts: Vec<usize> = memchr::memmem::find_iter(text.as_bytes(), OPENING).collect();
    let limits = starts.iter().skip(1).copied().chain([text.len()]);
    let is_one = |start: usize| {
        let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        // A backslash escapes mdBook's own directives too.
        !text[..start].ends_with('\\') && !text[start + OPENING.len()..].starts_with(continues)
    };
    let all = starts.iter().zip(limits);
    all.filter(|(start, _)| is_one(**start))
        .map(|(start, limit)| raw_value(&text[..limit], *start))
        .collect()
}

/// The value that begins at byte `start`.
fn raw_value(text: &str, start: usize) -> RawValue {
    let mut words = Vec::new();
    let mut at = start + OPENING.len();
    let end = loop {
        at = after_gap(text, at);
        let line = without_end(text[at..].split_inclusive('\n').next().unwrap_or(""));
        if line.starts_with(CLOSING) {
            at += CLOSING.len();
            break End::Braces;
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '}' | '{' | '`');
        let (word, length, closes) = value_at(line, ends);
        let span = at..at + length;
        if length == 0 || !closes {
            break if closes {
                End::Nowhere
            } else {
                End::Quote(span)
            };
        }
        at = span.end;
        words.push(info::WordValue { span, text: word });
    };
    RawValue {
        span: start..at,
        words,
        end,
    }
}

/// The end of the white space at byte `from`. A value may continue on the next line, but not after a blank one.
fn after_gap(text: &str, from: usize) -> usize {
    let rest = text[from..].trim_start_matches([' ', '\t']);
    let next = rest.strip_prefix('\r').unwrap_or(rest).strip_prefix('\n');
    let rest = next.map(|next| next.trim_start_matches([' ', '\t', '>']));
    let rest = rest.unwrap_or(text[from..].trim_start_matches([' ', '\t']));
    text.len() - rest.len()
}

/// A copy of a text in which zeros mask the values, and only the opening of an unclosed value. Its length is the same.
fn masked(text: &str, all: &[RawValue]) -> String {
    let mut masked = String::with_capacity(text.len());
    for raw in all {
        let Range { start, end } = raw.span;
        let mut spans = Vec::new();
        spans.push(start..start + OPENING.len());
        if raw.end == End::Braces {
            spans.extend(raw.words.iter().map(|word| word.span.clone()));
            spans.push(end - CLOSING.len()..end);
        }
        for span in spans {
            masked.push_str(&text[masked.len()..span.start]);
            masked.extend(span.map(|_| '0'));
        }
    }
    masked.push_str(&text[masked.len()..]);
    masked
}

impl RawValue {
    /// Reads the name of the run, and the field.
    ///
    /// # Errors
    /// The value is unclosed or malformed.
    fn read(&self, excerpt: &Excerpt) -> Result<(&info::WordValue, Field), Box<Diagnostic>> {
        self.check_end(excerpt)?;
        let error = |span: &Range<usize>, message: &str, label: &str| {
            Box::new(Diagnostic::error(message).at_labeled(excerpt.span(span.clone()), label))
        };
        let [run, rest @ ..] = self.words.as_slice() else {
            let label = "expected a run, as `mdbook-transcript list` names it, and a field";
            return Err(error(&self.span, "this value names no run", label));
        };
        let [name, rest @ ..] = rest else {
            let label = field::expected_fields();
            return Err(error(&self.span, "this value names no field", &label));
        };
        let (field, rest) = field::read(name, rest)
            .map_err(|cause| error(&cause.span, &cause.message, &cause.label))?;
        let Some(more) = rest.first() else {
            return Ok((run, field));
        };
        let message = format!("nothing follows `{}` in a value", name.text);
        let problem = error(&more.span, &message, "remove this");
        Err(if matches!(field, Field::Match(_)) {
            let help = "put a regular expression that contains a space in double quotes";
            problem.help(help).into()
        } else {
            problem
        })
    }

    /// Checks that the value is closed.
    ///
    /// # Errors
    /// The closing braces or a closing quote is missing.
    fn check_end(&self, excerpt: &Excerpt) -> Result<(), Box<Diagnostic>> {
        let text = excerpt.text.as_str();
        match &self.end {
            End::Braces => Ok(()),
            End::Nowhere => {
                // The first line, as far as the value could be read.
                let read = &text[self.span.clone()];
                let line = without_end(read.split_inclusive('\n').next().unwrap_or(read));
                let end = self.span.start + line.trim_end().len();
                let place = excerpt.span(self.span.start..end);
                let help = "put a regular expression in double quotes, and write `\\{{#transcript` for literal text";
                let error = Diagnostic::error("this value is never closed");
                let error = error.at_labeled(place, format!("expected `{CLOSING}` after it"));
                Err(error.help(help).into())
            }
            End::Quote(quote) => {
                let mark = &text[quote.start..=quote.start];
                let label = format!("expected a closing `{mark}` on this line");
                let error = Diagnostic::error("unclosed quote in the value");
                Err(error.at_labeled(excerpt.span(quote.clone()), label).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, find};

    /// The runs and source texts of the values in a text, or the messages.
    fn found(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
        let mut problems = Vec::new();
        let values = find(&Excerpt::whole(text), &[], &mut problems).into_iter();
        let values = values.map(|found| (found.value.run, text[found.span].to_owned()));
        if problems.is_empty() {
            Ok(values.collect())
        } else {
            Err(problems
                .into_iter()
                .map(|problem| problem.message)
                .collect())
        }
    }

    #[test]
    fn values_and_text_that_looks_like_one() {
        let one = |text: &str| Ok(vec![("a".to_owned(), text.to_owned())]);
        let unclosed = || Err(vec!["this value is never closed".to_owned()]);
        for (text, expected) in [
            ("x{{#transcript a wall}}y", one("{{#transcript a wall}}")),
            (
                "{{#transcript  a\tline  3  }}",
                one("{{#transcript  a\tline  3  }}"),
            ),
            (
                "{{#transcript 'a' match \"}}`*|\"}} `b`",
                one("{{#transcript 'a' match \"}}`*|\"}}"),
            ),
            (
                "> {{#transcript\r\n> a wall}}",
                one("{{#transcript\r\n> a wall}}"),
            ),
            (
                "`{{#transcript` and {{#transcript a exit}}",
                one("{{#transcript a exit}}"),
            ),
            (
                "{{#transcripts a wall}} {{ #transcript a wall}}",
                Ok(Vec::new()),
            ),
            ("\\{{#transcript a wall}} {{#transcript", unclosed()),
            ("{{#transcript a wall}", unclosed()),
            ("{{#transcript a\n\nwall}}", unclosed()),
            ("# {{#transcript a\nwall}}", unclosed()),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }
}
