//! The C library's streams under a schedule. They read from their files within the C library, so their thread first
//! waits until there is something to read.

use core::ffi::{c_char, c_int, c_void};

use crate::files::{READABLE, note_event, wait_until_ready};
use crate::scheduled::{Scheduled, scheduled};
use crate::system::{FileStatus, instead_of, real};

// SAFETY: these are the types of the C library's functions and variables.
unsafe extern "C" {
    static stdin: *mut Stream;
    fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
}

/// The first fields of glibc's `FILE`.
#[repr(C)]
pub struct Stream {
    flags: c_int,
    next: *const u8,
    end: *const u8,
}

const EOF: c_int = -1;

type Number = unsafe extern "C" fn(*mut Stream) -> c_int;
type Get = unsafe extern "C" fn(*mut Stream) -> c_int;
type Read = unsafe extern "C" fn(*mut c_void, usize, usize, *mut Stream) -> usize;

/// The schedule, if a read of the stream may have to wait.
///
/// # Safety
/// It is a stream, or null.
unsafe fn waiting(stream: *mut Stream) -> Option<(Scheduled, c_int)> {
    let scheduled = scheduled().filter(|_| cfg!(target_env = "gnu") && !stream.is_null())?;
    // SAFETY: the function has this type; the caller guarantees the rest.
    let file = unsafe { real!(fileno as Number)(stream) };
    let status = FileStatus::of(file).filter(|_| file >= 0)?;
    status.is_awaited().then_some((scheduled, file))
}

/// The number of bytes that the stream has read and not given out.
///
/// # Safety
/// It is a stream.
unsafe fn stored(stream: *mut Stream) -> usize {
    // SAFETY: the caller guarantees it; the fields are those of glibc.
    let Stream { next, end, .. } = unsafe { &*stream };
    (*end as usize).saturating_sub(*next as usize)
}

/// Waits until a read of the stream need not wait.
///
/// # Safety
/// It is a stream, or null.
unsafe fn wait(stream: *mut Stream) {
    // SAFETY: the caller guarantees it.
    unsafe {
        if let Some((scheduled, file)) = waiting(stream)
            && stored(stream) == 0
            && wait_until_ready(scheduled, file, READABLE)
        {
            // A writer may wait for room.
            note_event();
        }
    }
}

/// The next byte of a stream, or EOF.
///
/// # Safety
/// It is a stream.
unsafe fn next(stream: *mut Stream) -> c_int {
    // SAFETY: the function has this type; the caller guarantees the rest.
    unsafe {
        wait(stream);
        real!(getc as Get)(stream)
    }
}

/// Functions that read one byte.
macro_rules! reads_byte {
    ($($name:ident),+) => {$(
        instead_of! {
            /// A function that reads a byte.
            fn $name(stream: *mut Stream) -> c_int = |call| {
                // SAFETY: the stream is the caller's.
                unsafe { wait(stream) };
                call()
            }
        }
    )+};
}

reads_byte! { getc, fgetc, getc_unlocked, fgetc_unlocked, __uflow, __underflow }

instead_of! {
    /// getchar(3).
    fn getchar() -> c_int = |call| {
        // SAFETY: the stream is the C library's.
        unsafe { wait(stdin) };
        call()
    }
}

/// fread(3).
///
/// # Safety
/// The arguments obey the rules of fread(3); the size is not 0.
unsafe fn read_all(into: *mut c_void, size: usize, count: usize, stream: *mut Stream) -> usize {
    let bytes = size.saturating_mul(count);
    let mut done = 0;
    while done < bytes {
        // SAFETY: the function has this type; the caller guarantees the rest.
        let read = unsafe {
            wait(stream);
            // One byte makes the stream read once.
            let most = stored(stream).clamp(1, bytes - done);
            real!(fread as Read)(into.cast::<u8>().add(done).cast(), 1, most, stream)
        };
        if read == 0 {
            break;
        }
        done += read;
    }
    done / size
}

