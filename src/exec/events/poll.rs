//! One thread that waits for all event sources with poll(2).

use std::cell::Cell;
use std::io::{self, Read, Stdin};
use std::mem;
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

/// The number of pieces that are read before the next poll(2), which costs as much as reading one piece.
const READS_PER_POLL: u32 = 16;

thread_local! {
    /// The buffer of the last execution. A supervisor of seeded executions would have to clear two megabytes for each.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The event sources of a supervisor.
#[derive(Debug)]
pub struct Events {
    /// The open output sources, each with whether it may have data ready.
    sources: Vec<(Source, bool)>,
    /// Becomes readable when the program has ended.
    end: Option<OwnedFd>,
    /// This process's stdin, which ends when the parent ends or has no more interest.
    lifeline: Option<Stdin>,
    /// The number of pieces read since the last poll(2).
    reads: u32,
    buffer: Vec<u8>,
    start: SystemTime,
}

impl Drop for Events {
    fn drop(&mut self) {
        BUFFER.set(mem::take(&mut self.buffer));
    }
}

impl Events {
    /// Starts watching a program that was started at this time.
    ///
    /// # Errors
    /// The system provides no file descriptor or thread to wait for the program's end.
    pub fn new(sources: Vec<Source>, child: &Child, start: SystemTime) -> io::Result<Events> {
        let largest = sources.iter().map(Source::largest_piece).max();
        let largest = largest.unwrap_or_default();
        let last = BUFFER.take();
        Ok(Events {
            sources: sources.into_iter().map(|source| (source, false)).collect(),
            end: Some(readable_at_end(Pid::from_child(child))?),
            lifeline: Some(io::stdin()),
            reads: 0,
            buffer: match last.len() < largest {
                true => vec![0; largest],
                false => last,
            },
            start,
        })
    }

    /// Returns whether the program, or a process that it has started, can still write.
    pub fn may_write(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Waits for the next event until this time.
    ///
    /// # Errors
    /// Reading the output or waiting for the program fails.
    pub fn next(&mut self, child: &mut Child, until: Instant) -> io::Result<Event<'_>> {
        while self.reads < READS_PER_POLL
            && let Some(position) = self.sources.iter().position(|(_, is_ready)| *is_ready)
        {
            self.reads += 1;
            let (source, is_ready) = &mut self.sources[position];
            let stream = source.stream();
            match source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => *is_ready = false,
                Err(error) => return Err(error),
                Ok(None) => {
                    self.sources.remove(position);
                    // A caller may be waiting for the last source to close.
                    return Ok(Event::Nothing);
                }
                Ok(Some((length, at, pid))) => {
                    // The other source is read next.
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
        self.reads = 0;
        let [has_ended, has_input] = self.poll(until)?;
        let now = Instant::now();
        if has_ended {
            self.end = None;
            return Ok(Event::Ended(program::wait(Pid::from_child(child))?, now));
        }
        if has_input && let Some(lifeline) = &self.lifeline {
            // The job has been read; only the end of the input is left.
            if let Ok(0) | Err(_) = lifeline.lock().read(&mut [0; 64]) {
                self.lifeline = None;
                return Ok(Event::Abandoned);
            }
        }
        Ok(Event::Nothing)
    }

    /// Waits until a source is ready or this time has come. Returns whether the program has ended and whether
    /// stdin is readable.
    fn poll(&mut self, until: Instant) -> io::Result<[bool; 2]> {
        let sources = self.sources.iter().map(|(source, _)| source.as_fd());
        let end = self.end.iter().map(AsFd::as_fd);
        let lifeline = self.lifeline.iter().map(AsFd::as_fd);
        let all = sources.chain(end).chain(lifeline);
        let mut all: Vec<_> = all
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        let wait = until.saturating_duration_since(Instant::now());
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        match poll(&mut all, Some(&wait)) {
            Err(rustix::io::Errno::INTR) => return Ok([false; 2]),
            polled => polled?,
        };
        let ready: Vec<bool> = all.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut ready = ready.into_iter();
        for ((_, is_ready), now_ready) in self.sources.iter_mut().zip(ready.by_ref()) {
            *is_ready = now_ready;
        }
        let mut next = |is_polled: bool| is_polled && ready.next().unwrap_or_default();
        Ok([next(self.end.is_some()), next(self.lifeline.is_some())])
    }
}

/// Returns a file descriptor that becomes readable when a process has ended.
fn readable_at_end(pid: Pid) -> io::Result<OwnedFd> {
    // Some containers forbid pidfd_open(2).
    #[cfg(target_os = "linux")]
    if let Ok(end) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
        return Ok(end);
    }
    let (reader, writer) = io::pipe()?;
    thread::spawn(move || {
        // The reader asks for the exit status itself.
        program::wait(pid).ok();
        drop(writer);
    });
    Ok(reader.into())
}
