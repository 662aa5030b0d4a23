//! The requests to the observer: a file that every process of a run maps.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::mem::offset_of;
use std::path::Path;
use std::time::Duration;

use super::layout::{ControlFile, NAME, delayed, gap, held};

/// The requests for one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Control {
    /// The delayed threads, and the longest delay.
    pub delays: Delays,
    /// The held prints or the held thread, and the longest time.
    pub hold: Option<(Hold, Duration)>,
    /// The seed of the delays.
    pub seed: u64,
    /// Whether the observer logs pauses of threads, their reasons, and the threads that end them.
    pub tells_pauses: bool,
    /// Whether the observer logs the scheduling points of a seeded execution.
    pub tells_points: bool,
}

/// The highest number of logged pauses, and of events that end them: a picture couldn't show more.
pub const MOST_PAUSES: u32 = 50_000;

/// The delayed threads; each delay is at a thread's start or before a print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delays {
    /// None.
    #[default]
    None,
    /// All, one time in three, by less than this.
    Some(Duration),
    /// All but the program's first thread, each time, by this at most.
    AllButMain(Duration),
    /// The first thread of each process, each time, by this at most.
    Main(Duration),
}

/// The held prints or the held thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// Prints whose text fits a pattern, from this number on, counted from 0.
    Prints(Pattern, usize),
    /// A print of the actor with this path, by its number, counted from 0.
    Print(String, u32),
    /// The start of the actor with this path.
    Start(String),
}

/// A text with gaps, as the observer compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<u8>);

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap<'a> {
    /// This text.
    Text(&'a str),
    /// A number.
    Number,
    /// Any text without a space.
    Word,
}

impl Pattern {
    /// A pattern of these pieces; `None` if it is too long, or if a text has a byte that stands for a gap.
    pub fn of<'a>(pieces: impl IntoIterator<Item = Gap<'a>>) -> Option<Pattern> {
        let is_special = |byte| matches!(byte, gap::NUMBER | gap::WORD | b'\n');
        let mut bytes = Vec::new();
        for piece in pieces {
            match piece {
                Gap::Text(text) if text.bytes().any(is_special) => {
                    return None;
                }
                Gap::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Gap::Number => bytes.push(gap::NUMBER),
                Gap::Word => bytes.push(gap::WORD),
            }
        }
        (!bytes.is_empty() && bytes.len() <= NAME).then_some(Pattern(bytes))
    }
}

impl Control {
    /// Writes the control file and an empty log into a folder.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("control"), self.file().to_bytes())?;
        fs::write(folder.join("log"), "")
    }

    fn file(&self) -> ControlFile {
        let mut file = ControlFile::idle();
        let micros = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        (file.delayed, file.delay) = match self.delays {
            Delays::None => (delayed::NONE, 0),
            Delays::Some(most) => (delayed::SOME, micros(most)),
            Delays::AllButMain(most) => (delayed::ALL_BUT_MAIN, micros(most)),
            Delays::Main(most) => (delayed::MAIN, micros(most)),
        };
        file.seed = self.seed;
        if let Some((hold, time)) = &self.hold {
            let name;
            (file.held, file.held_from, name) = match hold {
                Hold::Prints(Pattern(text), first) => (held::PRINTS, *first as u32 + 1, &**text),
                Hold::Print(path, number) => (held::PRINT, *number, path.as_bytes()),
                Hold::Start(path) => (held::START, 0, path.as_bytes()),
            };
            // No thread has a longer path, so a truncated one matches nothing.
            let name = &name[..name.len().min(NAME)];
            file.name[..name.len()].copy_from_slice(name);
            file.name_length = name.len() as u64;
            file.held_for = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        }
        if self.tells_pauses {
            *file.pauses.get_mut() = MOST_PAUSES;
        }
        file.traced = self.tells_points.into();
        file
    }
}

/// Releases all holds of a run. `folder` contains its control file.
///
/// # Errors
/// The file cannot be written.
pub fn release(folder: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).open(folder.join("control"))?;
    file.seek(SeekFrom::Start(offset_of!(ControlFile, released) as u64))?;
    file.write_all(&1_u32.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Control, Delays, Gap, Hold, Pattern};

    #[test]
    fn a_control_file_has_the_requests() {
        let pieces = [
            Gap::Text("took"),
            Gap::Number,
            Gap::Text("s by "),
            Gap::Word,
        ];
        let pattern = Pattern::of(pieces).expect("a short pattern");
        let control = Control {
            delays: Delays::AllButMain(Duration::from_millis(2)),
            hold: Some((Hold::Prints(pattern, 4), Duration::from_secs(1))),
            seed: 7,
            tells_pauses: true,
            tells_points: true,
        };
        let bytes = control.file().to_bytes();
        let number = |at: usize| {
            u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        // The longest delay, the delayed threads, the seed, the held prints, the first of them, the longest hold.
        assert_eq!(
            [0, 4, 8, 16, 20, 24].map(number),
            [2000, 2, 7, 1, 5, 1_000_000]
        );
        // The name, and the number of pauses.
        assert_eq!((number(80), number(600)), (11, 50_000));
        // Whether points are logged.
        assert_eq!(number(604), 1);
        assert_eq!(bytes[88..][..12], *b"took\x01s by \x02\0");
        // The notes of the processes.
        assert_eq!(bytes[32..80], [0; 48]);
    }

    #[test]
    fn a_too_long_path_is_truncated() {
        let hold = Hold::Start("0.1".repeat(1000));
        let control = Control {
            hold: Some((hold, Duration::ZERO)),
            ..Control::default()
        };
        assert_eq!(control.file().name().len(), super::NAME);
    }
}
