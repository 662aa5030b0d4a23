//! Admonitions: the header lines of Python-Markdown's `admonition` (`!!!`) and of `pymdownx.details` (`???`), and the
//! types of Material for MkDocs.

/// A header line.
#[derive(Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Whether readers can collapse the admonition.
    pub fold: Fold,
    /// The words before the title, as written: the type, then modifiers. Empty: no type.
    pub classes: Vec<&'a str>,
    /// The title between the quotes; `None`: there is none.
    pub title: Option<&'a str>,
}

/// Whether readers can collapse an admonition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// `!!!`: always open.
    Never,
    /// `???+`: collapsible, and open at first.
    Open,
    /// `???`: collapsible, and closed at first.
    Closed,
}

/// The placement of an admonition on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// A block between the paragraphs.
    Block,
    /// `inline`: at the start of the line, with the next text beside it.
    Start,
    /// `inline end`: at the end of the line, with the next text beside it.
    End,
}

/// The types of Material for MkDocs, most with aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmonitionType {
    /// Also the type of every unknown name.
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

impl AdmonitionType {
    /// The type with this name, which is in lower case.
    pub fn of(name: &str) -> AdmonitionType {
        match name {
            "abstract" | "summary" | "tldr" => AdmonitionType::Abstract,
            "info" | "todo" => AdmonitionType::Info,
            "tip" | "hint" | "important" => AdmonitionType::Tip,
            "success" | "check" | "done" => AdmonitionType::Success,
            "question" | "help" | "faq" => AdmonitionType::Question,
            "warning" | "caution" | "attention" => AdmonitionType::Warning,
            "failure" | "fail" | "missing" => AdmonitionType::Failure,
            "danger" | "error" => AdmonitionType::Danger,
            "bug" => AdmonitionType::Bug,
            "example" => AdmonitionType::Example,
            "quote" | "cite" => AdmonitionType::Quote,
            _ => AdmonitionType::Note,
        }
    }

    /// The main name of the type.
    pub fn name(self) -> &'static str {
        match self {
            AdmonitionType::Note => "note",
            AdmonitionType::Abstract => "abstract",
            AdmonitionType::Info => "info",
            AdmonitionType::Tip => "tip",
            AdmonitionType::Success => "success",
            AdmonitionType::Question => "question",
            AdmonitionType::Warning => "warning",
            AdmonitionType::Failure => "failure",
            AdmonitionType::Danger => "danger",
            AdmonitionType::Bug => "bug",
            AdmonitionType::Example => "example",
            AdmonitionType::Quote => "quote",
        }
    }
}

/// Reads a line without its end and the prefix of its containers; `None`: the line is no header.
///
/// For `!!!` this is the regular expression `^!!! ?([\w-]+(?: +[\w-]+)*)(?: +"(.*?)")? *$`; `???` may have a `+`, and
/// needs no type before a title. The code does without it, because compiling it takes longer than reading most books.
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

/// The words after the marks of a header, separated by at most one space, and the title after at least one space.
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
    /// The type; a note if the header has none.
    pub fn kind(&self) -> AdmonitionType {
        AdmonitionType::of(
            &self
                .classes
                .first()
                .map(|name| name.to_lowercase())
                .unwrap_or_default(),
        )
    }

    /// The placement that the modifiers ask for.
    pub fn placement(&self) -> Placement {
        let has = |modifier: &str| self.classes.iter().skip(1).any(|word| *word == modifier);
        match (has("inline"), has("end")) {
            (false, _) => Placement::Block,
            (true, false) => Placement::Start,
            (true, true) => Placement::End,
        }
    }

    /// The title to show: the given one, else the type, capitalized; `None`: no title bar.
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

    /// Returns whether words other than modifiers follow the type: most likely a title without quotes.
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
    use super::{AdmonitionType, Fold, Placement, read};

    #[test]
    fn headers_and_lines_that_look_like_one() {
        use Fold::{Closed, Never, Open};
        for (line, expected) in [
            (
                "!!! note",
                Some((Never, AdmonitionType::Note, Some("Note"))),
            ),
            ("!!!tip", Some((Never, AdmonitionType::Tip, Some("Tip")))),
            (
                r#"!!! TIP "A "b" c""#,
                Some((Never, AdmonitionType::Tip, Some(r#"A "b" c"#))),
            ),
            (r#"!!! tip """#, Some((Never, AdmonitionType::Tip, None))),
            (
                "!!! hint inline end",
                Some((Never, AdmonitionType::Tip, Some("Hint"))),
            ),
            (
                "!!! unheard-of",
                Some((Never, AdmonitionType::Note, Some("Unheard-of"))),
            ),
            (
                r#"??? tip "T" "#,
                Some((Closed, AdmonitionType::Tip, Some("T"))),
            ),
            (
                r#"???+tip "T""#,
                Some((Open, AdmonitionType::Tip, Some("T"))),
            ),
            (
                r#"??? "Only a title""#,
                Some((Closed, AdmonitionType::Note, Some("Only a title"))),
            ),
            (
                "??? tip My Title",
                Some((Closed, AdmonitionType::Tip, Some("Tip"))),
            ),
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
    fn modifiers_decide_on_the_placement() {
        let placement = |line| read(line).map(|header| header.placement());
        assert_eq!(placement("!!! tip \"T\""), Some(Placement::Block));
        assert_eq!(placement("!!! tip end"), Some(Placement::Block));
        assert_eq!(placement("!!! tip inline"), Some(Placement::Start));
        assert_eq!(placement("??? tip inline end \"T\""), Some(Placement::End));
    }

    #[test]
    fn a_title_without_quotes_is_detected() {
        let stray = |line| read(line).map(|header| header.has_stray_words());
        assert_eq!(stray("??? tip My Title"), Some(true));
        assert_eq!(stray("!!! tip inline end"), Some(false));
        assert_eq!(stray("!!! tip inline \"T\""), Some(false));
    }
}
