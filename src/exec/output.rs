//! A running program's output: where it comes from, and the lines that it makes.

use std::io::{self, PipeReader, Read};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Stdio;
use std::time::SystemTime;

use super::job::{Channel, Excess, Limits};
#[cfg(target_os = "linux")]
use super::stamped::Receiver;
use crate::transcript::lines::{Assembler, Piece};
use crate::transcript::{Line, Stream};

/// Where the output of a program on one stream comes from.
#[derive(Debug)]
pub struct Source {
    stream: Stream,
    end: ReadingEnd,
}

#[derive(Debug)]
enum ReadingEnd {
    #[cfg(target_os = "linux")]
    Stamped(Receiver),
    Pipe(PipeReader),
}

impl Source {
    /// Sources of standard output and standard error, and the ends that the program writes to.
    ///
    /// # Errors
    /// The system gives none.
    pub fn both(channel: Channel) -> io::Result<(Vec<Source>, [Stdio; 2])> {
        let (stdout, to_stdout) = Source::one(channel, Stream::Stdout)?;
        let (stderr, to_stderr) = Source::one(channel, Stream::Stderr)?;
        Ok((vec![stdout, stderr], [to_stdout, to_stderr]))
    }

    fn one(channel: Channel, stream: Stream) -> io::Result<(Source, Stdio)> {
        let (end, to_end) = match channel {
            #[cfg(target_os = "linux")]
            Channel::Stamped => {
                let (receiver, sender) = Receiver::pair()?;
                (ReadingEnd::Stamped(receiver), sender.into())
            }
            _ => {
                let (reader, writer) = io::pipe()?;
                #[cfg(unix)]
                rustix::io::ioctl_fionbio(&reader, true)?;
                (ReadingEnd::Pipe(reader), writer.into())
            }
        };
        Ok((Source { stream, end }, to_end))
    }

    /// Which stream it is.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// How many bytes may come at once.
    pub fn largest_piece(&self) -> usize {
        match &self.end {
            #[cfg(target_os = "linux")]
            ReadingEnd::Stamped(receiver) => receiver.largest_write(),
            ReadingEnd::Pipe(_) => 64 * 1024,
        }
    }

    /// How many bytes came, when, and from which process where that is known; `None`: all processes that
    /// could write have closed their ends.
    ///
    /// # Errors
    /// On Unix nothing has come yet (`WouldBlock`); elsewhere it is waited for. It cannot be read.
    pub fn read(
        &mut self,
        buffer: &mut [u8],
    ) -> io::Result<Option<(usize, SystemTime, Option<u32>)>> {
        match &mut self.end {
            #[cfg(target_os = "linux")]
            ReadingEnd::Stamped(receiver) => {
                let write = receiver.receive(buffer)?;
                Ok(write.map(|write| (write.length, write.at, Some(write.pid))))
            }
            ReadingEnd::Pipe(pipe) => {
                let length = pipe.read(buffer)?;
                Ok((length > 0).then(|| (length, SystemTime::now(), None)))
            }
        }
    }
}

#[cfg(unix)]
impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.end {
            #[cfg(target_os = "linux")]
            ReadingEnd::Stamped(receiver) => receiver.as_fd(),
            ReadingEnd::Pipe(pipe) => pipe.as_fd(),
        }
    }
}

/// What a program has printed, within its limits.
#[derive(Debug)]
pub struct Output {
    assembler: Assembler,
    bytes: u64,
    limits: Limits,
}

impl Output {
    /// Of the program with this process id.
    pub fn of(pid: u32, limits: Limits) -> Output {
        Output {
            assembler: Assembler::new(pid),
            bytes: 0,
            limits,
        }
    }

    /// Takes a piece. What goes beyond a limit is not kept.
    ///
    /// # Errors
    /// It was too much.
    pub fn take(&mut self, piece: &Piece<'_>) -> Result<(), Excess> {
        self.bytes += piece.bytes.len() as u64;
        if self.bytes > self.limits.output {
            return Err(Excess::Output);
        }
        let longest = self.assembler.push(piece);
        match longest as u64 > self.limits.line {
            true => Err(Excess::Line),
            false => Ok(()),
        }
    }

    /// The lines, and how many sequences of bytes in them were no UTF-8.
    pub fn into_lines(self) -> (Vec<Line>, usize) {
        self.assembler.finish()
    }
}
