//! Stdin and stdout for a whole book.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
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
    let stdin = io::stdin().lock();
    // If the input is not a pipe, no process writes to it at the same time.
    let pause = is_pipe(&stdin).then_some(PAUSE);
    let pieces = BufReader::with_capacity(PIPE_CAPACITY, stdin);
    read_all(pieces, pause).context("failed to read the book from stdin")
}

/// Reads input written in many small pieces. mdBook writes each token of its JSON with a system call, and each write
/// would wake this process, which takes longer than the write. A pause after each read lets several pieces accumulate.
///
/// [`Read::read_to_end`](io::Read::read_to_end) of a reader of our own would fill the memory of a large book with
/// zeros first.
fn read_all(mut pieces: impl BufRead, pause: Option<Duration>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let piece = match pieces.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            piece => piece?,
        };
        let length = piece.len();
        if length == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(piece);
        pieces.consume(length);
        // A full buffer means that more input is waiting.
        if let Some(pause) = pause
            && length < PIPE_CAPACITY
        {
            thread::sleep(pause);
        }
    }
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

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use super::{PAUSE, read_all};

    /// A reader that returns at most three bytes at a time, after an interruption each.
    struct Pieces<'a>(&'a [u8], bool);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let few = buffer.len().min(3);
            self.0.read(&mut buffer[..few])
        }
    }

    #[test]
    fn pieces_are_read_in_order() -> io::Result<()> {
        let json = r#"[{"root":"/b"},{}]"#;
        for pause in [None, Some(PAUSE)] {
            let pieces = BufReader::new(Pieces(json.as_bytes(), false));
            assert_eq!(read_all(pieces, pause)?, json.as_bytes());
        }
        Ok(())
    }
}
