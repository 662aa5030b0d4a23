//! SUMMARY.md: reads the entries, and adds one; everything else stays byte for byte.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use mdbook_markdown::pulldown_cmark::{Event, Parser, Tag, TagEnd};
use mdbook_summary::{SummaryItem, parse_summary};

/// The entries of SUMMARY.md.
#[derive(Debug)]
pub struct Summary<'a> {
    text: &'a str,
    /// The entries in the order of the text.
    entries: Vec<Entry>,
}

/// An entry: a link to a chapter.
#[derive(Debug)]
pub struct Entry {
    /// The chapter's file, relative to the book's `src`, without `./`; empty: a draft.
    pub file: PathBuf,
    /// The bytes of the link.
    span: Range<usize>,
    /// The list item that begins with the link; `None`: a prefix or suffix chapter.
    item: Option<Item>,
}

/// A list item.
#[derive(Debug, Clone)]
struct Item {
    /// The bytes of the item, including nested lists.
    span: Range<usize>,
    /// The number of enclosing lists.
    depth: usize,
}

/// SUMMARY.md with a new entry.
#[derive(Debug)]
pub struct Added {
    /// The whole text.
    pub text: String,
    /// The new line, without its indent.
    pub line: String,
}

/// The error for a new line that mdBook would not read as an entry, or that would change other entries.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("mdBook would not read `{line}` in SUMMARY.md as a new chapter")]
pub struct NotAnEntry {
    /// The new line.
    pub line: String,
}

impl Summary<'_> {
    /// Reads the text of SUMMARY.md.
    pub fn read(text: &str) -> Summary<'_> {
        let mut entries = Vec::new();
        let mut items: Vec<Item> = Vec::new();
        for (event, span) in Parser::new(text).into_offset_iter() {
            match event {
                Event::Start(Tag::Item) => items.push(Item {
                    span,
                    depth: items.len() + 1,
                }),
                Event::End(TagEnd::Item) => {
                    items.pop();
                }
                Event::Start(Tag::Link { dest_url, .. }) => entries.push(Entry {
                    // mdBook decodes only this escape.
                    file: normal(Path::new(&dest_url.replace("%20", " "))),
                    span,
                    item: items.last().cloned(),
                }),
                _ => {}
            }
        }
        Summary { text, entries }
    }

    /// The entries, in the order of the text.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds an entry: after the entry with the index `after` and its nested entries, with the same indent and bullet;
    /// `None`: at the end of the last list.
    ///
    /// # Errors
    /// mdBook would not read the new line as an entry, or would read other entries differently.
    pub fn with(
        &self,
        title: &str,
        file: &Path,
        after: Option<usize>,
    ) -> Result<Added, NotAnEntry> {
        let link = format!("[{title}]({})", destination(file));
        let last = || {
            let items = 0..self.entries.len();
            items.rev().find(|&entry| self.depth(entry) == 1)
        };
        let line = match after.or_else(last) {
            None => format!("- {link}"),
            Some(entry) => format!("{}{link}", self.bullet(&self.entries[entry])),
        };
        let text = match after.or_else(last) {
            Some(entry) => {
                let Entry { span, item, .. } = &self.entries[entry];
                self.with_line(item.as_ref().map_or(span.end, |item| item.span.end), &line)
            }
            // There is no list yet: the new line is one.
            None if self.text.trim().is_empty() => format!("{line}\n"),
            None => self.with_line(self.text.len(), &format!("\n{line}")),
        };
        let line = line.trim().to_owned();
        let after = after.map(|after| self.entries[after].file.as_path());
        if is_one_more(self.text, &text, file, after) {
            Ok(Added { text, line })
        } else {
            Err(NotAnEntry { line })
        }
    }

    /// The number of lists that enclose an entry.
    fn depth(&self, entry: usize) -> usize {
        let item = self.entries[entry].item.as_ref();
        item.map_or(0, |item| item.depth)
    }

    /// The indent and the bullet before an entry.
    fn bullet(&self, entry: &Entry) -> String {
        let start = |of: usize| self.text[..of].rfind('\n').map_or(0, |at| at + 1);
        let Some(item) = &entry.item else {
            let before = &self.text[start(entry.span.start)..entry.span.start];
            return before.chars().take_while(|c| c.is_whitespace()).collect();
        };
        let item = item.span.start;
        // A nested item may begin on the line of the outer bullet.
        let blank = |c: char| if c.is_whitespace() { c } else { ' ' };
        let indent: String = self.text[start(item)..item].chars().map(blank).collect();
        let bullet = self.text[item..entry.span.start].split('\n').next();
        let bullet = bullet.unwrap_or_default();
        if bullet.ends_with([' ', '\t']) {
            format!("{indent}{bullet}")
        } else {
            format!("{indent}{} ", bullet.trim_end())
        }
    }

    /// The text with a new line after the line that contains this end.
    fn with_line(&self, end: usize, line: &str) -> String {
        let text = self.text;
        let end = text[..end].trim_end().len();
        let ends = |line_end: usize| {
            if text[..line_end].ends_with('\r') {
                "\r\n"
            } else {
                "\n"
            }
        };
        match text[end..].find('\n') {
            Some(at) => {
                let (before, after) = text.split_at(end + at + 1);
                let eol = ends(end + at);
                format!("{before}{}{eol}{after}", line.replace('\n', eol))
            }
            None => {
                let eol = text.find('\n').map_or("\n", ends);
                format!("{text}{eol}{}", line.replace('\n', eol))
            }
        }
    }
}

