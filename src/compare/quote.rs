//! Lines and templates as messages quote them.

use crate::transcript::escape::escape;
use crate::transcript::shape::Template;

/// Quotes a line in backticks, escaped and truncated to 100 characters.
pub fn quoted(line: &str) -> String {
    in_backticks(escape(line))
}

/// Quotes a template as [`quoted`] quotes a line, its holes written as in a shape: `took {duration} s`.
pub(super) fn quoted_template(template: &Template) -> String {
    in_backticks(template.text())
}

fn in_backticks(mut text: String) -> String {
    const MAX_CHARS: usize = 100;
    if text.chars().count() > MAX_CHARS {
        text = text.chars().take(MAX_CHARS).collect::<String>() + "…";
    }
    format!("`{text}`")
}
