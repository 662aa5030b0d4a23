//! Redactions: an author's rules for texts that differ in each execution, and that no shape can learn.
//!
//! A redaction has a regular expression and a name. Its matches in a line become placeholders before lines are learned
//! from or compared; a shape has `{NAME}` there. Pages and transcripts keep the text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

use super::first_group::may_be_empty;

/// The characters around a name in a redacted line. Unicode reserves them for such internal use, so no program prints
/// them.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// A rule that replaces parts of lines by a name.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// The name, in capital letters.
    pub name: String,
    /// The regular expression.
    pub pattern: String,
    /// The compiled expression; `None`: this version of the tool can't compile it.
    regex: OnceLock<Option<Regex>>,
}

/// The reason why a redaction isn't valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedactionError {
    /// The name is missing.
    #[error("a redaction needs a name")]
    Unnamed,
    /// The name has other characters.
    #[error("invalid name `{0}` of a redaction")]
    Name(String),
    /// The regular expression can't be compiled.
    #[error("invalid regular expression `{pattern}` of the redaction `{name}`")]
    Pattern {
        /// The name.
        name: String,
        /// The expression.
        pattern: String,
        /// The reason.
        reason: String,
    },
    /// The regular expression contains a line break, a tab, or the like: a recording has it on one line.
    #[error("the regular expression of the redaction `{0}` contains a control character")]
    Control(String),
    /// The regular expression matches an empty text.
    #[error("the redaction `{name}` matches an empty text: `{pattern}`")]
    Empty {
        /// The name.
        name: String,
        /// The expression.
        pattern: String,
    },
    /// A group that the redaction replaces can match an empty text, in which there is nothing to replace.
    #[error("a group of the redaction `{name}` can match an empty text: `{pattern}`")]
    EmptyGroup {
        /// The name.
        name: String,
        /// The expression.
        pattern: String,
    },
}

impl RedactionError {
    /// Returns what was expected.
    pub fn expected(&self) -> String {
        match self {
            RedactionError::Unnamed => {
                "expected a regular expression and a name, like `file-\\w+=FILE`".to_owned()
            }
            RedactionError::Name(_) => {
                "expected capital letters, digits and `_`, like `FILE`: a name in lower case is a kind of hole"
                    .to_owned()
            }
            RedactionError::Pattern { reason, .. } => reason.clone(),
            RedactionError::Control(_) => {
                "expected one line: write `\\n` for a line break, and `\\t` for a tab".to_owned()
            }
            RedactionError::Empty { .. } => {
                "expected an expression that matches at least one character, like `\\w+`".to_owned()
            }
            RedactionError::EmptyGroup { .. } => {
                "expected a group that matches at least one character, like `(\\w+)`; `(?:…)` groups without a redaction"
                    .to_owned()
            }
        }
    }
}

impl PartialEq for Redaction {
    fn eq(&self, other: &Redaction) -> bool {
        self.name == other.name && self.pattern == other.pattern
    }
}

impl Eq for Redaction {}

impl Redaction {
    /// Creates a redaction.
    ///
    /// # Errors
    /// The name or the regular expression isn't valid.
    pub fn new(name: &str, pattern: &str) -> Result<Redaction, RedactionError> {
        if name.is_empty() {
            return Err(RedactionError::Unnamed);
        }
        if !is_name(name) {
            return Err(RedactionError::Name(name.to_owned()));
        }
        if pattern.contains(char::is_control) {
            return Err(RedactionError::Control(name.to_owned()));
        }
        let regex = Regex::new(pattern).map_err(|cause| {
            // The first lines repeat the expression; the last one has the reason.
            let reason = cause.to_string();
            let reason = reason.lines().last().unwrap_or_default();
            RedactionError::Pattern {
                name: name.to_owned(),
                pattern: pattern.to_owned(),
                reason: reason.strip_prefix("error: ").unwrap_or(reason).to_owned(),
            }
        })?;
        let is_empty = |text: &str| regex.find(text).is_some_and(|found| found.is_empty());
        if ["", "a", " 1 "].into_iter().any(is_empty) {
            return Err(RedactionError::Empty {
                name: name.to_owned(),
                pattern: pattern.to_owned(),
            });
        }
        if may_be_empty(pattern) {
            return Err(RedactionError::EmptyGroup {
                name: name.to_owned(),
                pattern: pattern.to_owned(),
            });
        }
        Ok(Redaction {
            regex: OnceLock::from(Some(regex)),
            ..Redaction::recorded(name, pattern)
        })
    }

