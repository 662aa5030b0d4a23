//! Texts in a timeline, as long as there is room for them.

use unicode_width::UnicodeWidthChar;

use crate::page::terminal::plain;

/// The highest number of columns of a name, and of a printed line.
pub(super) const COLUMNS: usize = 30;

/// Shortens a label for display.
pub(super) fn name(label: &str) -> String {
    cut(plain(label).trim(), COLUMNS)
}

/// The width of a text.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Shortens a text to this many columns, with an ellipsis if needed.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut columns = 0;
    let is_short = |&c: &char| {
        columns += c.width().unwrap_or(0);
        columns <= most
    };
    let short: String = text.chars().take_while(is_short).collect();
    if short.len() == text.len() {
        short
    } else {
        let mut chars = short.chars();
        chars.next_back();
        chars.as_str().trim_end().to_owned() + "…"
    }
}
