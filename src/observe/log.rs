//! The log of a run: the records of the observer, read as events.

use std::collections::HashMap;
use std::time::Duration;

use super::control::Hold;
use super::layout::{RecordHead, kind, stream, why};
use crate::transcript::execution::{Execution, Held, Seen};
use crate::transcript::folders::Folders;
use crate::transcript::shape::Starts;
use crate::transcript::tracks::Why;
use crate::transcript::{Exit, Stream};

/// The events of a run, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The events.
    pub events: Vec<Event>,
    /// The folders of this machine, whose names the lines do not contain.
    pub folders: Folders,
}

/// An action of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The thread's path.
    pub actor: String,
    /// The id of its process.
    pub process: u32,
    /// The number of its begun prints.
    pub prints: u32,
    /// The time, by the system's monotonic clock.
    pub at: Duration,
    /// The kind, with its data.
    pub kind: EventKind,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A process started, or continued with another program, with this name. The thread is its first.
    Process(String),
    /// The thread started, and has this id.
    Thread(u32),
    /// The thread was about to start the thread with this path.
    StartsThread(String),
    /// This handle belongs to the thread that this one started with this number, from 0.
    Handle(u64, u64),
    /// The thread has started the process with this path.
    StartsProcess(String),
    /// The thread was about to print this text, which is empty if it was not known yet.
    Print(Vec<u8>),
    /// The thread waited for others, for the first time since it last printed.
    Wait,
    /// The thread wrote this.
    Write(Stream, Vec<u8>),
    /// The thread was held.
    Held,
    /// The thread was released.
    Released,
    /// The thread has this name from now on.
    Named(String),
    /// The thread stopped running. The number, if known, is the awaited lock's address, thread's
    /// handle or pipe's number.
    Pauses(Why, u64),
    /// The thread continued after a pause with this reason. For the end of a process, the number is its id.
    GoesOn(Why, u64),
    /// The thread was about to wake the threads that waited at this address.
    Wakes(u64),
    /// The thread was about to write to the pipe with this number.
    Feeds(u64),
    /// The thread, or with it its whole process, ended.
    Ends,
}

impl Log {
    /// Reads a log. A truncated record, which a killed program leaves, is skipped.
    pub fn read(bytes: &[u8], folders: &Folders) -> Log {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some((event, length)) = event(rest) {
            events.extend(event);
            rest = &rest[length..];
        }
        Log {
            events,
            folders: folders.clone(),
        }
    }

    /// The execution with this log. `hold` is the requested hold, which counts only if a thread was
    /// held.
    pub fn execution(&self, exit: Exit, hold: Option<&Hold>) -> Execution {
        let lines = self.lines();
        let threads = self.events.iter().filter_map(|event| match event.kind {
            EventKind::Thread(id) => Some(id),
            _ => None,
        });
        let processes = self.events.iter();
        let processes = processes.filter(|event| matches!(event.kind, EventKind::Process(_)));
        let count =
            |is: fn(&EventKind) -> bool| self.events.iter().filter(|event| is(&event.kind)).count();
        Execution {
            exit,
            pids: processes.map(|event| event.process).collect(),
            tids: threads.collect(),
            starts: Some(Starts {
                threads: count(|kind| matches!(kind, EventKind::StartsThread(_))),
                processes: count(|kind| matches!(kind, EventKind::StartsProcess(_))),
            }),
            held: hold.and_then(|hold| self.held(hold, &lines)),
            lines: lines.into_iter().map(|line| line.seen).collect(),
        }
    }