macro_rules! reads_all {
    ($($name:ident),+) => {$(
        instead_of! {
            /// A function that reads so many items.
            fn $name(into: *mut c_void, size: usize, count: usize, stream: *mut Stream) -> usize = |call| {
                // SAFETY: the arguments are the caller's.
                unsafe {
                    match waiting(stream) {
                        Some(_) if size > 0 => read_all(into, size, count, stream),
                        _ => call(),
                    }
                }
            }
        }
    )+};
}

reads_all! { fread, fread_unlocked }

/// fgets(3).
///
/// # Safety
/// The arguments obey its rules; there is room for two bytes.
unsafe fn read_line(into: *mut c_char, room: c_int, stream: *mut Stream) -> *mut c_char {
    let mut length = 0;
    while length + 1 < room as usize {
        // SAFETY: the caller guarantees it.
        let byte = unsafe { next(stream) };
        if byte == EOF {
            break;
        }
        // SAFETY: there is room.
        unsafe { into.add(length).write(byte as c_char) };
        length += 1;
        if byte == c_int::from(b'\n') {
            break;
        }
    }
    if length == 0 {
        return core::ptr::null_mut();
    }
    // SAFETY: there is room for it.
    unsafe { into.add(length).write(0) };
    into
}

macro_rules! reads_line {
    ($($name:ident),+) => {$(
        instead_of! {
            /// A function that reads a line.
            fn $name(into: *mut c_char, room: c_int, stream: *mut Stream) -> *mut c_char = |call| {
                // SAFETY: the arguments are the caller's.
                unsafe {
                    match waiting(stream) {
                        Some(_) if room > 1 => read_line(into, room, stream),
                        _ => call(),
                    }
                }
            }
        }
    )+};
}

reads_line! { fgets, fgets_unlocked }

/// getdelim(3); -1: there is no more text, or no memory.
///
/// # Safety
/// The arguments obey its rules.
unsafe fn read_until(
    line: *mut *mut c_char,
    room: *mut usize,
    end: c_int,
    stream: *mut Stream,
) -> isize {
    // SAFETY: the caller guarantees it: the line has so much room, or is null, and may move.
    unsafe {
        let mut length = 0;
        loop {
            if (*line).is_null() || *room < length + 2 {
                let wanted = if (*line).is_null() {
                    120
                } else {
                    (*room * 2).max(length + 2)
                };
                let moved = realloc((*line).cast(), wanted);
                if moved.is_null() {
                    return -1;
                }
                (*line, *room) = (moved.cast(), wanted);
            }
            let byte = next(stream);
            if byte == EOF {
                break;
            }
            (*line).add(length).write(byte as c_char);
            length += 1;
            if byte == end {
                break;
            }
        }
        if length == 0 {
            return -1;
        }
        (*line).add(length).write(0);
        length as isize
    }
}

macro_rules! reads_until {
    ($($name:ident),+) => {$(
        instead_of! {
            /// A function that reads until a byte.
            fn $name(line: *mut *mut c_char, room: *mut usize, end: c_int, stream: *mut Stream) -> isize = |call| {
                // SAFETY: the arguments are the caller's.
                unsafe {
                    match waiting(stream) {
                        Some(_) if !line.is_null() && !room.is_null() => read_until(line, room, end, stream),
                        _ => call(),
                    }
                }
            }
        }
    )+};
}

reads_until! { getdelim, __getdelim }

instead_of! {
    /// getline(3).
    fn getline(line: *mut *mut c_char, room: *mut usize, stream: *mut Stream) -> isize = |call| {
        // SAFETY: the arguments are the caller's.
        unsafe {
            match waiting(stream) {
                Some(_) if !line.is_null() && !room.is_null() => {
                    read_until(line, room, c_int::from(b'\n'), stream)
                }
                _ => call(),
            }
        }
    }
}
