//! The prose in Markdown and in Rust sources, for `prose.rs`.

use proc_macro2::{Group, Literal, TokenStream, TokenTree};

/// A paragraph, a list item, a cell of a table, a heading, a name or a string literal.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    pub text: String,
    pub is_heading: bool,
}

impl Piece {
    fn new(line: usize, text: &str) -> Piece {
        let bare = text.trim().trim_start_matches('#');
        Piece {
            line,
            text: bare.trim().trim_matches('*').to_owned(),
            is_heading: bare.len() < text.trim().len(),
        }
    }
}

/// The pieces of a Markdown text. Fenced code and HTML comments are left out.
pub fn markdown(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut fence = None;
    let mut goes_on = false;
    for (at, line) in text.lines().enumerate() {
        let bare = line.trim().trim_start_matches("> ");
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        if ticks >= 3 {
            match fence {
                None if !bare[ticks..].contains('`') => fence = Some(ticks),
                Some(opened) if ticks >= opened && bare.len() == ticks => fence = None,
                _ => {}
            }
            goes_on = false;
            continue;
        }
        if fence.is_some() || bare.is_empty() || bare.starts_with("<!--") {
            goes_on = false;
            continue;
        }
        if bare.starts_with("| ---") {
            // The row above is the head of the table.
            let head = pieces.iter_mut().rev();
            for cell in head.take_while(|it| it.line == at) {
                cell.is_heading = true;
            }
            continue;
        }
        if bare.starts_with('|') {
            let cells = bare.trim_matches('|').split(" | ");
            pieces.extend(cells.map(|cell| Piece::new(at + 1, cell)));
            goes_on = false;
            continue;
        }
        let item = bare.trim_start_matches(|c: char| c.is_ascii_digit() || ".-*".contains(c));
        let is_item = item.starts_with(' ') && item.len() < bare.len();
        match pieces.last_mut() {
            Some(piece) if goes_on && !is_item => {
                piece.text.push(' ');
                piece.text.push_str(bare);
            }
            _ if is_item => pieces.push(Piece::new(at + 1, item)),
            _ => pieces.push(Piece::new(at + 1, bare)),
        }
        goes_on = !bare.starts_with('#');
    }
    pieces
}

/// The prose of a Rust source: its comments, names of functions and string literals. Most literals in its unit tests
/// are data, so there only the messages of assertions count.
pub fn rust(source: &str) -> Vec<Piece> {
    let before_tests = source.split("#[cfg(test)]").next().unwrap_or_default();
    pieces(source, before_tests.lines().count() + 1)
}

/// The prose of a Rust source that consists of tests.
pub fn rust_tests(source: &str) -> Vec<Piece> {
    pieces(source, 1)
}

/// The prose of a Rust source whose tests begin on a line.
fn pieces(source: &str, tests: usize) -> Vec<Piece> {
    let mut collector = Collector {
        tests,
        pieces: comments(source),
    };
    collector.collect(source.parse().unwrap());
    collector.pieces
}

/// Collects names and literals.
struct Collector {
    /// The line on which the tests begin.
    tests: usize,
    pieces: Vec<Piece>,
}

impl Collector {
    fn collect(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let line = token.span().start().line;
            let is_test = line >= self.tests;
            let [first, second] =
                [2, 1].map(|distance| match tokens.get(at.wrapping_sub(distance)) {
                    Some(before @ (TokenTree::Ident(_) | TokenTree::Punct(_))) => {
                        before.to_string()
                    }
                    _ => String::new(),
                });
            match token {
                TokenTree::Ident(name) if second == "fn" => {
                    let words = name.to_string().replace('_', " ");
                    self.pieces.push(Piece::new(line, &words));
                }
                // The tokens of a doc comment, which is a comment already.
                TokenTree::Literal(_) if [&*first, &*second] == ["doc", "="] => {}
                TokenTree::Literal(literal)
                    if !is_test || second == "=" && ["ignore", "reason"].contains(&&*first) =>
                {
                    self.add(literal);
                }
                TokenTree::Group(group) => {
                    if let Some(literal) = message(&first, &second, group)
                        && is_test
                    {
                        self.add(&literal);
                    }
                    self.collect(group.stream());
                }
                TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn add(&mut self, literal: &Literal) {
        if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
            let line = literal.span().start().line;
            self.pieces.push(Piece::new(line, &text.value()));
        }
    }
}

/// The message in the arguments of an assertion, which two tokens precede.
fn message(first: &str, second: &str, arguments: &Group) -> Option<Literal> {
    let place = match (first, second) {
        ("panic", "!") | (".", "expect") => 0,
        ("assert" | "prop_assert", "!") => 1,
        ("assert_eq" | "assert_ne" | "prop_assert_eq", "!") => 2,
        _ => return None,
    };
    let tokens: Vec<TokenTree> = arguments.stream().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ',');
    match tokens.split(is_comma).nth(place)? {
        [TokenTree::Literal(literal)] => Some(literal.clone()),
        _ => None,
    }
}

