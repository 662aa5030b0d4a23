//! Renders pages for `mdbook test`: plain fences without runs, with every line at its original number, so that
//! rustdoc's messages point to the author's lines.

use crate::lesson::fence::SourceFence;
use crate::lesson::splice::{After, Replacement, splice};
use crate::lesson::{Block, Kind, Lesson};

/// Renders a chapter without this tool's attributes, and with the bodies of its tabs outdented.
pub fn chapter(text: &str, lesson: &Lesson) -> String {
    splice(text, &replacements(text, lesson))
}

fn replacements(text: &str, lesson: &Lesson) -> Vec<Replacement> {
    lesson
        .blocks
        .iter()
        .map(|block| replacement(text, block))
        .collect()
}

fn replacement(text: &str, block: &Block) -> Replacement {
    let written = &text[block.span.clone()];
    let new = match &block.kind {
        Kind::Code(fence) => untagged(written, &fence.listing.info, &fence.body),
        Kind::Source(fence) => untagged(written, &info(fence), &fence.body),
        Kind::Output(fence) => untagged(written, &fence.info, ""),
        Kind::Tabs(tabs) => {
            let mut lines: Vec<String> = Vec::new();
            for tab in tabs {
                lines.resize(tab.line.max(lines.len()), String::new());
                lines.push(format!("**{}**", tab.title));
                let body = splice(&tab.body, &replacements(&tab.body, &tab.lesson));
                lines.extend(body.lines().map(str::to_owned));
            }
            lines.join("\n")
        }
        Kind::Admonition(admonition) => {
            let body = &admonition.body;
            let body = splice(body, &replacements(body, &admonition.lesson));
            let title = admonition.title.as_deref().unwrap_or("Note");
            let lines = [format!("**{title}**")]
                .into_iter()
                .chain(body.lines().map(str::to_owned));
            lines.collect::<Vec<_>>().join("\n")
        }
        // Nothing is run, so there is no value.
        Kind::Value(_) => written.to_owned(),
    };
    Replacement::of(block, new, After::Nothing)
}

/// Returns the info string of a source fence. An empty fence, whose program is a file, compiles and does not panic,
/// so rustdoc must not expect otherwise.
fn info(fence: &SourceFence) -> String {
    let info = &fence.listing.info;
    let words = || info.split([',', ' ']);
    let is_contrary = |word: &str| matches!(word, "compile_fail" | "should_panic");
    let is_ignored = words().any(|word| word == "ignore");
    if fence.body.trim().is_empty() && words().any(is_contrary) && !is_ignored {
        format!("{info},ignore")
    } else {
        info.clone()
    }
}

/// Returns a fence with another info string.
fn untagged(written: &str, info: &str, body: &str) -> String {
    let mark = &written[..1];
    let marks: String = written
        .chars()
        .take_while(|c| mark.starts_with(*c))
        .collect();
    let mut lines = vec![format!("{marks}{info}")];
    lines.extend(body.lines().map(str::to_owned));
    let closing = written.lines().count().saturating_sub(1);
    lines.resize(closing.max(lines.len()), String::new());
    lines.push(marks);
    lines.join("\n")
}
