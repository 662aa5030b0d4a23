//! The log of a run: the records of the observer, read as events.

use std::collections::{HashMap, HashSet};

use super::calls::Code;
use super::control::Hold;
use super::event::{Event, EventKind, FIRST, process_of};
use super::foreign::without_foreign_insides;
use super::record::event;
use crate::transcript::execution::{Execution, Held, Seen};
use crate::transcript::folders::Folders;
use crate::transcript::shape::Starts;
use crate::transcript::{Exit, Stream};

/// The events of a run, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The events.
    pub events: Vec<Event>,
    /// The folders of this machine, whose names the lines do not contain.
    pub folders: Folders,
    /// The code of each process, by its id.
    pub(super) code: HashMap<u32, Code>,
}

impl Log {
    /// Reads a log. A truncated record, which a killed program leaves, is skipped. The threads and processes inside a
    /// foreign executable are taken for one process.
    pub fn read(bytes: &[u8], folders: &Folders) -> Log {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some((event, length)) = event(rest) {
            events.extend(event);
            rest = &rest[length..];
        }
        let mut code: HashMap<u32, Code> = HashMap::new();
        for event in &events {
            code.entry(event.process).or_default().take(event);
        }
        Log {
            code,
            events: without_foreign_insides(events, folders),
            folders: folders.clone(),
        }
    }

    /// The execution with this log. `hold` is the requested hold, which counts only if a thread was
    /// held.
    pub fn execution(&self, exit: Exit, hold: Option<&Hold>) -> Execution {
        let lines = self.lines();
        // A program that asks the kernel directly sees its ids.
        let (mut pids, mut tids) = (HashSet::new(), HashSet::new());
        for event in &self.events {
            let (id, is_first) = match event.kind {
                EventKind::Process(_) | EventKind::ForeignProcess => (event.process, true),
                EventKind::Thread(id) | EventKind::ForeignThread(id) => (id, false),
                EventKind::KernelId(id) => (id, process_of(&event.actor) == event.actor),
                _ => continue,
            };
            // The first thread of a process has its id.
            tids.insert(id);
            if is_first {
                pids.insert(id);
            }
        }
        Execution {
            exit,
            pids,
            tids,
            starts: Some(self.starts()),
            held: hold.and_then(|hold| self.held(hold, &lines)),
            seed: None,
            lines: lines.into_iter().map(|line| line.seen).collect(),
        }
    }

    /// The numbers of threads and processes that the program's own executables started, and of processes whose ends they
    /// waited for.
    pub fn starts(&self) -> Starts {
        let count =
            |is: fn(&EventKind) -> bool| self.events.iter().filter(|event| is(&event.kind)).count();
        Starts {
            threads: count(|kind| matches!(kind, EventKind::StartsThread(_))),
            processes: count(|kind| matches!(kind, EventKind::StartsProcess(_))),
            reaped: count(|kind| *kind == EventKind::Reaps),
        }
    }

    /// The threads and processes that the program's own executables started.
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

    /// The events since the last start of the program, in the order of time.
    pub(super) fn last_start(&self) -> Log {
        let mut from = 0;
        let mut process = None;
        for (at, event) in self.events.iter().enumerate() {
            let is_first = event.actor == FIRST && matches!(event.kind, EventKind::Process(_));
            if is_first && process.replace(event.process) != Some(event.process) {
                from = at;
            }
        }
        let mut events = self.events[from..].to_vec();
        events.sort_by_key(|event| event.at);
        Log {
            events,
            folders: self.folders.clone(),
            code: self.code.clone(),
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
    pub(super) event: usize,
    /// The path of the thread that wrote that byte.
    pub(super) actor: String,
    bytes: Vec<u8>,
    /// The line in the form of an execution.
    pub(super) seen: Seen,
}
