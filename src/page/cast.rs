//! Exports a run for players of terminal recordings: an asciicast, version 3
//! (<https://docs.asciinema.org/manual/asciicast/v3/>).

use std::fmt::Write;
use std::time::Duration;

use anstream::adapter::strip_str;
use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthChar;

use super::ShownRun;
use crate::transcript::{Exit, Fragment};

/// The smallest and largest size of the terminal, in columns and rows: from the usual size to the largest that is
/// readable next to a text.
const COLUMNS: (usize, usize) = (80, 160);
const ROWS: (usize, usize) = (24, 50);
/// The distance between two tab stops.
const TAB: usize = 8;

/// The header: the first line of an asciicast.
#[derive(Debug, Serialize)]
struct Header<'a> {
    version: u8,
    term: Term,
    command: &'a str,
    title: &'a str,
}

/// The size of the terminal.
#[derive(Debug, Serialize)]
struct Term {
    cols: usize,
    rows: usize,
    r#type: &'static str,
}

/// Formats the run as an asciicast. The prompt comes first, each line of either stream comes at its time, and the
/// exit status comes last; for a signal it is 128 plus the signal's number, as in shells. In a shell transcript, the
/// commands are among the lines, each before its output. A compiler's error has no times: all its lines come at once.
///
/// Lines are unchanged, and each fragment of an unfinished line comes at its own time. Times are rounded to microseconds
/// before the intervals are computed, so that these add up to the wall time.
pub fn cast(run: ShownRun<'_>, title: &str) -> String {
    let transcript = run.transcript;
    let prompt = format!("$ {}", run.command);
    let prompt = prompt.split('\n').filter(|_| run.commands.is_empty());
    let prompt: Vec<&str> = prompt.collect();
    let screen = transcript.screen(None);
    let lines = prompt.iter().copied();
    let lines = lines.chain(screen.iter().map(|line| &*line.text));

    let header = Header {
        version: 3,
        term: terminal_for(lines),
        command: run.command,
        title,
    };
    let header = serde_json::to_string(&header).expect("it is text and numbers");
    let mut events = Events {
        text: header + "\n",
        now: 0,
    };
    for line in prompt {
        events.add(Duration::ZERO, "o", format!("{line}\r\n"));
    }
    let whole = transcript.lines.iter();
    let whole = whole.filter(|_| transcript.fragments.is_empty());
    for line in whole {
        events.add(line.at, "o", format!("{}\r\n", line.text));
    }
    for Fragment { at, text, ends, .. } in &transcript.fragments {
        let ending = if *ends { "\r\n" } else { "" };
        events.add(*at, "o", format!("{text}{ending}"));
    }
    let status = match transcript.exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => signal.saturating_add(128),
        // As timeout(1) reports it.
        Exit::Timeout => 124,
    };
    events.add(transcript.wall, "x", status.to_string());
    events.text
}

/// The events of an asciicast, one per line.
struct Events {
    text: String,
    /// The time of the last event, in microseconds.
    now: u128,
}

impl Events {
    /// Adds an event at a time from the start of the run, but not before the previous event.
    fn add(&mut self, at: Duration, code: &str, data: String) {
        let at = ((at.as_nanos() + 500) / 1000).max(self.now);
        let interval = at - self.now;
        let (seconds, micros) = (interval / 1_000_000, interval % 1_000_000);
        let data = Value::from(data);
        writeln!(self.text, "[{seconds}.{micros:06}, \"{code}\", {data}]")
            .expect("a string takes everything");
        self.now = at;
    }
}

/// Returns the size of a terminal with room for these lines and the cursor below them, within the limits.
fn terminal_for<'a>(lines: impl Iterator<Item = &'a str>) -> Term {
    let widths: Vec<usize> = lines.map(width).collect();
    let widest = widths.iter().max().copied().unwrap_or(0);
    let cols = widest.clamp(COLUMNS.0, COLUMNS.1);
    let rows = widths.iter().map(|width| width.div_ceil(cols).max(1));
    Term {
        cols,
        rows: (rows.sum::<usize>() + 1).clamp(ROWS.0, ROWS.1),
        r#type: "xterm-256color",
    }
}