    /// Parses a redaction in a fence, `REGEX=NAME`.
    ///
    /// # Errors
    /// The name or the regular expression isn't valid.
    pub fn parse(text: &str) -> Result<Redaction, RedactionError> {
        let (pattern, name) = text.rsplit_once('=').ok_or(RedactionError::Unnamed)?;
        Redaction::new(name.trim(), pattern)
    }

    /// Creates the redaction of a recording, which was valid when it was recorded. It is compiled when it is needed.
    pub fn recorded(name: &str, pattern: &str) -> Redaction {
        Redaction {
            name: name.to_owned(),
            pattern: pattern.to_owned(),
            regex: OnceLock::new(),
        }
    }

    /// Replaces what the redaction matches in a line that other redactions may have redacted: the first group of the
    /// regular expression that took part in the match or, without groups, the whole match.
    fn apply<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        let regex = self.regex.get_or_init(|| Regex::new(&self.pattern).ok());
        let Some(regex) = regex.as_ref().filter(|regex| regex.is_match(&text)) else {
            return text;
        };
        let redacted = placeholders(&text);
        let mut result = String::new();
        let mut end = 0;
        for captures in regex.captures_iter(&text) {
            let groups = (1..captures.len()).find_map(|group| captures.get(group));
            let Some(found) = groups.or(captures.get(0)) else {
                continue;
            };
            let found = found.range();
            let overlaps =
                |other: &Range<usize>| found.start < other.end && other.start < found.end;
            if found.is_empty() || found.start < end || redacted.iter().any(overlaps) {
                continue;
            }
            result.push_str(&text[end..found.start]);
            result.extend([OPEN]);
            result.push_str(&self.name);
            result.extend([CLOSE]);
            end = found.end;
        }
        if end == 0 {
            return text;
        }
        result.push_str(&text[end..]);
        Cow::Owned(result)
    }
}

/// Returns whether a text is a name: capital letters, digits and `_`, the first of them a letter.
pub fn is_name(text: &str) -> bool {
    let is_in = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(is_in)
}

/// Returns the placeholder of a name.
pub fn placeholder(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// Returns the placeholder with which a text begins.
pub fn placeholder_at(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(OPEN)?;
    let name = rest.find(CLOSE).filter(|&end| is_name(&rest[..end]))?;
    Some(&text[..OPEN.len_utf8() + name + CLOSE.len_utf8()])
}

/// Returns the name in a placeholder.
pub fn name_of(placeholder: &str) -> &str {
    placeholder.trim_matches([OPEN, CLOSE])
}

/// Writes the placeholders of a redacted line as a shape has them: `{NAME}`.
pub fn in_braces(line: &str) -> Cow<'_, str> {
    match line.contains(OPEN) {
        true => Cow::Owned(line.replace(OPEN, "{").replace(CLOSE, "}")),
        false => Cow::Borrowed(line),
    }
}

/// Returns the places of all placeholders in a text.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    let opens = text.match_indices(OPEN);
    let all = opens.filter_map(|(at, _)| Some(at..at + placeholder_at(&text[at..])?.len()));
    all.collect()
}

/// The redactions of a run, in the order in which they are applied. Each name comes once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redactions(Vec<Redaction>);

impl Redactions {
    /// Adds a redaction as the last one, unless there is one of its name.
    pub fn add(&mut self, redaction: Redaction) {
        if self.get(&redaction.name).is_none() {
            self.0.push(redaction);
        }
    }

    /// Returns the redaction of this name.
    pub fn get(&self, name: &str) -> Option<&Redaction> {
        self.0.iter().find(|redaction| redaction.name == name)
    }

