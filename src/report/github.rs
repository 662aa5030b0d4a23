//! Verdicts → output for GitHub Actions: workflow commands in a log, which become annotations at the chapters'
//! lines, and a table for the summary of the workflow's run.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; the escapes are
//! those of `packages/core/src/command.ts` in <https://github.com/actions/toolkit>.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::checkout::Checkout;
use super::human;
use super::render::Color;
use super::sources::Chapters;
use super::verdict::{RunVerdict, Verdicts};
use crate::diagnostic::{Diagnostic, Location};

/// The text for people, then a command for each finding. GitHub obeys commands anywhere in a log; they are stopped
/// around the text, which contains output of programs.
pub fn text(verdicts: &Verdicts, checkout: &Checkout, color: Color) -> String {
    let human = human::text(verdicts, color);
    // No program can print the hash of a text that contains what it prints.
    let token = hex::encode(Sha256::digest(human.as_bytes()));
    let mut text = format!("::stop-commands::{token}\n{human}::{token}::\n");
    for run in verdicts.all() {
        for finding in &run.findings {
            text.push_str(&command(run, finding, &verdicts.chapters, checkout));
            text.push('\n');
        }
    }
    text
}

/// The command for a finding.
fn command(
    run: &RunVerdict,
    finding: &Diagnostic,
    chapters: &Chapters,
    checkout: &Checkout,
) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &finding.primary {
        if let Location::File { path, .. } = &place.location {
            properties.push(("file", checkout.name(path)));
        } else if let Some(place) = chapters.locate(place) {
            let line = place.line.number.to_string();
            properties.push(("file", checkout.name(place.path)));
            properties.push(("line", line.clone()));
            properties.push(("endLine", line));
            properties.push(("col", place.column.to_string()));
        }
    }
    let title = match finding.kind {
        Some(kind) => format!("{}: {}", kind.word(), run.run),
        None => run.run.clone(),
    };
    properties.push(("title", title));
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", escape_property(value)))
        .collect();
    format!(
        "::{} {}::{}",
        finding.severity.word(),
        properties.join(","),
        escape(&message(finding, checkout))
    )
}

/// The text of an annotation. GitHub shows it in a proportional font, so nothing is drawn.
fn message(finding: &Diagnostic, checkout: &Checkout) -> String {
    let mut lines = vec![finding.message.clone()];
    if let Some(excerpt) = &finding.excerpt {
        for (line, label) in &excerpt.marks {
            let text = excerpt.lines.get(*line).map_or("", String::as_str);
            let number = excerpt.number + line;
            let marked = format!("{}, line {number}: {text}", excerpt.title);
            lines.push(if label.is_empty() {
                marked
            } else {
                format!("{marked} ← {label}")
            });
        }
    }
    for place in &finding.related {
        if let Location::File {
            path,
            line: Some(line),
        } = &place.location
        {
            lines.push(format!("program: {}:{line}", checkout.name(path)));
        }
    }
    let notes = finding.notes.iter().map(|note| format!("note: {note}"));
    lines.extend(notes);
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    let output = anstream::adapter::strip_str(&finding.output).to_string();
    if !output.trim().is_empty() {
        lines.push(format!("\n{}", output.trim_end()));
    }
    lines.join("\n")
}

fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

/// A table of the findings for the page of a workflow's run, since GitHub shows only ten annotations of a severity
/// for each step. HTML in Markdown, so that nothing in a cell is taken for Markdown.
pub fn summary(verdicts: &Verdicts) -> String {
    let mut text = format!(
        "### mdbook-transcript check\n\n{}\n\n",
        html(&human::summary(verdicts))
    );
    let mut rows = String::new();
    for run in verdicts.all() {
        let fence = run.fence.as_ref();
        let place = fence.map(|fence| format!("{}:{}", fence.chapter.display(), fence.line));
        for finding in &run.findings {
            let cells = [
                run.run.as_str(),
                place.as_deref().unwrap_or_default(),
                finding.severity.word(),
                finding.kind.map_or("", |kind| kind.word()),
                &finding.message,
            ];
            rows.push_str("<tr>");
            for cell in cells {
                write!(rows, "<td>{}</td>", html(cell)).ok();
            }
            rows.push_str("</tr>\n");
        }
    }
    if !rows.is_empty() {
        text.push_str("<table>\n<tr><th>run</th><th>chapter</th><th></th><th>kind</th><th>finding</th></tr>\n");
        text.push_str(&rows);
        text.push_str("</table>\n\n");
    }
    text
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        // A blank line would end the table.
        .replace(['\r', '\n'], " ")
}
