//! Bytes as they come → lines, each with the time of its first byte.

use std::time::Duration;

use super::{Line, Stream};

/// Puts lines together from the pieces in which a stream came.
#[derive(Debug)]
pub struct Assembler {
    stream: Stream,
    begun: Option<(Duration, Vec<u8>)>,
    lines: Vec<Line>,
}

impl Assembler {
    /// Lines of this stream.
    pub fn new(stream: Stream) -> Assembler {
        Assembler {
            stream,
            begun: None,
            lines: Vec::new(),
        }
    }

    /// Takes a piece that came at this time from the program's start; pieces come in their order.
    pub fn push(&mut self, piece: &[u8], at: Duration) {
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            let (_, line) = self.begun.get_or_insert_with(|| (at, Vec::new()));
            line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// The lines; what came after the last line's end is one too.
    pub fn finish(mut self) -> Vec<Line> {
        self.end_line();
        self.lines
    }

    fn end_line(&mut self) {
        if let Some((at, bytes)) = self.begun.take() {
            let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            self.lines.push(Line {
                stream: self.stream,
                at,
                text: String::from_utf8_lossy(bytes).into_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Assembler, Stream};

    fn lines(pieces: &[(&[u8], u64)]) -> Vec<(String, u64)> {
        let mut assembler = Assembler::new(Stream::Both);
        for (piece, at) in pieces {
            assembler.push(piece, Duration::from_millis(*at));
        }
        let lines = assembler.finish().into_iter();
        lines
            .map(|line| (line.text, line.at.as_millis() as u64))
            .collect()
    }

    #[test]
    fn pieces_make_lines_stamped_by_their_first_byte() {
        let line = |text: &str, at| (text.to_owned(), at);
        assert_eq!(lines(&[]), []);
        assert_eq!(
            lines(&[(b"a\nb\r\n\n", 1)]),
            [line("a", 1), line("b", 1), line("", 1)]
        );
        assert_eq!(
            lines(&[(b"a", 1), (b"b\nc", 2), (b"d", 3)]),
            [line("ab", 1), line("cd", 2)]
        );
        assert_eq!(
            lines(&[(b"\xc3", 1), (b"\xa4\xff\n", 2)]),
            [line("ä\u{fffd}", 1)]
        );
    }
}