    /// The started threads and processes, without the program's first.
    pub fn actors(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::StartsThread(path) | EventKind::StartsProcess(path) => Some(path.as_str()),
            _ => None,
        })
    }

    fn held(&self, hold: &Hold, lines: &[LoggedLine]) -> Option<Held> {
        let first = self
            .events
            .iter()
            .find(|event| event.kind == EventKind::Held)?;
        match hold {
            Hold::Start(actor) => {
                // If the thread was not released, the program ended without it.
                let mut events = self.events.iter();
                let release = events.position(|event| event.kind == EventKind::Released)?;
                let came = lines.iter().filter(|line| line.event < release).count();
                Some(Held::Start(actor.clone(), came))
            }
            Hold::Prints(..) | Hold::Print(..) => {
                let printed_by = Some((first.actor.clone(), first.prints));
                let line = lines
                    .iter()
                    .position(|line| line.seen.printed_by == printed_by)?;
                Some(Held::Line(line))
            }
        }
    }

    /// The lines, in the order in which their first bytes were written.
    pub(super) fn lines(&self) -> Vec<LoggedLine> {
        let mut begun: HashMap<(u32, Stream), LoggedLine> = HashMap::new();
        let mut texts: HashMap<&str, &[u8]> = HashMap::new();
        let mut waits: HashMap<&str, u32> = HashMap::new();
        let mut lines = Vec::new();
        for (number, event) in self.events.iter().enumerate() {
            let (stream, bytes) = match &event.kind {
                EventKind::Print(text) => {
                    texts.insert(&event.actor, text);
                    continue;
                }
                EventKind::Wait => {
                    *waits.entry(&event.actor).or_default() += 1;
                    continue;
                }
                EventKind::Write(stream, bytes) => (*stream, bytes),
                _ => continue,
            };
            let print = event.prints.checked_sub(1);
            for part in bytes.split_inclusive(|&byte| byte == b'\n') {
                let key = (event.process, stream);
                let line = begun.entry(key).or_insert_with(|| LoggedLine {
                    event: number,
                    actor: event.actor.clone(),
                    bytes: Vec::new(),
                    seen: Seen {
                        stream,
                        text: String::new(),
                        printed_by: print.map(|print| (event.actor.clone(), print)),
                        waits: waits.get(event.actor.as_str()).copied().unwrap_or(0),
                        whole: false,
                    },
                });
                line.bytes.extend_from_slice(part);
                if part.ends_with(b"\n") {
                    let text = texts.get(event.actor.as_str());
                    line.seen.whole = text.is_some_and(|text| **text == *line.bytes);
                    lines.extend(begun.remove(&key));
                }
            }
        }
        lines.extend(begun.into_values());
        lines.sort_by_key(|line| line.event);
        for line in &mut lines {
            let bytes = line.bytes.strip_suffix(b"\n").unwrap_or(&line.bytes);
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            let text = String::from_utf8_lossy(bytes);
            let shown = self.folders.show(&text);
            // A print whose text is shown differently cannot be found by the shown text.
            line.seen.whole &= shown == text;
            line.seen.text = shown.into_owned();
        }
        lines
    }
}

/// A written line.
pub(super) struct LoggedLine {
    /// The number of the event with its first byte.
    event: usize,
    /// The path of the thread that wrote that byte.
    pub(super) actor: String,
    bytes: Vec<u8>,
    /// The line in the form of an execution.
    pub(super) seen: Seen,
}

/// The event of the first record of these bytes, and the length of that record; `None` if it is truncated.
/// A record of an unknown kind has no event.
fn event(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let head = RecordHead::read(bytes)?;
    let record = bytes.get(..head.length as usize)?;
    let (path, text) = record
        .get(size_of::<RecordHead>()..)?
        .split_at_checked(head.path.into())?;
    let actor = words(path);
    let event = kind_of(head, &actor, text).map(|kind| Event {
        actor,
        process: head.process,
        prints: head.prints,
        at: Duration::from_nanos(head.at),
        kind,
    });
    Some((event, record.len()))
}

/// The kind of an event; `None` if it is unknown or its text is malformed.
fn kind_of(head: RecordHead, actor: &str, text: &[u8]) -> Option<EventKind> {
    let number = || long(text, 0);
    Some(match head.kind {
        kind::PROCESS => EventKind::Process(words(text)),
        kind::THREAD => EventKind::Thread(u32::from_ne_bytes(text.try_into().ok()?)),
        kind::STARTS_THREAD => EventKind::StartsThread(words(text)),
        kind::HANDLE => EventKind::Handle(number()?, long(text, 1)?),
        kind::STARTS_PROCESS => EventKind::StartsProcess(format!("{actor}/{}", words(text))),
        kind::PRINT => EventKind::Print(text.to_owned()),
        kind::WRITE => EventKind::Write(stream_of(head.detail), text.to_owned()),
        kind::WAIT => EventKind::Wait,
        kind::HELD => EventKind::Held,
        kind::RELEASED => EventKind::Released,
        kind::NAMED => EventKind::Named(words(text)),
        kind::PAUSES => EventKind::Pauses(why_of(head.detail)?, number()?),
        kind::GOES_ON => EventKind::GoesOn(why_of(head.detail)?, number()?),
        kind::WAKES => EventKind::Wakes(number()?),
        kind::FEEDS => EventKind::Feeds(number()?),
        kind::ENDS => EventKind::Ends,
        _ => return None,
    })
}

