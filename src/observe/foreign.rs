//! Foreign executables: a compiler, a shell's tools, a downloader. Their threads and processes are not the program's: another
//! version, or another machine, has others.
//!
//! An executable is the program's own if the run is executed with it (in a shell session, the shell), or if Cargo built
//! it for the workspace. A foreign executable that the program starts is one process: the program started that, and
//! all lines that come from it are its lines.

use std::collections::HashMap;

use super::event::{Event, EventKind, FIRST, process_of};
use crate::transcript::folders::Folders;

/// The executables of the processes of a run.
#[derive(Default)]
struct Executables {
    /// The executable of the run's first process.
    own: Option<String>,
    /// For each process that executes a foreign executable now, the process in which the program started it; by path.
    foreign: HashMap<String, String>,
}

/// The events of a run, with those from inside a foreign executable as events of its process, as far as they matter.
pub(super) fn without_foreign_insides(events: Vec<Event>, folders: &Folders) -> Vec<Event> {
    let mut executables = Executables::default();
    let events = events.into_iter().filter_map(|event| {
        if let EventKind::Executable(executable) = &event.kind {
            executables.takes(&event.actor, executable, folders);
            return None;
        }
        match executables.foreign.get(process_of(&event.actor)) {
            Some(process) => of_foreign(event, process),
            None => Some(event),
        }
    });
    events.collect()
}

impl Executables {
    /// A process starts, or continues, with this executable; an unknown one is taken for the program's own.
    fn takes(&mut self, process: &str, executable: &str, folders: &Folders) {
        if self.own.is_none() && process == FIRST {
            self.own = Some(executable.to_owned());
        }
        let is_own = executable.is_empty()
            || self.own.as_deref() == Some(executable)
            || folders.is_built(executable);
        if is_own {
            self.foreign.remove(process);
            return;
        }
        let parent = process.rfind('/').map(|at| process_of(&process[..at]));
        let started_in = parent.and_then(|parent| self.foreign.get(parent));
        let started_in = started_in.cloned().unwrap_or_else(|| process.to_owned());
        self.foreign.insert(process.to_owned(), started_in);
    }
}

