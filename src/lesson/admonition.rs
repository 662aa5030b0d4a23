//! Admonitions: the header lines of Python-Markdown's `admonition` (`!!!`) and of `pymdownx.details`
//! (`???`), and the types of Material for MkDocs.

/// What a header line says.
#[derive(Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Whether it can be folded away.
    pub fold: Fold,
    /// The type's name and what else stands before the title, as written; empty: no type.
    pub classes: Vec<&'a str>,
    /// The title between the quotes; `None`: there is none.
    pub title: Option<&'a str>,
}

/// Whether an admonition can be folded away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// `!!!`: it cannot.
    Never,
    /// `???+`: it can, and is open at first.
    Open,
    /// `???`: it can, and is closed at first.
    Closed,
}

/// Where an admonition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between the paragraphs.
    Own,
    /// `inline`: beside what follows, at the line's start.
    Start,
    /// `inline end`: beside what follows, at the line's end.
    End,
}

/// The types of Material for MkDocs; each has aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Also every unknown type.
    Note,
    /// Also `summary`, `tldr`.
    Abstract,
    /// Also `todo`.
    Info,
    /// Also `hint`, `important`.
    Tip,
    /// Also `check`, `done`.
    Success,
    /// Also `help`, `faq`.
    Question,
    /// Also `caution`, `attention`.
    Warning,
    /// Also `fail`, `missing`.
    Failure,
    /// Also `error`.
    Danger,
    /// No aliases.
    Bug,
    /// No aliases.
    Example,
    /// Also `cite`.
    Quote,
}

impl Type {
    /// The type of this name, in lower case.
    pub fn of(name: &str) -> Type {
        match name {
            "abstract" | "summary" | "tldr" => Type::Abstract,
            "info" | "todo" => Type::Info,
            "tip" | "hint" | "important" => Type::Tip,
            "success" | "check" | "done" => Type::Success,
            "question" | "help" | "faq" => Type::Question,
            "warning" | "caution" | "attention" => Type::Warning,
            "failure" | "fail" | "missing" => Type::Failure,
            "danger" | "error" => Type::Danger,
            "bug" => Type::Bug,
            "example" => Type::Example,
            "quote" | "cite" => Type::Quote,
            _ => Type::Note,
        }
    }

    /// Its first name.
    pub fn name(self) -> &'static str {
        match self {
            Type::Note => "note",
            Type::Abstract => "abstract",
            Type::Info => "info",
            Type::Tip => "tip",
            Type::Success => "success",
            Type::Question => "question",
            Type::Warning => "warning",
            Type::Failure => "failure",
            Type::Danger => "danger",
            Type::Bug => "bug",
            Type::Example => "example",
            Type::Quote => "quote",
        }
    }
}

/// Reads a line, its end and its container's prefix taken off; `None`: it is not a header. Read by hand: the
/// expressions that say the same (`^!!! ?([\w-]+(?: +[\w-]+)*)(?: +"(.*?)")? *$`, and for `???` one with an
/// optional `+` and an optional type where there is a title) take longer to compile than most books to read.
pub fn read(line: &str) -> Option<Header<'_>> {
    if let Some(rest) = line.strip_prefix("!!!") {
        let (classes, title) = classes_and_title(rest)?;
        let header = Header {
            fold: Fold::Never,
            classes,
            title,
        };
        return Some(header).filter(|header| !header.classes.is_empty());
    }
    let rest = line.strip_prefix("???")?;
    let (fold, rest) = match rest.strip_prefix('+') {
        Some(rest) => (Fold::Open, rest),
        None => (Fold::Closed, rest),
    };
    let (classes, title) = classes_and_title(rest)?;
    let header = Header {
        fold,
        classes,
        title,
    };
    Some(header).filter(|header| !header.classes.is_empty() || header.title.is_some())
}

/// The words behind a header's marks, after a space at most, and behind them its title, after one at least.
fn classes_and_title(rest: &str) -> Option<(Vec<&str>, Option<&str>)> {
    let rest = rest.trim_end_matches(' ');
    let (words, title) = match rest.split_once('"') {
        None => (rest, None),
        Some((words, title)) => (words, Some(title.strip_suffix('"')?)),
    };
    if title.is_some() && !words.ends_with(' ') {
        return None;
    }
    let words = words.strip_prefix(' ').unwrap_or(words);
    let words = words.trim_end_matches(' ');
    let is_word = |word: &&str| {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        !word.is_empty() && word.chars().all(is_part)
    };
    if words.starts_with(' ') {
        return None;
    }
    let classes: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    classes.iter().all(is_word).then_some((classes, title))
}

