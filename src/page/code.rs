//! Renders code in fences.

use std::borrow::Cow;

use super::Directives;

/// Wraps a text in a fence with this info string; the fence is longer than any in the text.
pub fn fence(info: &str, text: &str) -> String {
    // Only after tildes may an info string contain a backtick (CommonMark 0.31, 4.5).
    let mark = if info.contains('`') { '~' } else { '`' };
    let longest = if text.contains(mark) {
        text.split(|c| c != mark).map(str::len).max().unwrap_or(0)
    } else {
        0
    };
    let marks = mark.to_string().repeat(longest.max(2) + 1);
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{marks}{info}\n{text}{newline}{marks}")
}

/// Escapes a source file for a Rust fence, in which mdBook and rustdoc hide lines that begin with `# `: in a file,
/// such a line is text, and `##` stands for `#`.
pub fn unhidden(code: &str) -> Cow<'_, str> {
    if !code.contains('#') {
        return Cow::Borrowed(code);
    }
    let mut text = String::with_capacity(code.len());
    for line in code.split_inclusive('\n') {
        let start = line.len() - line.trim_start_matches([' ', '\t']).len();
        let (indent, rest) = line.split_at(start);
        text.push_str(indent);
        if let Some(after) = rest.strip_prefix('#')
            && (after.is_empty() || after.starts_with([' ', '#', '\n', '\r']))
        {
            text.push('#');
        }
        text.push_str(rest);
    }
    Cow::Owned(text)
}

/// Escapes a text so that mdBook's `links` expands nothing in it: `links` prints `\{{#…}}` as `{{#…}}`, up to the
/// last braces of the line.
pub fn without_directives(text: Cow<'_, str>, directives: Directives) -> Cow<'_, str> {
    if directives == Directives::Kept || !text.contains("{{#") {
        return text;
    }
    let escape = |line: &str| match line.find("{{#") {
        Some(at) if line[at..].contains("}}") => format!("{}\\{}", &line[..at], &line[at..]),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::{Directives, fence, unhidden, without_directives};

    #[test]
    fn fences_hold_their_text() {
        assert_eq!(fence("rust", "a\n"), "```rust\na\n```");
        assert_eq!(fence("", "a"), "```\na\n```");
        assert_eq!(fence("md", "```\n````x\n"), "`````md\n```\n````x\n`````");
        assert_eq!(fence("rust", ""), "```rust\n```");
    }

    #[test]
    fn lines_of_files_are_not_hidden() {
        for (line, written) in [
            ("#[derive(Debug)]", "#[derive(Debug)]"),
            ("#!/bin", "#!/bin"),
            ("  # a", "  ## a"),
            ("#\n", "##\n"),
            ("## a", "### a"),
            ("let a = 1; # b", "let a = 1; # b"),
        ] {
            assert_eq!(unhidden(line), written);
        }
    }

    #[test]
    fn directives_are_escaped() {
        for (line, written) in [
            ("a {{#include b}} c", "a \\{{#include b}} c"),
            ("{{#a}} {{#b}}", "\\{{#a}} {{#b}}"),
            ("{{# not closed", "{{# not closed"),
            ("}} {{# not closed", "}} {{# not closed"),
            ("format!(\"{{}}\")", "format!(\"{{}}\")"),
        ] {
            let escaped = |directives| without_directives(line.into(), directives);
            assert_eq!(escaped(Directives::Expanded), written);
            assert_eq!(escaped(Directives::Kept), line);
        }
    }
}
