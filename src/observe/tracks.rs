//! What the observer has seen of a run that was not disturbed → its tracks.

use std::collections::HashMap;
use std::time::Duration;

use super::control::MOST_PAUSES;
use super::log::{Event, Log, What, process_of};
use crate::transcript::Transcript;
use crate::transcript::tracks::{Pause, Track, TrackKind, Why, visible};

/// More tracks than this are not kept.
const MOST_TRACKS: usize = 1000;

impl Log {
    /// Puts into the transcript of an observed run who took part in it. Nothing, where there was too much to
    /// tell. `start`: when the program was started, by the monotonic clock.
    pub fn add_tracks(&self, transcript: &mut Transcript, start: Duration) {
        let log = self.last_start();
        let Some(all) = All::of(&log.events) else {
            return;
        };
        transcript.tracks = all.tracks(start, transcript.wall);
        let mut printed: HashMap<_, Vec<u32>> = HashMap::new();
        for line in log.lines().into_iter().rev() {
            if let Some(&track) = all.numbers.get(&*line.actor) {
                let key = (line.seen.stream, line.seen.text);
                printed.entry(key).or_default().push(track as u32);
            }
        }
        for line in &mut transcript.lines {
            // The first of them that prints such a line stands last.
            let those = printed.get_mut(&(line.stream, line.text.clone()));
            line.track = those.and_then(Vec::pop);
        }
    }

    /// What belongs to the last of several starts of the program, in the order of time.
    fn last_start(&self) -> Log {
        let mut from = 0;
        let mut process = None;
        for (at, event) in self.events.iter().enumerate() {
            let is_first = event.actor == FIRST && matches!(event.what, What::Process(_));
            if is_first && process.replace(event.process) != Some(event.process) {
                from = at;
            }
        }
        let mut events = self.events[from..].to_vec();
        events.sort_by_key(|event| event.at);
        Log { events }
    }
}

/// The path of the program's first thread.
const FIRST: &str = "0";

/// Everything that was seen of all who took part.
struct All<'a> {
    actors: Vec<Actor<'a>>,
    /// The actors' numbers, by their paths.
    numbers: HashMap<&'a str, usize>,
    ends: Ends<'a>,
}

/// Someone who took part.
struct Actor<'a> {
    path: &'a str,
    kind: TrackKind,
    name: Option<&'a str>,
    start: Duration,
    /// When it was last seen.
    seen: Duration,
    /// When it told of its end.
    end: Option<Duration>,
    pauses: Vec<Seen>,
    /// The pause that it has begun.
    begun: Option<Seen>,
}

/// A pause, as it was told.
struct Seen {
    process: u32,
    why: Why,
    /// What it waited for, or, at the end of a process, for which.
    about: u64,
    from: Duration,
    to: Duration,
}

