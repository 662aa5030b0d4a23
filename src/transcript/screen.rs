//! The lines as a terminal shows them: what follows an unfinished line is on the same line of the screen.

use std::borrow::Cow;
use std::time::Duration;

use super::{Stream, Transcript};

/// A line of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenLine<'a> {
    /// The number of the transcript's line that it begins with.
    pub line: usize,
    /// The numbers of the others that are on it.
    pub others: Vec<usize>,
    /// The time of its first byte.
    pub at: Duration,
    /// Its text.
    pub text: Cow<'a, str>,
}

impl Transcript {
    /// Returns the lines of the screen with the output to one stream, or to both if `stream` is `None`.
    pub fn screen(&self, stream: Option<Stream>) -> Vec<ScreenLine<'_>> {
        let is_shown = |line: usize| match (self.lines.get(line), stream) {
            (Some(line), Some(stream)) => line.stream == stream,
            (line, None) => line.is_some(),
            (None, Some(_)) => false,
        };
        if self.fragments.is_empty() {
            let lines = self.lines.iter().enumerate();
            let shown = lines.filter(|(number, _)| is_shown(*number));
            let whole = shown.map(|(number, line)| ScreenLine {
                line: number,
                others: Vec::new(),
                at: line.at,
                text: Cow::Borrowed(&line.text),
            });
            return whole.collect();
        }
        let mut screen: Vec<ScreenLine<'_>> = Vec::new();
        let mut is_unfinished = false;
        for fragment in self.fragments.iter().filter(|it| is_shown(it.line)) {
            match screen.last_mut().filter(|_| is_unfinished) {
                Some(last) => {
                    last.text.to_mut().push_str(&fragment.text);
                    if last.line != fragment.line && !last.others.contains(&fragment.line) {
                        last.others.push(fragment.line);
                    }
                }
                None => screen.push(ScreenLine {
                    line: fragment.line,
                    others: Vec::new(),
                    at: fragment.at,
                    text: Cow::Borrowed(&fragment.text),
                }),
            }
            is_unfinished = !fragment.ends;
        }
        screen
    }

    /// Returns the sequence in which the streams of the lines and fragments alternate.
    pub fn interleaving(&self) -> Vec<(Stream, bool)> {
        if self.fragments.is_empty() {
            return self.lines.iter().map(|line| (line.stream, true)).collect();
        }
        let fragments = self.fragments.iter();
        let known = fragments.filter_map(|it| Some((self.lines.get(it.line)?.stream, it.ends)));
        known.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Stream, Transcript};
    use crate::transcript::{Exit, Fragment, Line};

    #[test]
    fn an_unfinished_line_is_continued_by_what_follows() {
        use Stream::{Stderr, Stdout};
        let line = |(stream, text): (Stream, &str)| Line {
            stream,
            at: Duration::ZERO,
            writer: None,
            track: None,
            text: text.to_owned(),
        };
        let lines = [
            (Stdout, "Name: welcome"),
            (Stderr, "(checking)"),
            (Stderr, "1%2%"),
        ];
        let fragments = [
            (0, "Name: ", false),
            (1, "(checking)", true),
            (0, "welcome", true),
            (2, "1%\r", false),
            (2, "2%", true),
            (9, "of no line", true),
        ];
        let fragments = (0..)
            .zip(fragments)
            .map(|(at, (line, text, ends))| Fragment {
                line,
                at: Duration::from_secs(at),
                text: text.to_owned(),
                ends,
            });
        let transcript = Transcript {
            fragments: fragments.collect(),
            ..Transcript::of(lines.into_iter().map(line).collect(), Exit::SUCCESS)
        };
        let screen = |stream| -> Vec<(u64, String, usize, Vec<usize>)> {
            let lines = transcript.screen(stream).into_iter();
            let line = |line: super::ScreenLine<'_>| {
                (
                    line.at.as_secs(),
                    line.text.into_owned(),
                    line.line,
                    line.others,
                )
            };
            lines.map(line).collect()
        };
        assert_eq!(
            screen(None),
            [
                (0, "Name: (checking)".to_owned(), 0, vec![1]),
                (2, "welcome".to_owned(), 0, vec![]),
                (3, "1%\r2%".to_owned(), 2, vec![]),
            ]
        );
        assert_eq!(
            screen(Some(Stdout)),
            [(0, "Name: welcome".to_owned(), 0, vec![])]
        );
        assert_eq!(
            screen(Some(Stderr)),
            [
                (1, "(checking)".to_owned(), 1, vec![]),
                (3, "1%\r2%".to_owned(), 2, vec![]),
            ]
        );
    }
}
