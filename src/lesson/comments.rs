//! Finds the comments in code, with just enough of each language's tokens to tell a comment from a string.

use std::ops::Range;

use super::syntax::{StringSyntax, Syntax, of};

/// The comments in code, in their order. A comment of several lines is split by line, without line ends.
///
/// `language`: the first word of an info string.
pub fn comments(code: &str, language: &str) -> Vec<Range<usize>> {
    let Some(syntax) = of(language) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        if syntax.embeds
            && let Some((span, language)) = embedded(code, at)
        {
            let inner = comments(&code[span.clone()], language).into_iter();
            found.extend(inner.map(|inner| span.start + inner.start..span.start + inner.end));
            at = span.end.max(at + 1);
            continue;
        }
        let (length, is_comment) = syntax.token(code, at);
        if is_comment {
            found.extend(by_line(code, at..at + length));
        }
        at += length;
    }
    found
}

/// Rust code in which a space replaces every comment, string and character.
pub fn bare_rust(code: &str) -> String {
    let mut bare = String::with_capacity(code.len());
    let Some(syntax) = of("rust") else {
        return bare;
    };
    let mut at = 0;
    while at < code.len() {
        let (length, _) = syntax.token(code, at);
        let token = &code[at..at + length];
        // Every token of more than one character is a comment, a string or a character.
        bare.push_str(match token.chars().nth(1) {
            None => token,
            Some(_) => " ",
        });
        at += length;
    }
    bare
}

/// The contents of the script or style element that begins at byte `at`, and their language.
fn embedded(code: &str, at: usize) -> Option<(Range<usize>, &'static str)> {
    const ELEMENTS: [(&str, &str, &str); 2] =
        [("<script", "</script", "js"), ("<style", "</style", "css")];
    let rest = &code[at..];
    let begins = |mark: &str| {
        rest.get(..mark.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(mark))
    };
    let (open, close, language) = ELEMENTS.into_iter().find(|(open, ..)| begins(open))?;
    let start = open.len() + rest[open.len()..].find('>')? + 1;
    let end = rest[start..].find(close).unwrap_or(rest.len() - start);
    Some((at + start..at + start + end, language))
}

/// The lines of a comment that are not empty.
fn by_line(code: &str, span: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    super::text::lines(&code[span.clone()])
        .map(move |(at, line)| {
            let start = span.start + at;
            start..start + super::text::without_end(line).len()
        })
        .filter(|line| !line.is_empty())
}

impl Syntax {
    /// The length of the token at byte `at`, and whether it is a comment. Documentation is none.
    fn token(&self, code: &str, at: usize) -> (usize, bool) {
        let rest = &code[at..];
        if let Some((open, close)) = self.block.iter().find(|(open, _)| rest.starts_with(open)) {
            let documentation = self.rust
                && (rest.starts_with("/*!")
                    || rest.starts_with("/**") && !rest.starts_with("/**/"));
            return (self.block_length(rest, open, close), !documentation);
        }
        if self.line.iter().any(|mark| rest.starts_with(mark)) && self.may_begin(code, at) {
            let documentation = self.rust
                && (rest.starts_with("//!")
                    || rest.starts_with("///") && !rest.starts_with("////"));
            return (rest.find('\n').unwrap_or(rest.len()), !documentation);
        }
        // In a shell a backslash escapes a quote.
        if self.at_word
            && let Some(escaped) = rest.strip_prefix('\\')
        {
            return (1 + escaped.chars().next().map_or(0, char::len_utf8), false);
        }
        let length = if self.rust {
            rust_token(code, at)
        } else {
            None
        };
        let length = length
            .or_else(|| {
                let mut strings = self.strings.iter();
                let string = strings.find(|string| rest.starts_with(string.quotes))?;
                let anywhere = string.in_word && !self.at_word;
                let opens = anywhere || !follows(code, at, char::is_alphanumeric);
                opens.then(|| string.length(rest))
            })
            .or_else(|| rest.chars().next().map(char::len_utf8));
        (length.unwrap_or(1), false)
    }

    /// Returns whether a line comment may begin at byte `at`.
    fn may_begin(&self, code: &str, at: usize) -> bool {
        !self.at_word || !follows(code, at, |c| !c.is_whitespace())
    }

    /// The length of the block comment at the start of `rest`; an unclosed one ends with the code.
    fn block_length(&self, rest: &str, open: &str, close: &str) -> usize {
        let mut depth = 1;
        let mut at = open.len();
        while depth > 0 {
            let Some(next) = rest[at..]
                .char_indices()
                .map(|(next, _)| at + next)
                .find(|&next| {
                    let here = &rest[next..];
                    here.starts_with(close) || (self.nests && here.starts_with(open))
                })
            else {
                return rest.len();
            };
            if rest[next..].starts_with(close) {
                depth -= 1;
                at = next + close.len();
            } else {
                depth += 1;
                at = next + open.len();
            }
        }
        at
    }
}

