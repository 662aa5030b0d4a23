//! What an author expects of a run, and claims of it.

use super::kinds::LESS;
use super::reader::Reader;
use crate::lesson::claim::Claim;
use crate::lesson::fence::{Expected, Said};
use crate::transcript::shape::InOrder;

impl Reader<'_> {
    /// How it must end, how long it may take, what is claimed of it. Places are bytes of the info string.
    pub(super) fn expected(&mut self) -> Expected {
        Expected {
            exit: self.said(
                "exit",
                "an exit status, `101`, or a signal, `signal:6`",
                |text| text.parse().ok(),
            ),
            timeout: self.said(
                "timeout",
                "a duration above zero, like `10s` or `500ms`",
                |text| {
                    humantime::parse_duration(text)
                        .ok()
                        .filter(|d| !d.is_zero())
                },
            ),
            alone: self.words.iter().skip(1).any(|word| word.name == "alone"),
            order: self.said("order", "`exact` or `free`", |text| match text {
                "exact" => Some(InOrder::Exact),
                "free" => Some(InOrder::Free),
                _ => None,
            }),
            claims: self.claims(),
            unchecked: self.unchecked(),
        }
    }

    fn claims(&mut self) -> Vec<Said<Claim>> {
        let wall = self.said(
            "wall",
            "a time and how far it may be off, like `2s±10%`",
            Claim::wall,
        );
        let lines = self.said(
            "count",
            "a number of lines, like `5` or `3..5`",
            Claim::lines,
        );
        let mut claims: Vec<Said<Claim>> = wall.into_iter().chain(lines).collect();
        for at in 1..self.words.len() {
            let Some(than) = self.words[at].name.strip_prefix(LESS) else {
                continue;
            };
            match Claim::less(than) {
                Some(what) => claims.push(Said {
                    what,
                    place: self.words[at].span.clone(),
                }),
                None => {
                    let message = format!("`wall` cannot be less than `{than}`");
                    let label = "expected a time, or a run, like `wall<0.7*serial`".to_owned();
                    self.word_wrong(at, message, label);
                }
            }
        }
        if let Some((first, then)) = self.pair("before", "then")
            && let Some(place) = self.place("before")
        {
            let what = Claim::Before { first, then };
            claims.push(Said { what, place });
        }
        claims
    }

    fn unchecked(&mut self) -> Option<String> {
        let check = self.value("check", "`off`, and a `reason=…`", |text| {
            (text == "off").then_some(true)
        });
        if !check && self.text("check").is_some() {
            return None;
        }
        Some(self.pair("check", "reason")?.1)
    }

    /// The values of two attributes of which none stands without the other.
    fn pair(&mut self, first: &str, second: &str) -> Option<(String, String)> {
        let (a, b) = (self.text(first), self.text(second));
        for (here, missing, is_alone) in [
            (first, second, a.is_some() && b.is_none()),
            (second, first, a.is_none() && b.is_some()),
        ] {
            let at = self.words.iter().position(|word| word.name == here);
            if let Some(at) = at.filter(|_| is_alone) {
                let message = format!("`{here}=` stands without `{missing}=`");
                self.word_wrong(at, message, format!("expected `{missing}=…` too"));
            }
        }
        a.zip(b)
    }
}
