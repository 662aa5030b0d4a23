//! The text format of a transcript within a recording.

use std::time::Duration;

use crate::transcript::escape::{escape, unescape};
use crate::transcript::shape::text::{stream_of, stream_word};
use crate::transcript::tracks::{Pause, Track, TrackKind, Why};
use crate::transcript::{Exit, Fragment, Line, Timing, Transcript};

/// Formats a transcript.
pub(super) fn transcript_text(transcript: &Transcript) -> String {
    let mut facts = vec![
        ("exit", transcript.exit.to_string()),
        ("wall", seconds(transcript.wall)),
    ];
    let count = |count: Option<u32>| count.map(|count| count.to_string());
    facts.extend(count(transcript.threads).map(|threads| ("threads", threads)));
    facts.extend(count(transcript.processes).map(|processes| ("processes", processes)));
    facts.extend(transcript.cpu.map(|cpu| ("cpu", seconds(cpu))));
    facts.extend(
        transcript
            .memory
            .map(|memory| ("memory", memory.to_string())),
    );
    facts.extend(count(transcript.processors).map(|processors| ("processors", processors)));
    let timing = match transcript.timing {
        Timing::Clean => None,
        Timing::Noisy => Some("noisy"),
        Timing::Virtual => Some("virtual"),
    };
    facts.extend(timing.map(|timing| ("timing", timing.to_owned())));
    if transcript.replaced > 0 {
        facts.push(("replaced", transcript.replaced.to_string()));
    }
    let mut text: String = facts
        .iter()
        .map(|(key, value)| format!("{key}: {value}\n"))
        .collect();
    for track in &transcript.tracks {
        text.push_str(&track_text(track));
    }
    if transcript.fragments.is_empty() {
        for line in &transcript.lines {
            text.push_str(&printed(line, line.at, &escape(&line.text)));
        }
    }
    for fragment in &transcript.fragments {
        if let Some(line) = transcript.lines.get(fragment.line) {
            let unfinished = if fragment.ends { "" } else { UNFINISHED };
            let fragment_text = escape(&fragment.text) + unfinished;
            text.push_str(&printed(line, fragment.at, &fragment_text));
        }
    }
    text
}

/// The end of an unfinished line, which the next text of the same stream and process continues.
const UNFINISHED: &str = "\\";

/// Formats the escaped text of a line, or of a fragment of it that was printed at this time.
fn printed(line: &Line, at: Duration, text: &str) -> String {
    let writer = line
        .writer
        .map_or("-".to_owned(), |writer| writer.to_string());
    let track = line.track.map(|track| format!("@{track}"));
    let track = track.unwrap_or_default();
    let (at, stream) = (seconds(at), stream_word(line.stream));
    let line = format!("{at} {stream} {writer}{track} {text}");
    format!("{}\n", line.trim_end())
}

/// Formats a track: a line of its own, and a line for each of its pauses.
fn track_text(track: &Track) -> String {
    let number = |number: Option<usize>| number.map_or("-".to_owned(), |number| number.to_string());
    let (start, end) = (seconds(track.start), seconds(track.end));
    let mut line = format!(
        "track: {} {} {start} {end}",
        track.kind.word(),
        number(track.parent)
    );
    if let Some(name) = &track.name {
        line.push_str(&format!(" {}", escape(name)));
    }
    line.push('\n');
    for pause in &track.pauses {
        let (from, to) = (seconds(pause.from), seconds(pause.to));
        let by = pause
            .ended_by
            .map(|by| format!(" {by}"))
            .unwrap_or_default();
        line.push_str(&format!("{PAUSE}{} {from} {to}{by}\n", pause.why.word()));
    }
    line
}

/// The indentation of a pause's line.
const PAUSE: &str = "  ";

/// Parses a transcript; the error is the number of the malformed line, from 0.
pub(super) fn read_transcript(text: &str) -> Result<Transcript, usize> {
    let mut transcript = Transcript::of(Vec::new(), Exit::SUCCESS);
    // The track that ended a pause may come after it, so its number is checked at the end.
    let mut enders = Vec::new();
    let mut output = Output::default();
    for (number, line) in text.lines().enumerate() {
        let tracks = &mut transcript.tracks;
        let taken = if line.starts_with(|c: char| c.is_ascii_digit()) {
            let line = read_line(line, tracks.len());
            line.map(|(line, ends)| output.add(line, ends))
        } else if let Some(track) = line.strip_prefix("track: ") {
            read_track(track, tracks.len()).map(|track| tracks.push(track))
        } else if let (Some(pause), Some(track)) = (line.strip_prefix(PAUSE), tracks.last_mut()) {
            read_pause(pause, track).map(|by| enders.extend(by.map(|by| (number, by))))
        } else {
            take_fact(&mut transcript, line)
        };
        taken.ok_or(number)?;
    }
    (transcript.lines, transcript.fragments) = output.finish();
    match enders.iter().find(|(_, by)| *by >= transcript.tracks.len()) {
        Some((number, _)) => Err(*number),
        None => Ok(transcript),
    }
}

