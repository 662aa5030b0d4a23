//! The presentation of code: the language, and the attributes of Material for MkDocs, in the form that
//! `pymdownx.highlight` reads.

use std::ops::{Range, RangeInclusive};

use super::container::Container;
use super::info::{InfoError, Word, is_attribute_list, split};
use super::text::{Excerpt, without_end};

/// The presentation of a fence of code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The info string that is passed on: the language, words of mdBook and rustdoc, classes.
    pub info: String,
    /// The id of the element.
    pub id: Option<String>,
    /// The title above the code.
    pub title: Option<String>,
    /// The highlighted lines, from 1.
    pub highlighted: Vec<RangeInclusive<usize>>,
    /// The number of the first line; `None`: the lines are not numbered.
    pub numbered_from: Option<usize>,
    /// The numbered list right after the fence, to whose items the markers in the code point.
    pub notes: Option<Box<Notes>>,
}

/// The notes of a fence: the numbered list right after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes {
    /// The number of items.
    pub items: usize,
    /// The number of the first item, in bytes of the text.
    pub number: Range<usize>,
    /// The prefix of a further line at the list's column.
    pub prefix: String,
    /// The end of the last item's last line, in bytes of the text.
    pub end: usize,
    /// The list's first line, in bytes of the chapter.
    pub place: super::Span,
}

impl Notes {
    /// The notes at these bytes of a text, still without items.
    pub fn at(excerpt: &Excerpt, list: Range<usize>) -> Notes {
        let text = excerpt.text.as_str();
        let container = Container::before(text, list.start);
        // For pulldown-cmark a list includes the blank lines after it.
        let mut end = list.end;
        while let Some(newline) = text[list.start..end].rfind('\n')
            && let last = &text[list.start + newline + 1..end]
            && (last.is_empty() || container.is_blank(last))
        {
            end = list.start + newline;
        }
        let first = without_end(
            text[list.start..]
                .split_inclusive('\n')
                .next()
                .unwrap_or(""),
        );
        Notes {
            items: 0,
            number: list.start..list.start,
            prefix: String::new(),
            end: list.start + text[list.start..end].trim_end_matches('\r').len(),
            place: excerpt.span(list.start..list.start + first.len()),
        }
    }

    /// Adds an item, whose number is at this byte of the text.
    pub fn add_item(&mut self, text: &str, at: usize) {
        self.items += 1;
        if self.items == 1 {
            let at = text.len() - text[at..].trim_start().len();
            let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
            self.number = at..at + digits;
            self.prefix = Container::before(text, at).continuation();
        }
    }

    /// Returns whether there is an item of this number, from 1.
    pub fn has(&self, item: usize) -> bool {
        (1..=self.items).contains(&item)
    }

    /// The number of items, in words.
    pub fn count_in_words(&self) -> String {
        match self.items {
            1 => "this list has 1 item".to_owned(),
            items => format!("this list has {items} items"),
        }
    }
}

/// The attributes with a value that change the presentation.
pub const ATTRIBUTES: [&str; 3] = ["title", "hl_lines", "linenums"];
/// The class with which Material for MkDocs turns annotations on. Here they are always on.
const ANNOTATE: &str = ".annotate";
/// A language whose fences, with their `title=`, belong to another preprocessor: mdbook-admonish.
pub const ADMONISH: &str = "admonish";

/// Returns whether a text can contain such an attribute: a quick look, before anything is parsed.
pub fn may_contain_attribute(text: &str) -> bool {
    ATTRIBUTES.iter().any(|name| text.contains(name))
        || text
            .lines()
            .any(|line| line.contains('{') && (line.contains("```") || line.contains("~~~")))
}

/// Reads the info string of a fence without a tag; `None`: it has no such attribute, and is left to mdBook.
///
/// # Errors
/// A value does not parse, or a quote is unclosed.
pub fn read(info: &str) -> Result<Option<Listing>, Vec<InfoError>> {
    let (words, unclosed) = split(info);
    let language = words.first().map_or("", |word| word.name);
    let has_attributes = is_attribute_list(info) || words.iter().any(is_attribute);
    if language == ADMONISH || !has_attributes {
        return Ok(None);
    }
    let mut errors: Vec<InfoError> = unclosed.into_iter().collect();
    let listing = Listing::of(&words, info, |_| true, &mut errors);
    if errors.is_empty() {
        Ok(Some(listing))
    } else {
        Err(errors)
    }
}

/// Returns whether a word changes the presentation.
fn is_attribute(word: &Word<'_>) -> bool {
    ATTRIBUTES.contains(&word.name) && word.value.is_some()
}

impl Listing {
    /// Returns whether a plain fence can present the code.
    pub fn is_plain(&self) -> bool {
        let Listing {
            info: _,
            id,
            title,
            highlighted,
            numbered_from,
            notes: _,
        } = self;
        id.is_none() && title.is_none() && highlighted.is_empty() && numbered_from.is_none()
    }

    /// The language.
    pub fn language(&self) -> &str {
        let ends = |c: char| c == ',' || c.is_whitespace();
        self.info.split(ends).next().unwrap_or("")
    }

