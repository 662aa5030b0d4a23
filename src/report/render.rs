//! Diagnostics as rustc draws them, with the lines of their places.

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

use super::sources::{Chapters, Located};
use crate::diagnostic::{Diagnostic, Excerpt, Location, Place, Severity};

/// Whether a text contains ANSI sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// It does.
    Ansi,
    /// It does not.
    Plain,
}

/// Renders diagnostics one after the other, a blank line between them.
pub fn render<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    chapters: &Chapters,
    color: Color,
) -> String {
    let texts = diagnostics
        .into_iter()
        .map(|diagnostic| text(diagnostic, &diagnostic.message, chapters, color));
    texts.collect::<Vec<_>>().join("\n\n")
}

/// Renders a diagnostic under another message, without a newline at the end.
pub(super) fn text(
    diagnostic: &Diagnostic,
    message: &str,
    chapters: &Chapters,
    color: Color,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(message);
    let title = match diagnostic.kind {
        Some(kind) => title.id(kind.word()),
        None => title,
    };
    let renderer = match color {
        Color::Ansi => Renderer::styled(),
        Color::Plain => Renderer::plain(),
    };
    let group = title.elements(elements(diagnostic, chapters));
    let mut text = renderer.render(&[group]).to_string();
    if !diagnostic.output.trim().is_empty() {
        let output = diagnostic.output.trim_end();
        text.push_str("\n\n");
        text.push_str(&match color {
            Color::Ansi => output.to_owned(),
            Color::Plain => anstream::adapter::strip_str(output).to_string(),
        });
    }
    text
}

/// Everything that is drawn beneath the message.
fn elements<'a>(diagnostic: &'a Diagnostic, chapters: &'a Chapters) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    let primary = diagnostic.primary.iter();
    elements.extend(primary.filter_map(|place| shown(place, AnnotationKind::Primary, chapters)));
    let related = diagnostic.related.iter();
    elements.extend(related.filter_map(|place| shown(place, AnnotationKind::Context, chapters)));
    elements.extend(diagnostic.excerpt.iter().map(marked_output));
    let notes = diagnostic.notes.iter();
    elements.extend(notes.map(|note| Level::NOTE.message(note.as_str()).into()));
    let help = diagnostic.help.iter();
    elements.extend(help.map(|help| Level::HELP.message(help.as_str()).into()));
    elements
}

/// The line of a place, its span underlined, or the name of a file. `None`: the chapter is unknown.
fn shown<'a>(
    place: &'a Place,
    kind: AnnotationKind,
    chapters: &'a Chapters,
) -> Option<Element<'a>> {
    if let Location::File { path, line } = &place.location {
        let origin = Origin::path(path.display().to_string());
        return Some(match line {
            Some(line) => origin.line(*line).into(),
            None => origin.into(),
        });
    }
    let Located { path, line, .. } = chapters.locate(place)?;
    let label = Some(place.label.as_str()).filter(|label| !label.is_empty());
    let snippet = Snippet::source(line.text)
        .path(path.display().to_string())
        .line_start(line.number)
        .annotation(kind.span(line.span).label(label));
    Some(snippet.into())
}

/// Lines of a program's output, the marked ones underlined.
fn marked_output(excerpt: &Excerpt) -> Element<'_> {
    let mut starts = vec![0];
    for line in &excerpt.lines {
        starts.push(starts[starts.len() - 1] + line.len() + 1);
    }
    let marks = excerpt.marks.iter().enumerate();
    let annotations = marks.map(|(number, (line, label))| {
        let kind = match number {
            0 => AnnotationKind::Primary,
            _ => AnnotationKind::Context,
        };
        let label = Some(label.as_str()).filter(|label| !label.is_empty());
        kind.span(starts[*line]..starts[line + 1] - 1).label(label)
    });
    Snippet::source(excerpt.lines.join("\n"))
        .path(excerpt.title.as_str())
        .line_start(excerpt.number)
        .annotations(annotations)
        .into()
}
