//! Values of runs in running text: `{{#transcript RUN FIELD}}`.
//!
//! What running text is, pulldown-cmark decides. But a value may hold what means something to Markdown, the
//! `*` and `|` of a regular expression most of all. So it reads a text in which every value is zeros: where
//! it calls these text, there stands a value, and elsewhere (in code, in HTML, where a link leads) does not.

use std::ops::Range;

use super::Span;
use super::field::{self, Field};
use super::info::{self, value_at};
use super::running::Running;
use super::text::{Excerpt, without_end};
use crate::diagnostic::Diagnostic;

/// A value that is taken from a run.
#[derive(Debug)]
pub struct Value {
    /// The run's name, as the author wrote it.
    pub run: String,
    /// Where that stands, in bytes of the chapter.
    pub run_place: Span,
    /// What is taken from it.
    pub field: Field,
    /// Whether it comes first on its line: a number there could begin a list.
    pub leads: bool,
}

const OPENING: &str = "{{#transcript";
const CLOSING: &str = "}}";

/// Whether a text can hold a value: a quick look, before it is parsed.
pub fn may_hold(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), OPENING.as_bytes()).is_some()
}

/// A value in the running text of a text.
#[derive(Debug)]
pub struct Found {
    /// Its bytes of the text.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// Finds the values in the running text of a text, outside `blocks`, the spans of its blocks in their order: the
/// bodies of blocks are texts of their own. What is wrong in a value is noted, and it is not found then.
pub fn find(
    excerpt: &Excerpt,
    blocks: &[Range<usize>],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Found> {
    let text = excerpt.text.as_str();
    let mut values = Vec::new();
    if !may_hold(text) {
        return values;
    }
    let all = written(text);
    let running = Running::of(&masked(text, &all));
    for mut written in all {
        let Range { start, end } = written.span;
        let Some(piece) = running.at(start) else {
            continue;
        };
        let next = blocks.partition_point(|block| block.start <= start);
        if next > 0 && blocks[next - 1].contains(&start) {
            continue;
        }
        let goes_on = running
            .at(end - 1)
            .is_some_and(|last| last.paragraph == piece.paragraph)
            && blocks.get(next).is_none_or(|next| end <= next.start);
        if written.end == End::Braces && !goes_on {
            written.end = End::Nowhere;
        }
        match written.read(excerpt) {
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

/// Notes every value in the header of a block, with these bytes of a text: a title is a name, by which
/// readers find a tab again.
pub fn refuse_in_title(excerpt: &Excerpt, header: Range<usize>, problems: &mut Vec<Diagnostic>) {
    let line = &excerpt.text[header.clone()];
    let header = Excerpt::of_lines(excerpt, [(header.start, line)]);
    let values = find(&header, &[], problems);
    problems.extend(values.into_iter().map(|found| {
        Diagnostic::error("a title holds no value")
            .at(header.span(found.span))
            .help("put it into the body")
    }));
}

/// A value as it stands in a text, wherever that is.
struct Written {
    /// From the opening braces to the closing ones, or as far as it could be read.
    span: Range<usize>,
    words: Vec<info::Value>,
    end: End,
}

/// How a value ends.
#[derive(PartialEq, Eq)]
enum End {
    Braces,
    Nowhere,
    /// In a quote that does not close: its bytes of the text.
    Quote(Range<usize>),
}

/// Everything in a text that looks like a value. None reaches to where the next one begins.
fn written(text: &str) -> Vec<Written> {
    let starts: Vec<usize> = memchr::memmem::find_iter(text.as_bytes(), OPENING).collect();
    let limits = starts.iter().skip(1).copied().chain([text.len()]);
    let is_one = |start: usize| {
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        // As mdBook has it for its own.
        !text[..start].ends_with('\\') && !text[start + OPENING.len()..].starts_with(goes_on)
    };
    let all = starts.iter().zip(limits);
    all.filter(|(start, _)| is_one(**start))
        .map(|(start, limit)| one(&text[..limit], *start))
        .collect()
}

/// The one that begins at `start`.
fn one(text: &str, start: usize) -> Written {
    let mut words = Vec::new();
    let mut at = start + OPENING.len();
    let end = loop {
        at = behind_gap(text, at);
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
        words.push(info::Value { span, text: word });
    };
    Written {
        span: start..at,
        words,
        end,
    }
}

/// Where the white space at `from` ends: a value may go on in the next line, but not behind a blank one.
fn behind_gap(text: &str, from: usize) -> usize {
    let rest = text[from..].trim_start_matches([' ', '\t']);
    let next = rest.strip_prefix('\r').unwrap_or(rest).strip_prefix('\n');
    let rest = next.map(|next| next.trim_start_matches([' ', '\t', '>']));
    let rest = rest.unwrap_or(text[from..].trim_start_matches([' ', '\t']));
    text.len() - rest.len()
}

/// A text with zeros for values, as long as it was. Of a value that does not close these stand for its
/// opening alone.
fn masked(text: &str, all: &[Written]) -> String {
    let mut masked = String::with_capacity(text.len());
    for written in all {
        let Range { start, end } = written.span;
        let mut spans = Vec::new();
        spans.push(start..start + OPENING.len());
        if written.end == End::Braces {
            spans.extend(written.words.iter().map(|word| word.span.clone()));
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

impl Written {
    /// The run that it names, and the field.
    ///
    /// # Errors
    /// A value that never closes, or a run or field that does not parse.
    fn read(&self, excerpt: &Excerpt) -> Result<(&info::Value, Field), Box<Diagnostic>> {
        let text = excerpt.text.as_str();
        let wrong = |span: Range<usize>, message: &str, label: String| {
            Box::new(Diagnostic::error(message).at_labeled(excerpt.span(span), label))
        };
        match &self.end {
            End::Braces => {}
            End::Nowhere => {
                // Its first line, as far as it was read.
                let read = &text[self.span.clone()];
                let line = without_end(read.split_inclusive('\n').next().unwrap_or(read));
                let end = self.span.start + line.trim_end().len();
                let problem = wrong(
                    self.span.start..end,
                    "this value never closes",
                    format!("expected `{CLOSING}` behind it"),
                );
                let problem = problem.help(
                    "a regular expression stands in double quotes; `\\{{#transcript` is text",
                );
                return Err(problem.into());
            }
            End::Quote(quote) => {
                let mark = &text[quote.start..=quote.start];
                return Err(wrong(
                    quote.clone(),
                    "a quote in the value does not close",
                    format!("expected a closing `{mark}` on this line"),
                ));
            }
        }
        let [run, rest @ ..] = self.words.as_slice() else {
            let label = "expected a run, as `mdbook-transcript list` names it, and a field";
            return Err(wrong(
                self.span.clone(),
                "this value names no run",
                label.to_owned(),
            ));
        };
        let [name, rest @ ..] = rest else {
            return Err(wrong(
                self.span.clone(),
                "this value names no field",
                field::one_of_all(),
            ));
        };
        let (field, rest) = field::read(name, rest)
            .map_err(|error| wrong(error.span, &error.message, error.label))?;
        let Some(more) = rest.first() else {
            return Ok((run, field));
        };
        let problem = wrong(
            more.span.clone(),
            &format!("nothing follows `{}` in a value", name.text),
            "take this away".to_owned(),
        );
        Err(if matches!(field, Field::Match(_)) {
            let help = "a regular expression with a space in it stands in double quotes";
            problem.help(help).into()
        } else {
            problem
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, find};

    /// The runs and places of the values in a text, or the messages.
    fn found(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
        let mut problems = Vec::new();
        let values = find(&Excerpt::whole(text), &[], &mut problems).into_iter();
        let values = values.map(|found| (found.value.run, text[found.span].to_owned()));
        if problems.is_empty() {
            Ok(values.collect())
        } else {
            Err(problems.into_iter().map(|its| its.message).collect())
        }
    }

    #[test]
    fn values_and_what_only_looks_like_one() {
        let one = |text: &str| Ok(vec![("a".to_owned(), text.to_owned())]);
        let never = || Err(vec!["this value never closes".to_owned()]);
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
            ("\\{{#transcript a wall}} {{#transcript", never()),
            ("{{#transcript a wall}", never()),
            ("{{#transcript a\n\nwall}}", never()),
            ("# {{#transcript a\nwall}}", never()),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }
}