/// A path without `./`.
pub fn normal(path: &Path) -> PathBuf {
    let parts = path.components();
    parts.filter(|part| *part != Component::CurDir).collect()
}

/// A file as the destination of a link.
fn destination(file: &Path) -> String {
    let file = file.to_string_lossy().replace('\\', "/");
    if file.contains([' ', '(', ')']) {
        format!("<{file}>")
    } else {
        file
    }
}

/// Returns whether mdBook reads exactly one more chapter in the new text: after the entry of the file `after`, or as the
/// last numbered chapter.
fn is_one_more(old: &str, new: &str, file: &Path, after: Option<&Path>) -> bool {
    let (Some(old), Some(mut new)) = (all(old), all(new)) else {
        return false;
    };
    let is_new = |item: &ReadItem| item.file.as_deref() == Some(file);
    let Some(at) = new.iter().position(is_new) else {
        return false;
    };
    let added = new.remove(at);
    if new != old {
        return false;
    }
    let Some(after) = after else {
        let mut rest = old[at..].iter().filter(|item| item.file.is_some());
        return (added.part, added.depth) == (Part::Numbered, 0)
            && rest.all(|item| item.part == Part::Suffix);
    };
    let Some(entry) = old
        .iter()
        .position(|item| item.file.as_deref() == Some(after))
    else {
        return false;
    };
    // Only entries nested in that of `after` are between.
    (old[entry].part, old[entry].depth) == (added.part, added.depth)
        && entry < at
        && old[entry + 1..at]
            .iter()
            .all(|item| item.depth > added.depth)
        && old.get(at).is_none_or(|next| next.depth <= added.depth)
}

/// A part of a book, as mdBook reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Prefix,
    Numbered,
    Suffix,
}

/// An item as mdBook reads it: a chapter, a separator or a title.
#[derive(Debug, PartialEq, Eq)]
struct ReadItem {
    part: Part,
    depth: usize,
    name: String,
    file: Option<PathBuf>,
}

