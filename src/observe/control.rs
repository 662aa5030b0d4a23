//! What the observer is told: a file that every process of a run maps.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

/// What is to be done to a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Control {
    /// Who is delayed, and by how much at most.
    pub delays: Delays,
    /// What is held back, and for how long at most.
    pub hold: Option<(Hold, Duration)>,
    /// Makes the delays of one run other than those of another.
    pub seed: u64,
    /// Whether it is told when threads do not run, why, and who lets them go on.
    pub tells_pauses: bool,
}

/// At most so many pauses, and what ends them, are told of a run: more could not be seen in a picture.
pub const MOST_PAUSES: u32 = 50_000;

/// Who is delayed, when it starts and before each print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delays {
    /// Nobody.
    #[default]
    None,
    /// Everybody, one time in three, by less than this.
    Some(Duration),
    /// All but the program's first thread, each time, by this at most.
    AllButMain(Duration),
    /// The first thread of each process, each time, by this at most.
    Main(Duration),
}

/// What is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// Prints whose text fits a pattern, from the one with this number on, from 0.
    Prints(Pattern, usize),
    /// A print of the actor with this path, by its number, from 0.
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
    /// No gap: this text.
    Text(&'a str),
    /// A number.
    Number,
    /// Anything without a space.
    Word,
}

/// The most bytes that there is room for.
const NAME: usize = 512;

impl Pattern {
    /// A pattern of these pieces; `None`: there is no room for it, or it holds what stands for a gap.
    pub fn of<'a>(pieces: impl IntoIterator<Item = Gap<'a>>) -> Option<Pattern> {
        let mut bytes = Vec::new();
        for piece in pieces {
            match piece {
                Gap::Text(text) if text.bytes().any(|byte| matches!(byte, 1 | 2 | b'\n')) => {
                    return None;
                }
                Gap::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Gap::Number => bytes.push(1),
                Gap::Word => bytes.push(2),
            }
        }
        (!bytes.is_empty() && bytes.len() <= NAME).then_some(Pattern(bytes))
    }
}

/// Where `released` stands in the file.
const RELEASED: u64 = 36;

impl Control {
    /// Writes the control file and an empty log into a folder.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("control"), self.bytes())?;
        fs::write(folder.join("log"), "")
    }

    /// As `struct Control` in `preloaded/begin.rs` has it.
    fn bytes(&self) -> Vec<u8> {
        let micros = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        let (delayed, delay): (u32, u32) = match self.delays {
            Delays::None => (0, 0),
            Delays::Some(most) => (1, micros(most)),
            Delays::AllButMain(most) => (2, micros(most)),
            Delays::Main(most) => (3, micros(most)),
        };
        let (held, from, name): (u32, u32, &[u8]) = match &self.hold {
            None => (0, 0, &[]),
            Some((Hold::Prints(Pattern(pattern), nth), _)) => (1, *nth as u32 + 1, pattern),
            Some((Hold::Print(path, number), _)) => (2, *number, path.as_bytes()),
            Some((Hold::Start(path), _)) => (3, 0, path.as_bytes()),
        };
        let time = self.hold.as_ref().map_or(Duration::ZERO, |(_, time)| *time);
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        bytes.extend(delay.to_ne_bytes());
        bytes.extend(delayed.to_ne_bytes());
        bytes.extend(self.seed.to_ne_bytes());
        bytes.extend(held.to_ne_bytes());
        bytes.extend(from.to_ne_bytes());
        bytes.extend(time.to_ne_bytes());
        // How many have come, whether they may go, until when they are held, and the streams.
        bytes.extend([0; 4 + 4 + 8 + 4 * 8]);
        bytes.extend((name.len() as u64).to_ne_bytes());
        let mut room = [0; NAME];
        room[..name.len()].copy_from_slice(name);
        bytes.extend(room);
        let pauses = if self.tells_pauses { MOST_PAUSES } else { 0 };
        bytes.extend(pauses.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes
    }
}

/// Lets what is held in a run go. `folder`: where its control file lies.
///
/// # Errors
/// The file cannot be written.
pub fn release(folder: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).open(folder.join("control"))?;
    file.seek(SeekFrom::Start(RELEASED))?;
    file.write_all(&1_u32.to_ne_bytes())
}
