//! Info strings: a language, then attributes, separated by commas or white space; or, as Material for
//! MkDocs writes them, `{ .language .class #id name="value" }`.
//!
//! A value with a separator in it stands in quotes, double or single; within double quotes `\"` is a
//! quote, and every other backslash is left to the attribute.

use std::ops::Range;

/// Something wrong in an info string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The bytes of the info string.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What was expected there.
    pub label: String,
}

/// One word of an info string: `name` or `name=value`.
#[derive(Debug)]
pub struct Word<'a> {
    /// Its bytes of the info string.
    pub span: Range<usize>,
    /// What stands before the `=`; a class keeps its dot, an id its `#`.
    pub name: &'a str,
    /// What stands behind it; `None`: there is no `=`.
    pub value: Option<Value>,
}

/// The value of a word.
#[derive(Debug)]
pub struct Value {
    /// Its bytes of the info string, quotes included.
    pub span: Range<usize>,
    /// The value, quotes taken off.
    pub text: String,
}

/// Splits an info string into its words, the language first; beside them a quote that does not close.
pub fn split(info: &str) -> (Vec<Word<'_>>, Option<Wrong>) {
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

/// Whether an info string has Material's form.
pub fn is_attribute_list(info: &str) -> bool {
    braces(info).is_some()
}

/// What stands in the braces of Material's form, behind a language at most; `None`: it is not that
/// form.
fn braces(info: &str) -> Option<Range<usize>> {
    let inner = info.strip_suffix('}')?;
    let open = inner.find('{')?;
    let before = info[..open].trim();
    let is_list =
        inner[open + 1..].trim_start().starts_with(['.', '#']) || inner[open + 1..].contains('=');
    (is_list && !before.contains(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'')))
        .then_some(open + 1..inner.len())
}

fn words(info: &str, range: Range<usize>) -> (Vec<Word<'_>>, Option<Wrong>) {
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
                unclosed = Some(Wrong {
                    span: from..at,
                    message: "a quote in the info string does not close".to_owned(),
                    label: format!("expected a closing `{}`", &rest[..1]),
                });
            }
            let span = if from == at { start..at } else { from..at };
            value = Some(Value { span, text });
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

/// The value at the start of `rest`, its length in bytes, and whether its quotes close. One without quotes
/// ends before what `separates`.
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
    fn materials_form_has_the_same_words() {
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
    fn a_quote_that_does_not_close_is_noted() {
        let (words, unclosed) = split(r#"rust,args="a b"#);
        assert_eq!(words.len(), 2);
        assert_eq!(unclosed.map(|wrong| wrong.span), Some(10..14));
    }
}
