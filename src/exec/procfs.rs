//! Files in /proc (proc(5)), which are read often.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

#[path = "../../observer/stat.rs"]
pub mod stat;

/// The initial size of the buffer; most of these files are far smaller.
const CAPACITY: usize = 4096;

/// Reads a file in /proc; `None`: the process or thread is gone. A process's name may be truncated within a
/// character, which is then replaced.
///
/// Files in /proc have no size, and the kernel returns them in parts of at least almost `CAPACITY` bytes. A
/// shorter first read is therefore the whole file and saves the second read that would return 0.
pub fn read(path: &str) -> Option<String> {
    let mut text = vec![0; CAPACITY];
    let mut file = File::open(path).ok()?;
    let length = file.read(&mut text).ok()?;
    text.truncate(length);
    if length >= CAPACITY / 2 {
        file.read_to_end(&mut text).ok()?;
    }
    Some(
        String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// An open file in /proc that is read repeatedly, because opening costs more than reading.
#[derive(Debug)]
pub struct OpenFile(File);

impl OpenFile {
    /// Opens a file; `None`: the process or thread is gone, or this process has too many open files.
    pub fn open(path: &str) -> Option<OpenFile> {
        File::open(path).ok().map(OpenFile)
    }

    /// Reads up to 256 bytes of the current content; `None`: the process or thread is gone.
    pub fn read(&self) -> Option<String> {
        let mut text = [0; 256];
        let length = self.0.read_at(&mut text, 0).ok()?;
        String::from_utf8(text[..length].to_vec()).ok()
    }
}
