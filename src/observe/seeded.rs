//! A seeded execution, from its log: what happened at which virtual time, in order.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::calls::Calls;
use super::event::{Event, EventKind, Point};
use super::log::Log;
use crate::exec::seeded::START;
use crate::transcript::tracks::Why;
use crate::transcript::{Line, Stream};

/// A scheduling point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedPoint {
    /// The number of lines that began before it.
    pub lines: usize,
    /// The virtual time since the start.
    pub at: Duration,
    /// The thread, by its path.
    pub actor: String,
    /// The reason.
    pub point: Point,
    /// The reason of the pause that has begun, if any.
    pub why: Option<Why>,
}

/// The waits at a moment of an execution.
struct Waits<'a> {
    calls: Calls<'a>,
    /// The reasons of those that have begun, but not ended, by the paths of their threads.
    begun: HashMap<&'a str, Why>,
}

impl<'a> Waits<'a> {
    /// The begin of an execution.
    fn of(log: &'a Log) -> Waits<'a> {
        Waits {
            calls: Calls::of(&log.code),
            begun: HashMap::new(),
        }
    }

    fn take(&mut self, event: &'a Event) {
        match &event.kind {
            EventKind::Pauses(why, _, functions) => {
                let why = self.calls.reason(event.process, *why, functions);
                self.begun.insert(&event.actor, why);
            }
            EventKind::GoesOn(..) => {
                self.begun.remove(&*event.actor);
            }
            _ => {}
        }
    }
}

impl Log {
    /// Puts the lines of a seeded execution into the order of the log, and gives them their virtual times. A line that the
    /// log does not have stays at its place with its real time.
    pub fn retime(&self, lines: &mut Vec<Line>) {
        let mut logged: HashMap<(Stream, String), VecDeque<(usize, Duration)>> = HashMap::new();
        for (number, line) in self.lines().into_iter().enumerate() {
            let at = self.events[line.event].at.saturating_sub(START);
            let key = (line.seen.stream, line.seen.text);
            logged.entry(key).or_default().push_back((number, at));
        }
        let mut order = Vec::new();
        for (place, line) in lines.drain(..).enumerate() {
            let of_it = logged.get_mut(&(line.stream, line.text.clone()));
            let (number, at) = of_it
                .and_then(VecDeque::pop_front)
                .unwrap_or((place, line.at));
            order.push((number, Line { at, ..line }));
        }
        order.sort_by_key(|(number, _)| *number);
        lines.extend(order.into_iter().map(|(_, line)| line));
    }

    /// The scheduling points, in order.
    pub fn points(&self) -> Vec<TracedPoint> {
        let begun: Vec<usize> = self.lines().iter().map(|line| line.event).collect();
        let mut waits = Waits::of(self);
        let mut points = Vec::new();
        for (number, event) in self.events.iter().enumerate() {
            waits.take(event);
            if let EventKind::Point(point) = event.kind {
                points.push(TracedPoint {
                    lines: begun.partition_point(|&line| line < number),
                    at: event.at.saturating_sub(START),
                    actor: event.actor.clone(),
                    point,
                    why: waits.begun.get(&*event.actor).copied(),
                });
            }
        }
        points
    }

    /// The reasons of the waits that have not ended, by the paths of their threads.
    pub fn unended_waits(&self) -> HashMap<String, Why> {
        let mut waits = Waits::of(self);
        for event in &self.events {
            waits.take(event);
        }
        let begun = waits.begun.into_iter();
        begun.map(|(path, why)| (path.to_owned(), why)).collect()
    }

    /// The paths of the threads, by their ids.
    pub fn threads(&self) -> HashMap<u32, &str> {
        let threads = self.events.iter().filter_map(|event| match event.kind {
            EventKind::Thread(id) | EventKind::ForeignThread(id) => {
                Some((id, event.actor.as_str()))
            }
            EventKind::Process(_) | EventKind::ForeignProcess => {
                Some((event.process, event.actor.as_str()))
            }
            _ => None,
        });
        threads.collect()
    }
}