/// What ends pauses: when, and the path of the one who did it. In the order of time.
#[derive(Default)]
struct Ends<'a> {
    /// By a lock's process and address.
    wakes: HashMap<(u32, u64), Vec<(Duration, &'a str)>>,
    /// By the number of a pipe.
    feeds: HashMap<u64, Vec<(Duration, &'a str)>>,
    /// The path of the thread that has a handle from then on, by that and the process.
    handles: HashMap<(u32, u64), Vec<(Duration, String)>>,
    /// The path of the process with an id.
    processes: HashMap<u32, &'a str>,
}

impl<'a> All<'a> {
    /// `None`: nothing is known of the program's first thread, or there is too much.
    fn of(events: &'a [Event]) -> Option<All<'a>> {
        let mut all = All {
            actors: Vec::new(),
            numbers: HashMap::new(),
            ends: Ends::default(),
        };
        let mut told = 0;
        for event in events {
            all.take(event);
            let is_told = matches!(
                event.what,
                What::Pauses(..) | What::Wakes(_) | What::Feeds(_)
            );
            told += u32::from(is_told);
        }
        let is_whole = all.actors.first().is_some_and(|first| first.path == FIRST);
        (is_whole && told < MOST_PAUSES && all.actors.len() <= MOST_TRACKS).then_some(all)
    }

    fn take(&mut self, event: &'a Event) {
        let Event {
            actor: path,
            process,
            at,
            what,
            ..
        } = event;
        let number = match what {
            What::Process(_) => self.add(path, TrackKind::Process, *at),
            What::Thread(_) => self.add(path, TrackKind::Thread, *at),
            _ => match self.numbers.get(path.as_str()) {
                Some(number) => *number,
                None => return,
            },
        };
        let ends = &mut self.ends;
        let actor = &mut self.actors[number];
        actor.seen = *at;
        match what {
            What::Process(program) => {
                actor.name = Some(program);
                ends.processes.insert(*process, path);
            }
            What::Named(name) => actor.name = Some(name),
            What::Handle(handle, thread) => {
                let handles = ends.handles.entry((*process, *handle)).or_default();
                handles.push((*at, format!("{path}.{thread}")));
            }
            What::Wakes(lock) => {
                let wakes = ends.wakes.entry((*process, *lock)).or_default();
                wakes.push((*at, path));
            }
            What::Feeds(pipe) => ends.feeds.entry(*pipe).or_default().push((*at, path)),
            What::Pauses(why, about) => {
                actor.begun = Some(Seen {
                    process: *process,
                    why: *why,
                    about: *about,
                    from: *at,
                    to: *at,
                });
            }
            What::GoesOn(why, about) => {
                if let Some(begun) = actor.begun.take() {
                    let about = match why {
                        Why::Child => *about,
                        _ => begun.about,
                    };
                    actor.pauses.push(Seen {
                        why: *why,
                        about,
                        to: *at,
                        ..begun
                    });
                }
            }
            What::Ends => actor.end = Some(*at),
            What::Thread(_)
            | What::StartsThread(_)
            | What::StartsProcess(_)
            | What::Print(_)
            | What::Wait
            | What::Write(..)
            | What::Held
            | What::Released => {}
        }
    }

    fn add(&mut self, path: &'a str, kind: TrackKind, start: Duration) -> usize {
        let next = self.actors.len();
        let number = *self.numbers.entry(path).or_insert(next);
        if number == next {
            self.actors.push(Actor {
                path,
                kind,
                name: None,
                start,
                seen: start,
                end: None,
                pauses: Vec::new(),
                begun: None,
            });
        }
        number
    }

    fn tracks(&self, start: Duration, wall: Duration) -> Vec<Track> {
        let own_program = self.actors[0].name;
        let since = |at: Duration| at.saturating_sub(start).min(wall);
        let mut tracks = Vec::new();
        for (number, actor) in self.actors.iter().enumerate() {
            let from = since(actor.start);
            let end = match number {
                0 => wall,
                _ => self.end(actor).map_or(wall, since).max(from),
            };
            // What a process is called by tells nothing where it is the program itself.
            let is_own = actor.kind == TrackKind::Process && actor.name == own_program;
            let pauses = actor.pauses.iter().chain(&actor.begun);
            let pauses = pauses.map(|seen| Pause {
                why: seen.why,
                from: since(seen.from).clamp(from, end),
                to: match seen.to == seen.from {
                    // It has not gone on.
                    true => end,
                    false => since(seen.to).clamp(from, end),
                },
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

    /// The number of the one that started this one, or of the nearest above that was seen.
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

    /// When one other than the first ended; `None`: with the program.
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

    /// When someone had waited for the end of a process.
    fn waited_for(&self, path: &str) -> Option<Duration> {
        let is_it = |pid: u64| {
            let process = u32::try_from(pid).ok();
            process.and_then(|pid| self.ends.processes.get(&pid)) == Some(&path)
        };
        let pauses = self.actors.iter().flat_map(|actor| &actor.pauses);
        let mut waits = pauses.filter(|seen| seen.why == Why::Child && is_it(seen.about));
        waits.next().map(|seen| seen.to)
    }

    /// The number of the one that brought what was waited for.
    fn ended_by(&self, actor: &Actor<'_>, seen: &Seen) -> Option<usize> {
        let during = |those: &[(Duration, &'a str)]| {
            let until = &those[..those.partition_point(|(at, _)| *at <= seen.to)];
            let from = until.iter().rev().take_while(|(at, _)| *at >= seen.from);
            from.map(|(_, path)| *path).find(|path| *path != actor.path)
        };
        let path = match seen.why {
            Why::Sleep => None,
            Why::Lock => {
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
    use super::super::log::{Event, Log, What};
    use crate::transcript::{Exit, Line, Stream, Transcript};

    const STARTED: u64 = 1_000_000;

    /// `at`: in milliseconds from the start.
    fn event(at: u64, actor: &str, process: u32, what: What) -> Event {
        Event {
            actor: actor.to_owned(),
            process,
            prints: 0,
            at: Duration::from_millis(STARTED + at),
            what,
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
        Log { events }.add_tracks(&mut transcript, Duration::from_millis(STARTED));
        transcript
    }

    fn writes(text: &str) -> What {
        What::Write(Stream::Stdout, text.as_bytes().to_owned())
    }

    #[test]
    fn of_a_program_that_was_started_again_the_last_time_counts() {
        let program = || What::Process("a".to_owned());
        let transcript = tracks_of(
            vec![
                event(1, "0", 7, program()),
                event(2, "0.0", 7, What::Thread(8)),
                event(3, "0.0", 7, writes("from a thread\n")),
                event(5, "0", 9, program()),
                // It goes on with another program.
                event(6, "0", 9, What::Process("b".to_owned())),
                event(7, "0/0", 10, What::Process("a".to_owned())),
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
    fn where_there_is_too_much_to_tell_nothing_is_told() {
        let told = |pauses| {
            let mut events = vec![event(0, "0", 7, What::Process("a".to_owned()))];
            events.extend((0..pauses).map(|at| event(at.into(), "0", 7, What::Wakes(1))));
            !tracks_of(events, &[]).tracks.is_empty()
        };
        assert!(told(MOST_PAUSES - 1));
        assert!(!told(MOST_PAUSES));
    }
}
