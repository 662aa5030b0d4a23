//! The binary interface between the tool and the observer: the control file, which every process of a run maps, and
//! the records of the log. Both sides compile this file, so that neither has offsets of its own.

use core::mem::offset_of;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// The maximum length of [`ControlFile::name`] in bytes.
pub const NAME: usize = 512;

/// The control file: requests of the tool, and notes of the processes for each other.
#[repr(C)]
#[derive(Debug)]
pub struct ControlFile {
    /// The longest delay, in microseconds; 0: there are none.
    pub delay: u32,
    /// The delayed threads, one of [`delayed`].
    pub delayed: u32,
    /// The seed of the delays: other seeds give other delays.
    pub seed: u64,
    /// The held prints or thread, one of [`held`].
    pub held: u32,
    /// The number of the first print that is held, as [`held`] counts.
    pub held_from: u32,
    /// The longest duration of the hold, in microseconds, from the first held print or thread.
    pub held_for: u64,
    /// The number of prints so far that match the hold.
    pub arrived: AtomicU32,
    /// Whether all holds are released; 0: no.
    pub released: AtomicU32,
    /// The end of the hold, in nanoseconds of the monotonic clock; 0: it has not begun.
    pub until: AtomicU64,
    /// The files of stdout and stderr at the start of the program.
    pub files: [FileIdentity; 2],
    /// The length of `name` in bytes.
    pub name_length: u64,
    /// The path of an actor, or a pattern (see [`gap`]).
    pub name: [u8; NAME],
    /// The number of pauses, and of events that end them, that are still logged; 0: none.
    pub pauses: AtomicU32,
    /// Whether scheduling points are logged; 0: no.
    pub traced: u32,
}

/// The identity of a file, which all its descriptors share.
#[repr(C)]
#[derive(Debug, Default)]
pub struct FileIdentity {
    /// The number of its device.
    pub device: AtomicU64,
    /// Its number on that device.
    pub inode: AtomicU64,
}

/// The delayed threads; each delay is at a thread's start or before a print.
pub mod delayed {
    /// None.
    pub const NONE: u32 = 0;
    /// All, one time in three, by less than the longest delay.
    pub const SOME: u32 = 1;
    /// All but the first thread of the program, each time, by at least half of the longest delay.
    pub const ALL_BUT_MAIN: u32 = 2;
    /// The first thread of each process, each time, by at least half of the longest delay.
    pub const MAIN: u32 = 3;
}

/// The held prints or the held thread.
pub mod held {
    /// Nothing.
    pub const NOTHING: u32 = 0;
    /// Prints whose text fits the pattern `name`, from `held_from` on, counted from 1.
    pub const PRINTS: u32 = 1;
    /// Print number `held_from`, counted from 0, of the actor with the path `name`.
    pub const PRINT: u32 = 2;
    /// The start of the actor with the path `name`.
    pub const START: u32 = 3;
}

/// The bytes of a pattern that stand for a gap in the text. All others stand for themselves.
pub mod gap {
    /// A number: spaces, a sign, digits and points.
    pub const NUMBER: u8 = 1;
    /// A word: any text without a space, a quotation mark or a closing bracket.
    pub const WORD: u8 = 2;
}

impl ControlFile {
    /// The control file of a run without delays, holds and logged pauses.
    pub fn idle() -> ControlFile {
        ControlFile {
            delay: 0,
            delayed: delayed::NONE,
            seed: 0,
            held: held::NOTHING,
            held_from: 0,
            held_for: 0,
            arrived: AtomicU32::new(0),
            released: AtomicU32::new(0),
            until: AtomicU64::new(0),
            files: Default::default(),
            name_length: 0,
            name: [0; NAME],
            pauses: AtomicU32::new(0),
            traced: 0,
        }
    }

    /// The used part of [`ControlFile::name`].
    pub fn name(&self) -> &[u8] {
        let length = usize::try_from(self.name_length).unwrap_or(NAME);
        &self.name[..length.min(NAME)]
    }

