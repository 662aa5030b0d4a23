//! The text format of a transcript within a recording.

use std::time::Duration;

use crate::transcript::escape::{escape, unescape};
use crate::transcript::shape::text::{stream_of, stream_word};
use crate::transcript::tracks::{Pause, Track, TrackKind, Why};
use crate::transcript::{Exit, Line, Timing, Transcript};

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
    if transcript.timing == Timing::Noisy {
        facts.push(("timing", "noisy".to_owned()));
    }
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
    for line in &transcript.lines {
        let writer = line
            .writer
            .map_or("-".to_owned(), |writer| writer.to_string());
        let track = line.track.map(|track| format!("@{track}"));
        let track = track.unwrap_or_default();
        let (at, stream) = (seconds(line.at), stream_word(line.stream));
        let line = format!("{at} {stream} {writer}{track} {}", escape(&line.text));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
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
    for (number, line) in text.lines().enumerate() {
        let tracks = &mut transcript.tracks;
        let taken = if line.starts_with(|c: char| c.is_ascii_digit()) {
            let line = read_line(line, tracks.len());
            line.map(|line| transcript.lines.push(line))
        } else if let Some(track) = line.strip_prefix("track: ") {
            read_track(track, tracks.len()).map(|track| tracks.push(track))
        } else if let (Some(pause), Some(track)) = (line.strip_prefix(PAUSE), tracks.last_mut()) {
            read_pause(pause, track).map(|by| enders.extend(by.map(|by| (number, by))))
        } else {
            take_fact(&mut transcript, line)
        };
        taken.ok_or(number)?;
    }
    match enders.iter().find(|(_, by)| *by >= transcript.tracks.len()) {
        Some((number, _)) => Err(*number),
        None => Ok(transcript),
    }
}

/// Parses a line of output; `tracks` is the number of tracks.
fn read_line(line: &str, tracks: usize) -> Option<Line> {
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
    Some(Line {
        stream,
        at,
        writer,
        track,
        text: unescape(words.next().unwrap_or(""))?,
    })
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
}
