//! The memory that the supervisor shares with the program.

#![expect(unsafe_code, reason = "mapping a file is unsafe by nature")]

use std::fs::File;
use std::io;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::thread::futex::{self, Flags, Timespec};

use super::token::shared::{Futex, Shared};

/// futex(2).
#[derive(Debug)]
pub(super) struct Kernel;

impl Futex for Kernel {
    fn wait(word: &AtomicU32, value: u32, micros: u64) {
        let time = Timespec::try_from(Duration::from_micros(micros)).ok();
        // The caller looks again, however the wait has ended.
        futex::wait(word, Flags::empty(), value, time.as_ref()).ok();
    }

    fn wake(word: &AtomicU32) {
        futex::wake(word, Flags::empty(), 1).ok();
    }

    fn thread() -> u32 {
        rustix::thread::gettid()
            .as_raw_nonzero()
            .get()
            .unsigned_abs()
    }
}

/// Creates a file of zeros for the shared memory, and maps it until this process ends.
///
/// # Errors
/// The file cannot be created or mapped.
pub(super) fn create(path: &Path) -> io::Result<&'static Shared> {
    let mut options = File::options();
    let file = options.read(true).write(true).create_new(true).open(path)?;
    file.set_len(size_of::<Shared>() as u64)?;
    // SAFETY: the system chooses a free address, and the mapping, aligned to a page, is permanent.
    let place = unsafe {
        mmap(
            null_mut(),
            size_of::<Shared>(),
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::SHARED,
            &file,
            0,
        )
    }?;
    // SAFETY: zero bytes are valid shared memory. The changing parts, which the program's processes
    // change, too, are atomic or guarded by its lock.
    Ok(unsafe { &*place.cast::<Shared>() })
}
