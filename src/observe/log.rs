//! What the observer has seen of a run.

use std::collections::HashMap;
use std::time::Duration;

use crate::transcript::execution::{Execution, Held, Seen};
use crate::transcript::shape::Starts;
use crate::transcript::tracks::Why;
use crate::transcript::{Exit, Stream};

/// The events of a run, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The events.
    pub events: Vec<Event>,
}

/// Something that a thread did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The thread's path.
    pub actor: String,
    /// The id of its process.
    pub process: u32,
    /// How many times it had been about to print.
    pub prints: u32,
    /// When, by the system's monotonic clock.
    pub at: Duration,
    /// What it did.
    pub what: What,
}

/// What a thread did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A process started, or goes on with another program: this one. It is its first thread.
    Process(String),
    /// It started; its id.
    Thread(u32),
    /// It was about to start the thread with this path.
    StartsThread(String),
    /// The thread that it started with this number, from 0, has this handle.
    Handle(u64, u64),
    /// It has started the process with this path.
    StartsProcess(String),
    /// It was about to print this, or something that was not known yet.
    Print(Vec<u8>),
    /// It waited for what others bring, for the first time since it last printed.
    Wait,
    /// It wrote this.
    Write(Stream, Vec<u8>),
    /// It was held back.
    Held,
    /// It was let go.
    Released,
    /// It has this name from now on.
    Named(String),
    /// It stopped running, and waits for this, as far as that is known: the address of a lock, a thread's
    /// handle, a pipe's number.
    Pauses(Why, u64),
    /// It went on, and why it really did not run. For the end of a process this names the process.
    GoesOn(Why, u64),
    /// It was about to wake those who waited at this address.
    Wakes(u64),
    /// It was about to write to the pipe of this number.
    Feeds(u64),
    /// It, or with it its whole process, ended.
    Ends,
}

/// The bytes of `struct Head` in `preloaded/log.rs`.
const HEAD: usize = 24;

impl Log {
    /// Reads a log. What is cut off at its end, the program was killed while it wrote.
    pub fn read(bytes: &[u8]) -> Log {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some((event, length)) = event(rest) {
            events.extend(event);
            rest = &rest[length..];
        }
        Log { events }
    }

    /// The execution with this log. `is_held`: whether what was held back was a line; it counts
    /// only if it was really held.
    pub fn execution(&self, exit: Exit, held: Option<HeldBack<'_>>) -> Execution {
        let lines = self.lines();
        let threads = self.events.iter().filter_map(|event| match event.what {
            What::Thread(id) => Some(id),
            _ => None,
        });
        let processes = self.events.iter();
        let processes = processes.filter(|event| matches!(event.what, What::Process(_)));
        let count =
            |is: fn(&What) -> bool| self.events.iter().filter(|event| is(&event.what)).count();
        Execution {
            exit,
            pids: processes.map(|event| event.process).collect(),
            tids: threads.collect(),
            starts: Some(Starts {
                threads: count(|what| matches!(what, What::StartsThread(_))),
                processes: count(|what| matches!(what, What::StartsProcess(_))),
            }),
            held: held.and_then(|held| self.held(held, &lines)),
            lines: lines.into_iter().map(|line| line.seen).collect(),
        }
    }

    /// The threads and processes that were started, without the program's first.
    pub fn actors(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match &event.what {
            What::StartsThread(path) | What::StartsProcess(path) => Some(path.as_str()),
            _ => None,
        })
    }

    fn held(&self, held: HeldBack<'_>, lines: &[LoggedLine]) -> Option<Held> {
        let first = self.events.iter().find(|event| event.what == What::Held)?;
        match held {
            HeldBack::Start(actor) => {
                // Where it was not let go, the program did not wait for it, and has ended.
                let mut events = self.events.iter();
                let release = events.position(|event| event.what == What::Released)?;
                let came = lines.iter().filter(|line| line.event < release).count();
                Some(Held::Start(actor.to_owned(), came))
            }
            HeldBack::Line => {
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
            let (stream, bytes) = match &event.what {
                What::Print(text) => {
                    texts.insert(&event.actor, text);
                    continue;
                }
                What::Wait => {
                    *waits.entry(&event.actor).or_default() += 1;
                    continue;
                }
                What::Write(stream, bytes) => (*stream, bytes),
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
            line.seen.text = String::from_utf8_lossy(bytes).into_owned();
        }
        lines
    }
}

/// What was to be held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack<'a> {
    /// A line.
    Line,
    /// The start of the actor with this path.
    Start(&'a str),
}

/// A line that was seen.
pub(super) struct LoggedLine {
    /// The number of the event with its first byte.
    event: usize,
    /// The thread that wrote that.
    pub(super) actor: String,
    bytes: Vec<u8>,
    /// What a recording has of it.
    pub(super) seen: Seen,
}

/// The first event of some bytes, and how many of them it has; `None`: there is no whole one. An event of a
/// kind that nobody knows is passed over.
fn event(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let number = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let length = number(0)? as usize;
    let path = usize::from(u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?));
    let text = bytes.get(HEAD + path..length)?;
    let stream = match bytes.get(7)? {
        1 => Stream::Stdout,
        _ => Stream::Stderr,
    };
    // In the order of `preloaded/pauses.rs`.
    let why = Why::ALL.get(usize::from(*bytes.get(7)?)).copied();
    let at = u64::from_ne_bytes(bytes.get(16..HEAD)?.try_into().ok()?);
    let what = match bytes.get(6)? {
        b'C' => Some(What::Process(words(text))),
        b'T' => text
            .try_into()
            .ok()
            .map(|id| What::Thread(u32::from_ne_bytes(id))),
        b'N' => Some(What::StartsThread(words(text))),
        b'K' => long(text, 1).and_then(|number| Some(What::Handle(long(text, 0)?, number))),
        b'F' => Some(What::StartsProcess(format!(
            "{}/{}",
            words(bytes.get(HEAD..HEAD + path)?),
            words(text)
        ))),
        b'P' => Some(What::Print(text.to_owned())),
        b'W' => Some(What::Write(stream, text.to_owned())),
        b'V' => Some(What::Wait),
        b'H' => Some(What::Held),
        b'R' => Some(What::Released),
        b'M' => Some(What::Named(words(text))),
        b'B' => why.and_then(|why| Some(What::Pauses(why, long(text, 0)?))),
        b'E' => why.and_then(|why| Some(What::GoesOn(why, long(text, 0)?))),
        b'U' => long(text, 0).map(What::Wakes),
        b'Y' => long(text, 0).map(What::Feeds),
        b'X' => Some(What::Ends),
        _ => None,
    };
    let event = what.map(|what| {
        Some(Event {
            actor: words(bytes.get(HEAD..HEAD + path)?),
            process: number(8)?,
            prints: number(12)?,
            at: Duration::from_nanos(at),
            what,
        })
    });
    Some((event.flatten(), length))
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The number at this place among others.
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
    use super::process_of;

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
