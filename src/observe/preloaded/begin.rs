//! The observer itself: an object that is preloaded into a program which was built with
//! `-C prefer-dynamic`. It holds back what it is told to hold back, delays what it is told to delay, and
//! keeps a log of who printed what, and who waited for what. The latter it can do to any program that calls
//! the C library, however it was built.
//!
//! It is compiled by the compiler that builds the programs, so that it shares their ABI, and without std,
//! so that programs in other languages, which inherit it, can start under it. The names of std's functions
//! are put in at the end by `mod.rs`, one line of macro each, as that compiler mangles them.
//!
//! Whatever waits here waits before std takes the lock of a stream: a thread that is held while it has the
//! lock would hold every other print too, and everything would look ordered.
#![no_std]
#![crate_type = "cdylib"]

use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use core::fmt::{self, Write};
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { abort() }
}

unsafe extern "C" {
    static mut environ: *const *const c_char;
    static mut program_invocation_short_name: *const c_char;
    fn abort() -> !;
    fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
    fn close(file: c_int) -> c_int;
    fn dlsym(object: *mut c_void, name: *const c_char) -> *mut c_void;
    fn fcntl(file: c_int, command: c_int, ...) -> c_int;
    fn free(memory: *mut c_void);
    fn fstat(file: c_int, into: *mut FileStatus) -> c_int;
    fn getenv(name: *const c_char) -> *const c_char;
    fn getpid() -> c_int;
    fn gettid() -> c_int;
    fn malloc(bytes: usize) -> *mut c_void;
    fn mmap(
        at: *mut c_void,
        bytes: usize,
        may: c_int,
        how: c_int,
        file: c_int,
        from: c_long,
    ) -> *mut c_void;
    fn open(path: *const c_char, how: c_int, ...) -> c_int;
    fn pthread_getspecific(key: u32) -> *mut c_void;
    fn pthread_self() -> usize;
    fn pthread_key_create(key: *mut u32, end: *const c_void) -> c_int;
    fn pthread_setspecific(key: u32, value: *const c_void) -> c_int;
    fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    fn unsetenv(name: *const c_char) -> c_int;
    fn writev(file: c_int, parts: *const Part, count: c_int) -> isize;
    fn __errno_location() -> *mut c_int;
}

#[repr(C)]
struct Time {
    seconds: i64,
    nanos: i64,
}

/// The first fields of `struct stat` on 64-bit Linux, and room for the rest. The mode is the first of two
/// halves on some processors, and stands behind the number of links on x86-64.
#[repr(C)]
struct FileStatus {
    device: u64,
    inode: u64,
    #[cfg(target_arch = "x86_64")]
    links: u64,
    mode: u32,
    rest: [u64; 30],
}

#[repr(C)]
struct Part {
    start: *const c_void,
    bytes: usize,
}

/// What the recorder wants, and what the processes tell each other: a file that all of them map.
/// `control.rs` writes it.
#[repr(C)]
struct Control {
    /// Below so many microseconds a delay is.
    delay: u32,
    /// Who is delayed: 0 nobody, 1 everybody one time in three, 2 all but the first thread of the program,
    /// each time, 3 the first thread of each process, each time.
    delayed: u32,
    seed: u64,
    /// What is held: 0 nothing, 1 prints whose text fits `name`, 2 print number `held_from` of the actor with
    /// the path `name`, 3 the start of that actor.
    held: u32,
    /// For 1: from which of these prints on, from 1. For 2: which, from 0.
    held_from: u32,
    /// For how many microseconds, from the first that is held.
    held_for: u64,
    /// How many of the prints have come.
    arrived: AtomicU32,
    /// Not 0: whatever is held may go.
    released: AtomicU32,
    /// When the hold ends, in nanoseconds of the monotonic clock; 0: it has not begun.
    until: AtomicU64,
    /// The files that standard output and standard error were when the program started.
    files: [AtomicU64; 4],
    /// How many bytes of `name` there are.
    name_length: u64,
    /// A path, or a text in which a byte 1 stands for a number, a byte 2 for anything without a space.
    name: [u8; 512],
    /// How many more pauses, and what ends them, are told; 0: none.
    pauses: AtomicU32,
}

/// How long a thread is delayed in all, in microseconds.
const MOST_DELAY: u64 = 300_000;
/// The longest path of an actor.
const PATH: usize = 96;

/// A thread. Its path says how it came about: `0` is the first thread of the program, `0.1` the second that
/// it starts, `0/0` the first thread of the first process that it starts.
#[repr(C)]
struct Actor {
    path: [u8; PATH],
    length: usize,
    threads: u32,
    processes: u32,
    /// How many times it has been about to print.
    prints: u32,
    /// How deep it is in functions of ours.
    depth: u32,
    /// Whether it has waited for what others bring, since it last printed.
    fed: bool,
    random: u64,
    delayed: u64,
}

impl Actor {
    /// One that has done nothing yet.
    const NEW: Actor = Actor {
        path: [0; PATH],
        length: 0,
        threads: 0,
        processes: 0,
        prints: 0,
        depth: 0,
        fed: false,
        random: 0,
        delayed: 0,
    };
}

