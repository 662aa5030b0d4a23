//! The attributes that declare the expectations of a run, claims included.

use super::kinds::{LESS, REDACT, TagKind};
use super::reader::Reader;
use crate::lesson::claim::Claim;
use crate::lesson::fence::{Expected, Spanned};
use crate::lesson::info::InfoError;
use crate::transcript::redaction::Redaction;
use crate::transcript::shape::InOrder;

impl Reader<'_> {
    /// Reads the expectations of the run. Places are bytes of the info string.
    pub(super) fn expected(&mut self, kind: TagKind) -> Expected {
        Expected {
            purpose: self.purpose(kind),
            exit: self.spanned(
                "exit",
                "an exit status, `101`, a signal, `signal:6`, or `timeout`",
                |text| text.parse().ok(),
            ),
            timeout: self.spanned(
                "timeout",
                "a duration above zero, like `10s` or `500ms`",
                |text| {
                    humantime::parse_duration(text)
                        .ok()
                        .filter(|d| !d.is_zero())
                },
            ),
            alone: self.words.iter().skip(1).any(|word| word.name == "alone"),
            order: self.spanned("order", "`exact` or `free`", |text| match text {
                "exact" => Some(InOrder::Exact),
                "free" => Some(InOrder::Free),
                _ => None,
            }),
            claims: self.claims(),
            redactions: self.redactions(),
            unchecked: self.unchecked(),
        }
    }

    /// Reads the claims.
    fn claims(&mut self) -> Vec<Spanned<Claim>> {
        let wall = self.spanned(
            "wall",
            "a time and its tolerance, like `2s±10%`",
            Claim::wall,
        );
        let lines = self.spanned(
            "count",
            "a number of lines, like `5` or `3..5`",
            Claim::lines,
        );
        let mut claims: Vec<Spanned<Claim>> = wall.into_iter().chain(lines).collect();
        for at in 1..self.words.len() {
            let Some(than) = self.words[at].name.strip_prefix(LESS) else {
                continue;
            };
            match Claim::less(than) {
                Some(value) => claims.push(Spanned {
                    value,
                    span: self.words[at].span.clone(),
                }),
                None => {
                    let message = format!("invalid limit `{than}` for `wall<`");
                    let label = "expected a time, or a run, like `wall<0.7*serial`".to_owned();
                    self.error_at(at, message, label);
                }
            }
        }
        if let Some((first, then)) = self.pair("before", "then")
            && let Some(span) = self.place("before")
        {
            let value = Claim::Before { first, then };
            claims.push(Spanned { value, span });
        }
        claims
    }

    /// Reads the redactions.
    fn redactions(&mut self) -> Vec<Spanned<Redaction>> {
        let mut redactions: Vec<Spanned<Redaction>> = Vec::new();
        for word in self.words.iter().skip(1).filter(|word| word.name == REDACT) {
            // A missing value is an error already.
            let Some(text) = &word.value else {
                continue;
            };
            let span = word.span.clone();
            match Redaction::parse(&text.text) {
                Ok(value) => {
                    let mut before = redactions.iter();
                    if before.any(|known| known.value.name == value.name) {
                        self.errors.push(InfoError {
                            span,
                            message: format!("two redactions have the name `{}`", value.name),
                            label: "join them: `redact=\"a|b=NAME\"`".to_owned(),
                        });
                    } else {
                        redactions.push(Spanned { value, span });
                    }
                }
                Err(error) => self.errors.push(InfoError {
                    span,
                    message: error.to_string(),
                    label: error.expected(),
                }),
            }
        }
        redactions
    }

    /// Reads the reason why the run is not checked.
    fn unchecked(&mut self) -> Option<String> {
        let check = self.value("check", "`off`, with a `reason=…`", |text| {
            (text == "off").then_some(true)
        });
        if !check && self.text("check").is_some() {
            return None;
        }
        Some(self.pair("check", "reason")?.1)
    }

    /// The values of two attributes that require each other.
    fn pair(&mut self, first: &str, second: &str) -> Option<(String, String)> {
        let (a, b) = (self.text(first), self.text(second));
        for (here, missing, is_alone) in [
            (first, second, a.is_some() && b.is_none()),
            (second, first, a.is_none() && b.is_some()),
        ] {
            let at = self.words.iter().position(|word| word.name == here);
            if let Some(at) = at.filter(|_| is_alone) {
                let message = format!("`{here}=` requires `{missing}=`");
                self.error_at(at, message, format!("expected `{missing}=…` too"));
            }
        }
        a.zip(b)
    }
}
