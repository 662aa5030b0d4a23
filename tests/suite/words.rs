//! The prose in Markdown and in Rust sources, for `prose.rs`.

/// A paragraph, a list item, a cell of a table, a heading or a string literal.
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

/// The comments and string literals of a Rust source, up to its unit tests.
pub fn rust(source: &str) -> Vec<Piece> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut pieces = Vec::new();
    // Consecutive comments are one text: its first line, and the text.
    let mut comment: (usize, String) = (1, String::new());
    let mut reader = Reader {
        rest: source,
        line: 1,
    };
    while let Some(token) = reader.next() {
        match token {
            Token::Comment(text) => {
                let length = comment.1.lines().count();
                if comment.0 + length != reader.line {
                    pieces.extend(of_comment(&comment));
                    comment = (reader.line, String::new());
                }
                let text = text.trim_start_matches(['/', '!']);
                comment.1.push_str(text.trim());
                comment.1.push('\n');
            }
            Token::Literal(line, text) => {
                let text = text.replace("\\n", "\n").replace("\\\"", "\"");
                pieces.push(Piece::new(line, &text));
            }
        }
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

/// Something with prose in it.
enum Token<'a> {
    Comment(&'a str),
    /// Its first line, and its text with its escapes.
    Literal(usize, &'a str),
}

/// Reads a Rust source as far as comments and literals need it.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                return Some(Token::Comment(self.take(end)));
            }
            if let Some(quotes) = raw(self.rest) {
                let line = self.line;
                self.take(quotes + 1);
                let end = format!("\"{}", "#".repeat(quotes - 1));
                let length = self.rest.find(&end).unwrap_or(self.rest.len());
                let text = self.take(length);
                self.take(end.len().min(self.rest.len()));
                return Some(Token::Literal(line, text));
            }
            if first == '"' {
                let line = self.line;
                self.take(1);
                let length = length_of_string(self.rest);
                let text = self.take(length);
                self.take(1.min(self.rest.len()));
                return Some(Token::Literal(line, text));
            }
            // A character, which may be a quotation mark; a lifetime has no second apostrophe so near.
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

/// Up to the quotation mark that ends a string.
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
    let source = "//! One\n//! two.\n\n/// Three.\nfn f<'a>(_: &'a str) -> char {\n    \
                  g(\"four \\\"five\\\"\", r#\"six \"seven\"\"#); // eight\n    '\"'\n}\n\
                  #[cfg(test)]\n// nine\n";
    let pieces = rust(source);
    let mut texts: Vec<(usize, &str)> = pieces.iter().map(|it| (it.line, &*it.text)).collect();
    texts.sort_unstable();
    let expected = [
        (1, "One two."),
        (4, "Three."),
        (6, "eight"),
        (6, "four \"five\""),
        (6, "six \"seven\""),
    ];
    assert_eq!(texts, expected);
}
