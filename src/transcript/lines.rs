//! Assembles pieces of output into lines, each with the time of its first byte.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fragments::{Assembled, Printers, fragments};
use super::{Fragment, Line, Stream};

/// The bytes of a single write, or a part of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The stream that they were written to.
    pub stream: Stream,
    /// The id of the writing process, if known.
    pub pid: Option<u32>,
    /// The time of the write, from the start of the program.
    pub at: Duration,
    /// The bytes themselves; they may begin or end within a line or a character.
    pub bytes: &'a [u8],
}

/// Assembles lines from pieces. Each line comes from one process and goes to one stream, even if pieces of
/// others come in between.
#[derive(Debug)]
pub struct Assembler {
    /// The process ids in the order of their first writes, after the program's own.
    writers: Vec<u32>,
    begun: Vec<Begun>,
    lines: Vec<Assembled>,
    replaced: usize,
}

/// The output of a program.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Printed {
    /// The lines, sorted by time.
    pub lines: Vec<Line>,
    /// Their fragments, in the order in which they were printed; empty if each line was printed whole.
    pub fragments: Vec<Fragment>,
    /// The number of byte sequences in them that were not valid UTF-8.
    pub replaced: usize,
}

impl Printed {
    /// Removes the lines that began later.
    pub fn cut(&mut self, limit: Duration) {
        self.lines.retain(|line| line.at <= limit);
        self.fragments.retain(|it| it.line < self.lines.len());
    }
}

/// A line whose end hasn't arrived yet.
#[derive(Debug)]
struct Begun {
    stream: Stream,
    pid: Option<u32>,
    at: Duration,
    bytes: Vec<u8>,
    /// The later writes, each as its time and the position of its first byte.
    writes: Vec<(Duration, usize)>,
}

impl Assembler {
    /// Creates an assembler for the program with this process id.
    pub fn new(pid: u32) -> Assembler {
        Assembler {
            writers: vec![pid],
            begun: Vec::new(),
            lines: Vec::new(),
            replaced: 0,
        }
    }

    /// Adds a piece; pieces of the same process and stream must come in order. Returns the length in bytes of the
    /// longest line that the piece ended or extended.
    pub fn push(&mut self, piece: &Piece<'_>) -> usize {
        let mut longest = 0;
        for part in piece.bytes.split_inclusive(|&byte| byte == b'\n') {
            let begun = self.begun(piece);
            if !begun.bytes.is_empty() {
                begun.writes.push((piece.at, begun.bytes.len()));
            }
            begun.bytes.extend_from_slice(part);
            longest = longest.max(begun.bytes.len());
            if part.ends_with(b"\n") {
                self.end_line(piece);
            }
        }
        longest
    }

    /// Returns the lines of a program with this many printers. Output after the last line ending is a line, too.
    pub fn finish(mut self, printers: Printers) -> Printed {
        for begun in std::mem::take(&mut self.begun) {
            self.line(begun);
        }
        self.lines.sort_by_key(|assembled| assembled.line.at);
        let fragments = fragments(&self.lines, printers);
        Printed {
            lines: self.lines.into_iter().map(|it| it.line).collect(),
            fragments,
            replaced: self.replaced,
        }
    }

    fn position(&self, piece: &Piece<'_>) -> Option<usize> {
        self.begun
            .iter()
            .position(|begun| begun.stream == piece.stream && begun.pid == piece.pid)
    }

    fn begun(&mut self, piece: &Piece<'_>) -> &mut Begun {
        let position = self.position(piece).unwrap_or_else(|| {
            self.begun.push(Begun {
                stream: piece.stream,
                pid: piece.pid,
                at: piece.at,
                bytes: Vec::new(),
                writes: Vec::new(),
            });
            self.begun.len() - 1
        });
        &mut self.begun[position]
    }

    fn end_line(&mut self, piece: &Piece<'_>) {
        if let Some(position) = self.position(piece) {
            let begun = self.begun.swap_remove(position);
            self.line(begun);
        }
    }

    fn line(&mut self, begun: Begun) {
        let writer = begun.pid.map(|pid| self.writer(pid));
        let bytes = begun.bytes.strip_suffix(b"\n");
        let is_ended = bytes.is_some();
        let bytes = bytes.unwrap_or(&begun.bytes);
        let mut text = String::with_capacity(bytes.len());
        let mut writes = begun.writes;
        let mut from = 0;
        for (_, position) in &mut writes {
            // A character that was written in parts belongs to the first one.
            let is_within = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
            let end = (from.max(*position)..).find(|&at| !is_within(at));
            let end = end.unwrap_or(bytes.len()).min(bytes.len());
            self.replaced += decode(&bytes[from..end], &mut text);
            from = end;
            *position = text.len();
        }
        self.replaced += decode(&bytes[from..], &mut text);
        let mut whole = None;
        if text.ends_with('\r') {
            if !is_ended || !writes.is_empty() {
                whole = Some(text.clone());
            }
            text.pop();
        }
        self.lines.push(Assembled {
            line: Line {
                stream: begun.stream,
                at: begun.at,
                writer,
                track: None,
                text,
            },
            is_ended,
            text: whole,
            writes,
        });
    }