/// The output of a transcript that is being read.
#[derive(Default)]
struct Output {
    lines: Vec<Line>,
    fragments: Vec<Fragment>,
    /// The numbers of the unfinished lines.
    unfinished: Vec<usize>,
}

impl Output {
    /// Adds a line or a fragment, which ends its line or leaves it unfinished.
    fn add(&mut self, read: Line, ends: bool) {
        if self.fragments.is_empty() {
            if ends {
                return self.lines.push(read);
            }
            let whole = self.lines.iter().enumerate();
            let whole = whole.map(|(number, line)| Fragment {
                line: number,
                at: line.at,
                text: line.text.clone(),
                ends: true,
            });
            self.fragments = whole.collect();
        }
        let (at, text) = (read.at, read.text.clone());
        let mut unfinished = self.unfinished.iter();
        let continued = unfinished.position(|&number| {
            let line = &self.lines[number];
            line.stream == read.stream && line.writer == read.writer
        });
        let line = match continued {
            Some(position) => {
                let number = self.unfinished.swap_remove(position);
                let line = &mut self.lines[number];
                line.text.push_str(&text);
                // The carriage return of a line ending that was written by itself.
                if ends && text.is_empty() && line.text.ends_with('\r') {
                    line.text.pop();
                }
                number
            }
            None => {
                self.lines.push(read);
                self.lines.len() - 1
            }
        };
        if !ends {
            self.unfinished.push(line);
        }
        self.fragments.push(Fragment {
            line,
            at,
            text,
            ends,
        });
    }

    /// Returns the lines, and the fragments unless each line is whole.
    fn finish(mut self) -> (Vec<Line>, Vec<Fragment>) {
        for number in self.unfinished {
            let text = &mut self.lines[number].text;
            if text.ends_with('\r') {
                text.pop();
            }
        }
        (self.lines, self.fragments)
    }
}

/// Parses a line of output, or a fragment of one; `tracks` is the number of tracks. Returns whether it ends the line, too.
fn read_line(line: &str, tracks: usize) -> Option<(Line, bool)> {
    let mut words = line.splitn(4, ' ');
    let at = duration(words.next()?)?;
    let stream = stream_of(words.next()?)?;
    let printer = words.next()?;
    let (writer, track) = match printer.split_once('@') {
        Some((writer, track)) => (writer, Some(track.parse().ok()?)),
        None => (printer, None),
    };
    let writer = match writer {
        "-" => None,
        writer => Some(writer.parse().ok()?),
    };
    let is_known = track.is_none_or(|track: u32| (track as usize) < tracks);
    is_known.then_some(())?;
    let text = words.next().unwrap_or("");
    // Backslashes of the text itself come in pairs.
    let backslashes = text.len() - text.trim_end_matches(UNFINISHED).len();
    let ends = backslashes.is_multiple_of(2);
    let text = if ends { text } else { &text[..text.len() - 1] };
    let line = Line {
        stream,
        at,
        writer,
        track,
        text: unescape(text)?,
    };
    Some((line, ends))
}

/// Parses the track with this number.
fn read_track(text: &str, number: usize) -> Option<Track> {
    let mut words = text.splitn(5, ' ');
    let kind = match words.next()? {
        "process" => TrackKind::Process,
        "thread" => TrackKind::Thread,
        _ => return None,
    };
    let parent = match words.next()? {
        "-" => None,
        parent => Some(parent.parse().ok()?),
    };
    let (start, end) = (duration(words.next()?)?, duration(words.next()?)?);
    let is_first = number == 0 && parent.is_none() && kind == TrackKind::Process;
    let is_child = parent.is_some_and(|parent: usize| parent < number);
    ((is_first || is_child) && start <= end).then_some(())?;
    Some(Track {
        kind,
        name: match words.next() {
            Some(name) => Some(unescape(name)?),
            None => None,
        },
        parent,
        start,
        end,
        pauses: Vec::new(),
    })
}

/// Adds a pause to its track. Returns the number of the track that ended the pause, if given.
fn read_pause(text: &str, track: &mut Track) -> Option<Option<usize>> {
    let words: Vec<&str> = text.split(' ').collect();
    let (word, from, to, by) = match words[..] {
        [word, from, to] => (word, from, to, None),
        [word, from, to, by] => (word, from, to, Some(by.parse().ok()?)),
        _ => return None,
    };
    let why = Why::ALL.into_iter().find(|why| why.word() == word)?;
    let (from, to) = (duration(from)?, duration(to)?);
    let before = track.pauses.last().map_or(track.start, |last| last.to);
    (before <= from && from <= to && to <= track.end).then_some(())?;
    track.pauses.push(Pause {
        why,
        from,
        to,
        ended_by: by,
    });
    Some(by)
}

