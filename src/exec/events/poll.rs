//! One thread waits for all, by poll(2).

use std::io::{self, Read, Stdin};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::thread;
use std::time::{Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;

use super::Event;
use crate::exec::output::Source;
use crate::exec::program;
use crate::transcript::lines::Piece;

/// After so many pieces in a row it is asked whether something else has happened. To ask costs as much as
/// to read one.
const IN_A_ROW: u32 = 16;

/// What a supervisor waits for.
#[derive(Debug)]
pub struct Events {
    /// Where something may still come from, and whether it has.
    sources: Vec<(Source, bool)>,
    /// Can be read from when the program has ended.
    end: Option<OwnedFd>,
    /// Our standard input ends when nobody wants to know any more.
    bond: Option<Stdin>,
    /// How many pieces were read since it was asked what has happened.
    in_a_row: u32,
    buffer: Vec<u8>,
    start: SystemTime,
}

impl Events {
    /// Of a program that was started at this time.
    ///
    /// # Errors
    /// The system does not let it be watched.
    pub fn of(sources: Vec<Source>, child: &Child, start: SystemTime) -> io::Result<Events> {
        let largest = sources.iter().map(Source::largest_piece).max();
        Ok(Events {
            sources: sources.into_iter().map(|source| (source, false)).collect(),
            end: Some(end(Pid::from_child(child))?),
            bond: Some(io::stdin()),
            in_a_row: 0,
            buffer: vec![0; largest.unwrap_or_default()],
            start,
        })
    }

    /// Whether the program, or a process of its own, can still write.
    pub fn may_write(&self) -> bool {
        !self.sources.is_empty()
    }

    /// What happens next, until this time.
    ///
    /// # Errors
    /// The program cannot be watched any more.
    pub fn next(&mut self, child: &mut Child, until: Instant) -> io::Result<Event<'_>> {
        while self.in_a_row < IN_A_ROW
            && let Some(position) = self.sources.iter().position(|(_, is_ready)| *is_ready)
        {
            self.in_a_row += 1;
            let (source, is_ready) = &mut self.sources[position];
            let stream = source.stream();
            match source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => *is_ready = false,
                Err(error) => return Err(error),
                Ok(None) => {
                    self.sources.remove(position);
                    // Whoever waits for the end of all must hear of it.
                    return Ok(Event::Nothing);
                }
                Ok(Some((length, at, pid))) => {
                    // Then it is the other one's turn.
                    self.sources.rotate_left(position + 1);
                    return Ok(Event::Wrote(Piece {
                        stream,
                        pid,
                        at: at.duration_since(self.start).unwrap_or_default(),
                        bytes: &self.buffer[..length],
                    }));
                }
            }
        }
        self.in_a_row = 0;
        let [has_ended, is_abandoned] = self.ask(until)?;
        let now = Instant::now();
        if has_ended {
            self.end = None;
            return Ok(Event::Ended(program::wait(Pid::from_child(child))?, now));
        }
        if is_abandoned && let Some(bond) = &self.bond {
            // Nothing comes on it any more but its end.
            if let Ok(0) | Err(_) = bond.lock().read(&mut [0; 64]) {
                self.bond = None;
                return Ok(Event::Abandoned);
            }
        }
        Ok(Event::Nothing)
    }

    /// Asks the system who has something; waits until somebody has, or the time is over. Returns whether the
    /// program has ended, and whether there is something on our standard input.
    fn ask(&mut self, until: Instant) -> io::Result<[bool; 2]> {
        let sources = self.sources.iter().map(|(source, _)| source.as_fd());
        let end = self.end.iter().map(AsFd::as_fd);
        let bond = self.bond.iter().map(AsFd::as_fd);
        let all = sources.chain(end).chain(bond);
        let mut all: Vec<_> = all
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        let wait = until.saturating_duration_since(Instant::now());
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        match poll(&mut all, Some(&wait)) {
            Err(rustix::io::Errno::INTR) => return Ok([false; 2]),
            asked => asked?,
        };
        let has_something: Vec<bool> = all.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut has_something = has_something.into_iter();
        for ((_, is_ready), has_something) in self.sources.iter_mut().zip(has_something.by_ref()) {
            *is_ready = has_something;
        }
        let mut of = |one: bool| one && has_something.next().unwrap_or_default();
        Ok([of(self.end.is_some()), of(self.bond.is_some())])
    }
}

/// What can be read from when a process has ended.
fn end(pid: Pid) -> io::Result<OwnedFd> {
    // Some containers do not allow it.
    #[cfg(target_os = "linux")]
    if let Ok(end) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
        return Ok(end);
    }
    let (reader, writer) = io::pipe()?;
    thread::spawn(move || {
        // What came of it is asked again by who reads.
        program::wait(pid).ok();
        drop(writer);
    });
    Ok(reader.into())
}