    fn writer(&mut self, pid: u32) -> u32 {
        let known = self.writers.iter().position(|&writer| writer == pid);
        let position = known.unwrap_or_else(|| {
            self.writers.push(pid);
            self.writers.len() - 1
        });
        position as u32
    }
}

/// Appends bytes to a text as UTF-8. Returns the number of byte sequences that were invalid, each replaced by U+FFFD.
fn decode(bytes: &[u8], text: &mut String) -> usize {
    let mut replaced = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            replaced += 1;
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Assembler, Piece, Printed, Printers, Stream};

    const PROGRAM: u32 = 70;
    const CHILD: u32 = 71;

    /// Process, stream, bytes, and time in milliseconds.
    type Written = (u32, Stream, &'static [u8], u64);

    /// Formats lines as `0o 1 text`: process 0 wrote `text` to stdout, its first byte after 1 ms.
    fn lines(pieces: &[Written]) -> (Vec<String>, usize) {
        let mut assembler = Assembler::new(PROGRAM);
        for &(pid, stream, bytes, at) in pieces {
            assembler.push(&Piece {
                stream,
                pid: Some(pid),
                at: Duration::from_millis(at),
                bytes,
            });
        }
        let Printed {
            lines, replaced, ..
        } = assembler.finish(Printers::Several);
        let line = |line: super::Line| {
            let stream = match line.stream {
                Stream::Stdout => "o",
                Stream::Stderr => "e",
            };
            let writer = line
                .writer
                .map_or("?".to_owned(), |writer| writer.to_string());
            format!("{writer}{stream} {} {}", line.at.as_millis(), line.text)
        };
        (lines.into_iter().map(line).collect(), replaced)
    }

    #[test]
    fn lines_have_the_times_of_their_first_bytes() {
        use Stream::{Stderr, Stdout};
        let table: [(&[Written], &[&str], usize); 6] = [
            (&[], &[], 0),
            (
                &[(PROGRAM, Stdout, b"a\nb\r\n\n", 1)],
                &["0o 1 a", "0o 1 b", "0o 1 "],
                0,
            ),
            (
                &[
                    (PROGRAM, Stdout, b"a", 1),
                    (PROGRAM, Stdout, b"b\nc", 2),
                    (PROGRAM, Stdout, b"d", 3),
                ],
                &["0o 1 ab", "0o 2 cd"],
                0,
            ),
            // A line of stderr in several writes, and a line of stdout between them.
            (
                &[
                    (PROGRAM, Stderr, b"x = ", 1),
                    (PROGRAM, Stdout, b"out\n", 2),
                    (PROGRAM, Stderr, b"1\n", 3),
                ],
                &["0e 1 x = 1", "0o 2 out"],
                0,
            ),
            // Two processes interleave their writes.
            (
                &[
                    (CHILD, Stdout, b"from ", 1),
                    (PROGRAM, Stdout, b"me\n", 2),
                    (CHILD, Stdout, b"child\n", 3),
                ],
                &["1o 1 from child", "0o 2 me"],
                0,
            ),
            (
                &[
                    (PROGRAM, Stdout, b"\xc3", 1),
                    (PROGRAM, Stdout, b"\xa4\xff \xfe\xfe\n", 2),
                ],
                &["0o 1 \u{e4}\u{fffd} \u{fffd}\u{fffd}"],
                3,
            ),
        ];
        for (pieces, expected, replaced) in table {
            let expected = expected.iter().map(|&line| line.to_owned()).collect();
            assert_eq!(lines(pieces), (expected, replaced), "{pieces:?}");
        }
    }

    #[test]
    fn the_longest_line_of_a_piece_is_returned() {
        let mut assembler = Assembler::new(PROGRAM);
        let mut push = |bytes: &[u8]| {
            assembler.push(&Piece {
                stream: Stream::Stdout,
                pid: None,
                at: Duration::ZERO,
                bytes,
            })
        };
        assert_eq!(push(b"1234"), 4);
        assert_eq!(push(b"56\n12"), 7);
        assert_eq!(push(b""), 0);
    }
}
