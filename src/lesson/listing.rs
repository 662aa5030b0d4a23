//! How a fence shows its code: the language, and what the headers of Material for MkDocs say, with
//! the names and forms that `pymdownx.highlight` reads.

use std::ops::{Range, RangeInclusive};

use super::container::Container;
use super::info::{Word, Wrong, is_attribute_list, split};
use super::text::{Excerpt, without_end};

/// How code is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The info string that is passed on: the language, mdBook's and rustdoc's words, classes.
    pub info: String,
    /// The id of the whole.
    pub id: Option<String>,
    /// The title above the code.
    pub title: Option<String>,
    /// The lines that stand out, counted from 1.
    pub highlighted: Vec<RangeInclusive<usize>>,
    /// The number of the first line, where the lines are numbered.
    pub numbered_from: Option<usize>,
    /// The numbered list right behind the fence, whose items a marker in the code may point to.
    pub notes: Option<Box<Notes>>,
}

/// A numbered list right behind a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes {
    /// How many items it has.
    pub items: usize,
    /// The first item's number, in bytes of the text.
    pub number: Range<usize>,
    /// What a further line at the list's column begins with.
    pub prefix: String,
    /// Where the last item's last line ends, in bytes of the text.
    pub end: usize,
    /// The list, in bytes of the chapter.
    pub place: super::Span,
}

impl Notes {
    /// The list with these bytes of a text; its items are still to come.
    pub fn at(excerpt: &Excerpt, list: Range<usize>) -> Notes {
        let text = excerpt.text.as_str();
        let container = Container::before(text, list.start);
        // pulldown-cmark lets a list end with the blank lines behind it.
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

    /// One more item, whose number stands here.
    pub fn item(&mut self, text: &str, at: usize) {
        self.items += 1;
        if self.items == 1 {
            let at = text.len() - text[at..].trim_start().len();
            let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
            self.number = at..at + digits;
            self.prefix = Container::before(text, at).continuation();
        }
    }

    /// Whether there is an item of this number, counted from 1.
    pub fn has(&self, item: usize) -> bool {
        (1..=self.items).contains(&item)
    }

    /// How many items it has, in words.
    pub fn count(&self) -> String {
        match self.items {
            1 => "this list has 1 item".to_owned(),
            items => format!("this list has {items} items"),
        }
    }
}

/// The attributes of these headers.
pub const ATTRIBUTES: [&str; 3] = ["title", "hl_lines", "linenums"];
/// Says what is so of every fence here: the markers in its comments are annotations.
const ANNOTATE: &str = ".annotate";
/// A language whose fences another preprocessor reads, `title=` and all: mdbook-admonish.
const OTHERS_FENCE: &str = "admonish";

/// Whether a header of this kind can stand anywhere in a text: a quick look.
pub fn may_head(text: &str) -> bool {
    ATTRIBUTES.iter().any(|mark| text.contains(mark))
        || text
            .lines()
            .any(|line| line.contains('{') && (line.contains("```") || line.contains("~~~")))
}

/// Reads the info string of a fence that names no program; `None`: there is nothing in it that mdBook
/// would not read by itself.
///
/// # Errors
/// A value that does not parse, a quote that does not close.
pub fn read(info: &str) -> Result<Option<Listing>, Vec<Wrong>> {
    let (words, unclosed) = split(info);
    let language = words.first().map_or("", |word| word.name);
    let is_header = is_attribute_list(info) || words.iter().any(is_attribute);
    if language == OTHERS_FENCE || !is_header {
        return Ok(None);
    }
    let mut wrong: Vec<Wrong> = unclosed.into_iter().collect();
    let listing = Listing::of(&words, info, |_| true, &mut wrong);
    if wrong.is_empty() {
        Ok(Some(listing))
    } else {
        Err(wrong)
    }
}

fn is_attribute(word: &Word<'_>) -> bool {
    ATTRIBUTES.contains(&word.name) && word.value.is_some()
}

impl Listing {
    /// Whether a fence alone can show it.
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

    /// What the words of an info string say. Of the words that are none of ours those are passed on
    /// that `others` takes, and every class. What does not parse is noted.
    pub fn of(
        words: &[Word<'_>],
        info: &str,
        others: impl Fn(&Word<'_>) -> bool,
        wrong: &mut Vec<Wrong>,
    ) -> Listing {
        let mut listing = Listing::default();
        for (at, word) in words.iter().enumerate() {
            if is_attribute(word) {
                listing.set(word, wrong);
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

    fn set(&mut self, word: &Word<'_>, wrong: &mut Vec<Wrong>) {
        let Some(value) = &word.value else { return };
        let read = match word.name {
            "title" => {
                self.title = Some(value.text.clone());
                Ok(())
            }
            "hl_lines" => line_ranges(&value.text)
                .map(|lines| self.highlighted = lines)
                .ok_or("line numbers and ranges, like `2 4-6`"),
            // 0 means none, as `pymdownx` has it.
            _ => first_number(&value.text)
                .map(|number| self.numbered_from = Some(number).filter(|&number| number > 0))
                .ok_or("the number of the first line, like `1`"),
        };
        if let Err(expected) = read {
            wrong.push(Wrong {
                span: value.span.clone(),
                message: format!("`{}` cannot be `{}`", word.name, value.text),
                label: format!("expected {expected}"),
            });
        }
    }
}

/// `2 4-6`; a range that runs backwards is empty, as `pymdownx` has it.
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

/// `1`, or `1 5 2` with a step and an emphasis, which `pymdownx` reads and Material does not show.
fn first_number(text: &str) -> Option<usize> {
    let numbers: Option<Vec<usize>> = text.split_whitespace().map(number).collect();
    numbers
        .filter(|numbers| numbers.len() <= 3)?
        .first()
        .copied()
}

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
    fn headers_as_material_writes_them() {
        let whole = listing(r#"{ .rust .annotate hl_lines="2 4-6" title="a.rs" linenums="3" #x }"#);
        let whole = whole.expect("a header");
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
            (r#"rust hl_lines="2,a""#, "`hl_lines` cannot be `2,a`"),
            (r#"rust linenums="yes""#, "`linenums` cannot be `yes`"),
            (
                r#"rust title="yes"#,
                "a quote in the info string does not close",
            ),
        ] {
            let wrong = read(info).expect_err("something is wrong");
            assert_eq!(wrong[0].message, message);
        }
    }
}
