//! Files of /proc (proc(5)), which are read often.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

/// Most of these files are smaller by far.
const ROOM: usize = 4096;

/// What such a file says; `None`: what it tells of is gone. The name of a process may be cut in the middle of
/// a character: that one is replaced.
///
/// Such a file does not tell its size, and the kernel hands it out in parts of almost this room at least: when
/// there is less, it is all, and need not be asked for again.
pub fn read(path: &str) -> Option<String> {
    let mut text = vec![0; ROOM];
    let mut file = File::open(path).ok()?;
    let length = file.read(&mut text).ok()?;
    text.truncate(length);
    if length >= ROOM / 2 {
        file.read_to_end(&mut text).ok()?;
    }
    Some(
        String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// Such a file that is read again and again: to open it is most of what reading it costs.
#[derive(Debug)]
pub struct Kept(File);

impl Kept {
    /// `None`: what it tells of is gone, or we have too many files.
    pub fn open(path: &str) -> Option<Kept> {
        File::open(path).ok().map(Kept)
    }

    /// What it says now, within some hundred bytes; `None`: what it tells of is gone.
    pub fn read(&self) -> Option<String> {
        let mut text = [0; 256];
        let length = self.0.read_at(&mut text, 0).ok()?;
        String::from_utf8(text[..length].to_vec()).ok()
    }
}
