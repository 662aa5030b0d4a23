//! The C library: safe wrappers of the functions that the observer calls, and the macro that replaces a function.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

// SAFETY: these are the types of the functions and variables of glibc and musl on 64-bit Linux. The functions marked
// safe take no pointer and accept any argument.
unsafe extern "C" {
    static program_invocation_short_name: *const c_char;
    pub(crate) safe fn abort() -> !;
    pub(crate) safe fn pthread_self() -> usize;
    safe fn __errno_location() -> *mut c_int;
    fn dlsym(object: *mut c_void, name: *const c_char) -> *mut c_void;
    fn fstat(file: c_int, into: *mut FileStatus) -> c_int;
}

/// The numbers of errors, as on every Linux (errno(3)).
pub(crate) const EPERM: c_int = 1;
pub(crate) const ESRCH: c_int = 3;
pub(crate) const EINTR: c_int = 4;
pub(crate) const ENXIO: c_int = 6;
pub(crate) const EBADF: c_int = 9;
pub(crate) const ECHILD: c_int = 10;
pub(crate) const EAGAIN: c_int = 11;
pub(crate) const EACCES: c_int = 13;
pub(crate) const EBUSY: c_int = 16;
pub(crate) const EINVAL: c_int = 22;
pub(crate) const EDEADLK: c_int = 35;
pub(crate) const ENOMSG: c_int = 42;
pub(crate) const ETIMEDOUT: c_int = 110;

/// `struct timespec`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanos: i64,
}

/// The monotonic clock, in nanoseconds.
pub(crate) fn now() -> u64 {
    let mut time = Time {
        seconds: 0,
        nanos: 0,
    };
    type Clock = unsafe extern "C" fn(c_int, *mut Time) -> c_int;
    // SAFETY: the type is that of clock_gettime(2). `time` can be written. 1 is CLOCK_MONOTONIC, which every Linux has.
    unsafe { real!(clock_gettime as Clock)(1, &mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanos as u64
}

impl Time {
    /// No time.
    pub(crate) const ZERO: Time = Time {
        seconds: 0,
        nanos: 0,
    };

    /// So many microseconds.
    pub(crate) fn of_micros(micros: u64) -> Time {
        Time::of_nanos(micros.saturating_mul(1000))
    }

    /// So many nanoseconds.
    pub(crate) fn of_nanos(nanos: u64) -> Time {
        Time {
            seconds: (nanos / 1_000_000_000) as i64,
            nanos: (nanos % 1_000_000_000) as i64,
        }
    }

    /// In nanoseconds; `None` if it is no time that the C library would accept.
    pub(crate) fn to_nanos(self) -> Option<u64> {
        let is_valid = self.seconds >= 0 && (0..1_000_000_000).contains(&self.nanos);
        let seconds = (self.seconds as u64).saturating_mul(1_000_000_000);
        is_valid.then(|| seconds.saturating_add(self.nanos as u64))
    }
}

/// Sleeps in real time, and resumes after a signal.
pub(crate) fn sleep(micros: u64) {
    let mut time = Time::of_micros(micros);
    let left = &raw mut time;
    type Sleep = unsafe extern "C" fn(*const Time, *mut Time) -> c_int;
    // SAFETY: the type is that of nanosleep(2), and both pointers lead to `time`: the call may overwrite its argument
    // with the rest.
    while unsafe { real!(nanosleep as Sleep)(left, left) } != 0 {}
}

/// Sleeps for so many microseconds of real time, less after a signal.
pub(crate) fn nap(micros: u64) {
    let time = Time::of_micros(micros);
    type Sleep = unsafe extern "C" fn(*const Time, *mut Time) -> c_int;
    // SAFETY: the type is that of nanosleep(2); the rest is not wanted.
    unsafe { real!(nanosleep as Sleep)(&time, null_mut()) };
}

type Get = unsafe extern "C" fn() -> c_int;

/// The kernel's id of the process.
pub(crate) fn process_id() -> u32 {
    // SAFETY: the function has this type.
    unsafe { real!(getpid as Get)() }.unsigned_abs()
}

/// The kernel's id of the thread.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: the function has this type.
    unsafe { real!(gettid as Get)() }.unsigned_abs()
}

/// The name of the program, without its folder.
pub(crate) fn program() -> &'static [u8] {
    // SAFETY: the C library sets it to a permanent text before any code of the program runs.
    unsafe { CStr::from_ptr(program_invocation_short_name) }.to_bytes()
}

/// The path of the executable, without links; `None` if the kernel does not tell it, or if it does not fit into `room`.
pub(crate) fn executable(room: &mut [u8]) -> Option<&[u8]> {
    type Read = unsafe extern "C" fn(*const c_char, *mut c_char, usize) -> isize;
    let _errno = KeptErrno::new();
    let path = c"/proc/self/exe".as_ptr();
    // SAFETY: the function has this type, the path ends with a NUL, and there is so much room.
    let read = unsafe { real!(readlink as Read)(path, room.as_mut_ptr().cast(), room.len()) };
    let length = usize::try_from(read).ok()?;
    room.get(..length).filter(|path| path.len() < room.len())
}

