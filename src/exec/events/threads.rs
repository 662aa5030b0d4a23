//! A thread waits for each stream, where the system cannot be asked for all at once.

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

/// How many letters may wait for us; who reads the output of a program that prints much waits, too.
const WAITING: usize = 64;
/// Between two looks whether the program has ended.
const TICK: Duration = Duration::from_millis(1);

/// What a thread tells.
enum Letter {
    /// These bytes were written, at this time.
    Wrote(Stream, SystemTime, Vec<u8>),
    /// Nothing more will come on one of the streams.
    Closed,
    /// A stream cannot be read.
    Lost(io::Error),
    /// Nobody wants to know any more.
    Abandoned,
}

/// What a supervisor waits for.
#[derive(Debug)]
pub struct Events {
    letters: Receiver<Letter>,
    /// The streams on which something may still come.
    open: usize,
    has_ended: bool,
    bytes: Vec<u8>,
    start: SystemTime,
}

impl Events {
    /// Of a program that was started at this time.
    ///
    /// # Errors
    /// None.
    pub fn of(sources: Vec<Source>, _: &Child, start: SystemTime) -> io::Result<Events> {
        let (sender, letters) = sync_channel(WAITING);
        let open = sources.len();
        for source in sources {
            let sender = sender.clone();
            thread::spawn(move || read(source, &sender));
        }
        // It waits for an end that may never come, and goes with us.
        thread::spawn(move || {
            io::copy(&mut io::stdin().lock(), &mut io::sink()).ok();
            sender.send(Letter::Abandoned).ok();
        });
        Ok(Events {
            letters,
            open,
            has_ended: false,
            bytes: Vec::new(),
            start,
        })
    }

    /// Whether the program, or a process of its own, can still write.
    pub fn may_write(&self) -> bool {
        self.open > 0
    }

    /// What happens next, until this time.
    ///
    /// # Errors
    /// The program cannot be watched any more.
    pub fn next(&mut self, child: &mut Child, until: Instant) -> io::Result<Event<'_>> {
        loop {
            if !self.has_ended
                && let Some(exit) = program::has_ended(child)?
            {
                self.has_ended = true;
                return Ok(Event::Ended(exit, Instant::now()));
            }
            let left = until.saturating_duration_since(Instant::now());
            let wait = match self.has_ended {
                true => left,
                false => left.min(TICK),
            };
            match self.letters.recv_timeout(wait) {
                Ok(Letter::Wrote(stream, at, bytes)) => {
                    self.bytes = bytes;
                    return Ok(Event::Wrote(Piece {
                        stream,
                        pid: None,
                        at: at.duration_since(self.start).unwrap_or_default(),
                        bytes: &self.bytes,
                    }));
                }
                Ok(Letter::Closed) => {
                    self.open -= 1;
                    return Ok(Event::Nothing);
                }
                Ok(Letter::Lost(error)) => return Err(error),
                Ok(Letter::Abandoned) => return Ok(Event::Abandoned),
                Err(RecvTimeoutError::Timeout) if wait < left => {}
                Err(_) => return Ok(Event::Nothing),
            }
        }
    }
}

/// Hands on everything that comes, until all processes that could write have closed their ends.
fn read(mut source: Source, letters: &SyncSender<Letter>) {
    let mut buffer = vec![0; source.largest_piece()];
    loop {
        let letter = match source.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Letter::Lost(error),
            Ok(None) => Letter::Closed,
            Ok(Some((length, at, _))) => {
                Letter::Wrote(source.stream(), at, buffer[..length].to_vec())
            }
        };
        let is_last = !matches!(letter, Letter::Wrote(..));
        // Refused: we are about to end.
        if letters.send(letter).is_err() || is_last {
            return;
        }
    }
}
