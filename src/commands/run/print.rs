//! The lines of an execution as text for people: their times, threads and streams.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::page::output::decimals;
use crate::page::seconds;
use crate::page::terminal::{Look, Terminal, plain};
use crate::report::Color;
use crate::transcript::tracks::{Why, labels};
use crate::transcript::{Exit, Stream, Timing, Transcript};

/// A line of output to print. Its time need not be real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrintedLine<'a> {
    /// The time since the start of the program.
    pub(super) at: Duration,
    /// The name of the thread that printed it; empty: it is not known.
    pub(super) thread: String,
    /// The stream; `None`: it is no output, but tells what the thread did.
    pub(super) stream: Option<Stream>,
    /// The text as the program printed it, with ANSI sequences.
    pub(super) text: Cow<'a, str>,
}

/// Returns the lines of a transcript. Their threads have the names of the tracks; without tracks, processes have
/// numbers if several have printed.
pub(super) fn lines_of(transcript: &Transcript) -> Vec<PrintedLine<'_>> {
    let labels = labels(&transcript.tracks);
    let writers = transcript.lines.iter().filter_map(|line| line.writer);
    let is_alone = writers.collect::<BTreeSet<_>>().len() < 2;
    let lines = transcript.lines.iter().map(|line| {
        let label = line.track.and_then(|track| labels.get(track as usize));
        let process = line.writer.filter(|_| labels.is_empty() && !is_alone);
        let process = process.map(|number| match number {
            0 => "main".to_owned(),
            number => format!("process {number}"),
        });
        PrintedLine {
            at: line.at,
            thread: label.cloned().or(process).unwrap_or_default(),
            stream: Some(line.stream),
            text: Cow::Borrowed(&line.text),
        }
    });
    lines.collect()
}