/// Returns the width of a line on the screen; if the line overwrites itself, its largest width.
fn width(line: &str) -> usize {
    let line = strip_str(line).to_string();
    let advance = |column: usize, c: char| match c {
        '\t' => (column / TAB + 1) * TAB,
        c => column + c.width().unwrap_or(0),
    };
    let parts = line.split('\r').map(|part| part.chars().fold(0, advance));
    parts.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{cast, terminal_for, width};
    use crate::page::ShownRun;
    use crate::transcript::{Exit, Line, Stream, Transcript};

    const HEADER: &str = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24,\"type\":\"xterm-256color\"},\
                          \"command\":\"cargo run --example a\",\"title\":\"a-1\"}\n";
    const PROMPT: &str = "[0.000000, \"o\", \"$ cargo run --example a\\r\\n\"]\n";

    fn line(stream: Stream, nanos: u64, text: &str) -> Line {
        Line {
            stream,
            at: Duration::from_nanos(nanos),
            writer: None,
            track: None,
            text: text.to_owned(),
        }
    }

    fn cast_of(command: &str, commands: &[String], transcript: &Transcript) -> String {
        let run = ShownRun {
            name: "a",
            command,
            commands,
            snippet: None,
            refused: None,
            transcript,
        };
        cast(run, "a-1")
    }

    /// Checks the events of a run whose lines have these streams, times in nanoseconds, and texts.
    fn check(lines: &[(Stream, u64, &str)], exit: Exit, wall: u64, events: &str) {
        let lines = lines.iter();
        let lines = lines.map(|&(stream, nanos, text)| line(stream, nanos, text));
        let transcript = Transcript {
            wall: Duration::from_nanos(wall),
            ..Transcript::of(lines.collect(), exit)
        };
        let text = cast_of("cargo run --example a", &[], &transcript);
        assert_eq!(text, format!("{HEADER}{PROMPT}{events}"));
    }

    #[test]
    fn lines_come_at_their_times() {
        use Stream::{Stderr, Stdout};
        check(&[], Exit::SUCCESS, 840_000, "[0.000840, \"x\", \"0\"]\n");
        check(
            &[(Stdout, 1_000, "one"), (Stderr, 2_500_000_000, "two")],
            Exit::Code(101),
            2_501_000_000,
            "[0.000001, \"o\", \"one\\r\\n\"]\n\
             [2.499999, \"o\", \"two\\r\\n\"]\n\
             [0.001000, \"x\", \"101\"]\n",
        );
        // Each interval is 1.4 µs: truncating each one must not lose time in total.
        check(
            &[
                (Stdout, 1_400, "a"),
                (Stdout, 2_800, "b"),
                (Stdout, 4_200, "c"),
            ],
            Exit::Signal(6),
            5_600,
            "[0.000001, \"o\", \"a\\r\\n\"]\n\
             [0.000002, \"o\", \"b\\r\\n\"]\n\
             [0.000001, \"o\", \"c\\r\\n\"]\n\
             [0.000002, \"x\", \"134\"]\n",
        );
    }

    #[test]
    fn any_file_gives_a_valid_cast() {
        use Stream::Stdout;
        // The times of an edited file may be in any order.
        check(
            &[(Stdout, 3_000, "late"), (Stdout, 1_000, "early")],
            Exit::Signal(i32::MAX),
            2_000,
            "[0.000003, \"o\", \"late\\r\\n\"]\n\
             [0.000000, \"o\", \"early\\r\\n\"]\n\
             [0.000000, \"x\", \"2147483647\"]\n",
        );
        check(
            &[
                (Stdout, 0, "\u{1b}[31m\"\\ä\u{fffd}\t\0\u{7f}\u{1b}[m"),
                (Stdout, 0, ""),
            ],
            Exit::SUCCESS,
            0,
            "[0.000000, \"o\", \"\\u001b[31m\\\"\\\\ä\u{fffd}\\t\\u0000\u{7f}\\u001b[m\\r\\n\"]\n\
             [0.000000, \"o\", \"\\r\\n\"]\n\
             [0.000000, \"x\", \"0\"]\n",
        );
    }

    #[test]
    fn the_command_comes_first_unless_the_lines_contain_it() {
        let echoed = vec![line(Stream::Stdout, 2_000, "$ ls")];
        let transcript = Transcript::of(echoed, Exit::SUCCESS);
        let events = |command, commands: &[String]| {
            let text = cast_of(command, commands, &transcript);
            text.split_once('\n').map(|(_, events)| events.to_owned())
        };
        let end = "[0.000000, \"x\", \"0\"]\n";
        assert_eq!(
            events("ls", &["ls".to_owned()]),
            Some(format!("[0.000002, \"o\", \"$ ls\\r\\n\"]\n{end}"))
        );
        assert_eq!(
            events("a -- 'b\nc'", &[]),
            Some(format!(
                "[0.000000, \"o\", \"$ a -- 'b\\r\\n\"]\n[0.000000, \"o\", \"c'\\r\\n\"]\n\
                 [0.000002, \"o\", \"$ ls\\r\\n\"]\n{end}"
            ))
        );
    }

    #[test]
    fn widths_of_lines() {
        for (line, columns) in [
            ("", 0),
            ("größe", 5),
            ("一二", 4),
            ("e\u{301}", 1),
            ("a\tb\t", 16),
            ("\u{1b}[1;31mred\u{1b}[0m", 3),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", 4),
            ("downloading\r\u{1b}[Kdone", 11),
        ] {
            assert_eq!(width(line), columns, "{line:?}");
        }
    }

    #[test]
    fn the_terminal_has_room_for_all_lines_within_limits() {
        let long = "x".repeat(100);
        let longest = "x".repeat(1_000);
        for (lines, size) in [
            (vec![""; 3], (80, 24)),
            (vec![""; 23], (80, 24)),
            (vec![""; 24], (80, 25)),
            (vec![""; 1_000], (80, 50)),
            (vec![&*long], (100, 24)),
            // The line wraps onto seven rows.
            (vec![&*longest, &*longest, &*longest, &*longest], (160, 29)),
        ] {
            let terminal = terminal_for(lines.iter().copied());
            assert_eq!((terminal.cols, terminal.rows), size);
        }
    }
}