/// Parses a line with a fact, such as `wall: 2.002048`.
fn take_fact(transcript: &mut Transcript, line: &str) -> Option<()> {
    let (key, value) = line.split_once(": ")?;
    match key {
        "exit" => transcript.exit = value.parse().ok()?,
        "wall" => transcript.wall = duration(value)?,
        "threads" => transcript.threads = Some(value.parse().ok()?),
        "processes" => transcript.processes = Some(value.parse().ok()?),
        "processors" => transcript.processors = Some(value.parse().ok()?),
        "cpu" => transcript.cpu = Some(duration(value)?),
        "memory" => transcript.memory = Some(value.parse().ok()?),
        "timing" if value == "noisy" => transcript.timing = Timing::Noisy,
        "timing" if value == "virtual" => transcript.timing = Timing::Virtual,
        "replaced" => transcript.replaced = value.parse().ok()?,
        _ => return None,
    }
    Some(())
}

/// Formats a time in seconds, with six decimals.
fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

/// Parses a time in seconds, with six decimals.
fn duration(text: &str) -> Option<Duration> {
    let (seconds, micros) = text
        .split_once('.')
        .filter(|(_, micros)| micros.len() == 6)?;
    Some(Duration::new(
        seconds.parse().ok()?,
        micros.parse::<u32>().ok()? * 1000,
    ))
}

#[cfg(test)]
mod tests {
    use super::{read_transcript, transcript_text};

    const TEXT: &str = "exit: 0
wall: 2.002048
threads: 2
processors: 4
track: process - 0.000000 2.002048
  thread 0.000500 1.001700 1
  sleep 1.001700 2.000000
track: thread 0 0.000391 1.001600 a cook
  lock 0.000391 0.000700 0
0.000412 stdout 0@1 start
0.000800 stderr - who?
0.000900 stdout 0@0
";

    #[test]
    fn tracks_round_trip() {
        let transcript = read_transcript(TEXT).expect("it is well-formed");
        assert_eq!(transcript.tracks[1].name.as_deref(), Some("a cook"));
        assert_eq!(transcript.tracks[0].pauses[0].ended_by, Some(1));
        assert_eq!(transcript.lines[0].track, Some(1));
        assert_eq!(transcript_text(&transcript), TEXT);
    }

    #[test]
    fn malformed_tracks_are_rejected() {
        let table = [
            ("process - 0.0", "process 0 0.0", 4),
            ("thread 0 0", "thread 1 0", 7),
            ("thread 0 0", "thread - 0", 7),
            ("1.001600 a", "0.000390 a", 7),
            ("1.001700 1", "1.001700 2", 5),
            ("sleep 1.001700", "sleep 1.001600", 6),
            ("sleep", "sleeps", 6),
            ("2.000000", "2.100000", 6),
            ("0.000700 0", "0.000700 0 0", 8),
            ("0@1", "0@2", 9),
        ];
        for (old, new, line) in table {
            let text = TEXT.replacen(old, new, 1);
            assert_ne!(text, TEXT, "{old}");
            assert_eq!(read_transcript(&text), Err(line), "{new}");
        }
    }

    #[test]
    fn unfinished_lines_round_trip() {
        let table = [
            ("a\\\n0.2 stderr - b\n0.3 stdout - c", "ac|b"),
            ("a\\\\\\\n0.2 stderr - b\\\\\n0.3 stdout - c", "a\\c|b\\"),
            ("a\\u{d}\\\n0.2 stderr - b\n0.3 stdout -", "a|b"),
            ("a\\u{d}\\\n0.2 stderr - b", "a|b"),
            (
                "\\\n0.2 stderr - b\\\n0.3 stdout - c\\\n0.4 stderr - d",
                "c|bd",
            ),
            // Another process continues nothing.
            ("a\\\n0.2 stdout 1 b\n0.3 stdout 0 c", "a|b|c"),
        ];
        for (lines, expected) in table {
            let lines = lines.replace(" std", "00000 std");
            let text = format!("exit: 0\nwall: 1.000000\n0.100000 stdout - {lines}\n");
            let transcript = read_transcript(&text).expect("it is well-formed");
            let texts: Vec<&str> = transcript.lines.iter().map(|line| &*line.text).collect();
            assert_eq!(texts.join("|"), expected);
            assert_eq!(transcript_text(&transcript), text);
        }
    }
}