    /// Returns all redactions in order.
    pub fn iter(&self) -> impl Iterator<Item = &Redaction> {
        self.0.iter()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Redacts a line. An earlier redaction takes precedence: a later one never changes what it has redacted. A
    /// redacted line stays as it is.
    pub fn redact<'a>(&self, line: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || line.contains(OPEN) {
            return Cow::Borrowed(line);
        }
        let redact = |text, redaction: &Redaction| redaction.apply(text);
        self.0.iter().fold(Cow::Borrowed(line), redact)
    }

    /// Returns the names in a line that these redactions redact.
    pub fn names_in(&self, line: &str) -> Vec<String> {
        let text = self.redact(line);
        let names = placeholders(&text).into_iter();
        names.map(|at| name_of(&text[at]).to_owned()).collect()
    }
}

impl FromIterator<Redaction> for Redactions {
    fn from_iter<T: IntoIterator<Item = Redaction>>(all: T) -> Redactions {
        let mut redactions = Redactions::default();
        all.into_iter().for_each(|one| redactions.add(one));
        redactions
    }
}

#[cfg(test)]
mod tests {
    use super::{Redaction, Redactions, in_braces};

    fn redactions(all: &[&str]) -> Redactions {
        let all = all.iter().map(|text| Redaction::parse(text));
        all.map(|redaction| redaction.expect("it is valid"))
            .collect()
    }

    #[test]
    fn matches_become_names() {
        for (all, line, expected) in [
            (
                &[r"file-\w+=FILE"] as &[_],
                "file-aXb, file-c",
                "{FILE}, {FILE}",
            ),
            // The text beside a group stays.
            (&[r"port (\d+)=PORT"], "port 123, 45", "port {PORT}, 45"),
            (&["a(x)?(y)?=A"], "ax ay a", "a{A} a{A} {A}"),
            // A second group may be empty, as the first one is redacted.
            (
                &["a(x)(y*)=A", "b(z(q*))=B"],
                "ax axy bz",
                "a{A} a{A}y b{B}",
            ),
            (&["(?:a(x)|b(y))(z*)=A"], "axz by", "a{A}z b{A}"),
            // The regular expression may contain `=`.
            (&[r"id=\d+=ID"], "id=7 id=8", "{ID} {ID}"),
            // The first redaction takes precedence.
            (
                &[r"\d\d=TWO", r"\d+=ANY"],
                "12 345 6",
                "{TWO} {TWO}{ANY} {ANY}",
            ),
            (&[r"\d+=ANY", r"[A-Z0-9]+=WORD"], "12 AB", "{ANY} {WORD}"),
            // A name comes once.
            (&[r"\d+=X", r"[a-z]+=X"], "12 ab", "{X} ab"),
            (&[r"a\tb=TAB"], "a\tb", "{TAB}"),
            (&[r"ü+=U_2"], "süüß", "s{U_2}ß"),
            (&[r"x=X"], "abc", "abc"),
        ] {
            let all = redactions(all);
            let once = all.redact(line).into_owned();
            assert_eq!(in_braces(&once), expected);
            assert_eq!(all.redact(&once), once, "a redacted line stays as it is");
        }
    }

    #[test]
    fn wrong_redactions_are_refused() {
        for (text, expected) in [
            (r"\d+", "a redaction needs a name"),
            (r"\d+=", "a redaction needs a name"),
            (r"\d+=id", "invalid name `id` of a redaction"),
            (r"\d+=1D", "invalid name `1D` of a redaction"),
            (
                "(?x) a # a comment\n b=X",
                "the regular expression of the redaction `X` contains a control character",
            ),
            ("(=X", "invalid regular expression `(` of the redaction `X`"),
            ("=X", "the redaction `X` matches an empty text: ``"),
            (r"\d*=X", r"the redaction `X` matches an empty text: `\d*`"),
            (r"\b=X", r"the redaction `X` matches an empty text: `\b`"),
            (
                r"port (\d*)=X",
                r"a group of the redaction `X` can match an empty text: `port (\d*)`",
            ),
            (
                "a(x)?(y*)=X",
                "a group of the redaction `X` can match an empty text: `a(x)?(y*)`",
            ),
            (
                r"(a|\b)(b)=X",
                r"a group of the redaction `X` can match an empty text: `(a|\b)(b)`",
            ),
            (
                "(?:a(x)|b(y?))c=X",
                "a group of the redaction `X` can match an empty text: `(?:a(x)|b(y?))c`",
            ),
        ] {
            let error = Redaction::parse(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
            assert!(!error.expected().is_empty());
        }
    }
}