/// The thread's `errno`.
pub(crate) fn errno() -> c_int {
    // SAFETY: the pointer leads to the thread's own number, as long as the thread lives.
    unsafe { *__errno_location() }
}

/// Sets the thread's `errno`.
pub(crate) fn set_errno(number: c_int) {
    // SAFETY: as in `errno`.
    unsafe { *__errno_location() = number };
}

/// Restores `errno` at the end of its scope: the program must not notice the observer's own calls.
pub(crate) struct KeptErrno(c_int);

impl KeptErrno {
    pub(crate) fn new() -> KeptErrno {
        KeptErrno(errno())
    }
}

impl Drop for KeptErrno {
    fn drop(&mut self) {
        set_errno(self.0);
    }
}

/// The first fields of `struct stat` on 64-bit Linux, and room for the rest. The mode is the first of two halves on
/// some processors, and comes after the number of links on x86-64.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct FileStatus {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    #[cfg(target_arch = "x86_64")]
    links: u64,
    mode: u32,
    rest: [u64; 30],
}

impl FileStatus {
    /// The file of a descriptor; `None` if it is not open.
    pub(crate) fn of(file: c_int) -> Option<FileStatus> {
        let mut status = MaybeUninit::<FileStatus>::zeroed();
        // SAFETY: `FileStatus` is larger than `struct stat`, so the call writes within it.
        let is_open = unsafe { fstat(file, status.as_mut_ptr()) } == 0;
        // SAFETY: it has only numbers, for which any bytes are valid, and all of them were zeroed.
        is_open.then(|| unsafe { status.assume_init() })
    }

    /// Whether a thread can wait for it: a pipe, a socket, a terminal, or another device.
    pub(crate) fn is_awaited(&self) -> bool {
        // S_IFMT; S_IFIFO, S_IFCHR, S_IFSOCK
        matches!(self.mode & 0o170_000, 0o010_000 | 0o020_000 | 0o140_000)
    }

    /// Whether it is a pipe, or a FIFO.
    pub(crate) fn is_fifo(&self) -> bool {
        self.mode & 0o170_000 == 0o010_000
    }
}

/// A descriptor of the observer's own, which is closed at the end of its scope.
pub(crate) struct Descriptor(c_int);

/// O_RDONLY | O_CLOEXEC
pub(crate) const READ: c_int = 0o2_000_000;
/// O_RDWR | O_CLOEXEC
pub(crate) const READ_AND_WRITE: c_int = 0o2 | 0o2_000_000;
/// O_WRONLY | O_APPEND | O_CLOEXEC
pub(crate) const APPEND: c_int = 0o1 | 0o2000 | 0o2_000_000;

impl Descriptor {
    pub(crate) fn open(path: &CStr, how: c_int) -> Option<Descriptor> {
        type Open = unsafe extern "C" fn(*const c_char, c_int, ...) -> c_int;
        // SAFETY: the type is that of open(2). The path ends with a NUL, and `how` creates nothing, so there is no third
        // argument.
        let file = unsafe { real!(open as Open)(path.as_ptr(), how) };
        (file >= 0).then_some(Descriptor(file))
    }

    /// Opens a path that begins in a folder.
    ///
    /// # Safety
    /// The path ends with a NUL; `how` creates nothing.
    pub(crate) unsafe fn open_at(
        folder: c_int,
        path: *const c_char,
        how: c_int,
    ) -> Option<Descriptor> {
        type Open = unsafe extern "C" fn(c_int, *const c_char, c_int, ...) -> c_int;
        // SAFETY: the type is that of openat(2); the caller guarantees the rest.
        let file = unsafe { real!(openat as Open)(folder, path, how) };
        (file >= 0).then_some(Descriptor(file))
    }

    pub(crate) fn number(&self) -> c_int {
        self.0
    }

    /// Moves the file to a high descriptor, out of the program's way; the same descriptor if none is free.
    pub(crate) fn raised(self) -> Descriptor {
        type Control = unsafe extern "C" fn(c_int, c_int, ...) -> c_int;
        // SAFETY: the type is that of fcntl(2). F_DUPFD_CLOEXEC takes one number more, and changes no descriptor that is
        // open.
        let high = unsafe { real!(fcntl as Control)(self.0, 1030, 800 as c_int) };
        if high < 0 { self } else { Descriptor(high) }
    }

    /// Returns the descriptor without closing it.
    pub(crate) fn left_open(self) -> c_int {
        let number = self.0;
        core::mem::forget(self);
        number
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        type Close = unsafe extern "C" fn(c_int) -> c_int;
        // SAFETY: the function has this type. The observer has opened the file, and nothing else has its number.
        unsafe { real!(close as Close)(self.0) };
    }
}