impl Header<'_> {
    /// Its type; without one it is a note.
    pub fn kind(&self) -> Type {
        Type::of(
            &self
                .classes
                .first()
                .map(|name| name.to_lowercase())
                .unwrap_or_default(),
        )
    }

    /// Where it stands, as its modifiers say.
    pub fn place(&self) -> Place {
        let has = |modifier: &str| self.classes.iter().skip(1).any(|word| *word == modifier);
        match (has("inline"), has("end")) {
            (false, _) => Place::Own,
            (true, false) => Place::Start,
            (true, true) => Place::End,
        }
    }

    /// The title that is shown: the one given, else the type, capitalised; `None`: no title bar.
    pub fn shown_title(&self) -> Option<String> {
        match (self.title, self.classes.first()) {
            (Some(""), _) => None,
            (Some(title), _) => Some(title.to_owned()),
            (None, Some(name)) => {
                let name = name.to_lowercase();
                let first = name.chars().next().into_iter().flat_map(char::to_uppercase);
                Some(first.chain(name.chars().skip(1)).collect())
            }
            (None, None) => None,
        }
    }

    /// Words behind the type that are no modifier: a title that lacks its quotes, most likely.
    pub fn has_stray_words(&self) -> bool {
        let words = self.classes.iter().skip(1);
        self.title.is_none()
            && words
                .into_iter()
                .any(|word| !matches!(*word, "inline" | "end"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fold, Place, Type, read};

    #[test]
    fn headers_and_what_only_looks_like_one() {
        use Fold::{Closed, Never, Open};
        for (line, expected) in [
            ("!!! note", Some((Never, Type::Note, Some("Note")))),
            ("!!!tip", Some((Never, Type::Tip, Some("Tip")))),
            (
                r#"!!! TIP "A "b" c""#,
                Some((Never, Type::Tip, Some(r#"A "b" c"#))),
            ),
            (r#"!!! tip """#, Some((Never, Type::Tip, None))),
            (
                "!!! hint inline end",
                Some((Never, Type::Tip, Some("Hint"))),
            ),
            (
                "!!! unheard-of",
                Some((Never, Type::Note, Some("Unheard-of"))),
            ),
            (r#"??? tip "T" "#, Some((Closed, Type::Tip, Some("T")))),
            (r#"???+tip "T""#, Some((Open, Type::Tip, Some("T")))),
            (
                r#"??? "Only a title""#,
                Some((Closed, Type::Note, Some("Only a title"))),
            ),
            ("??? tip My Title", Some((Closed, Type::Tip, Some("Tip")))),
            ("!!!", None),
            (r#"!!! "Only a title""#, None),
            ("!!! note 'T'", None),
            ("!! note", None),
            ("???", None),
            (" !!! note", None),
            ("!!! note \"T\" more", None),
        ] {
            let read = read(line);
            let found = read
                .as_ref()
                .map(|header| (header.fold, header.kind(), header.shown_title()));
            let expected =
                expected.map(|(fold, kind, title)| (fold, kind, title.map(str::to_owned)));
            assert_eq!(found, expected, "{line:?}");
        }
    }

    #[test]
    fn modifiers_say_where_it_stands() {
        let place = |line| read(line).map(|header| header.place());
        assert_eq!(place("!!! tip \"T\""), Some(Place::Own));
        assert_eq!(place("!!! tip end"), Some(Place::Own));
        assert_eq!(place("!!! tip inline"), Some(Place::Start));
        assert_eq!(place("??? tip inline end \"T\""), Some(Place::End));
    }

    #[test]
    fn a_title_without_quotes_is_noticed() {
        let stray = |line| read(line).map(|header| header.has_stray_words());
        assert_eq!(stray("??? tip My Title"), Some(true));
        assert_eq!(stray("!!! tip inline end"), Some(false));
        assert_eq!(stray("!!! tip inline \"T\""), Some(false));
    }
}