    /// The content of the file before the run. The processes' notes, which they write during the run, are 0.
    pub fn to_bytes(&self) -> [u8; size_of::<ControlFile>()] {
        let mut bytes = [0; size_of::<ControlFile>()];
        let mut put = |at: usize, field: &[u8]| bytes[at..][..field.len()].copy_from_slice(field);
        put(offset_of!(ControlFile, delay), &self.delay.to_ne_bytes());
        put(
            offset_of!(ControlFile, delayed),
            &self.delayed.to_ne_bytes(),
        );
        put(offset_of!(ControlFile, seed), &self.seed.to_ne_bytes());
        put(offset_of!(ControlFile, held), &self.held.to_ne_bytes());
        put(
            offset_of!(ControlFile, held_from),
            &self.held_from.to_ne_bytes(),
        );
        put(
            offset_of!(ControlFile, held_for),
            &self.held_for.to_ne_bytes(),
        );
        put(
            offset_of!(ControlFile, name_length),
            &self.name_length.to_ne_bytes(),
        );
        put(offset_of!(ControlFile, name), &self.name);
        put(
            offset_of!(ControlFile, pauses),
            &self.pauses.load(Relaxed).to_ne_bytes(),
        );
        put(offset_of!(ControlFile, traced), &self.traced.to_ne_bytes());
        bytes
    }
}

/// The head of a record in the log. The path of the actor follows, and then the record's text.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHead {
    /// The length of the whole record in bytes, with this head.
    pub length: u32,
    /// The length of the path in bytes.
    pub path: u16,
    /// The kind of event, one of [`kind`].
    pub kind: u8,
    /// More about the kind: one of [`stream`] or of [`why`], or 0.
    pub detail: u8,
    /// The id of the process; under a schedule, its virtual one.
    pub process: u32,
    /// The number of times that the actor had been about to print.
    pub prints: u32,
    /// The time, in nanoseconds of the monotonic clock.
    pub at: u64,
}

/// The kinds of event. The doc comment of each names the record's text, if there is one.
pub mod kind {
    /// A process started, or continues with another program. Text: the program's name.
    pub const PROCESS: u8 = b'C';
    /// The executable of a process, before its `PROCESS`. Text: its path without links, or nothing if it is unknown.
    pub const EXECUTABLE: u8 = b'O';
    /// The library of std, if the process has loaded it: its address, relative to the executable's entry point, as `u64`,
    /// and its path. Logged if pauses are.
    pub const STD_LIBRARY: u8 = b'L';
    /// A thread started. Text: its id, as `u32`; under a schedule, the virtual one.
    pub const THREAD: u8 = b'T';
    /// The actor is about to start a thread. Text: the thread's path.
    pub const STARTS_THREAD: u8 = b'N';
    /// The actor has started a thread. Text: the thread's handle, and its number among the actor's, each as `u64`.
    pub const HANDLE: u8 = b'K';
    /// The actor has started a process. Text: its number among the actor's, in decimal digits.
    pub const STARTS_PROCESS: u8 = b'F';
    /// The actor has learned that a process of its own has ended, and how: nobody else will.
    pub const REAPS: u8 = b'D';
    /// The actor is about to print. Text: the printed text, as far as it is known.
    pub const PRINT: u8 = b'P';
    /// The actor writes to the stream that `detail` names. Text: the bytes.
    pub const WRITE: u8 = b'W';
    /// The actor waits for others, for the first time since it last printed.
    pub const WAIT: u8 = b'V';
    /// The actor is held.
    pub const HELD: u8 = b'H';
    /// The actor was held, and continues.
    pub const RELEASED: u8 = b'R';
    /// The actor has a name. Text: the name.
    pub const NAMED: u8 = b'M';
    /// The actor stops running, by `detail`. Text: the awaited lock, thread or pipe, as `u64`, 0 if unknown; then the
    /// addresses of the functions that it is in, from the inside outward, relative to the executable's entry point,
    /// each as `u64`, as far as they are known.
    pub const PAUSES: u8 = b'B';
    /// The actor continues after a pause, by `detail`. Text: as for `PAUSES`, or the process that ended.
    pub const GOES_ON: u8 = b'E';
    /// The actor is about to wake the threads that wait for a lock. Text: the lock's address, as `u64`.
    pub const WAKES: u8 = b'U';
    /// The actor is about to write to a pipe. Text: the pipe's number, as `u64`.
    pub const FEEDS: u8 = b'Y';
    /// The actor comes to a scheduling point and gives the token away, as `detail` says. Text: the awaited object, and the
    /// deadline in nanoseconds of the virtual clock, each as `u64`, 0 if there is none.
    pub const POINT: u8 = b'S';
    /// The kernel has another id for the actor than the program sees. Text: that id, as `u32`.
    pub const KERNEL_ID: u8 = b'I';
    /// The actor, or with it its whole process, ends.
    pub const ENDS: u8 = b'X';
}

/// The streams of a program.
pub mod stream {
    /// Stdout.
    pub const STDOUT: u8 = 1;
    /// Stderr.
    pub const STDERR: u8 = 2;
}

