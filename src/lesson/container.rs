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
        let before = &text[start..at];
        let mut columns = 0;
        let mut quoted = false;
        let mut column = 0;
        let mut skipped = 0;
        for (byte, c) in before.char_indices() {
            if byte < skipped {
                continue;
            }
            // A footnote's content is indented by four, however long its label is.
            if let Some(label) = before[byte..].strip_prefix("[^")
                && let Some((_, behind)) = label.split_once("]:")
            {
                skipped = before.len() - behind.trim_start().len();
                column += skipped - byte;
                columns += 4;
                quoted = false;
                continue;
            }
            let width = if c == '\t' { 4 - column % 4 } else { 1 };
            column += width;
            // One column behind the mark belongs to it.
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

    /// Whether the text is indented within its innermost quotation (or at all).
    pub fn is_indented(&self) -> bool {
        matches!(self.parts.last(), Some(Part::Indent(_)))
    }

    /// The rest of a line behind these containers; `None`: the line does not stand in them.
    pub fn strip<'a>(&self, line: &'a str) -> Option<&'a str> {
        self.parts
            .iter()
            .try_fold(line, |rest, part| part.strip(rest))
    }

    /// Whether a line is blank in these containers.
    pub fn is_blank(&self, line: &str) -> bool {
        let mut rest = line;
        for (number, part) in self.parts.iter().enumerate() {
            // Nothing but white space is left: a quotation further in would end here.
            if rest.trim().is_empty() {
                return !self.parts[number..].contains(&Part::Quote);
            }
            match part.strip(rest) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        rest.trim().is_empty()
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

impl Part {
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
