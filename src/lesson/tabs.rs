//! The header lines of tabs, in the syntax of `pymdownx.tabbed`.

/// A header line: `^={3}(\+|\+!|!\+|!)? +"(.*?)" *$`.
#[derive(Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The title between the outer quotes.
    pub title: &'a str,
    /// `+`: whether this tab is shown first.
    pub selected: bool,
    /// `!`: whether this tab begins a new tab set.
    pub starts_set: bool,
}

/// Reads a line without its end and the prefix of its containers; `None`: the line is no header.
pub fn read(line: &str) -> Option<Header<'_>> {
    let rest = line.strip_prefix("===")?;
    let marks = rest.len() - rest.trim_start_matches(['+', '!']).len();
    let (marks, rest) = rest.split_at(marks);
    if !matches!(marks, "" | "+" | "!" | "+!" | "!+") {
        return None;
    }
    let quoted = rest.trim_start_matches(' ');
    if quoted.len() == rest.len() {
        return None;
    }
    let title = quoted
        .trim_end_matches([' ', '\t'])
        .strip_prefix('"')?
        .strip_suffix('"')?;
    Some(Header {
        title,
        selected: marks.contains('+'),
        starts_set: marks.contains('!'),
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn headers_and_lines_that_look_like_one() {
        let title = |line| read(line).map(|header| header.title);
        for (line, expected) in [
            (r#"=== "Code""#, Some("Code")),
            (r#"===   "Code"  "#, Some("Code")),
            ("=== \"Code\"\t", Some("Code")),
            (r#"=== """#, Some("")),
            (r#"=== "a "b" c""#, Some(r#"a "b" c"#)),
            (r#"===! "New""#, Some("New")),
            (r#"===+! "New""#, Some("New")),
            (r#"==="Code""#, None),
            (r#"==== "Code""#, None),
            (r#"===++ "Code""#, None),
            ("=== 'Code'", None),
            ("=== “Code”", None),
            ("=== Code", None),
            (r#"=== "Code" more"#, None),
            (r#" === "Code""#, None),
            (r#"\=== "Code""#, None),
            (r#"=== ""#, None),
            ("===", None),
            ("", None),
        ] {
            assert_eq!(title(line), expected, "{line:?}");
        }
    }

    #[test]
    fn marks_select_and_split() {
        let marks = |line| read(line).map(|header| (header.selected, header.starts_set));
        assert_eq!(marks(r#"=== "A""#), Some((false, false)));
        assert_eq!(marks(r#"===+ "A""#), Some((true, false)));
        assert_eq!(marks(r#"===! "A""#), Some((false, true)));
        assert_eq!(marks(r#"===!+ "A""#), Some((true, true)));
    }
}
