//! A running program's output: its sources and the lines assembled from it.

use std::io::{self, PipeReader, Read};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Stdio;
use std::time::SystemTime;

use super::job::{Channel, Excess, Limits};
#[cfg(target_os = "linux")]
use super::stamped::Receiver;
use crate::transcript::Stream;
use crate::transcript::fragments::Printers;
use crate::transcript::lines::{Assembler, Piece, Printed};

/// The source of a program's output on one stream.
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
    /// Creates the sources of stdout and stderr, and the ends that the program writes to.
    ///
    /// # Errors
    /// The system cannot create a socket or pipe.
    pub fn pair(channel: Channel) -> io::Result<(Vec<Source>, [Stdio; 2])> {
        let (stdout, to_stdout) = Source::new(channel, Stream::Stdout)?;
        let (stderr, to_stderr) = Source::new(channel, Stream::Stderr)?;
        Ok((vec![stdout, stderr], [to_stdout, to_stderr]))
    }

    fn new(channel: Channel, stream: Stream) -> io::Result<(Source, Stdio)> {
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

    /// The stream.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// The largest number of bytes that one read returns.
    pub fn largest_piece(&self) -> usize {
        match &self.end {
            #[cfg(target_os = "linux")]
            ReadingEnd::Stamped(receiver) => receiver.largest_write(),
            ReadingEnd::Pipe(_) => 64 * 1024,
        }
    }

    /// Reads a piece of output. Returns its number of bytes, its time, and its writer's process id if known;
    /// `None`: every process that could write has closed its end.
    ///
    /// # Errors
    /// There is no output yet (`WouldBlock`; on Unix only, other systems block), or reading fails.
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

/// The output of a program, within its limits.
#[derive(Debug)]
pub struct Output {
    assembler: Assembler,
    bytes: u64,
    limits: Limits,
}

impl Output {
    /// Creates the empty output of the program with this process id.
    pub fn new(pid: u32, limits: Limits) -> Output {
        Output {
            assembler: Assembler::new(pid),
            bytes: 0,
            limits,
        }
    }

    /// Adds a piece. A piece that exceeds the output limit is dropped.
    ///
    /// # Errors
    /// The output or one line exceeds its limit.
    pub fn add(&mut self, piece: &Piece<'_>) -> Result<(), Excess> {
        self.bytes += piece.bytes.len() as u64;
        if self.bytes > self.limits.output {
            return Err(Excess::Output);
        }
        let longest = self.assembler.push(piece);
        if longest as u64 > self.limits.line {
            Err(Excess::Line)
        } else {
            Ok(())
        }
    }

    /// Returns the lines of a program with this many printers.
    pub fn finish(self, printers: Printers) -> Printed {
        self.assembler.finish(printers)
    }
}