/// The reasons for which a thread gives the token away.
pub mod point {
    /// Others may run first.
    pub const READY: u8 = 0;
    /// Others are to run first.
    pub const YIELDS: u8 = 1;
    /// It waits for its deadline.
    pub const TIME: u8 = 2;
    /// It waits for a lock or the like.
    pub const WORD: u8 = 3;
    /// It waits for a file.
    pub const FILE: u8 = 4;
    /// It waits for a process's end.
    pub const CHILD: u8 = 5;
    /// It waits for a thread's end.
    pub const THREAD: u8 = 6;
    /// It is held.
    pub const HELD: u8 = 7;
}

/// The reasons for which a thread does not run.
pub mod why {
    /// It sleeps, or a wait has timed out.
    pub const SLEEP: u8 = 0;
    /// It waits for a lock.
    pub const LOCK: u8 = 1;
    /// It waits for a thread's end.
    pub const THREAD: u8 = 2;
    /// It waits for a process's end.
    pub const CHILD: u8 = 3;
    /// It waits for input.
    pub const INPUT: u8 = 4;
}

impl RecordHead {
    /// The bytes of the head in the log.
    pub fn to_bytes(&self) -> [u8; size_of::<RecordHead>()] {
        let mut bytes = [0; size_of::<RecordHead>()];
        let mut put = |at: usize, field: &[u8]| bytes[at..][..field.len()].copy_from_slice(field);
        put(offset_of!(RecordHead, length), &self.length.to_ne_bytes());
        put(offset_of!(RecordHead, path), &self.path.to_ne_bytes());
        put(offset_of!(RecordHead, kind), &[self.kind]);
        put(offset_of!(RecordHead, detail), &[self.detail]);
        put(offset_of!(RecordHead, process), &self.process.to_ne_bytes());
        put(offset_of!(RecordHead, prints), &self.prints.to_ne_bytes());
        put(offset_of!(RecordHead, at), &self.at.to_ne_bytes());
        bytes
    }

    /// Reads the head at the start of these bytes; `None` if they are too few.
    pub fn read(bytes: &[u8]) -> Option<RecordHead> {
        fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
            bytes.get(at..)?.first_chunk().copied()
        }
        Some(RecordHead {
            length: u32::from_ne_bytes(field(bytes, offset_of!(RecordHead, length))?),
            path: u16::from_ne_bytes(field(bytes, offset_of!(RecordHead, path))?),
            kind: u8::from_ne_bytes(field(bytes, offset_of!(RecordHead, kind))?),
            detail: u8::from_ne_bytes(field(bytes, offset_of!(RecordHead, detail))?),
            process: u32::from_ne_bytes(field(bytes, offset_of!(RecordHead, process))?),
            prints: u32::from_ne_bytes(field(bytes, offset_of!(RecordHead, prints))?),
            at: u64::from_ne_bytes(field(bytes, offset_of!(RecordHead, at))?),
        })
    }
}

/// Asserts the layout of a type at compile time: its size, its offsets, and padding only at its end.
macro_rules! assert_layout {
    ($type:ident: $size:literal, $($field:ident: $offset:literal),+) => {
        const _: () = {
            assert!(size_of::<$type>() == $size);
            $(assert!(offset_of!($type, $field) == $offset);)+
        };
    };
}

assert_layout! {
    ControlFile: 608,
    delay: 0, delayed: 4, seed: 8, held: 16, held_from: 20, held_for: 24, arrived: 32, released: 36, until: 40,
    files: 48, name_length: 80, name: 88, pauses: 600
}
assert_layout! { FileIdentity: 16, device: 0, inode: 8 }
assert_layout! { RecordHead: 24, length: 0, path: 4, kind: 6, detail: 7, process: 8, prints: 12, at: 16 }

#[cfg(test)]
mod tests {
    use super::{ControlFile, RecordHead, kind, stream};

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let head = RecordHead {
            length: 0x0102_0304,
            path: 0x0506,
            kind: kind::WRITE,
            detail: stream::STDERR,
            process: 0x0708_090a,
            prints: 0x0b0c_0d0e,
            at: 0x0f10_1112_1314_1516,
        };
        let bytes = head.to_bytes();
        assert_eq!(RecordHead::read(&bytes), Some(head));
        assert_eq!(RecordHead::read(&bytes[1..]), None);
    }

    #[test]
    fn a_name_is_limited_to_its_array() {
        let mut control = ControlFile::idle();
        control.name_length = 3;
        assert_eq!(control.name(), [0; 3]);
        control.name_length = u64::MAX;
        assert_eq!(control.name().len(), super::NAME);
    }
}