/// `struct iovec`.
#[repr(C)]
struct Part<'a> {
    start: *const u8,
    bytes: usize,
    borrowed: PhantomData<&'a [u8]>,
}

/// Writes these parts in one call, so that in a file opened to append, they don't interleave with the writes of
/// other threads. Errors are ignored, because the observer has nobody to report them to.
pub(crate) fn write_at_once(file: c_int, parts: [&[u8]; 3]) {
    let parts = parts.map(|part| Part {
        start: part.as_ptr(),
        bytes: part.len(),
        borrowed: PhantomData,
    });
    type Write = unsafe extern "C" fn(c_int, *const Part<'_>, c_int) -> isize;
    // SAFETY: the function has this type. `Part` is laid out as `struct iovec`, and each leads to bytes that are
    // borrowed until after the call.
    unsafe { real!(writev as Write)(file, parts.as_ptr(), 3) };
}

/// A function that a library of the program may have, by the place where it is kept; `None`: there is none.
pub(crate) fn found(place: &AtomicPtr<c_void>, name: &CStr) -> Option<*mut c_void> {
    const RTLD_DEFAULT: *mut c_void = null_mut();
    let mut found = place.load(Relaxed);
    if found.is_null() {
        // SAFETY: RTLD_DEFAULT is never dereferenced, and the name ends with a NUL.
        found = unsafe { dlsym(RTLD_DEFAULT, name.as_ptr()) };
        place.store(found, Relaxed);
    }
    (!found.is_null()).then_some(found)
}

/// A function of the C library, looked up at its first use.
pub(crate) struct Real(AtomicPtr<c_void>);

impl Real {
    pub(crate) const fn unknown() -> Real {
        Real(AtomicPtr::new(null_mut()))
    }

    /// The next function of this name after the observer's, as the loader would find it.
    ///
    /// # Safety
    /// `F` must be the type of a pointer to that function, and the name must be the same in all calls.
    pub(crate) unsafe fn get<F: Copy>(&self, name: &CStr) -> F {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        const RTLD_NEXT: *mut c_void = -1_isize as *mut c_void;
        let mut found = self.0.load(Relaxed);
        if found.is_null() {
            // SAFETY: RTLD_NEXT is never dereferenced, and the name ends with a NUL.
            found = unsafe { dlsym(RTLD_NEXT, name.as_ptr()) };
            if found.is_null() {
                abort();
            }
            self.0.store(found, Relaxed);
        }
        // SAFETY: the caller guarantees that `F` points to this function. It is as large as a pointer, and not null.
        unsafe { (&raw const found).cast::<F>().read() }
    }
}

/// The C library's own function of a name, which the observer may replace. It must have the given type.
macro_rules! real {
    ($name:ident as $type:ty) => {
        $crate::system::real!(symbol stringify!($name), $type)
    };
    (symbol $name:expr, $type:ty) => {{
        static REAL: $crate::system::Real = $crate::system::Real::unknown();
        REAL.get::<$type>($crate::system::c_text!($name))
    }};
}
pub(crate) use real;

/// A C string made of a literal.
macro_rules! c_text {
    ($text:expr) => {
        const {
            match core::ffi::CStr::from_bytes_with_nul(concat!($text, "\0").as_bytes()) {
                Ok(text) => text,
                Err(_) => panic!("a NUL within the text"),
            }
        }
    };
}
pub(crate) use c_text;

/// Replaces a function of the C library. `|call|` stands for the real function, called with the program's
/// arguments; `|real|` after `unsafe` stands for the function itself, which may be called with others.
///
/// Only a preloaded observer exports the function under its name: a test must still have the real one.
macro_rules! instead_of {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $returned:ty = |$call:ident| $body:expr) => {
        $crate::system::instead_of! {
            $(#[$doc])*
            fn $name($($argument: $type),*) -> $returned = unsafe |real| {
                // SAFETY: the arguments are the caller's, who obeys the rules of this function.
                let $call = || unsafe { real($($argument),*) };
                $body
            }
        }
    };
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $returned:ty = unsafe |$real:ident| $body:expr) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// The caller obeys the rules of the C library's function of this name.
        #[cfg_attr(preloaded, unsafe(no_mangle))]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> $returned {
            type Real = unsafe extern "C" fn($($type),*) -> $returned;
            // SAFETY: the type is that of the C library's function of this name.
            let $real: Real = unsafe { $crate::system::real!($name as Real) };
            $body
        }
    };
}
pub(crate) use instead_of;

/// The bytes that a program passes to a function of the C library.
///
/// # Safety
/// There are so many bytes at `start`, or it is null, and they do not change while they are borrowed.
pub(crate) unsafe fn bytes_at<'a>(start: *const c_void, bytes: usize) -> &'a [u8] {
    if start.is_null() || bytes == 0 {
        return &[];
    }
    // SAFETY: the caller guarantees it; empty and missing texts are excluded above.
    unsafe { core::slice::from_raw_parts(start.cast(), bytes) }
}
