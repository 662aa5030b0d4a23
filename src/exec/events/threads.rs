//! One waiting thread for each stream, for systems that cannot wait for several streams at once.

use std::io;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::Event;
use crate::exec::output::Source;
use crate::exec::program;
use crate::transcript::Stream;
use crate::transcript::lines::Piece;

/// The capacity of the queue of messages; when it is full, the reading threads block.
const CAPACITY: usize = 64;
/// The interval at which the program is polled for its end.
const TICK: Duration = Duration::from_millis(1);

/// A message from a waiting thread.
enum Message {
    /// These bytes were written, at this time.
    Wrote(Stream, SystemTime, Vec<u8>),
    /// One of the streams was closed.
    Closed,
    /// A stream cannot be read.
    Failed(io::Error),
    /// This process's stdin was closed.
    Abandoned,
}

/// The event sources of a supervisor.
#[derive(Debug)]
pub struct Events {
    messages: Receiver<Message>,
    /// The number of streams that are still open.
    open: usize,
    has_ended: bool,
    bytes: Vec<u8>,
    start: SystemTime,
}

impl Events {
    /// Starts watching a program that was started at this time.
    ///
    /// # Errors
    /// Never fails on this system.
    pub fn new(sources: Vec<Source>, _: &Child, start: SystemTime) -> io::Result<Events> {
        let (sender, messages) = sync_channel(CAPACITY);
        let open = sources.len();
        for source in sources {
            let sender = sender.clone();
            thread::spawn(move || read(source, &sender));
        }
        // Never joined: the parent may outlive this process.
        thread::spawn(move || {
            io::copy(&mut io::stdin().lock(), &mut io::sink()).ok();
            sender.send(Message::Abandoned).ok();
        });
        Ok(Events {
            messages,
            open,
            has_ended: false,
            bytes: Vec::new(),
            start,
        })
    }

    /// Returns whether the program, or a process that it has started, can still write.
    pub fn may_write(&self) -> bool {
        self.open > 0
    }

    /// Waits for the next event until this time.
    ///
    /// # Errors
    /// Reading the output or waiting for the program fails.
    pub fn next(&mut self, child: &mut Child, until: Instant) -> io::Result<Event<'_>> {
        loop {
            if !self.has_ended
                && let Some(exit) = program::has_ended(child)?
            {
                self.has_ended = true;
                return Ok(Event::Ended(exit, Instant::now()));
            }
            let left = until.saturating_duration_since(Instant::now());
            let wait = if self.has_ended { left } else { left.min(TICK) };
            match self.messages.recv_timeout(wait) {
                Ok(Message::Wrote(stream, at, bytes)) => {
                    self.bytes = bytes;
                    return Ok(Event::Wrote(Piece {
                        stream,
                        pid: None,
                        at: at.duration_since(self.start).unwrap_or_default(),
                        bytes: &self.bytes,
                    }));
                }
                Ok(Message::Closed) => {
                    self.open -= 1;
                    return Ok(Event::Nothing);
                }
                Ok(Message::Failed(error)) => return Err(error),
                Ok(Message::Abandoned) => return Ok(Event::Abandoned),
                Err(RecvTimeoutError::Timeout) if wait < left => {}
                Err(_) => return Ok(Event::Nothing),
            }
        }
    }
}

/// Passes on a stream's output until every process that could write to it has closed it.
fn read(mut source: Source, messages: &SyncSender<Message>) {
    let mut buffer = vec![0; source.largest_piece()];
    loop {
        let message = match source.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Message::Failed(error),
            Ok(None) => Message::Closed,
            Ok(Some((length, at, _))) => {
                Message::Wrote(source.stream(), at, buffer[..length].to_vec())
            }
        };
        let is_last = !matches!(message, Message::Wrote(..));
        // Fails when this process is about to end and the receiver is gone.
        if messages.send(message).is_err() || is_last {
            return;
        }
    }
}
