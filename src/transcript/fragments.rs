//! The fragments of lines that were unfinished when something else was printed.

use std::ops::Range;
use std::time::Duration;

use super::{Fragment, Line, Stream};

/// The number of threads and processes that print, as far as the samples tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printers {
    /// No second one was seen.
    One,
    /// Several, which may print at the same time.
    Several,
}

/// The longest time between the writes of one print. `eprintln!` writes each argument by itself, and another thread may
/// print in between.
const ONE_PRINT: Duration = Duration::from_millis(10);

/// A line, and the writes that it was assembled from.
#[derive(Debug)]
pub struct Assembled {
    /// The line.
    pub line: Line,
    /// Whether its line ending was written, too.
    pub is_ended: bool,
    /// The text that a terminal got, if that isn't the line's own.
    pub text: Option<String>,
    /// The later writes, each as its time and its position in the text.
    pub writes: Vec<(Duration, usize)>,
}

/// The text of one or more writes to a line, with nothing printed in between.
struct Stretch {
    line: usize,
    at: Duration,
    text: Range<usize>,
    /// Whether it ends the line.
    ends: bool,
}

impl Assembled {
    /// Returns the stretches of the line with this number.
    fn stretches(&self, number: usize, printers: Printers) -> Vec<Stretch> {
        // Without the writer, times are those of reading, and a long line may be read in parts.
        let is_exact = self.line.writer.is_some()
            && (self.line.stream == Stream::Stdout || printers == Printers::One);
        let mut last = self.line.at;
        let mut starts = vec![(self.line.at, 0)];
        for &(at, from) in &self.writes {
            if is_exact || at.saturating_sub(last) >= ONE_PRINT {
                starts.push((at, from));
            }
            last = at;
        }
        let ends = starts.iter().skip(1).map(|&(_, from)| from);
        let ends: Vec<usize> = ends.chain([self.shown().len()]).collect();
        let stretches = starts.into_iter().zip(ends);
        let stretches = stretches.map(|((at, from), to)| Stretch {
            line: number,
            at,
            text: from..to,
            ends: false,
        });
        let mut stretches: Vec<Stretch> = stretches.collect();
        if let Some(last) = stretches.last_mut() {
            last.ends = self.is_ended;
        }
        stretches
    }

    /// The text that a terminal got.
    fn shown(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.line.text)
    }
}

