//! The threads and processes of an execution, and the events between them, as its log tells them.

use std::collections::HashMap;
use std::time::Duration;

use super::control::MOST_PAUSES;
use super::event::{Event, EventKind, FIRST};
use crate::transcript::tracks::{TrackKind, Why};

/// The highest number of tracks; a run with more gets none.
const MOST_TRACKS: usize = 1000;

/// All threads and processes, and the events between them.
pub(super) struct All<'a> {
    /// In the order in which they were started.
    pub(super) actors: Vec<Actor<'a>>,
    /// The numbers of the events with which threads were started, by their paths.
    begun: HashMap<&'a str, usize>,
    /// The actors' numbers, by their paths.
    pub(super) numbers: HashMap<&'a str, usize>,
    pub(super) ends: Ends<'a>,
}

/// A thread, or the first thread of a process.
pub(super) struct Actor<'a> {
    pub(super) path: &'a str,
    /// The number of the event with which it was started.
    started: usize,
    pub(super) kind: TrackKind,
    pub(super) name: Option<&'a str>,
    pub(super) start: Duration,
    /// The time of its last event.
    pub(super) seen: Duration,
    /// The time of its end, if that was logged.
    pub(super) end: Option<Duration>,
    pub(super) pauses: Vec<Seen<'a>>,
    /// The pause that has begun, but not ended.
    pub(super) begun: Option<Seen<'a>>,
}

impl Actor<'_> {
    /// Ends the current pause, if any. The awaited child process is known only at the end of its pause.
    fn end_pause(&mut self, why: Why, about: u64, to: Duration) {
        if let Some(begun) = self.begun.take() {
            let about = match why {
                Why::Child => about,
                _ => begun.about,
            };
            self.pauses.push(Seen {
                why,
                about,
                to,
                ..begun
            });
        }
    }
}

/// A logged pause.
pub(super) struct Seen<'a> {
    pub(super) process: u32,
    pub(super) why: Why,
    /// The functions that the thread was in, by their addresses.
    pub(super) functions: &'a [u64],
    /// The awaited lock, thread, pipe or process, as a number.
    pub(super) about: u64,
    pub(super) from: Duration,
    pub(super) to: Duration,
}

impl<'a> Seen<'a> {
    fn begun(process: u32, (why, about): (Why, u64), functions: &'a [u64], at: Duration) -> Self {
        Seen {
            process,
            why,
            functions,
            about,
            from: at,
            to: at,
        }
    }
}

/// The events that end pauses, in the order of time, each with its time and the path of its thread.
#[derive(Default)]
pub(super) struct Ends<'a> {
    /// By a lock's process and address.
    pub(super) wakes: HashMap<(u32, u64), Vec<(Duration, &'a str)>>,
    /// By the number of a pipe.
    pub(super) feeds: HashMap<u64, Vec<(Duration, &'a str)>>,
    /// The path of the thread that gets a handle, by process and handle.
    pub(super) handles: HashMap<(u32, u64), Vec<(Duration, String)>>,
    /// The path of the process with an id.
    pub(super) processes: HashMap<u32, &'a str>,
}

impl<'a> All<'a> {
    /// Reads the tracks from events; `None` if the program's first thread is missing or there are too many tracks.
    pub(super) fn of(events: &'a [Event]) -> Option<All<'a>> {
        let mut all = All {
            actors: Vec::new(),
            begun: HashMap::new(),
            numbers: HashMap::new(),
            ends: Ends::default(),
        };
        let mut count = 0;
        for (number, event) in events.iter().enumerate() {
            if let EventKind::StartsThread(path) = &event.kind {
                all.begun.entry(path).or_insert(number);
            }
            all.take(event, number);
            let is_counted = matches!(
                event.kind,
                EventKind::Pauses(..) | EventKind::Wakes(_) | EventKind::Feeds(_)
            );
            count += u32::from(is_counted);
        }
        all.sort();
        let is_whole = all.actors.first().is_some_and(|first| first.path == FIRST);
        (is_whole && count < MOST_PAUSES && all.actors.len() <= MOST_TRACKS).then_some(all)
    }

    /// Sorts the actors by the order in which they were started; the system may let a later one run first.
    fn sort(&mut self) {
        self.actors.sort_by_key(|actor| actor.started);
        let numbers = self.actors.iter().zip(0..);
        self.numbers = numbers
            .map(|(actor, number)| (actor.path, number))
            .collect();
    }

    fn take(&mut self, event: &'a Event, event_number: usize) {
        let Event {
            actor: path,
            process,
            at,
            kind,
            ..
        } = event;
        let number = match kind {
            EventKind::Process(_) => self.add(path, TrackKind::Process, *at, event_number),
            EventKind::Thread(_) => self.add(path, TrackKind::Thread, *at, event_number),
            _ => match self.numbers.get(path.as_str()) {
                Some(number) => *number,
                None => return,
            },
        };
        let ends = &mut self.ends;
        let actor = &mut self.actors[number];
        actor.seen = *at;
        match kind {
            EventKind::Process(program) => {
                actor.name = Some(program);
                ends.processes.insert(*process, path);
            }
            EventKind::Named(name) => actor.name = Some(name),
            EventKind::Handle(handle, thread) => {
                let handles = ends.handles.entry((*process, *handle)).or_default();
                handles.push((*at, format!("{path}.{thread}")));
            }
            EventKind::Wakes(lock) => {
                let wakes = ends.wakes.entry((*process, *lock)).or_default();
                wakes.push((*at, path));
            }
            EventKind::Feeds(pipe) => ends.feeds.entry(*pipe).or_default().push((*at, path)),
            EventKind::Pauses(why, about, functions) => {
                let about = (*why, *about);
                actor.begun = Some(Seen::begun(*process, about, functions, *at));
            }
            EventKind::GoesOn(why, about) => actor.end_pause(*why, *about, *at),
            EventKind::Ends => actor.end = Some(*at),
            _ => {}
        }
    }

    fn add(&mut self, path: &'a str, kind: TrackKind, start: Duration, event: usize) -> usize {
        let next = self.actors.len();
        let started = self.begun.get(path).copied().unwrap_or(event);
        let number = *self.numbers.entry(path).or_insert(next);
        if number == next {
            self.actors.push(Actor {
                path,
                started,
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
}
