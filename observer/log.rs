//! The log: an event a record, and the function of the C library that all output goes through.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst};

use crate::actor::Actor;
use crate::files::{in_parts, is_written_in_parts, writing};
use crate::ids::own_process;
use crate::layout::{RecordHead, kind, stream};
use crate::pauses::feeds;
use crate::process::{actor, process};
use crate::scheduled::virtual_now;
use crate::system::{APPEND, Descriptor, FileStatus, KeptErrno};
use crate::system::{bytes_at, instead_of, now, write_at_once};

/// Adds a record to the log, with `errno` left as it was.
pub(crate) fn log(actor: &Actor, kind: u8, detail: u8, text: &[u8]) {
    log_at(virtual_now().unwrap_or_else(now), actor, kind, detail, text);
}

/// The same, at this time.
pub(crate) fn log_at(at: u64, actor: &Actor, kind: u8, detail: u8, text: &[u8]) {
    let _errno = KeptErrno::new();
    let path = actor.path.as_bytes();
    let head = RecordHead {
        length: (size_of::<RecordHead>() + path.len() + text.len()) as u32,
        path: path.len() as u16,
        kind,
        detail,
        process: own_process(),
        prints: actor.prints.get(),
        at,
    };
    if let Some(file) = log_file() {
        write_at_once(file, [&head.to_bytes(), path, text]);
    }
}

/// The descriptor of the log, or -1 before it is opened.
static FILE: AtomicI32 = AtomicI32::new(-1);
static DEVICE: AtomicU64 = AtomicU64::new(0);
static INODE: AtomicU64 = AtomicU64::new(0);

/// The log, opened again if the program has closed it; never a file that the program has opened under its number.
fn log_file() -> Option<c_int> {
    let identity = |file| FileStatus::of(file).map(|status| (status.device, status.inode));
    let file = FILE.load(SeqCst);
    if file >= 0 && identity(file) == Some((DEVICE.load(SeqCst), INODE.load(SeqCst))) {
        return Some(file);
    }
    let file = Descriptor::open(process()?.log, APPEND)?.raised();
    let (device, inode) = identity(file.number())?;
    DEVICE.store(device, SeqCst);
    INODE.store(inode, SeqCst);
    let file = file.left_open();
    FILE.store(file, SeqCst);
    Some(file)
}

/// Whether the calling thread is in a function that prints.
pub(crate) fn is_printing() -> bool {
    actor().is_some_and(|actor| actor.depth.get() > 0)
}

/// The stream of the program that a descriptor leads to, one of [`stream`].
pub(crate) fn stream(file: c_int) -> Option<u8> {
    let files = &process()?.control.files;
    let status = FileStatus::of(file)?;
    let mut streams = files.iter().zip([stream::STDOUT, stream::STDERR]);
    let is = |file: &crate::layout::FileIdentity| {
        file.device.load(SeqCst) == status.device && file.inode.load(SeqCst) == status.inode
    };
    streams.find(|(file, _)| is(file)).map(|(_, stream)| stream)
}

instead_of! {
    /// write(2): logs output, also through other descriptors than 1 and 2.
    fn write(file: c_int, text: *const c_void, bytes: usize) -> isize = unsafe |real| {
        let part = |text: *const c_void, bytes| {
            writing(file, || {
                if let (Some(actor), Some(stream)) = (actor(), stream(file)) {
                    // SAFETY: the caller passes the same bytes to the call below.
                    log(actor, kind::WRITE, stream, unsafe { bytes_at(text, bytes) });
                } else {
                    feeds(file);
                }
                // SAFETY: the bytes are the caller's.
                unsafe { real(file, text, bytes) }
            })
        };
        if is_written_in_parts(file, bytes) {
            // SAFETY: each part is within the caller's bytes.
            in_parts(bytes, |from, bytes| part(unsafe { text.byte_add(from) }, bytes))
        } else {
            part(text, bytes)
        }
    }
}
