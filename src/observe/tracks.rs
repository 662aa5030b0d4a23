//! The tracks of an observed execution without a schedule, from its log.

use std::collections::HashMap;
use std::time::Duration;

use super::actors::{Actor, All, Seen};
use super::calls::{Calls, Code};
use super::event::{FIRST, process_of};
use super::log::Log;
use crate::transcript::Transcript;
use crate::transcript::tracks::{Pause, Track, TrackKind, Why, visible};

impl Log {
    /// Adds the tracks of an observed run to its transcript, unless there were too many events. `start` is the
    /// program's start by the monotonic clock.
    pub fn add_tracks(&self, transcript: &mut Transcript, start: Duration) {
        let log = self.last_start();
        let Some(all) = All::of(&log.events) else {
            return;
        };
        transcript.tracks = all.tracks(start, transcript.wall, &log.code);
        let mut printed: HashMap<_, Vec<u32>> = HashMap::new();
        for line in log.lines().into_iter().rev() {
            if let Some(&track) = all.numbers.get(&*line.actor) {
                let key = (line.seen.stream, line.seen.text);
                printed.entry(key).or_default().push(track as u32);
            }
        }
        for line in &mut transcript.lines {
            // The tracks are taken from the end, so the first one stands last.
            let those = printed.get_mut(&(line.stream, line.text.clone()));
            line.track = those.and_then(Vec::pop);
        }
    }

    /// The number of each thread's track, by the thread's path.
    pub fn track_numbers(&self) -> HashMap<String, usize> {
        let log = self.last_start();
        let all = All::of(&log.events);
        let numbers = all.iter().flat_map(|all| &all.numbers);
        numbers
            .map(|(path, number)| ((*path).to_owned(), *number))
            .collect()
    }
}

impl<'a> All<'a> {
    fn tracks(&self, start: Duration, wall: Duration, code: &HashMap<u32, Code>) -> Vec<Track> {
        let mut calls = Calls::of(code);
        let mut why = |seen: &Seen<'_>| calls.reason(seen.process, seen.why, seen.functions);
        let own_program = self.actors[0].name;
        let since = |at: Duration| at.saturating_sub(start).min(wall);
        let mut tracks = Vec::new();
        for (number, actor) in self.actors.iter().enumerate() {
            let from = since(actor.start);
            let end = match number {
                0 => wall,
                _ => self.end(actor).map_or(wall, since).max(from),
            };
            // A process of the same program has no name, because the program's would not distinguish it.
            let is_own = actor.kind == TrackKind::Process && actor.name == own_program;
            let ended = actor.pauses.iter().map(|seen| (seen, since(seen.to)));
            // The thread never continued.
            let begun = actor.begun.iter().map(|seen| (seen, end));
            let pauses = ended.chain(begun).map(|(seen, to)| Pause {
                why: why(seen),
                from: since(seen.from).clamp(from, end),
                to: to.clamp(from, end),
                ended_by: self.ended_by(actor, seen),
            });
            tracks.push(Track {
                kind: actor.kind,
                name: actor.name.filter(|_| !is_own).map(str::to_owned),
                parent: (number > 0).then(|| self.parent(actor.path)),
                start: from,
                end,
                pauses: visible(pauses.collect(), wall),
            });
        }
        tracks
    }

    /// The number of the thread that started this one, or of its nearest known ancestor.
    fn parent(&self, path: &str) -> usize {
        let above = path.rfind(['.', '/']).map(|at| &path[..at]);
        match above {
            None => 0,
            Some(above) => match self.numbers.get(above) {
                Some(number) => *number,
                None => self.parent(above),
            },
        }
    }

    /// The end of a thread or process other than the first; `None`: the end of the program.
    fn end(&self, actor: &Actor<'_>) -> Option<Duration> {
        let process = process_of(actor.path);
        let ended = match (actor.kind, actor.end) {
            (_, Some(end)) => Some(end),
            (TrackKind::Process, None) => self.waited_for(actor.path),
            (TrackKind::Thread, None) if process == FIRST => None,
            (TrackKind::Thread, None) => {
                let process = self.numbers.get(process);
                process.and_then(|&process| self.end(&self.actors[process]))
            }
        };
        ended.map(|ended| ended.max(actor.seen))
    }

    /// The end of a process, by a thread that waited for it.
    fn waited_for(&self, path: &str) -> Option<Duration> {
        let is_it = |pid: u64| {
            let process = u32::try_from(pid).ok();
            process.and_then(|pid| self.ends.processes.get(&pid)) == Some(&path)
        };
        let pauses = self.actors.iter().flat_map(|actor| &actor.pauses);
        let mut waits = pauses.filter(|seen| seen.why == Why::Child && is_it(seen.about));
        waits.next().map(|seen| seen.to)
    }

