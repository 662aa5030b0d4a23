//! Splits info strings into words: a language, then attributes, separated by commas or white space; or, as in
//! Material for MkDocs, `{ .language .class #id name="value" }`.
//!
//! A value that contains a separator is put in double or single quotes. Within double quotes `\"` is a quote; every
//! other backslash is left to the attribute.

use std::ops::Range;

/// An error in an info string, or in a value of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfoError {
    /// The place, in bytes of the text that was read.
    pub span: Range<usize>,
    /// The message.
    pub message: String,
    /// The label, usually what was expected.
    pub label: String,
}

/// A word of an info string: `name` or `name=value`.
#[derive(Debug)]
pub struct Word<'a> {
    /// The bytes of the info string.
    pub span: Range<usize>,
    /// The part before the `=`. A class keeps its dot, an id its `#`.
    pub name: &'a str,
    /// The value after the `=`; `None`: there is no `=`.
    pub value: Option<WordValue>,
}

/// The value of a word.
#[derive(Debug)]
pub struct WordValue {
    /// The bytes of the info string, including the quotes.
    pub span: Range<usize>,
    /// The value without its quotes.
    pub text: String,
}

/// Splits an info string into its words, the language first. An unclosed quote is returned as an error.
pub fn split(info: &str) -> (Vec<Word<'_>>, Option<InfoError>) {
    let Some(braces) = braces(info) else {
        return words(info, 0..info.len());
    };
    let (mut all, _) = words(info, 0..braces.start - 1);
    let (mut inner, unclosed) = words(info, braces);
    if all.is_empty()
        && let Some(class) = inner.iter().position(|word| word.name.starts_with('.'))
    {
        let mut language = inner.remove(class);
        language.name = &language.name[1..];
        all.push(language);
    }
    all.append(&mut inner);
    (all, unclosed)
}

/// Returns whether an info string is an attribute list in braces, as in Material for MkDocs.
pub fn is_attribute_list(info: &str) -> bool {
    braces(info).is_some()
}

/// The bytes between the braces of an attribute list, which only a language may precede; `None`: the info string is no
/// attribute list.
fn braces(info: &str) -> Option<Range<usize>> {
    let inner = info.strip_suffix('}')?;
    let open = inner.find('{')?;
    let before = info[..open].trim();
    let is_list =
        inner[open + 1..].trim_start().starts_with(['.', '#']) || inner[open + 1..].contains('=');
    (is_list && !before.contains(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'')))
        .then_some(open + 1..inner.len())
}

/// Splits a range of an info string into its words.
fn words(info: &str, range: Range<usize>) -> (Vec<Word<'_>>, Option<InfoError>) {
    let mut words = Vec::new();
    let mut unclosed = None;
    let mut at = range.start;
    let info = &info[..range.end];
    let separates = |c: char| c == ',' || c.is_whitespace();
    while let Some(gap) = info[at..].find(|c| !separates(c)) {
        let start = at + gap;
        let name_end = info[start..]
            .find(|c| separates(c) || c == '=')
            .map_or(info.len(), |end| start + end);
        at = name_end;
        let mut value = None;
        if let Some(rest) = info[name_end..].strip_prefix('=') {
            let from = name_end + 1;
            let (text, length, closed) = value_at(rest, separates);
            at = from + length;
            if !closed {
                unclosed = Some(InfoError {
                    span: from..at,
                    message: "unclosed quote in the info string".to_owned(),
                    label: format!("expected a closing `{}`", &rest[..1]),
                });
            }
            let span = if from == at { start..at } else { from..at };
            value = Some(WordValue { span, text });
        }
        words.push(Word {
            span: start..at,
            name: &info[start..name_end],
            value,
        });
        if at == name_end && at < info.len() && name_end == start {
            at += 1; // a lone `=`
        }
    }
    (words, unclosed)
}

/// The value at the start of `rest`, its length in bytes, and whether its quotes are closed. A value without quotes
/// ends before a character that `separates`.
pub(super) fn value_at(rest: &str, separates: impl Fn(char) -> bool) -> (String, usize, bool) {
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let length = rest.find(separates).unwrap_or(rest.len());
        return (rest[..length].to_owned(), length, true);
    };
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' && chars.peek().is_some_and(|&(_, next)| next == '"') => {
                text.push('"');
                chars.next();
            }
            c if c == quote => return (text, at + 1, true),
            c => text.push(c),
        }
    }
    (text, rest.len(), false)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_and_values() {
        let words = |info| -> Vec<(String, Option<String>)> {
            let (words, unclosed) = split(info);
            assert!(unclosed.is_none(), "{info}");
            words
                .into_iter()
                .map(|word| (word.name.to_owned(), word.value.map(|value| value.text)))
                .collect()
        };
        let word = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(words("rust"), [word("rust", None)]);
        assert_eq!(
            words(r#"rust, example=join args="2 0.5",editable"#),
            [
                word("rust", None),
                word("example", Some("join")),
                word("args", Some("2 0.5")),
                word("editable", None),
            ]
        );
        assert_eq!(
            words(r#"x args="a \"b\" \n" env='A="1, 2"' stdin= ="#),
            [
                word("x", None),
                word("args", Some(r#"a "b" \n"#)),
                word("env", Some(r#"A="1, 2""#)),
                word("stdin", Some("")),
                word("", Some("")),
            ]
        );
    }

    #[test]
    fn attribute_lists_have_the_same_words() {
        let names = |info| -> Vec<&str> { split(info).0.iter().map(|word| word.name).collect() };
        for (info, expected) in [
            ("{ .rust .annotate }", &["rust", ".annotate"][..]),
            ("{.rust #a title=\"}\"}", &["rust", "#a", "title"]),
            ("{ #a .rust }", &["rust", "#a"]),
            ("rust { hl_lines=1 }", &["rust", "hl_lines"]),
            ("rust {.a}", &["rust", ".a"]),
            ("rust title=\"{.a}\"", &["rust", "title"]),
            ("{{#include", &["{{#include"]),
            ("{a}", &["{a}"]),
        ] {
            assert_eq!(names(info), expected, "{info}");
        }
    }

    #[test]
    fn an_unclosed_quote_is_an_error() {
        let (words, unclosed) = split(r#"rust,args="a b"#);
        assert_eq!(words.len(), 2);
        assert_eq!(unclosed.map(|error| error.span), Some(10..14));
    }
}
