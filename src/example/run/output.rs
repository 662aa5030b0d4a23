//! A running program's output: where it comes from, and the lines that it makes.

use std::io::{self, PipeReader, Read};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

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
                #[cfg(target_os = "linux")]
                rustix::io::ioctl_fionbio(&reader, true)?;
                (ReadingEnd::Pipe(reader), writer.into())
            }
        };
        Ok((Source { stream, end }, to_end))
    }

    /// Hands on everything that comes, until all processes that could write have closed their ends,
    /// or nobody takes it any more. So long after something has come, `look` is called, once for all that
    /// has come until then (Linux; elsewhere nobody has a use for it).
    ///
    /// # Errors
    /// It cannot be read, or `look` fails.
    pub fn forward(
        mut self,
        start: SystemTime,
        take: impl Fn(Piece<'_>) -> bool,
        (after, look): (Duration, impl Fn() -> io::Result<()>),
    ) -> io::Result<()> {
        let mut buffer = vec![0; self.end.largest_piece()];
        let mut look_at = None;
        loop {
            if look_at.is_some_and(|time| Instant::now() >= time) {
                look()?;
                look_at = None;
            }
            let (length, at, pid) = match self.end.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.end.wait(look_at)?;
                    continue;
                }
                Err(error) => return Err(error),
                Ok(None) => return Ok(()),
                Ok(Some(read)) => read,
            };
            let taken = take(Piece {
                stream: self.stream,
                pid,
                at: at.duration_since(start).unwrap_or_default(),
                bytes: &buffer[..length],
            });
            if !taken {
                return Ok(());
            }
            look_at.get_or_insert_with(|| Instant::now() + after);
        }
    }
}

impl ReadingEnd {
    fn largest_piece(&self) -> usize {
        match self {
            #[cfg(target_os = "linux")]
            ReadingEnd::Stamped(receiver) => receiver.largest_write(),
            ReadingEnd::Pipe(_) => 64 * 1024,
        }
    }

    /// Waits until something comes, or the end, or it is this time.
    #[cfg(target_os = "linux")]
    fn wait(&self, until: Option<Instant>) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let end = match self {
            ReadingEnd::Stamped(receiver) => receiver.as_fd(),
            ReadingEnd::Pipe(pipe) => pipe.as_fd(),
        };
        let wait = until.map(|time| time.saturating_duration_since(Instant::now()));
        let wait = wait.map(Timespec::try_from).transpose();
        let wait = wait.map_err(io::Error::other)?;
        let mut ends = [PollFd::from_borrowed_fd(end, PollFlags::IN)];
        match poll(&mut ends, wait.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing: reading waits.
    #[cfg(not(target_os = "linux"))]
    fn wait(&self, _: Option<Instant>) -> io::Result<()> {
        Ok(())
    }

    /// How many bytes came, when, and from which process; `None` at the end.
    ///
    /// # Errors
    /// On Linux nothing has come yet (`WouldBlock`); elsewhere it is waited for. It cannot be read.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<(usize, SystemTime, Option<u32>)>> {
        match self {
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