/// An event from inside a foreign executable, as one of the process in which the program started it; `None`: it tells
/// nothing about the program.
fn of_foreign(event: Event, process: &str) -> Option<Event> {
    let is_first = event.actor == process;
    let kind = match event.kind {
        EventKind::Process(_) if !is_first => EventKind::ForeignProcess,
        EventKind::Thread(id) => EventKind::ForeignThread(id),
        EventKind::StartsThread(_)
        | EventKind::StartsProcess(_)
        | EventKind::Reaps
        | EventKind::Handle(..)
        | EventKind::Print(_)
        | EventKind::Wait => return None,
        EventKind::Write(..) | EventKind::Feeds(_) | EventKind::Point(_) => event.kind,
        _ if !is_first => return None,
        kind => kind,
    };
    Some(Event {
        actor: process.to_owned(),
        // Its lines are never held.
        prints: 0,
        kind,
        ..event
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::event::{Event, EventKind};
    use super::super::log::Log;
    use super::without_foreign_insides;
    use crate::transcript::folders::{Folders, Shown};
    use crate::transcript::shape::Starts;
    use crate::transcript::{Exit, Stream};

    /// Events in order: an actor, its process and what it does.
    fn log(events: &[(&str, u32, EventKind)]) -> Log {
        let target = Shown::Target("target".to_owned());
        let folders = Folders::new([("/book/target", target)]);
        let events = events.iter().map(|(actor, process, kind)| Event {
            actor: (*actor).to_owned(),
            process: *process,
            prints: 1,
            at: Duration::ZERO,
            kind: kind.clone(),
        });
        Log {
            events: without_foreign_insides(events.collect(), &folders),
            folders,
        }
    }

    fn executes(path: &str) -> EventKind {
        EventKind::Executable(path.to_owned())
    }

    fn process(name: &str) -> EventKind {
        EventKind::Process(name.to_owned())
    }

    fn thread(path: &str) -> EventKind {
        EventKind::StartsThread(path.to_owned())
    }

    fn child(path: &str) -> EventKind {
        EventKind::StartsProcess(path.to_owned())
    }

    #[test]
    fn executables_are_the_programs_own_or_foreign() {
        for (first, other, threads) in [
            ("/book/target/debug/a", "/book/target/debug/a", 1),
            ("/book/target/debug/a", "/book/target/debug/tool", 1),
            ("/book/target/debug/a", "/book/target2/tool", 0),
            ("/book/target/debug/a", "/usr/bin/rustc", 0),
            ("/book/target/debug/a", "", 1),
            // A session of a shell.
            ("/usr/bin/bash", "/usr/bin/bash", 1),
            ("/usr/bin/bash", "/usr/bin/ls", 0),
        ] {
            let log = log(&[
                ("0", 7, executes(first)),
                ("0", 7, process("a")),
                ("0", 7, child("0/0")),
                ("0/0", 8, executes(other)),
                ("0/0", 8, process("b")),
                ("0/0", 8, thread("0/0.0")),
                ("0/0.0", 8, EventKind::Thread(9)),
            ]);
            let execution = log.execution(Exit::SUCCESS, None);
            let starts = Starts {
                threads,
                processes: 1,
                reaped: 0,
            };
            assert_eq!(execution.starts, Some(starts), "{first} {other}");
            let actors: Vec<&str> = log.actors().collect();
            assert_eq!(actors, ["0/0", "0/0.0"][..=threads], "{first} {other}");
            // A program may print these ids, whosever they are.
            assert_eq!(execution.pids, [7, 8].into(), "{first} {other}");
            assert_eq!(execution.tids, [7, 8, 9].into(), "{first} {other}");
        }
    }

    #[test]
    fn the_processes_of_a_foreign_executable_are_one_process() {
        let writes = |text: &str| EventKind::Write(Stream::Stdout, text.as_bytes().to_owned());
        let log = log(&[
            ("0", 7, executes("/book/target/debug/a")),
            ("0", 7, process("a")),
            // A fork, before the program continues as a shell.
            ("0", 7, child("0/0")),
            ("0/0", 8, executes("/book/target/debug/a")),
            ("0/0", 8, process("a")),
            ("0/0", 8, executes("/usr/bin/dash")),
            ("0/0", 8, process("dash")),
            ("0/0", 8, child("0/0/0")),
            ("0/0/0", 9, executes("/usr/bin/dash")),
            ("0/0/0", 9, process("dash")),
            ("0/0/0", 9, executes("/usr/bin/ls")),
            ("0/0/0", 9, process("ls")),
            ("0/0/0", 9, writes("a file\n")),
            // A program of the workspace, started by the shell.
            ("0/0", 8, child("0/0/1")),
            ("0/0/1", 10, executes("/usr/bin/dash")),
            ("0/0/1", 10, process("dash")),
            ("0/0/1", 10, executes("/book/target/debug/tool")),
            ("0/0/1", 10, process("tool")),
            ("0/0/1", 10, thread("0/0/1.0")),
            ("0/0/1.0", 10, writes("a result\n")),
            ("0/0", 8, EventKind::Reaps),
            ("0/0", 8, EventKind::Reaps),
            ("0", 7, EventKind::Reaps),
        ]);
        let execution = log.execution(Exit::SUCCESS, None);
        let printed_by = execution.lines.iter().map(|line| line.printed_by.clone());
        let printed_by: Vec<_> = printed_by.collect();
        assert_eq!(printed_by, [None, Some(("0/0/1.0".to_owned(), 0))]);
        let starts = Starts {
            threads: 1,
            processes: 1,
            // The shell has waited for both of its own, and the program for the shell.
            reaped: 1,
        };
        assert_eq!(execution.starts, Some(starts));
        let lines: Vec<String> = log.lines().into_iter().map(|line| line.actor).collect();
        assert_eq!(lines, ["0/0", "0/0/1.0"]);
    }
}
