//! Stdin and stdout for a whole book.

use std::fs::File;
use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// Returns stdin as a reader of a whole book.
pub fn input() -> impl Read {
    let stdin = io::stdin().lock();
    Batched {
        pause: is_pipe(&stdin).then_some(PAUSE),
        reader: stdin,
    }
}

/// The pause in which pieces accumulate: a few hundred of mdBook's, and far shorter than filling a pipe takes.
const PAUSE: Duration = Duration::from_micros(50);

/// A reader that batches input written in many small pieces. mdBook writes each token of its JSON with a system
/// call, and each write would wake this process, which takes longer than the write. A pause after each read lets
/// several pieces accumulate.
struct Batched<R> {
    reader: R,
    /// `None`: the input is not a pipe, so no process writes to it at the same time.
    pause: Option<Duration>,
}

impl<R: Read> Read for Batched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        // A full buffer means that more input is waiting, an empty one that the input has ended.
        if let Some(pause) = self.pause
            && (1..buffer.len()).contains(&count)
        {
            thread::sleep(pause);
        }
        Ok(count)
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
    use std::io::{self, Read};

    use super::{Batched, PAUSE};

    /// A reader that returns at most three bytes at a time.
    struct Pieces<'a>(&'a [u8]);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let few = buffer.len().min(3);
            self.0.read(&mut buffer[..few])
        }
    }

    #[test]
    fn pieces_are_read_in_order() -> io::Result<()> {
        let json = r#"[{"root":"/b"},{}]"#;
        for pause in [None, Some(PAUSE)] {
            let mut batched = Batched {
                reader: Pieces(json.as_bytes()),
                pause,
            };
            let mut text = String::new();
            batched.read_to_string(&mut text)?;
            assert_eq!(text, json);
        }
        Ok(())
    }
}