static mut FIRST: Actor = Actor::NEW;
/// The actor that is this process's first thread.
static PROCESS: AtomicUsize = AtomicUsize::new(0);
static CONTROL: AtomicUsize = AtomicUsize::new(0);
static KEY: AtomicU32 = AtomicU32::new(u32::MAX);
static LOG: AtomicU32 = AtomicU32::new(u32::MAX);
static LOG_DEVICE: AtomicU64 = AtomicU64::new(0);
static LOG_INODE: AtomicU64 = AtomicU64::new(0);
/// The folder with the control file and the log, and what stood in the environment.
static mut FOLDER: [u8; 512] = [0; 512];
static mut PRELOAD: [u8; 512] = [0; 512];
static mut LIBRARIES: [u8; 1024] = [0; 1024];

const VARIABLE: &CStr = c"TRANSCRIPT_OBSERVER";

#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

/// Before `main`: takes what is ours out of the environment, for a program may print that.
extern "C" fn begin() {
    unsafe {
        let value = getenv(VARIABLE.as_ptr());
        if value.is_null() {
            return;
        }
        let value = CStr::from_ptr(value).to_bytes();
        let Some(space) = value.iter().position(|&byte| byte == b' ') else {
            return;
        };
        let (path, folder) = (&value[..space], &value[space + 1..]);
        if !keep(&raw mut FOLDER as *mut u8, 512, &[folder])
            || !keep_variable(&raw mut PRELOAD as *mut u8, 512, c"LD_PRELOAD")
            || !keep_variable(&raw mut LIBRARIES as *mut u8, 1024, c"LD_LIBRARY_PATH")
        {
            return;
        }
        let control = open_in_folder(b"/control", 0o2 | 0o2000000);
        if control < 0 {
            return;
        }
        let shared = mmap(null_mut(), size_of::<Control>(), 3, 1, control, 0);
        close(control);
        if shared as isize == -1 {
            return;
        }
        let mut key = 0;
        if pthread_key_create(&mut key, null()) != 0 {
            return;
        }
        // The seed of delays stands there.
        CONTROL.store(shared as usize, SeqCst);
        let first = &mut *(&raw mut FIRST);
        set_path(first, &[path]);
        KEY.store(key, SeqCst);
        pthread_setspecific(key, first as *mut Actor as *const c_void);
        PROCESS.store(first as *mut Actor as usize, SeqCst);
        for name in [VARIABLE, c"LD_PRELOAD", c"LD_LIBRARY_PATH"] {
            unsetenv(name.as_ptr());
        }
        let control = &*(shared as *const Control);
        if path == b"0" {
            for stream in 0..2 {
                if let Some((device, inode)) = identity(stream as c_int + 1) {
                    control.files[stream * 2].store(device, SeqCst);
                    control.files[stream * 2 + 1].store(inode, SeqCst);
                }
            }
        }
        log_process(first);
        delay(control, first);
        hold(control, first, None);
    }
}

/// Tells that a process has started, and its program's name.
unsafe fn log_process(first: &Actor) {
    let name = unsafe { CStr::from_ptr(program_invocation_short_name) };
    log(b'C', 0, first, name.to_bytes());
}

#[used]
#[unsafe(link_section = ".fini_array")]
static END: extern "C" fn() = end;

/// Behind `main`, or when a thread calls exit(3).
extern "C" fn end() {
    if let Some(first) = unsafe { (PROCESS.load(SeqCst) as *const Actor).as_ref() } {
        log(b'X', 0, first, &[]);
    }
}

/// Copies text, and a NUL behind it. Whether there was room.
unsafe fn keep(into: *mut u8, room: usize, parts: &[&[u8]]) -> bool {
    let mut at = 0;
    for part in parts {
        if at + part.len() >= room {
            return false;
        }
        unsafe {
            into.add(at)
                .copy_from_nonoverlapping(part.as_ptr(), part.len())
        };
        at += part.len();
    }
    unsafe { into.add(at).write(0) };
    true
}

/// `NAME=value`, as it stands in the environment.
unsafe fn keep_variable(into: *mut u8, room: usize, name: &CStr) -> bool {
    unsafe {
        let value = getenv(name.as_ptr());
        let value = if value.is_null() {
            c""
        } else {
            CStr::from_ptr(value)
        };
        keep(into, room, &[name.to_bytes(), b"=", value.to_bytes()])
    }
}

fn set_path(actor: &mut Actor, parts: &[&[u8]]) {
    let mut at = 0;
    for part in parts {
        for &byte in part.iter().take(PATH - at) {
            actor.path[at] = byte;
            at += 1;
        }
    }
    actor.length = at;
    let seed = control().map_or(0, |control| control.seed);
    actor.random = (hash(&actor.path[..at]) ^ seed) | 1;
}

/// A number as decimal digits.
fn digits(mut number: u32, into: &mut [u8; 10]) -> &[u8] {
    let mut at = into.len();
    loop {
        at -= 1;
        into[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &into[at..];
        }
    }
}

fn control() -> Option<&'static Control> {
    unsafe { (CONTROL.load(SeqCst) as *const Control).as_ref() }
}

fn actor() -> Option<&'static mut Actor> {
    let key = KEY.load(SeqCst);
    if key == u32::MAX {
        return None;
    }
    unsafe { (pthread_getspecific(key) as *mut Actor).as_mut() }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3)
    })
}