    /// The number of the thread or process that ended a pause.
    fn ended_by(&self, actor: &Actor<'_>, seen: &Seen<'_>) -> Option<usize> {
        let during = |those: &[(Duration, &'a str)]| {
            let until = &those[..those.partition_point(|(at, _)| *at <= seen.to)];
            let from = until.iter().rev().take_while(|(at, _)| *at >= seen.from);
            from.map(|(_, path)| *path).find(|path| *path != actor.path)
        };
        let path = match seen.why {
            Why::Sleep => None,
            // Only the first is logged.
            Why::Lock | Why::Mutex | Why::Channel | Why::Condvar | Why::Barrier | Why::Park => {
                let wakes = self.ends.wakes.get(&(seen.process, seen.about));
                wakes.and_then(|wakes| during(wakes))
            }
            Why::Input => {
                let feeds = self.ends.feeds.get(&seen.about);
                feeds.and_then(|feeds| during(feeds))
            }
            Why::Thread => {
                let handles = self.ends.handles.get(&(seen.process, seen.about))?;
                let mut before = handles.iter().rev().filter(|(at, _)| *at <= seen.from);
                before.next().map(|(_, path)| path.as_str())
            }
            Why::Child => {
                let process = u32::try_from(seen.about).ok()?;
                self.ends.processes.get(&process).copied()
            }
        };
        self.numbers.get(path?).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::control::MOST_PAUSES;
    use super::super::event::{Event, EventKind};
    use super::super::log::Log;
    use crate::transcript::{Exit, Line, Stream, Transcript};

    const STARTED: u64 = 1_000_000;

    /// `at` is in milliseconds from the start.
    fn event(at: u64, actor: &str, process: u32, kind: EventKind) -> Event {
        Event {
            actor: actor.to_owned(),
            process,
            prints: 0,
            at: Duration::from_millis(STARTED + at),
            kind,
        }
    }

    fn tracks_of(events: Vec<Event>, lines: &[&str]) -> Transcript {
        let line = |text: &&str| Line {
            stream: Stream::Stdout,
            at: Duration::ZERO,
            writer: None,
            track: None,
            text: (*text).to_owned(),
        };
        let mut transcript = Transcript {
            wall: Duration::from_secs(1),
            ..Transcript::of(lines.iter().map(line).collect(), Exit::SUCCESS)
        };
        Log {
            events,
            ..Log::default()
        }
        .add_tracks(&mut transcript, Duration::from_millis(STARTED));
        transcript
    }

    fn writes(text: &str) -> EventKind {
        EventKind::Write(Stream::Stdout, text.as_bytes().to_owned())
    }

    #[test]
    fn the_last_of_several_starts_counts() {
        let program = || EventKind::Process("a".to_owned());
        let transcript = tracks_of(
            vec![
                event(1, "0", 7, program()),
                event(2, "0.0", 7, EventKind::Thread(8)),
                event(3, "0.0", 7, writes("from a thread\n")),
                event(5, "0", 9, program()),
                // The first process continues with another program.
                event(6, "0", 9, EventKind::Process("b".to_owned())),
                event(7, "0/0", 10, EventKind::Process("a".to_owned())),
                event(8, "0/0", 10, writes("from a child\n")),
                event(9, "0", 9, writes("from main\n")),
            ],
            &["from main", "from a child", "from nobody"],
        );
        let names = transcript.tracks.iter().map(|track| track.name.as_deref());
        assert_eq!(names.collect::<Vec<_>>(), [None, Some("a")]);
        let lines = transcript.lines.iter().map(|line| line.track);
        assert_eq!(lines.collect::<Vec<_>>(), [Some(0), Some(1), None]);
    }

    #[test]
    fn tracks_are_in_the_order_of_their_starts() {
        let starts = |path: &str| EventKind::StartsThread(path.to_owned());
        let transcript = tracks_of(
            vec![
                event(1, "0", 7, EventKind::Process("a".to_owned())),
                event(2, "0", 7, starts("0.0")),
                event(2, "0", 7, starts("0.1")),
                event(3, "0.1", 7, EventKind::Thread(9)),
                event(3, "0.1", 7, starts("0.1.0")),
                event(3, "0", 7, starts("0.2")),
                event(4, "0.2", 7, EventKind::Thread(12)),
                event(4, "0.2", 7, writes("third\n")),
                event(4, "0.1", 7, writes("second\n")),
                event(5, "0.1.0", 7, EventKind::Thread(10)),
                event(6, "0.0", 7, EventKind::Thread(8)),
                event(6, "0.0", 7, writes("first\n")),
            ],
            &["third", "second", "first"],
        );
        let tracks = transcript.tracks.iter();
        let tracks: Vec<_> = tracks
            .map(|track| (track.parent, track.start.as_millis()))
            .collect();
        let by = Some;
        assert_eq!(
            tracks,
            [(None, 1), (by(0), 6), (by(0), 3), (by(2), 5), (by(0), 4)]
        );
        let lines = transcript.lines.iter().map(|line| line.track);
        assert_eq!(lines.collect::<Vec<_>>(), [Some(4), Some(2), Some(1)]);
    }

    #[test]
    fn a_run_with_too_many_events_has_no_tracks() {
        let told = |pauses| {
            let mut events = vec![event(0, "0", 7, EventKind::Process("a".to_owned()))];
            events.extend((0..pauses).map(|at| event(at.into(), "0", 7, EventKind::Wakes(1))));
            !tracks_of(events, &[]).tracks.is_empty()
        };
        assert!(told(MOST_PAUSES - 1));
        assert!(!told(MOST_PAUSES));
    }
}
