//! Stdin and stdout for a whole book.

use std::fs::File;
use std::io::{self, StdinLock, StdoutLock, Write};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// The capacity of a pipe, in bytes (pipe(7)).
pub const PIPE_CAPACITY: usize = 64 * 1024;

/// The pause in which pieces accumulate: a few hundred of mdBook's, and far shorter than filling a pipe takes.
const PAUSE: Duration = Duration::from_micros(50);

/// Reads a whole book from stdin.
///
/// # Errors
/// Reading fails.
pub fn read_book() -> anyhow::Result<Vec<u8>> {
    let mut stdin = io::stdin().lock();
    // If the input is not a pipe, no process writes to it at the same time.
    let pause = is_pipe(&stdin).then_some(PAUSE);
    let piece = |bytes: &mut Vec<u8>| read_piece(&mut stdin, bytes);
    read_all(piece, pause).context("failed to read the book from stdin")
}

/// Reads input written in many small pieces. mdBook writes each token of its JSON with a system call, and each write
/// would wake this process, which takes longer than the write. A pause after each read lets several pieces accumulate.
///
/// `read_piece` appends bytes to the vector without making it larger, and returns their number; 0: the input has ended.
fn read_all(
    mut read_piece: impl FnMut(&mut Vec<u8>) -> io::Result<usize>,
    pause: Option<Duration>,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        bytes.reserve(PIPE_CAPACITY);
        let length = read_piece(&mut bytes)?;
        if length == 0 {
            return Ok(bytes);
        }
        // A full pipe means that more input is waiting.
        if let Some(pause) = pause
            && length < PIPE_CAPACITY
        {
            thread::sleep(pause);
        }
    }
}

/// Reads into the capacity of a vector, which [`io::Read`] would fill with zeros first.
#[cfg(unix)]
fn read_piece(stdin: &mut StdinLock<'_>, bytes: &mut Vec<u8>) -> io::Result<usize> {
    use rustix::{buffer, io};
    let read = || io::read(&*stdin, buffer::spare_capacity(bytes));
    Ok(io::retry_on_intr(read)?)
}

#[cfg(not(unix))]
fn read_piece(stdin: &mut StdinLock<'_>, bytes: &mut Vec<u8>) -> io::Result<usize> {
    use std::io::BufRead;
    let piece = stdin.fill_buf()?;
    let length = piece.len();
    bytes.extend_from_slice(piece);
    stdin.consume(length);
    Ok(length)
}

#[cfg(unix)]
fn is_pipe(file: impl std::os::fd::AsFd) -> bool {
    use rustix::fs::{FileType, fstat};
    fstat(file).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo)
}

/// On other systems, a pause may last far longer than requested.
#[cfg(not(unix))]
fn is_pipe<T>(_: T) -> bool {
    false
}

/// Returns stdout as a writer of a whole book, without the search for line ends of [`std::io::Stdout`].
///
/// # Errors
/// The file descriptor cannot be duplicated.
pub fn output() -> anyhow::Result<File> {
    let stdout = io::stdout();
    #[cfg(unix)]
    let owned = std::os::fd::AsFd::as_fd(&stdout).try_clone_to_owned();
    #[cfg(windows)]
    let owned = std::os::windows::io::AsHandle::as_handle(&stdout).try_clone_to_owned();
    owned.map(File::from).context("failed to open stdout")
}

/// Stdout as a writer of results for people and programs. If it is closed, as by `| head -1`, its errors are
/// [`StdoutClosed`].
#[derive(Debug)]
pub struct Stdout(StdoutLock<'static>);

/// The error of a closed stdout: nobody reads on.
#[derive(Debug, thiserror::Error)]
#[error("stdout is closed")]
pub struct StdoutClosed;

/// Returns stdout, for one writer.
pub fn stdout() -> Stdout {
    Stdout(io::stdout().lock())
}

/// Returns whether a command has ended with this error because its stdout was closed.
pub fn is_closed(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let error = cause.downcast_ref::<io::Error>();
        let inner = error.and_then(io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<StdoutClosed>())
    })
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(closed)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(closed)
    }
}

/// Marks the error of a closed stdout; pipes to other processes have the same one.
fn closed(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, StdoutClosed),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE, read_all};

    #[test]
    fn pieces_are_read_in_order() -> std::io::Result<()> {
        let json = br#"[{"root":"/b"},{}]"#;
        for pause in [None, Some(PAUSE)] {
            let mut pieces = json.chunks(3);
            let read_piece = |bytes: &mut Vec<u8>| {
                let piece = pieces.next().unwrap_or_default();
                bytes.extend_from_slice(piece);
                Ok(piece.len())
            };
            assert_eq!(read_all(read_piece, pause)?, json);
        }
        Ok(())
    }
}