/// All items as mdBook reads them; `None`: mdBook cannot read the text.
fn all(text: &str) -> Option<Vec<ReadItem>> {
    fn add(all: &mut Vec<ReadItem>, part: Part, depth: usize, items: &[SummaryItem]) {
        for item in items {
            let (name, file, nested) = match item {
                SummaryItem::Link(link) => {
                    let file = link.location.as_deref().map(normal);
                    (link.name.clone(), file, link.nested_items.as_slice())
                }
                SummaryItem::PartTitle(title) => (title.clone(), None, &[][..]),
                _ => (String::new(), None, &[][..]),
            };
            all.push(ReadItem {
                part,
                depth,
                name,
                file,
            });
            add(all, part, depth + 1, nested);
        }
    }
    let summary = parse_summary(text).ok()?;
    let mut read = Vec::new();
    add(&mut read, Part::Prefix, 0, &summary.prefix_chapters);
    add(&mut read, Part::Numbered, 0, &summary.numbered_chapters);
    add(&mut read, Part::Suffix, 0, &summary.suffix_chapters);
    Some(read)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Summary;

    /// The text with `[New](new.md)` after the entry of this file.
    fn with(text: &str, after: &str) -> String {
        let summary = Summary::read(text);
        let entries = || summary.entries().iter();
        let matches = |file: &Path| !after.is_empty() && file == Path::new(after);
        let after = entries().position(|entry| matches(&entry.file));
        match summary.with("New", Path::new("new.md"), after) {
            Ok(added) => added.text,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_new_entry_looks_like_the_one_before_it() {
        for (before, after, new) in [
            // As `mdbook init` writes it.
            (
                "# Summary\n\n- [Chapter 1](./chapter_1.md)\n",
                "",
                "# Summary\n\n- [Chapter 1](./chapter_1.md)\n- [New](new.md)\n",
            ),
            // In the middle, after nested entries; bullets and line ends are those of the text.
            (
                "* [A](a.md)\r\n    + [B](b.md)\r\n* [C](c.md)\r\n",
                "a.md",
                "* [A](a.md)\r\n    + [B](b.md)\r\n* [New](new.md)\r\n* [C](c.md)\r\n",
            ),
            (
                "* [A](a.md)\r\n    + [B](b.md)\r\n* [C](c.md)\r\n",
                "b.md",
                "* [A](a.md)\r\n    + [B](b.md)\r\n    + [New](new.md)\r\n* [C](c.md)\r\n",
            ),
            // Without a newline at the end of the file.
            ("- [A](a.md)", "a.md", "- [A](a.md)\n- [New](new.md)"),
            (
                "- [A](a.md)\r\n- [B](b.md)",
                "",
                "- [A](a.md)\r\n- [B](b.md)\r\n- [New](new.md)",
            ),
            // Before suffix chapters, after a separator and a draft; as the last of the outermost items.
            (
                "[P](p.md)\n\n# One\n\n1. [A](a.md)\n\n---\n\n# Two\n\n-   [B]()\n    -   [C](c.md)\n\n[S](s.md)\n",
                "",
                "[P](p.md)\n\n# One\n\n1. [A](a.md)\n\n---\n\n# Two\n\n-   [B]()\n    -   [C](c.md)\n-   [New](new.md)\n\n[S](s.md)\n",
            ),
            (
                "[P](p.md)\n\n# One\n\n1. [A](a.md)\n\n---\n\n- [B](b.md)\n",
                "a.md",
                "[P](p.md)\n\n# One\n\n1. [A](a.md)\n1. [New](new.md)\n\n---\n\n- [B](b.md)\n",
            ),
            // Prefix and suffix chapters.
            (
                "[P](p.md)\n[Q](q.md)\n\n- [A](a.md)\n\n[S](s.md)\n",
                "p.md",
                "[P](p.md)\n[New](new.md)\n[Q](q.md)\n\n- [A](a.md)\n\n[S](s.md)\n",
            ),
            (
                "- [A](a.md)\n\n[S](s.md)\n\n[T](t.md)\n",
                "s.md",
                "- [A](a.md)\n\n[S](s.md)\n[New](new.md)\n\n[T](t.md)\n",
            ),
            // No list yet.
            ("", "", "- [New](new.md)\n"),
            ("# Summary\n", "", "# Summary\n\n- [New](new.md)\n"),
            (
                "# Summary\n\n[P](p.md)",
                "",
                "# Summary\n\n[P](p.md)\n\n- [New](new.md)",
            ),
            // A list with a commented-out entry.
            (
                "- [A](a.md)\n<!-- - [X](x.md) -->\n- [B](b.md) <!-- b -->\n\n<!-- end -->\n",
                "",
                "- [A](a.md)\n<!-- - [X](x.md) -->\n- [B](b.md) <!-- b -->\n- [New](new.md)\n\n<!-- end -->\n",
            ),
        ] {
            assert_eq!(with(before, after), new);
        }
    }

    #[test]
    fn a_line_that_mdbook_would_misread_is_refused() {
        let text = "- [A](a.md)\n";
        let summary = Summary::read(text);
        for title in ["a]b", "a\n\nb", "x](x.md)\n- [y"] {
            let added = summary.with(title, Path::new("new.md"), None);
            assert!(added.is_err(), "{title:?}: {added:?}");
        }
        let file = Path::new("a folder/new (1).md");
        let added = summary
            .with("`Vec<[u8]>`", file, Some(0))
            .expect("mdBook reads an entry");
        assert_eq!(added.line, "- [`Vec<[u8]>`](<a folder/new (1).md>)");
        assert_eq!(added.text, format!("- [A](a.md)\n{}\n", added.line));
    }
}