fn stream_of(detail: u8) -> Stream {
    match detail {
        stream::STDOUT => Stream::Stdout,
        _ => Stream::Stderr,
    }
}

fn why_of(detail: u8) -> Option<Why> {
    Some(match detail {
        why::SLEEP => Why::Sleep,
        why::LOCK => Why::Lock,
        why::THREAD => Why::Thread,
        why::CHILD => Why::Child,
        why::INPUT => Why::Input,
        _ => return None,
    })
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The number at this index of an array of numbers.
fn long(bytes: &[u8], place: usize) -> Option<u64> {
    let bytes = bytes.get(place * 8..place * 8 + 8)?;
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

/// The path of an actor's process: `0/1` of `0/1.2.0`.
pub(super) fn process_of(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let end = path[name..].find('.').map_or(path.len(), |at| name + at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::layout::{RecordHead, kind, stream};
    use super::{Event, EventKind, Log, process_of};
    use crate::transcript::Stream;
    use crate::transcript::folders::Folders;

    /// A record in the observer's format.
    fn record(kind: u8, detail: u8, text: &[u8]) -> Vec<u8> {
        let path = b"0.1";
        let head = RecordHead {
            length: (size_of::<RecordHead>() + path.len() + text.len()) as u32,
            path: path.len() as u16,
            kind,
            detail,
            process: 7,
            prints: 2,
            at: 5_000_000_001,
        };
        [&head.to_bytes(), path.as_slice(), text].concat()
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let numbers = [1_u64.to_ne_bytes(), 2_u64.to_ne_bytes()].concat();
        let records = [
            record(kind::WRITE, stream::STDERR, b"a\nb"),
            // An unknown kind, and a number that is too short.
            record(b'?', 0, b"..."),
            record(kind::WAKES, 0, b"1"),
            record(kind::HANDLE, 0, &numbers),
            record(kind::STARTS_PROCESS, 0, b"12"),
        ];
        let event = |kind| Event {
            actor: "0.1".to_owned(),
            process: 7,
            prints: 2,
            at: Duration::new(5, 1),
            kind,
        };
        let written = EventKind::Write(Stream::Stderr, b"a\nb".to_vec());
        let mut expected = vec![
            event(written),
            event(EventKind::Handle(1, 2)),
            event(EventKind::StartsProcess("0.1/12".to_owned())),
        ];
        let log = records.concat();
        assert_eq!(Log::read(&log, &Folders::default()).events, expected);
        // The last record is truncated, as by a killed program.
        expected.pop();
        assert_eq!(
            Log::read(&log[..log.len() - 1], &Folders::default()).events,
            expected
        );
    }

    #[test]
    fn a_log_of_any_bytes_is_read() {
        let mut head = record(kind::PRINT, 0, b"text");
        for (length, path) in [(0_u32, 3_u16), (23, 0), (24, 1), (31, 900), (u32::MAX, 0)] {
            head[..4].copy_from_slice(&length.to_ne_bytes());
            head[4..6].copy_from_slice(&path.to_ne_bytes());
            assert_eq!(
                Log::read(&head, &Folders::default()).events,
                [],
                "{length} {path}"
            );
        }
    }

    #[test]
    fn paths_name_processes() {
        for (path, process) in [
            ("0", "0"),
            ("0.1.2", "0"),
            ("0.1/0", "0.1/0"),
            ("0.1/0.3", "0.1/0"),
            ("0/2/1.0", "0/2/1"),
        ] {
            assert_eq!(process_of(path), process, "{path}");
        }
    }
}