/// The comments of a Rust source, consecutive ones as one text.
fn comments(source: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // The first line, and the text.
    let mut comment: (usize, String) = (1, String::new());
    let mut reader = Reader {
        rest: source,
        line: 1,
    };
    while let Some(text) = reader.next_comment() {
        let length = comment.1.lines().count();
        if comment.0 + length != reader.line {
            pieces.extend(of_comment(&comment));
            comment = (reader.line, String::new());
        }
        let text = text.trim_start_matches(['/', '!']);
        comment.1.push_str(text.trim());
        comment.1.push('\n');
    }
    pieces.extend(of_comment(&comment));
    pieces
}

fn of_comment((line, text): &(usize, String)) -> impl Iterator<Item = Piece> {
    let first = *line;
    markdown(text).into_iter().map(move |piece| Piece {
        line: piece.line + first - 1,
        ..piece
    })
}

/// A tokenizer of Rust that finds comments.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next_comment(&mut self) -> Option<&'a str> {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                return Some(self.take(end));
            }
            if let Some(quotes) = raw(self.rest) {
                self.take(quotes + 1);
                let end = format!("\"{}", "#".repeat(quotes - 1));
                let length = self.rest.find(&end).unwrap_or(self.rest.len());
                self.take(length);
                self.take(end.len().min(self.rest.len()));
                continue;
            }
            if first == '"' {
                self.take(1);
                let length = length_of_string(self.rest);
                self.take(length);
                self.take(1.min(self.rest.len()));
                continue;
            }
            // A quotation mark or an apostrophe as a character literal does not begin a string.
            let is_char = ["'\"'", "'\\\"'", "'\\''"];
            match is_char.iter().find(|it| self.rest.starts_with(**it)) {
                Some(char) => self.take(char.len()),
                None => self.take(first.len_utf8()),
            };
        }
        None
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// The length of `r`, `r#` and so on, where a raw string begins.
fn raw(text: &str) -> Option<usize> {
    let marks = text.strip_prefix('r')?;
    let rest = marks.trim_start_matches('#');
    rest.starts_with('"').then(|| 1 + marks.len() - rest.len())
}

/// The length of a string up to its closing quotation mark.
fn length_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    end.unwrap_or(text.len())
}

#[test]
fn pieces_of_markdown() {
    let text = "# What it is\n\nOne\ntwo.\n\n- three\n- four\n\n| a | b |\n| --- | --- |\n| `c` | d |\n\n\
                ````markdown\n```rust\nWhat.\n```\n````\n\nfive";
    let pieces = markdown(text);
    let texts: Vec<(usize, &str)> = pieces.iter().map(|it| (it.line, &*it.text)).collect();
    let expected = [
        (1, "What it is"),
        (3, "One two."),
        (6, "three"),
        (7, "four"),
        (9, "a"),
        (9, "b"),
        (11, "`c`"),
        (11, "d"),
        (19, "five"),
    ];
    assert_eq!(texts, expected);
    let headings: Vec<&str> = pieces
        .iter()
        .filter(|it| it.is_heading)
        .map(|it| &*it.text)
        .collect();
    assert_eq!(headings, ["What it is", "a", "b"]);
}

#[test]
fn pieces_of_rust() {
    let source = "//! One\n//! two.\n\n/// Three.\nfn four_five<'a>(_: &'a str) -> char {\n    \
                  g(\"six \\\"seven\\\"\", r#\"eight \"nine\"\"#); // ten\n    '\"'\n}\n\
                  #[cfg(test)]\n#[ignore = \"eleven\"]\nfn twelve() {\n    // thirteen\n    \
                  assert_eq!(f(\"data\"), \"data\", \"fourteen {x}\", x.expect(\"fifteen\"));\n}\n";
    let texts = |pieces: Vec<Piece>| {
        let mut texts: Vec<(usize, String)> =
            pieces.into_iter().map(|it| (it.line, it.text)).collect();
        texts.sort_unstable();
        texts
    };
    let expected = [
        (1, "One two."),
        (4, "Three."),
        (5, "four five"),
        (6, "eight \"nine\""),
        (6, "six \"seven\""),
        (6, "ten"),
        (10, "eleven"),
        (11, "twelve"),
        (12, "thirteen"),
        (13, "fifteen"),
        (13, "fourteen {x}"),
    ];
    let expected = expected.map(|(line, text)| (line, text.to_owned()));
    assert_eq!(texts(rust(source)), expected);
    let tests = texts(rust_tests(source));
    assert_eq!(tests.len(), expected.len() - 2, "{tests:?}");
}
