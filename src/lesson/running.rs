//! Running text: everything that pulldown-cmark reads as text, outside code, HTML and the destinations of links.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// The running text of a chapter or a body.
#[derive(Debug)]
pub struct Running {
    /// The pieces, in the order of the text.
    pieces: Vec<Piece>,
}

/// A piece of running text within one line, without code or HTML in it.
#[derive(Debug)]
pub struct Piece {
    /// The bytes of the text.
    pub range: Range<usize>,
    /// The number of the paragraph, heading or cell, unique in the text.
    pub paragraph: usize,
    /// Whether the piece is the first on its line, apart from the prefix of containers.
    pub leads: bool,
}

impl Running {
    /// Finds the running text of a text.
    pub fn of(text: &str) -> Running {
        let mut pieces = Vec::new();
        let mut is_verbatim = false;
        let mut paragraph = 0;
        let mut leads = true;
        for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter()
        {
            let is_break = matches!(event, Event::SoftBreak | Event::HardBreak);
            leads = match event {
                Event::Text(_) if !is_verbatim => {
                    pieces.push(Piece {
                        range,
                        paragraph,
                        leads,
                    });
                    false
                }
                Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => {
                    is_verbatim = true;
                    true
                }
                Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => {
                    is_verbatim = false;
                    true
                }
                event => !is_inline(&event),
            };
            if leads && !is_break {
                paragraph += 1;
            }
        }
        Running { pieces }
    }

    /// The piece that contains this byte of the text; `None`: the byte is not in running text.
    pub fn at(&self, byte: usize) -> Option<&Piece> {
        let next = self
            .pieces
            .partition_point(|piece| piece.range.start <= byte);
        let piece = &self.pieces[next.checked_sub(1)?];
        piece.range.contains(&byte).then_some(piece)
    }
}

/// Returns whether an event is part of a line of text.
fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        ),
        Event::End(tag) => matches!(
            tag,
            TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image
        ),
        event => matches!(
            event,
            Event::Text(_)
                | Event::Code(_)
                | Event::InlineHtml(_)
                | Event::FootnoteReference(_)
                | Event::TaskListMarker(_)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::Running;

    #[test]
    fn running_text_and_other_text() {
        for (text, runs) in [
            ("a X b", true),
            ("# X", true),
            ("- X", true),
            ("- a\n\n  X", true),
            ("> *X*", true),
            ("| a | X |\n|---|---|", true),
            ("[X](b)", true),
            ("![X](b)", true),
            ("[^1]\n\n[^1]: X", true),
            ("a\n: X", true),
            ("<b>X</b> a", true),
            ("a <b>X</b>", true),
            ("`X`", false),
            ("```\nX\n```", false),
            ("    X", false),
            ("```X\n```", false),
            ("<p>\nX", false),
            ("a <b title=\"X\">", false),
            ("a <!-- X -->", false),
            ("[a](X)", false),
            ("[a](b \"X\")", false),
            ("[a]: X", false),
            ("# a { #X }", false),
        ] {
            let at = text.find('X').expect("the text holds X");
            assert_eq!(Running::of(text).at(at).is_some(), runs, "{text:?}");
        }
    }

    #[test]
    fn pieces_of_one_paragraph() {
        for (text, are_one, leads) in [
            ("X Y", true, false),
            ("X\nY", true, true),
            ("> X\n> Y", true, true),
            ("X *Y*", true, false),
            ("X `a` Y", true, false),
            ("X\n\nY", false, true),
            ("# X\nY", false, true),
            ("- X\n- Y", false, true),
            ("| X | Y |\n|---|---|", false, true),
        ] {
            let running = Running::of(text);
            let at = |c: char| {
                let at = text.find(c).expect("the text holds both");
                (at, running.at(at).expect("both are running text"))
            };
            let ((_, x), (byte, y)) = (at('X'), at('Y'));
            assert_eq!(x.paragraph == y.paragraph, are_one, "{text:?}");
            assert_eq!(y.leads && y.range.start == byte, leads, "{text:?}");
        }
    }
}
