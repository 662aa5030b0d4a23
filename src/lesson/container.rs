//! The containers that a line stands in, quotations and list items, as what precedes its text.

use super::text::unindent;

/// What stands before the text of a line: quotation marks and columns of indent, from the outside in.
/// A list item's marker counts as the columns that it takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Container {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// `>` and the one space that may follow it.
    Quote,
    /// So many columns.
    Indent(usize),
}

impl Container {
    /// The containers of the text that begins at byte `at`.
    pub fn before(text: &str, at: usize) -> Container {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let mut parts = Vec::new();
        let mut columns = 0;
        let mut quoted = false;
        for c in text[start..at].chars() {
            let space_of_quote = quoted && c == ' ';
            quoted = c == '>';
            match c {
                _ if space_of_quote => {}
                '>' => {
                    if columns > 0 {
                        parts.push(Part::Indent(columns));
                    }
                    columns = 0;
                    parts.push(Part::Quote);
                }
                '\t' => columns += 4 - columns % 4,
                _ => columns += 1,
            }
        }
        if columns > 0 {
            parts.push(Part::Indent(columns));
        }
        Container { parts }
    }

    /// Whether the text is indented within its innermost quotation (or at all).
    pub fn is_indented(&self) -> bool {
        matches!(self.parts.last(), Some(Part::Indent(_)))
    }

    /// The rest of a line behind these containers; `None`: the line does not stand in them.
    pub fn strip<'a>(&self, line: &'a str) -> Option<&'a str> {
        self.parts.iter().try_fold(line, |rest, part| match part {
            Part::Indent(columns) => unindent(rest, *columns),
            Part::Quote => {
                let marked = rest.trim_start_matches(' ');
                let rest = (rest.len() - marked.len() <= 3)
                    .then(|| marked.strip_prefix('>'))
                    .flatten()?;
                Some(rest.strip_prefix(' ').unwrap_or(rest))
            }
        })
    }

    /// Whether a line is blank in these containers.
    pub fn is_blank(&self, line: &str) -> bool {
        let in_quotation = self.parts.contains(&Part::Quote);
        match self.strip(line) {
            Some(rest) => rest.trim().is_empty(),
            None => !in_quotation && line.trim().is_empty(),
        }
    }

    /// What a further line in these containers begins with.
    pub fn continuation(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Quote => "> ".to_owned(),
                Part::Indent(columns) => " ".repeat(*columns),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Container;

    #[test]
    fn lines_lose_their_containers() {
        for (first, line, rest, continuation) in [
            ("X", "a", Some("a"), ""),
            ("> X", "> a", Some("a"), "> "),
            (">X", "> a", Some("a"), "> "),
            ("> X", ">a", Some("a"), "> "),
            ("> X", "a", None, "> "),
            ("- X", "  a", Some("a"), "  "),
            ("10. X", "    a", Some("a"), "    "),
            ("- X", "a", None, "  "),
            ("> - X", ">   a", Some("a"), ">   "),
            ("- > X", "  > a", Some("a"), "  > "),
            ("> > X", "> > a", Some("a"), "> > "),
        ] {
            let at = first.find('X').expect("the text begins at X");
            let container = Container::before(first, at);
            assert_eq!(container.strip(line), rest, "{first:?} {line:?}");
            assert_eq!(container.continuation(), continuation, "{first:?}");
        }
    }
}
