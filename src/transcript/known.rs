//! The known tracks of a transcript: those that were observed, or else the processes that printed.

use std::borrow::Cow;
use std::time::Duration;

use super::tracks::{Track, TrackKind};
use super::{Line, Transcript};

/// The known tracks of an execution, and their lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'a> {
    /// The tracks, each after the one that started it; empty if nothing is known.
    pub tracks: Cow<'a, [Track]>,
    /// For each line, the number of the track that printed it.
    pub printed_by: Vec<Option<usize>>,
    /// Whether the pauses are known. If not, nothing is known about the time before the first and after the last
    /// line of a process, either.
    pub with_pauses: bool,
}

impl Transcript {
    /// Returns the known tracks. Without an observation, these are the processes that printed, if there are several.
    pub fn known_tracks(&self) -> Known<'_> {
        let is_seen = !self.tracks.is_empty();
        let number = |line: &Line| if is_seen { line.track } else { line.writer };
        let lines = self.lines.iter().map(number);
        let printed_by: Vec<Option<usize>> = lines.map(|number| Some(number? as usize)).collect();
        let tracks = if is_seen {
            Cow::Borrowed(self.tracks.as_slice())
        } else {
            Cow::Owned(self.writers())
        };
        Known {
            printed_by: if tracks.is_empty() {
                vec![None; printed_by.len()]
            } else {
                printed_by
            },
            tracks,
            with_pauses: is_seen,
        }
    }

    /// Returns a track for the first process and for each other that printed; empty if no other printed.
    fn writers(&self) -> Vec<Track> {
        let mut tracks = vec![Track {
            kind: TrackKind::Process,
            name: None,
            parent: None,
            start: Duration::ZERO,
            end: self.wall,
            pauses: Vec::new(),
        }];
        for line in &self.lines {
            let Some(writer) = line.writer else { continue };
            // Writers are numbered in the order of their first writes.
            while tracks.len() <= writer as usize {
                tracks.push(Track {
                    parent: Some(0),
                    start: line.at,
                    end: line.at,
                    ..tracks[0].clone()
                });
            }
            let track = &mut tracks[writer as usize];
            track.end = track.end.max(line.at);
        }
        match tracks.len() {
            1 => Vec::new(),
            _ => tracks,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::transcript::tracks::Track;
    use crate::transcript::{Exit, Line, Stream, Transcript};

    #[test]
    fn without_an_observation_the_tracks_are_the_writers() {
        let line = |at, writer| Line {
            stream: Stream::Stdout,
            at: Duration::from_millis(at),
            writer,
            track: None,
            text: String::new(),
        };
        let transcript = |lines| Transcript {
            wall: Duration::from_millis(9),
            ..Transcript::of(lines, Exit::SUCCESS)
        };
        let one = transcript(vec![line(1, Some(0)), line(2, None)]);
        assert!(one.known_tracks().tracks.is_empty());
        assert_eq!(one.known_tracks().printed_by, [None, None]);
        let two = transcript(vec![line(1, Some(1)), line(2, Some(0)), line(5, Some(1))]);
        let known = two.known_tracks();
        assert!(!known.with_pauses);
        assert_eq!(known.printed_by, [Some(1), Some(0), Some(1)]);
        let times = |track: &Track| (track.start.as_millis(), track.end.as_millis());
        let times: Vec<_> = known.tracks.iter().map(times).collect();
        assert_eq!(times, [(0, 9), (1, 5)]);
    }
}
