//! Includes in running text: `{{#include shared.md}}`. mdBook expands them only after this tool has read the chapter.

use std::ops::Range;
use std::path::PathBuf;

use super::Span;
use super::part::Part;
use super::running::Running;
use super::source::{self, Directive, SourceBody};
use super::text::Excerpt;

/// An include in running text.
#[derive(Debug)]
pub struct Include {
    /// The place of the directive, in bytes of the chapter.
    pub place: Span,
    /// The file, relative to the folder of the text.
    pub path: PathBuf,
    /// The part of the file.
    pub part: Part,
}

const OPENING: &str = "{{#include";
const CLOSING: &str = "}}";

/// Returns whether a text can contain an include in running text: a quick look, before anything is parsed. Most
/// includes are in fences.
pub fn may_contain_include(text: &str) -> bool {
    if memchr::memmem::find(text.as_bytes(), OPENING.as_bytes()).is_none() {
        return false;
    }
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '\t', '>']);
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = mark.map_or(0, |mark| line.len() - line.trim_start_matches(mark).len());
        match fence {
            None if length >= 3 => fence = Some(&line[..length]),
            None if line.contains(OPENING) => return true,
            Some(open) if line.starts_with(open) && line[length..].trim().is_empty() => {
                fence = None;
            }
            _ => {}
        }
    }
    false
}

/// Finds the includes in the running text of a text. `blocks`: the spans of its blocks, whose bodies are parsed as
/// texts of their own.
pub fn find(excerpt: &Excerpt, blocks: &[Range<usize>]) -> Vec<Include> {
    let text = excerpt.text.as_str();
    if !may_contain_include(text) {
        return Vec::new();
    }
    let running = Running::of(text);
    let found = memchr::memmem::find_iter(text.as_bytes(), OPENING.as_bytes());
    let includes = found.filter_map(|start| {
        let is_in_block = blocks.iter().any(|block| block.contains(&start));
        if is_in_block || text[..start].ends_with('\\') {
            return None;
        }
        running.at(start)?;
        let end = start + text[start..].find(CLOSING)? + CLOSING.len();
        match source::body(&text[start..end]) {
            SourceBody::Include(Directive { path, part, .. }) => Some(Include {
                place: excerpt.span(start..end),
                path,
                part,
            }),
            SourceBody::Empty | SourceBody::Typed => None,
        }
    });
    includes.collect()
}

#[cfg(test)]
mod tests {
    use super::super::text::Excerpt;
    use super::{find, may_contain_include};

    #[test]
    fn includes_in_running_text() {
        for (text, paths) in [
            ("{{#include a.md}}", &["a.md"][..]),
            (
                "a\n\n{{#include ../a_b.md:part}} b {{#include c.txt:2:3}}\n",
                &["../a_b.md", "c.txt"],
            ),
            ("> - {{#include a.md}}\n", &["a.md"]),
            ("```text\n{{#include a.md}}\n```\n", &[]),
            (
                "~~~~\n~~~\n{{#include a.md}}\n~~~~\n\n{{#include b.md}}\n",
                &["b.md"],
            ),
            ("\\{{#include a.md}}", &[]),
            ("`{{#include a.md}}`", &[]),
            ("<!--\n{{#include a.md}}\n-->\n", &[]),
            ("{{#include", &[]),
            ("{{#rustdoc_include a.rs}}", &[]),
        ] {
            let includes = find(&Excerpt::whole(text), &[]);
            let found: Vec<_> = includes
                .iter()
                .map(|include| include.path.to_str())
                .collect();
            let paths: Vec<_> = paths.iter().copied().map(Some).collect();
            assert_eq!(found, paths, "{text:?}");
            assert!(paths.is_empty() || may_contain_include(text), "{text:?}");
        }
    }
}
