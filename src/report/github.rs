//! Verdicts → what GitHub Actions shows: workflow commands in a log, which become annotations at the
//! chapters' lines, and a table for the page of the run.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; the escapes are
//! those of `packages/core/src/command.ts` in <https://github.com/actions/toolkit>.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::checkout::Checkout;
use super::human;
use super::verdict::{RunVerdict, Told, Verdicts};
use super::{Colour, Finding};

/// The text for people, and behind it a command for each finding. GitHub obeys commands wherever they stand
/// in a log: in the text, which holds what programs print, it is told not to.
pub fn text(verdicts: &Verdicts, checkout: &Checkout, colour: Colour) -> String {
    let human = human::text(verdicts, colour);
    // No program can print the hash of a text that what it prints stands in.
    let hash = Sha256::digest(human.as_bytes());
    let token = hex::encode(hash);
    let mut text = format!("::stop-commands::{token}\n{human}::{token}::\n");
    for run in verdicts.all() {
        for told in &run.told {
            text.push_str(&command(run, told, checkout));
            text.push('\n');
        }
    }
    text
}

/// The command for a finding.
fn command(run: &RunVerdict, told: &Told, checkout: &Checkout) -> String {
    let finding = &told.finding;
    let mut properties = Vec::new();
    match (&finding.place, &finding.program) {
        (Some(place), _) => {
            let line = place.number.to_string();
            properties.push(("file", checkout.name(&place.path)));
            properties.push(("line", line.clone()));
            properties.push(("endLine", line));
            properties.push(("col", place.column.to_string()));
        }
        // What no fence asks for has no place in a chapter.
        (None, Some(file)) => properties.push(("file", checkout.name(file))),
        (None, None) => {}
    }
    let title = match finding.kind {
        Some(kind) => format!("{kind}: {}", run.run),
        None => run.run.clone(),
    };
    properties.push(("title", title));
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", escape_property(value)))
        .collect();
    format!(
        "::{} {}::{}",
        told.severity.word(),
        properties.join(","),
        escape(&message(finding, checkout))
    )
}

/// What an annotation says. It is not shown in a font in which drawn lines would stand below each other.
fn message(finding: &Finding, checkout: &Checkout) -> String {
    let mut lines = vec![finding.message.clone()];
    if let Some(excerpt) = &finding.excerpt {
        for (line, label) in &excerpt.marks {
            let text = excerpt.lines.get(*line).map_or("", String::as_str);
            let number = excerpt.number + line;
            lines.push(match label.as_str() {
                "" => format!("{}, line {number}: {text}", excerpt.of),
                label => format!("{}, line {number}: {text} ← {label}", excerpt.of),
            });
        }
    }
    if let (Some(program), Some(line)) = (&finding.program, finding.program_line) {
        lines.push(format!("program: {}:{line}", checkout.name(program)));
    }
    let notes = finding.notes.iter().map(|note| format!("note: {note}"));
    lines.extend(notes);
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    let said = anstream::adapter::strip_str(&finding.said).to_string();
    if !said.trim().is_empty() {
        lines.push(format!("\n{}", said.trim_end()));
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

/// A table of the findings, for the page of a workflow's run: GitHub shows ten annotations of a kind a step,
/// and says of no others. HTML in Markdown, so that nothing in it is taken for Markdown.
pub fn summary(verdicts: &Verdicts) -> String {
    let mut text = format!(
        "### mdbook-transcript check\n\n{}\n\n",
        html(&human::summary(verdicts))
    );
    let mut rows = String::new();
    for run in verdicts.all() {
        let place = match &run.fence {
            Some((chapter, line)) => format!("{}:{line}", chapter.display()),
            None => String::new(),
        };
        for Told { severity, finding } in &run.told {
            let cells = [
                run.run.as_str(),
                &place,
                severity.word(),
                finding.kind.unwrap_or_default(),
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
