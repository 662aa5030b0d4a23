//! Snippets: programs whose source is in the page, ` ```rust,example ` without a name.

use super::comments::bare_rust;

/// The declarations of a fence about its snippet, apart from those about the run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The edition that it is written in, like `2021`; `None`: the edition of the examples' package.
    pub edition: Option<String>,
}

/// A snippet as the compiler gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The source.
    pub code: String,
    /// The line, from 1, that begins with an added [`MAIN`]; `None`: the snippet has its own `main`.
    pub main: Option<usize>,
}

/// The text before the statements of a snippet without a `main`.
pub const MAIN: &str = "fn main() { ";

/// Returns whether a name can be that of a snippet: it becomes the name of a Cargo target and of a file.
pub fn is_valid_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_name_char)
}

/// Returns whether a character can be part of such a name.
pub fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The source that the compiler gets for the body of a fence.
///
/// Every line keeps its number. Hidden lines lose their `# `, the mark of mdBook and rustdoc, and `##` becomes `#`.
/// Statements without a `main` are wrapped in one, as rustdoc and mdBook do: it opens on the first line after the
/// crate's attributes and closes after the last line.
pub fn compiled_source(body: &str) -> Compiled {
    let code: String = body.lines().map(|line| unhidden(line) + "\n").collect();
    if has_main(&code) {
        return Compiled { code, main: None };
    }
    let (attributes, statements) = code.split_at(end_of_attributes(&code));
    Compiled {
        main: Some(attributes.lines().count() + 1),
        code: [attributes, MAIN, statements, "}\n"].concat(),
    }
}

/// Returns whether the page hides lines of a snippet: they begin with `# `.
pub fn hides_lines(body: &str) -> bool {
    let hidden = |line: &str| line == "#" || line.starts_with("# ");
    body.lines()
        .any(|line| hidden(line.trim()) || hidden(line.trim_start()))
}

/// The byte at which the crate's attributes (`#![…]`) at the start of the code end.
fn end_of_attributes(code: &str) -> usize {
    let (mut at, mut end) = (0, 0);
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        let is_attribute = text.starts_with("#![") && text.ends_with(']');
        if !is_attribute && !text.is_empty() {
            break;
        }
        at += line.len();
        if is_attribute {
            end = at;
        }
    }
    end
}

/// A line without the mark that hides it on the page.
fn unhidden(line: &str) -> String {
    let rest = line.trim_start();
    let indent = &line[..line.len() - rest.len()];
    let text = match rest.strip_prefix('#') {
        Some("") => "",
        Some(hidden) if hidden.starts_with(' ') => &hidden[1..],
        Some(hash) if hash.starts_with('#') => hash,
        _ => rest,
    };
    format!("{indent}{text}")
}

/// Returns whether a program defines `main`, directly or in a macro, rather than in a comment or a string.
fn has_main(code: &str) -> bool {
    let code = bare_rust(code);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("fn").any(|(at, word)| {
        let after = &code[at + word.len()..];
        let name = after.trim_start().strip_prefix("main");
        !code[..at].ends_with(is_part)
            && after.starts_with(char::is_whitespace)
            && name.is_some_and(|rest| !rest.starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::{compiled_source, hides_lines, is_valid_name};

    #[test]
    fn every_line_keeps_its_number() {
        for (body, compiled) in [
            ("fn main() {}\n", "fn main() {}\n"),
            ("let a = 1;\n", "fn main() { let a = 1;\n}\n"),
            (
                "# use std::fmt;\n#\nfn main() {\n    # hidden();\n    ## not\n}\n",
                "use std::fmt;\n\nfn main() {\n    hidden();\n    # not\n}\n",
            ),
            (
                "#[derive(Debug)]\nstruct A;\nasync fn main() {}\n",
                "#[derive(Debug)]\nstruct A;\nasync fn main() {}\n",
            ),
            (
                "// fn main() {}\na();\n",
                "fn main() { // fn main() {}\na();\n}\n",
            ),
            (
                "/* fn main() {} */ a(\"fn main() {}\"); // end",
                "fn main() { /* fn main() {} */ a(\"fn main() {}\"); // end\n}\n",
            ),
            ("fn main () {}\n", "fn main () {}\n"),
            ("fn\nmain() {}\n", "fn\nmain() {}\n"),
            ("fn mainly() {}\n", "fn main() { fn mainly() {}\n}\n"),
            (
                "macro_rules! m { () => { fn main() {} } }\nm!();\n",
                "macro_rules! m { () => { fn main() {} } }\nm!();\n",
            ),
            (
                "#![recursion_limit = \"64\"]\n\n# #![allow(unused)]\n\na();\n",
                "#![recursion_limit = \"64\"]\n\n#![allow(unused)]\nfn main() { \na();\n}\n",
            ),
        ] {
            assert_eq!(compiled_source(body).code, compiled, "{body}");
        }
    }

    #[test]
    fn the_added_main_and_hidden_lines_are_known() {
        for (body, main, hides) in [
            ("fn main() {}\n", None, false),
            ("a();\n", Some(1), false),
            ("#![a]\n\n#![b]\n\na();\n", Some(4), false),
            ("# fn main() {\na();\n# }\n", None, true),
            ("  #\n  a();\n", Some(1), true),
            ("## a\n#[b]\n", Some(1), false),
        ] {
            assert_eq!(compiled_source(body).main, main, "{body}");
            assert_eq!(hides_lines(body), hides, "{body}");
        }
    }

    #[test]
    fn names_are_valid_target_names() {
        for (name, is_valid) in [
            ("race", true),
            ("01-a_b", true),
            ("", false),
            ("-a", false),
            ("a b", false),
            ("ä", false),
            ("../a", false),
        ] {
            assert_eq!(is_valid_name(name), is_valid, "{name}");
        }
    }
}