/// Returns the fragments of lines that are sorted by time; none if each was printed whole.
pub fn fragments(lines: &[Assembled], printers: Printers) -> Vec<Fragment> {
    // Most lines are written at once.
    let is_whole = |it: &Assembled| it.is_ended && it.writes.is_empty();
    if lines.iter().rev().skip(1).all(is_whole) {
        return Vec::new();
    }
    let numbered = lines.iter().enumerate();
    let stretches = numbered.flat_map(|(number, line)| line.stretches(number, printers));
    let mut stretches: Vec<Stretch> = stretches.collect();
    stretches.sort_by_key(|stretch| stretch.at);
    stretches.dedup_by(|next, stretch| {
        let continues = next.line == stretch.line;
        if continues {
            stretch.text.end = next.text.end;
            stretch.ends = next.ends;
        }
        continues
    });
    let last = stretches.len().saturating_sub(1);
    let fragment = |(number, stretch): (usize, Stretch)| {
        let ends = stretch.ends || number == last;
        let shown = lines[stretch.line].shown();
        let text = shown.get(stretch.text).unwrap_or_default();
        let text = text.strip_suffix('\r').filter(|_| ends).unwrap_or(text);
        Fragment {
            line: stretch.line,
            at: stretch.at,
            text: text.to_owned(),
            ends,
        }
    };
    let fragments: Vec<Fragment> = stretches.into_iter().enumerate().map(fragment).collect();
    let are_whole = fragments.len() == lines.len() && fragments.iter().all(|it| it.ends);
    if are_whole { Vec::new() } else { fragments }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fragment, Printers, Stream};
    use crate::transcript::lines::{Assembler, Piece};

    const PROGRAM: u32 = 70;
    const CHILD: u32 = 71;

    /// Process, stream, bytes, and time in milliseconds.
    type Written = (u32, Stream, &'static [u8], u64);

    /// The fragments of pieces, as `0 text` or, if the fragment leaves its line unfinished, `0 text…`.
    fn fragments(pieces: &[Written], printers: Printers) -> Vec<String> {
        let mut assembler = Assembler::new(PROGRAM);
        for &(pid, stream, bytes, at) in pieces {
            assembler.push(&Piece {
                stream,
                pid: Some(pid),
                at: Duration::from_millis(at),
                bytes,
            });
        }
        let fragments = assembler.finish(printers).fragments.into_iter();
        let fragment = |it: Fragment| {
            let unfinished = if it.ends { "" } else { "…" };
            format!("{} {}{unfinished}", it.line, it.text)
        };
        fragments.map(fragment).collect()
    }

    #[test]
    fn fragments_are_what_other_output_separates() {
        use Stream::{Stderr, Stdout};
        let table: [(&[Written], &[&str]); 9] = [
            (&[(PROGRAM, Stdout, b"a\nb", 1)], &[]),
            // The writes of an `eprintln!`, and those of another line that is longer than the buffer.
            (
                &[
                    (PROGRAM, Stderr, b"x = ", 1),
                    (PROGRAM, Stderr, b"1\n", 2),
                    (PROGRAM, Stdout, b"long", 3),
                    (PROGRAM, Stdout, b"\n", 4),
                ],
                &[],
            ),
            (
                &[
                    (PROGRAM, Stdout, b"Name: ", 1),
                    (PROGRAM, Stderr, b"(check", 2),
                    (PROGRAM, Stderr, b"ing)\n", 3),
                    (PROGRAM, Stdout, b"welcome\nbye\n", 4),
                ],
                &["0 Name: …", "1 (checking)", "0 welcome", "2 bye"],
            ),
            // Both streams take turns within a line.
            (
                &[
                    (PROGRAM, Stdout, b"a", 1),
                    (PROGRAM, Stderr, b"b", 2),
                    (PROGRAM, Stdout, b"c", 3),
                    (PROGRAM, Stderr, b"d\n", 4),
                    (PROGRAM, Stdout, b"\n", 5),
                ],
                &["0 a…", "1 b…", "0 c…", "1 d", "0 "],
            ),
            // Neither line ends.
            (
                &[(PROGRAM, Stderr, b"a", 1), (PROGRAM, Stdout, b"b", 2)],
                &["0 a…", "1 b"],
            ),
            (
                &[
                    (CHILD, Stdout, b"from ", 1),
                    (PROGRAM, Stdout, b"me\n", 2),
                    (CHILD, Stdout, b"child\n", 3),
                ],
                &["0 from …", "1 me", "0 child"],
            ),
            // Carriage returns move the cursor, but not those of line endings.
            (
                &[
                    (PROGRAM, Stderr, b"1%\r", 1),
                    (PROGRAM, Stdout, b"x\n", 2),
                    (PROGRAM, Stderr, b"2%\r\n", 3),
                    (PROGRAM, Stdout, b"y\r", 4),
                    (PROGRAM, Stderr, b"z\r\n", 5),
                    (PROGRAM, Stdout, b"\n", 6),
                ],
                &["0 1%\r…", "1 x", "0 2%", "2 y\r…", "3 z", "2 "],
            ),
            // A character that is written in two parts, and invalid UTF-8.
            (
                &[
                    (PROGRAM, Stdout, b"\xff\xc3", 1),
                    (PROGRAM, Stderr, b"x\n", 2),
                    (PROGRAM, Stdout, b"\xa4b\n", 3),
                ],
                &["0 \u{fffd}\u{e4}…", "1 x", "0 b"],
            ),
            (
                &[(PROGRAM, Stdout, b"a", 1), (PROGRAM, Stderr, b"b\n", 2)],
                &["0 a…", "1 b"],
            ),
        ];
        for (pieces, expected) in table {
            assert_eq!(fragments(pieces, Printers::One), expected, "{pieces:?}");
        }
    }

    #[test]
    fn the_writes_of_one_print_stay_together_among_several_threads() {
        use Stream::{Stderr, Stdout};
        let pieces = |at| -> [Written; 3] {
            [
                (PROGRAM, Stderr, b"x = ", 1),
                (PROGRAM, Stdout, b"out\n", 2),
                (PROGRAM, Stderr, b"1\n", at),
            ]
        };
        let apart = ["0 x = …", "1 out", "0 1"];
        assert_eq!(fragments(&pieces(3), Printers::One), apart);
        assert!(fragments(&pieces(3), Printers::Several).is_empty());
        assert_eq!(fragments(&pieces(30), Printers::Several), apart);
    }
}
