//! A running program's output, read as it comes.

use std::io::{self, PipeReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::program::Pipes;
use crate::transcript::lines::Assembler;
use crate::transcript::{Line, Stream};

/// How long an ended program's output is waited for, should another process hold its pipe.
const DRAIN: Duration = Duration::from_millis(500);
/// How many pieces may wait for us; a program that prints faster waits at its pipe.
const WAITING: usize = 64;

/// The output of one program. A thread for each pipe reads and stamps; it ends with the pipe.
#[derive(Debug)]
pub struct Output {
    pieces: Receiver<Piece>,
    assemblers: Vec<(Stream, Assembler)>,
    bytes: u64,
    limit: u64,
}

#[derive(Debug)]
struct Piece {
    stream: Stream,
    at: Instant,
    bytes: Vec<u8>,
}

impl Output {
    /// Begins to read. Beyond `limit` bytes nothing is kept.
    pub fn read(pipes: Pipes, limit: u64) -> Output {
        let (sender, pieces) = sync_channel(WAITING);
        let mut assemblers = Vec::new();
        for (stream, pipe) in pipes {
            let sender = sender.clone();
            thread::spawn(move || forward(stream, pipe, &sender));
            assemblers.push((stream, Assembler::new(stream)));
        }
        Output {
            pieces,
            assemblers,
            bytes: 0,
            limit,
        }
    }

    /// Takes what comes within this time, one piece at most; returns early when the pipes close.
    pub fn wait(&mut self, time: Duration, start: Instant) {
        match self.pieces.recv_timeout(time) {
            Ok(piece) => self.take(piece, start),
            Err(RecvTimeoutError::Timeout) => {}
            // Nothing more will come: the program is about to end, or lives on without its output.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(time / 5),
        }
    }

    /// Takes what an ended program left in its pipes.
    pub fn drain(&mut self, start: Instant) {
        let until = Instant::now() + DRAIN;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.take(piece, start),
                Err(_) => break,
            }
            if self.is_too_much() {
                break;
            }
        }
    }

    /// Whether more was printed than may be.
    pub fn is_too_much(&self) -> bool {
        self.bytes > self.limit
    }

    /// The lines, those of two streams merged by their times.
    pub fn into_lines(self) -> Vec<Line> {
        let streams = self.assemblers.into_iter();
        let mut lines: Vec<Line> = streams
            .flat_map(|(_, assembler)| assembler.finish())
            .collect();
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// The texts of the lines.
    pub fn into_texts(self) -> Vec<String> {
        self.into_lines()
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    fn take(&mut self, piece: Piece, start: Instant) {
        self.bytes += piece.bytes.len() as u64;
        if self.is_too_much() {
            return;
        }
        let at = piece.at.saturating_duration_since(start);
        for (stream, assembler) in &mut self.assemblers {
            if *stream == piece.stream {
                assembler.push(&piece.bytes, at);
            }
        }
    }
}

fn forward(stream: Stream, mut pipe: PipeReader, sender: &SyncSender<Piece>) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = match pipe.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // An error of a pipe is its end; what came before it is kept.
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        let piece = Piece {
            stream,
            at: Instant::now(),
            bytes: buffer[..read].to_vec(),
        };
        // Refused: nobody waits for it any more.
        if sender.send(piece).is_err() {
            return;
        }
    }
}
