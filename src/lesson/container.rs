//! Containers of Markdown, quotations and list items, as the prefixes of their lines.

use super::text::unindent;

/// The containers of a line: quotation marks and columns of indent, from the outside in. The marker of a list item
/// counts as its width in columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Container {
    parts: Vec<Part>,
}

/// The prefix for one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `>` and at most one space after it.
    Quote,
    /// This number of columns.
    Indent(usize),
}

impl Container {
    /// The containers of the text that begins at byte `at`.
    pub fn before(text: &str, at: usize) -> Container {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let mut parts = Vec::new();
        let before = &text[start..at];
        let mut columns = 0;
        let mut quoted = false;
        let mut column = 0;
        let mut skipped = 0;
        for (byte, c) in before.char_indices() {
            if byte < skipped {
                continue;
            }
            // The content of a footnote is indented by four columns, however long its label is.
            if let Some(label) = before[byte..].strip_prefix("[^")
                && let Some((_, after)) = label.split_once("]:")
            {
                skipped = before.len() - after.trim_start().len();
                column += skipped - byte;
                columns += 4;
                quoted = false;
                continue;
            }
            let width = if c == '\t' { 4 - column % 4 } else { 1 };
            column += width;
            // One column after the mark belongs to it.
            let space_of_quote = usize::from(quoted && matches!(c, ' ' | '\t'));
            quoted = c == '>';
            if !quoted {
                columns += width - space_of_quote;
                continue;
            }
            if columns > 0 {
                parts.push(Part::Indent(columns));
            }
            columns = 0;
            parts.push(Part::Quote);
        }
        if columns > 0 {
            parts.push(Part::Indent(columns));
        }
        Container { parts }
    }

    /// Returns whether the text is indented within its innermost quotation, or at all if there is none.
    pub fn is_indented(&self) -> bool {
        matches!(self.parts.last(), Some(Part::Indent(_)))
    }

    /// The columns of indent within the innermost quotation, or of all if there is none.
    pub fn indent(&self) -> usize {
        match self.parts.last() {
            Some(Part::Indent(columns)) => *columns,
            Some(Part::Quote) | None => 0,
        }
    }

    /// These containers with another indent within the innermost quotation.
    pub fn with_indent(&self, columns: usize) -> Container {
        let quoted = self.parts.iter().rposition(|part| *part == Part::Quote);
        let mut parts = self.parts[..quoted.map_or(0, |at| at + 1)].to_vec();
        parts.push(Part::Indent(columns));
        Container { parts }
    }

    /// The rest of a line after the prefix for these containers; `None`: the line is not in them.
    pub fn strip<'a>(&self, line: &'a str) -> Option<&'a str> {
        self.parts
            .iter()
            .try_fold(line, |rest, part| part.strip(rest))
    }

    /// Returns whether a line is blank in these containers.
    pub fn is_blank(&self, line: &str) -> bool {
        let mut rest = line;
        for (number, part) in self.parts.iter().enumerate() {
            // Only white space is left: a quotation further in would end here.
            if rest.trim().is_empty() {
                return !self.parts[number..].contains(&Part::Quote);
            }
            match part.strip(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.trim().is_empty()
    }

    /// The prefix of a further line in these containers.
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

impl Part {
    /// The rest of a line after the prefix; `None`: the line does not have it.
    fn strip<'a>(&self, line: &'a str) -> Option<&'a str> {
        match self {
            Part::Indent(columns) => unindent(line, *columns),
            Part::Quote => {
                let marked = line.trim_start_matches(' ');
                let rest = (line.len() - marked.len() <= 3)
                    .then(|| marked.strip_prefix('>'))
                    .flatten()?;
                Some(rest.strip_prefix(' ').unwrap_or(rest))
            }
        }
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
            (">\tX", ">\ta", Some("a"), ">   "),
            ("1.\tX", "    a", Some("a"), "    "),
            ("[^longer-name]: X", "    a", Some("a"), "    "),
            ("> [^longer-name]: X", ">     a", Some("a"), ">     "),
            ("1. [^a]: X", "       a", Some("a"), "       "),
        ] {
            let at = first.find('X').expect("the text begins at X");
            let container = Container::before(first, at);
            assert_eq!(container.strip(line), rest, "{first:?} {line:?}");
            assert_eq!(container.continuation(), continuation, "{first:?}");
        }
    }

    #[test]
    fn blank_lines_in_containers() {
        for (first, line, blank) in [
            ("X", "  ", true),
            ("> X", ">", true),
            ("> X", "", false),
            ("> - X", ">", true),
            ("> - X", "", false),
            ("- X", "", true),
            ("- > X", "", false),
            ("- > X", "  >", true),
            ("> - X", ">   a", false),
        ] {
            let at = first.find('X').expect("the text begins at X");
            assert_eq!(
                Container::before(first, at).is_blank(line),
                blank,
                "{first:?} {line:?}"
            );
        }
    }
}