    /// Adds the edition to a Rust listing that has none.
    pub fn add_edition(&mut self, edition: &str) {
        let is_rust = matches!(self.language(), "rust" | "rs");
        let mut words = self.info.split(',');
        if is_rust && !words.any(|word| word.starts_with("edition")) {
            self.info.push_str(",edition");
            self.info.push_str(edition);
        }
    }

    /// Reads the words of an info string. Of the other words, classes and those that `others` accepts are passed on.
    /// A value that does not parse is added to the errors.
    pub fn of(
        words: &[Word<'_>],
        info: &str,
        others: impl Fn(&Word<'_>) -> bool,
        errors: &mut Vec<InfoError>,
    ) -> Listing {
        let mut listing = Listing::default();
        for (at, word) in words.iter().enumerate() {
            if is_attribute(word) {
                listing.set(word, errors);
            } else if let Some(id) = word.name.strip_prefix('#') {
                listing.id = Some(id.to_owned());
            } else if word.name != ANNOTATE
                && (at == 0 || word.name.starts_with('.') || others(word))
            {
                if at > 0 {
                    listing.info.push(',');
                }
                let text = if at == 0 {
                    word.name
                } else {
                    &info[word.span.clone()]
                };
                listing
                    .info
                    .push_str(text.strip_prefix('.').unwrap_or(text));
            }
        }
        listing
    }

    /// Reads an attribute.
    fn set(&mut self, word: &Word<'_>, errors: &mut Vec<InfoError>) {
        let Some(value) = &word.value else { return };
        let read = match word.name {
            "title" => {
                self.title = Some(value.text.clone());
                Ok(())
            }
            "hl_lines" => line_ranges(&value.text)
                .map(|lines| self.highlighted = lines)
                .ok_or("line numbers and ranges, like `2 4-6`"),
            // `pymdownx` takes 0 for no numbers.
            _ => first_number(&value.text)
                .map(|number| self.numbered_from = Some(number).filter(|&number| number > 0))
                .ok_or("the number of the first line, like `1`"),
        };
        if let Err(expected) = read {
            errors.push(InfoError {
                span: value.span.clone(),
                message: format!("invalid value `{}` for `{}`", value.text, word.name),
                label: format!("expected {expected}"),
            });
        }
    }
}

/// Parses line numbers and ranges, `2 4-6`. A backward range is empty, as in `pymdownx`.
fn line_ranges(text: &str) -> Option<Vec<RangeInclusive<usize>>> {
    let ranges: Option<Vec<_>> = text
        .split_whitespace()
        .map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(number(first)?..=number(last)?)
        })
        .collect();
    ranges.filter(|ranges| !ranges.is_empty())
}

/// Parses `1`, or `1 5 2` with a step and an emphasis, which `pymdownx` reads and Material does not show.
fn first_number(text: &str) -> Option<usize> {
    let numbers: Option<Vec<usize>> = text.split_whitespace().map(number).collect();
    numbers
        .filter(|numbers| numbers.len() <= 3)?
        .first()
        .copied()
}

/// Parses a number.
fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Listing, read};

    fn listing(info: &str) -> Option<Listing> {
        read(info).expect("nothing is wrong")
    }

    #[test]
    fn attributes_as_in_material_for_mkdocs() {
        let whole = listing(r#"{ .rust .annotate hl_lines="2 4-6" title="a.rs" linenums="3" #x }"#);
        let whole = whole.expect("there are attributes");
        assert_eq!(whole.info, "rust");
        assert_eq!(whole.id.as_deref(), Some("x"));
        assert_eq!(whole.title.as_deref(), Some("a.rs"));
        assert_eq!(whole.highlighted, [2..=2, 4..=6]);
        assert_eq!(whole.numbered_from, Some(3));

        for (info, passed_on) in [
            ("{ .rust }", Some("rust")),
            (r#"rust title="a b""#, Some("rust")),
            (r#"rust,ignore title="a""#, Some("rust,ignore")),
            (r#"{ .yaml .no-copy title="}" }"#, Some("yaml,no-copy")),
            ("rust { linenums=1 }", Some("rust")),
            (".gitignore", None),
            (r#"{ title="no language" }"#, Some("")),
            ("rust", None),
            ("rust,ignore", None),
            (r#"title="no language""#, Some("")),
            ("text title", None),
            (r#"admonish tip title="A""#, None),
            ("{{#include a.rs}}", None),
            ("", None),
        ] {
            let found = listing(info).map(|listing| listing.info);
            assert_eq!(found.as_deref(), passed_on, "{info}");
        }
    }

    #[test]
    fn values_that_do_not_parse() {
        for (info, message) in [
            (
                r#"rust hl_lines="2,a""#,
                "invalid value `2,a` for `hl_lines`",
            ),
            (
                r#"rust linenums="yes""#,
                "invalid value `yes` for `linenums`",
            ),
            (r#"rust title="yes"#, "unclosed quote in the info string"),
        ] {
            let errors = read(info).expect_err("something is wrong");
            assert_eq!(errors[0].message, message);
        }
    }
}
