//! Standard input and output, as a whole book comes and goes.

use std::fs::File;
use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// Standard input for a whole book.
pub fn input() -> impl Read {
    let stdin = io::stdin().lock();
    Gathered {
        pause: is_pipe(&stdin).then_some(PAUSE),
        from: stdin,
    }
}

/// How long pieces come together: some hundred of mdBook's, and far less than it takes to fill a pipe.
const PAUSE: Duration = Duration::from_micros(50);

/// Something that is written in many small pieces. mdBook writes each word of its JSON by a call of its own, and
/// every one of them wakes who waits for it, which takes longer than to write it. So nobody waits for the
/// next one, but for some.
struct Gathered<R> {
    from: R,
    /// `None`: nobody writes at the same time.
    pause: Option<Duration>,
}

impl<R: Read> Read for Gathered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        // Otherwise there is more already, or never.
        if let Some(pause) = self.pause
            && (1..into.len()).contains(&count)
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

/// Elsewhere a pause may be far longer than it should.
#[cfg(not(unix))]
fn is_pipe<T>(_: T) -> bool {
    false
}

/// Standard output for a whole book: std's own looks for the last end of a line in all that it is given.
///
/// # Errors
/// The system has no room for one more open file.
pub fn output() -> anyhow::Result<File> {
    let stdout = io::stdout();
    #[cfg(unix)]
    let owned = std::os::fd::AsFd::as_fd(&stdout).try_clone_to_owned();
    #[cfg(windows)]
    let owned = std::os::windows::io::AsHandle::as_handle(&stdout).try_clone_to_owned();
    owned
        .map(File::from)
        .context("failed to open standard output")
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{Gathered, PAUSE};

    /// Gives at most three bytes at a time.
    struct Pieces<'a>(&'a [u8]);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let few = into.len().min(3);
            self.0.read(&mut into[..few])
        }
    }

    #[test]
    fn all_pieces_come_in_their_order() {
        let json = r#"[{"root":"/b"},{}]"#;
        for pause in [None, Some(PAUSE)] {
            let mut gathered = Gathered {
                from: Pieces(json.as_bytes()),
                pause,
            };
            let mut text = String::new();
            gathered.read_to_string(&mut text).expect("it is text");
            assert_eq!(text, json);
        }
    }
}