/// Formats lines in columns: seconds, thread, stream, text. The column of threads is left out if none is known. `whole`
/// is the time of the execution. A line that is overwritten is shown in its last state.
pub(super) fn text(lines: &[PrintedLine<'_>], whole: Duration, color: Color) -> String {
    let last = lines.last().map_or(whole, |line| line.at.max(whole));
    let digits = decimals(last);
    let seconds = |at: Duration| format!("{:.digits$}", at.as_secs_f64());
    let widest = seconds(last).len();
    let name = |line: &PrintedLine<'_>| plain(&line.thread);
    let names = lines.iter().map(|line| name(line).width());
    let longest = names.max().unwrap_or_default();
    let mut terminal = Terminal::default();
    let mut text = String::new();
    for line in lines {
        let at = format!("{:>widest$}", seconds(line.at));
        push(&mut text, &at, Style::new().dimmed(), color);
        if longest > 0 {
            let name = name(line);
            let padding = longest - name.width();
            push(
                &mut text,
                &format!("  {name}{:padding$}", ""),
                Style::new(),
                color,
            );
        }
        let (stream, style) = match line.stream {
            Some(Stream::Stdout) => ("  stdout  ", Style::new().dimmed()),
            Some(Stream::Stderr) => ("  stderr  ", AnsiColor::Red.on_default()),
            None => ("  ·       ", Style::new().dimmed()),
        };
        push(&mut text, stream, style, color);
        if line.stream.is_none() {
            push(&mut text, &line.text, style, color);
        } else {
            for (piece, look) in terminal.line(&line.text) {
                push(&mut text, &piece, style_of(look), color);
            }
        }
        // An empty line has no text after its stream.
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

/// Describes the end of an execution: `exit status 0 after 2.00 s: 3 threads, 1 process`.
pub(super) fn ending(transcript: &Transcript) -> String {
    let how = match transcript.exit {
        Exit::Code(_) => transcript.exit.in_words(),
        Exit::Signal(signal) => format!("ended by signal {signal}"),
        Exit::Timeout => "stopped by its time-out".to_owned(),
    };
    let busy = match transcript.timing {
        Timing::Clean | Timing::Virtual => "",
        Timing::Noisy => " on a busy machine",
    };
    let counts = [
        (transcript.most_threads(), "thread", "threads"),
        (transcript.most_processes(), "process", "processes"),
    ];
    let counts = counts.into_iter().filter_map(|(count, one, many)| {
        let count = count?;
        Some(format!("{count} {}", if count == 1 { one } else { many }))
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    let counts = match counts.as_str() {
        "" => counts,
        known => format!(": {known}"),
    };
    format!("{how} after {}{busy}{counts}", seconds(transcript.wall))
}

/// The highest number of tracks whose state is told.
const MOST_STATES: usize = 20;

/// Describes what the threads and processes were doing when an execution was stopped: `main was waiting for thread 1`.
/// `None`: they are not known.
pub(super) fn states(transcript: &Transcript) -> Option<String> {
    let labels = labels(&transcript.tracks);
    let tracks = transcript.tracks.iter().zip(&labels);
    let left = tracks.filter(|(track, _)| track.end >= transcript.wall);
    let states = left.map(|(track, label)| {
        let pause = track.pauses.last();
        let pause = pause.filter(|pause| pause.to >= track.end);
        let state = match pause.map(|pause| (pause.why, pause.ended_by)) {
            None => "running".to_owned(),
            Some((Why::Thread | Why::Child, Some(other))) => {
                format!("waiting for {}", labels[other])
            }
            Some((why, _)) => why.in_words().to_owned(),
        };
        format!("{} was {state}", plain(label))
    });
    let mut states: Vec<String> = states.collect();
    if states.len() > MOST_STATES {
        let rest = states.split_off(MOST_STATES).len();
        states.push(format!("and {rest} more"));
    }
    let states = states.join("; ");
    (!states.is_empty()).then(|| format!("when it was stopped: {states}"))
}

/// Appends a piece of a line.
fn push(text: &mut String, piece: &str, style: Style, color: Color) {
    match color {
        Color::Ansi => write!(text, "{style}{piece}{style:#}").expect("a string takes everything"),
        Color::Plain => text.push_str(piece),
    }
}

fn style_of(look: Look) -> Style {
    let Look {
        foreground,
        background,
        bold,
        dim,
        italic,
        underline,
        strike,
        inverse,
    } = look;
    let mut style = Style::new()
        .fg_color(foreground.map(Into::into))
        .bg_color(background.map(Into::into));
    let effects = [
        (bold, Style::bold as fn(Style) -> Style),
        (dim, Style::dimmed),
        (italic, Style::italic),
        (underline, Style::underline),
        (strike, Style::strikethrough),
        (inverse, Style::invert),
    ];
    for (_, effect) in effects.iter().filter(|(is_set, _)| *is_set) {
        style = effect(style);
    }
    style
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{PrintedLine, ending, lines_of, states, text};
    use crate::report::Color;
    use crate::transcript::tracks::{Pause, Track, TrackKind, Why};
    use crate::transcript::{Exit, Line, Stream, Timing, Transcript};

    fn line(micros: u64, thread: &str, stream: Stream, text: &'static str) -> PrintedLine<'static> {
        PrintedLine {
            at: Duration::from_micros(micros),
            thread: thread.to_owned(),
            stream: Some(stream),
            text: text.into(),
        }
    }

    #[test]
    fn lines_stand_in_columns() {
        let lines = [
            line(1_375, "thread 2", Stream::Stdout, "10%\rdone"),
            line(999_999, "é", Stream::Stderr, "\u{1b}[31mred"),
            line(10_000_000, "", Stream::Stdout, ""),
        ];
        assert_eq!(
            text(&lines, Duration::from_secs(10), Color::Plain),
            " 0.001  thread 2  stdout  done\n \
             1.000  é         stderr  red\n\
             10.000            stdout\n"
        );
        let lines = [line(1_375, "", Stream::Stderr, "a")];
        assert_eq!(
            text(&lines, Duration::ZERO, Color::Plain),
            "0.001375  stderr  a\n"
        );
        assert_eq!(text(&[], Duration::ZERO, Color::Plain), "");
    }

    #[test]
    fn a_terminal_shows_the_colors_of_the_program() {
        let lines = [
            line(1, "main", Stream::Stdout, "a\u{1b}[1;32mb"),
            line(2, "main", Stream::Stderr, "c"),
        ];
        assert_eq!(
            text(&lines, Duration::ZERO, Color::Ansi),
            "\u{1b}[2m0.000001\u{1b}[0m  main\u{1b}[2m  stdout  \u{1b}[0ma\u{1b}[1m\u{1b}[32mb\u{1b}[0m\n\
             \u{1b}[2m0.000002\u{1b}[0m  main\u{1b}[31m  stderr  \u{1b}[0m\u{1b}[1m\u{1b}[32mc\u{1b}[0m\n"
        );
    }

    /// A track of an execution of two seconds.
    fn track(kind: TrackKind, parent: Option<usize>, pauses: Vec<Pause>) -> Track {
        Track {
            kind,
            name: None,
            parent,
            start: Duration::ZERO,
            end: Duration::from_secs(2),
            pauses,
        }
    }

    #[test]
    fn threads_are_named_after_tracks_and_processes_without_tracks() {
        let line = |writer, track| Line {
            stream: Stream::Stdout,
            at: Duration::ZERO,
            writer,
            track,
            text: String::new(),
        };
        let threads = |lines: &[Line], tracks: Vec<Track>| {
            let transcript = Transcript {
                tracks,
                ..Transcript::of(lines.to_vec(), Exit::SUCCESS)
            };
            let lines = lines_of(&transcript);
            lines
                .into_iter()
                .map(|line| line.thread)
                .collect::<Vec<_>>()
        };
        let tracks = vec![
            track(TrackKind::Process, None, Vec::new()),
            track(TrackKind::Thread, Some(0), Vec::new()),
            track(TrackKind::Process, Some(0), Vec::new()),
        ];
        let lines = [
            line(Some(0), Some(0)),
            line(Some(0), Some(1)),
            line(Some(1), Some(2)),
            line(Some(1), None),
        ];
        assert_eq!(
            threads(&lines, tracks),
            ["main", "thread 1", "process 1", ""]
        );
        let lines = lines.map(|it| line(it.writer, None));
        assert_eq!(
            threads(&lines, Vec::new()),
            ["main", "main", "process 1", "process 1"]
        );
        assert_eq!(threads(&lines[..2], Vec::new()), ["", ""]);
        assert_eq!(threads(&[line(None, None)], Vec::new()), [""]);
    }

    #[test]
    fn the_end_is_told_in_words() {
        for (exit, timing, threads, processes, expected) in [
            (
                Exit::Code(101),
                Timing::Clean,
                Some(3),
                Some(1),
                "exit status 101 after 2.00 s: 3 threads, 1 process",
            ),
            (
                Exit::Signal(6),
                Timing::Noisy,
                None,
                Some(2),
                "ended by signal 6 after 2.00 s on a busy machine: 2 processes",
            ),
            (
                Exit::Timeout,
                Timing::Clean,
                None,
                None,
                "stopped by its time-out after 2.00 s",
            ),
        ] {
            let transcript = Transcript {
                wall: Duration::from_secs(2),
                timing,
                threads,
                processes,
                ..Transcript::of(Vec::new(), exit)
            };
            assert_eq!(ending(&transcript), expected);
        }
    }

    #[test]
    fn the_last_states_are_those_of_the_threads_that_are_left() {
        let pause = |why, to, ended_by| Pause {
            why,
            from: Duration::ZERO,
            to: Duration::from_secs(to),
            ended_by,
        };
        let thread = |pauses| track(TrackKind::Thread, Some(0), pauses);
        let ended = Track {
            end: Duration::from_secs(1),
            ..thread(vec![pause(Why::Sleep, 1, None)])
        };
        let tracks = vec![
            track(
                TrackKind::Process,
                None,
                vec![pause(Why::Thread, 2, Some(1))],
            ),
            thread(vec![pause(Why::Sleep, 1, None), pause(Why::Lock, 2, None)]),
            ended,
            thread(vec![pause(Why::Sleep, 1, None)]),
            thread(vec![pause(Why::Child, 2, None)]),
        ];
        let stopped = |tracks| {
            states(&Transcript {
                wall: Duration::from_secs(2),
                tracks,
                ..Transcript::of(Vec::new(), Exit::Timeout)
            })
        };
        let expected = "when it was stopped: main was waiting for thread 1; thread 1 was waiting for a lock or channel; \
                        thread 3 was running; thread 4 was waiting for a process";
        assert_eq!(stopped(tracks.clone()).as_deref(), Some(expected));
        let many = [tracks[..1].to_vec(), vec![thread(Vec::new()); 30]].concat();
        let text = stopped(many).unwrap_or_default();
        assert!(
            text.ends_with("thread 19 was running; and 11 more"),
            "{text}"
        );
        assert_eq!(stopped(Vec::new()), None);
    }
}