impl StringSyntax {
    /// The length of the string at the start of `rest`; an unclosed one ends with its line, or with the code.
    fn length(&self, rest: &str) -> usize {
        let mut at = self.quotes.len();
        while let Some(c) = rest[at..].chars().next() {
            if rest[at..].starts_with(self.quotes) {
                return at + self.quotes.len();
            }
            if c == '\n' && !self.multiline {
                return at;
            }
            at += c.len_utf8();
            if c == '\\' && self.escapes {
                at += rest[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
        rest.len()
    }
}

/// Returns whether byte `at` follows such a character.
fn follows(code: &str, at: usize, is_such: impl Fn(char) -> bool) -> bool {
    code[..at].chars().next_back().is_some_and(is_such)
}

/// The length of a token that only Rust has: a raw string, a character, or the `'` of a lifetime.
fn rust_token(code: &str, at: usize) -> Option<usize> {
    let rest = &code[at..];
    if let Some(quoted) = rest.strip_prefix('\'') {
        let mut chars = quoted.chars();
        return Some(match (chars.next()?, chars.next()) {
            ('\\', _) => StringSyntax::short("'").length(rest),
            (c, Some('\'')) => 2 + c.len_utf8(),
            _ => 1,
        });
    }
    let raw = rest.strip_prefix("r")?;
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = code[..at].strip_suffix(['b', 'c']).unwrap_or(&code[..at]);
    if follows(before, before.len(), in_word) {
        return None;
    }
    let quoted = raw.trim_start_matches('#');
    let marks = &raw[..raw.len() - quoted.len()];
    let quoted = quoted.strip_prefix('"')?;
    let close = format!("\"{marks}");
    let end = quoted
        .find(&close)
        .map_or(quoted.len(), |end| end + close.len());
    Some(rest.len() - quoted.len() + end)
}

#[cfg(test)]
mod tests {
    use super::comments;

    #[test]
    fn comments_by_language() {
        for (language, code, expected) in [
            ("rust", "a(); // b\nc()", &["// b"][..]),
            (
                "rust",
                "/// a\n//! b\n//// c\n/** d */\n/*! e */ // f",
                &["//// c", "// f"],
            ),
            ("rust", "\"// a\" 'a' '\"' // b", &["// b"]),
            ("rust", "fn f<'a>(x: &'a str) {} // '", &["// '"]),
            ("rust", "'\\'' // a", &["// a"]),
            ("rust", "r#\"\"// a\"# br\"// b\" // c", &["// c"]),
            ("rust", "var\"// a\"", &[]),
            ("rust", "\"a\n// b\n\" // c", &["// c"]),
            ("rust", "/* a /* b */\n c */ d", &["/* a /* b */", " c */"]),
            ("c", "/* a /* b */ c */", &["/* a /* b */"]),
            ("cpp", "int a = 1'000; L'b' // c", &["// c"]),
            ("kotlin", "\"\"\"\n// a\n\"\"\" // b", &["// b"]),
            ("bash", "echo \\\"a # b", &["# b"]),
            ("js", "`// a\n` + '// b' // c", &["// c"]),
            ("c", "'a // b\n// c", &["// c"]),
            ("python", "'''# a\n''' # b", &["# b"]),
            ("bash", "echo $# a#b '# c' # d", &["# d"]),
            ("toml", "a = 1# b", &["# b"]),
            ("yaml", "a: b#c's # d", &["# d"]),
            ("bash", "a --b='c # d' # e", &["# e"]),
            ("sql", "select '--a' -- b\n/* c */", &["-- b", "/* c */"]),
            ("lua", "--[[ a\nb ]] -- c", &["--[[ a", "b ]]", "-- c"]),
            ("html", "<a>//</a> <!-- b -->", &["<!-- b -->"]),
            (
                "html",
                "<script>a(\"// b\"); // c\n</script> // d <STYLE>/* e */</style><script",
                &["// c", "/* e */"],
            ),
            ("css", "a {} /* b */ // c", &["/* b */"]),
            ("text", "// a", &[]),
            ("", "// a", &[]),
            ("rust", "/* a\r\nb", &["/* a", "b"]),
        ] {
            let found: Vec<&str> = comments(code, language)
                .into_iter()
                .map(|span| &code[span])
                .collect();
            assert_eq!(found, expected, "{language}: {code}");
        }
    }
}
