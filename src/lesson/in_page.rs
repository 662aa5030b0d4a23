//! What is run from the page: programs, ` ```rust,example ` without a name, whose text is the fence's body, and
//! commands, ` ```console,run `.

use super::comments::bare_rust;
use super::fence::{Inline, RunAttributes, TargetKind};
use super::{Kind, Lesson, Span};

/// The letters of a program's name: it is the name of a Cargo target, and of a file.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a program can have this name.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_plain)
}

/// Gives what is run from a chapter's page and has no name one of its own: the chapter's, without the `.md`,
/// and a number, from 1, among all programs that stand in it, or `shell` and one among all commands.
pub fn name_all(lesson: &mut Lesson, chapter: &str) {
    let plain = chapter.replace(|c| !is_plain(c), "-");
    let base = match plain.trim_matches(['-', '_']) {
        "" => "page",
        base => base,
    };
    let (mut programs, mut shells) = (0, 0);
    lesson.each_target(&mut |target| {
        let (count, more) = match target.kind {
            Some(TargetKind::Inline) => (&mut programs, ""),
            Some(TargetKind::Shell) => (&mut shells, "-shell"),
            Some(TargetKind::Example | TargetKind::Bin) | None => return,
        };
        *count += 1;
        if target.name.is_empty() {
            target.name = format!("{base}{more}-{count}");
        }
    });
}

/// What is run from a chapter's page, in the order of the text.
pub fn in_page(lesson: &Lesson) -> impl Iterator<Item = InPage<'_>> {
    lesson.walk().filter_map(|block| {
        let (run, what) = match &block.kind {
            Kind::Source(source) => {
                let inline = source.inline.as_ref()?;
                (&source.run, What::Program(&source.body, inline))
            }
            Kind::Output(output) if !output.commands.is_empty() => {
                (&output.run, What::Commands(&output.commands))
            }
            _ => return None,
        };
        Some(InPage {
            place: &block.place,
            run,
            what,
        })
    })
}

/// Something that is run from the page.
#[derive(Debug, Clone, Copy)]
pub struct InPage<'a> {
    /// Where it stands, in bytes of the chapter.
    pub place: &'a Span,
    /// The run that its own fence makes of it.
    pub run: &'a RunAttributes,
    /// What it is.
    pub what: What<'a>,
}

/// What can be run from the page.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// A program: the fence's body, and what is said of it.
    Program(&'a str, &'a Inline),
    /// Commands for a shell.
    Commands(&'a [String]),
}

impl InPage<'_> {
    /// Whether a shell runs it.
    pub fn is_commands(&self) -> bool {
        matches!(self.what, What::Commands(_))
    }
}

/// The text of a program that the compiler is given, for the body of a fence. Every line keeps its number:
/// hidden lines lose their `# ` (mdBook's and rustdoc's mark), `##` is `#`, and what has no `main` is put
/// into one, as rustdoc and mdBook do, on the first line behind attributes of the crate, and behind the last.
pub fn code(body: &str) -> String {
    let code: String = body.lines().map(|line| unhidden(line) + "\n").collect();
    if has_main(&code) {
        return code;
    }
    let (attributes, statements) = code.split_at(end_of_attributes(&code));
    format!("{attributes}fn main() {{ {statements}}}\n")
}

/// Where the lines with attributes of the crate (`#![…]`) end with which code begins.
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

/// Whether a program has a `main`, be it that a macro makes it: in comments and strings there is none.
fn has_main(code: &str) -> bool {
    let code = bare_rust(code);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("fn").any(|(at, word)| {
        let behind = &code[at + word.len()..];
        let name = behind.trim_start().strip_prefix("main");
        !code[..at].ends_with(is_part)
            && behind.starts_with(char::is_whitespace)
            && name.is_some_and(|rest| !rest.starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::{code, is_name};

    #[test]
    fn the_compiler_gets_the_body_line_by_line() {
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
            assert_eq!(code(body), compiled);
        }
    }

    #[test]
    fn names_are_those_of_targets() {
        for (name, is) in [
            ("race", true),
            ("01-a_b", true),
            ("", false),
            ("-a", false),
            ("a b", false),
            ("ä", false),
            ("../a", false),
        ] {
            assert_eq!(is_name(name), is, "{name}");
        }
    }
}
