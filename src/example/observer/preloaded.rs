//! The observer itself: an object that is preloaded into a program which was built with
//! `-C prefer-dynamic`. It holds back what it is told to hold back, delays what it is told to delay, and
//! keeps a log of who printed what.
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
    fn abort() -> !;
    fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
    fn close(file: c_int) -> c_int;
    fn dlsym(object: *mut c_void, name: *const c_char) -> *mut c_void;
    fn fcntl(file: c_int, command: c_int, ...) -> c_int;
    fn free(memory: *mut c_void);
    fn fstat(file: c_int, into: *mut FileStatus) -> c_int;
    fn getenv(name: *const c_char) -> *const c_char;
    fn getpid() -> c_int;
    fn malloc(bytes: usize) -> *mut c_void;
    fn mmap(at: *mut c_void, bytes: usize, may: c_int, how: c_int, file: c_int, from: c_long) -> *mut c_void;
    fn nanosleep(time: *const Time, left: *mut Time) -> c_int;
    fn open(path: *const c_char, how: c_int, ...) -> c_int;
    fn pthread_getspecific(key: u32) -> *mut c_void;
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

/// The first two fields of `struct stat` on 64-bit Linux, and room for the rest.
#[repr(C)]
struct FileStatus {
    device: u64,
    inode: u64,
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
    /// What is held: 0 nothing, 1 prints with the hash of a text, 2 prints with the hash of a text whose
    /// numbers do not count, 3 print number `held_from` of an actor, 4 the start of an actor.
    held: u32,
    /// For 1 and 2: from which of these prints on, from 1.
    held_from: u32,
    /// Of the text, or of the actor's path.
    held_hash: u64,
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
    random: u64,
    delayed: u64,
}

static mut FIRST: Actor = Actor {
    path: [0; PATH],
    length: 0,
    threads: 0,
    processes: 0,
    prints: 0,
    depth: 0,
    random: 0,
    delayed: 0,
};
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
        let Some(space) = value.iter().position(|&byte| byte == b' ') else { return };
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
        let first = &mut *(&raw mut FIRST);
        set_path(first, &[path]);
        KEY.store(key, SeqCst);
        pthread_setspecific(key, first as *mut Actor as *const c_void);
        CONTROL.store(shared as usize, SeqCst);
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
        log(b'C', 0, first, (0, 0), &[]);
        delay(control, first);
        hold(control, first, 4, 0, 0);
    }
}

/// Copies text, and a NUL behind it. Whether there was room.
unsafe fn keep(into: *mut u8, room: usize, parts: &[&[u8]]) -> bool {
    let mut at = 0;
    for part in parts {
        if at + part.len() >= room {
            return false;
        }
        unsafe { into.add(at).copy_from_nonoverlapping(part.as_ptr(), part.len()) };
        at += part.len();
    }
    unsafe { into.add(at).write(0) };
    true
}

/// `NAME=value`, as it stands in the environment.
unsafe fn keep_variable(into: *mut u8, room: usize, name: &CStr) -> bool {
    unsafe {
        let value = getenv(name.as_ptr());
        let value = if value.is_null() { c"" } else { CStr::from_ptr(value) };
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
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3))
}

/// The hashes of a text without its line's end: as it is, and with numbers that do not count.
fn hashes(text: &[u8]) -> (u64, u64) {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let (mut skeleton, mut in_number) = (0xcbf2_9ce4_8422_2325u64, false);
    for &byte in text {
        let is_digit = byte.is_ascii_digit();
        if !is_digit || !in_number {
            let byte = if is_digit { b'0' } else { byte };
            skeleton = (skeleton ^ byte as u64).wrapping_mul(0x100_0000_01b3);
        }
        in_number = is_digit;
    }
    (hash(text), skeleton)
}

fn now() -> u64 {
    let mut time = Time { seconds: 0, nanos: 0 };
    unsafe { clock_gettime(1, &mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanos as u64
}

fn sleep(micros: u64) {
    let mut time = Time { seconds: (micros / 1_000_000) as i64, nanos: (micros % 1_000_000 * 1000) as i64 };
    unsafe {
        let left = &raw mut time;
        while nanosleep(left, left) != 0 {}
    }
}

fn random(actor: &mut Actor) -> u64 {
    let mut x = actor.random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    actor.random = x;
    x >> 11
}

fn delay(control: &Control, actor: &mut Actor) {
    if control.delay == 0 || actor.delayed >= MOST_DELAY {
        return;
    }
    let random = random(actor);
    let path = &actor.path[..actor.length];
    let process = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let is_first = !path[process..].contains(&b'.');
    let most = control.delay as u64;
    let micros = match control.delayed {
        1 if random % 3 == 0 => random / 7 % most,
        2 if !is_first || process > 0 => most / 2 + random % (most / 2 + 1),
        3 if is_first => most / 2 + random % (most / 2 + 1),
        _ => 0,
    };
    if micros > 0 {
        actor.delayed += micros;
        sleep(micros);
    }
}

fn hold(control: &Control, actor: &mut Actor, what: u32, exact: u64, skeleton: u64) {
    let is_it = match control.held {
        1 => what == 3 && exact == control.held_hash,
        2 => what == 3 && skeleton == control.held_hash,
        3 => what == 3 && actor.prints == control.held_from && hash(&actor.path[..actor.length]) == control.held_hash,
        4 => what == 4 && hash(&actor.path[..actor.length]) == control.held_hash,
        _ => false,
    };
    if !is_it {
        return;
    }
    let arrived = control.arrived.fetch_add(1, SeqCst) + 1;
    if matches!(control.held, 1 | 2) && arrived < control.held_from {
        return;
    }
    let end = now() + control.held_for * 1000;
    let end = control.until.compare_exchange(0, end, SeqCst, SeqCst).err().unwrap_or(end);
    log(b'H', 0, actor, (exact, skeleton), &[]);
    while control.released.load(SeqCst) == 0 {
        let now = now();
        if now >= end {
            break;
        }
        sleep(((end - now) / 1000).clamp(1, 2000));
    }
    log(b'R', 0, actor, (exact, skeleton), &[]);
}

/// What is done before each print, outside of all locks.
fn before_print(text: &[u8]) {
    let (Some(control), Some(actor)) = (control(), actor()) else { return };
    let errno = unsafe { *__errno_location() };
    let (exact, skeleton) = if text.is_empty() { (0, 0) } else { hashes(text) };
    log(b'P', 0, actor, (exact, skeleton), &[]);
    delay(control, actor);
    hold(control, actor, 3, exact, skeleton);
    actor.prints += 1;
    unsafe { *__errno_location() = errno };
}

/// Calls what prints, after what is to be done before; not again when one such function calls another.
fn printing<T>(text: &[u8], print: impl FnOnce() -> T) -> T {
    let Some(actor) = actor() else { return print() };
    if actor.depth == 0 {
        before_print(text);
    }
    actor.depth += 1;
    let printed = print();
    actor.depth -= 1;
    printed
}

/// The head of a record in the log; `control.rs` reads it. The path and what was written follow.
#[repr(C)]
struct Head {
    bytes: u32,
    path: u16,
    kind: u8,
    stream: u8,
    process: u32,
    print: u32,
    at: u64,
    exact: u64,
    skeleton: u64,
}

fn log(kind: u8, stream: u8, actor: &Actor, (exact, skeleton): (u64, u64), text: &[u8]) {
    let head = Head {
        bytes: (size_of::<Head>() + actor.length + text.len()) as u32,
        path: actor.length as u16,
        kind,
        stream,
        process: unsafe { getpid() } as u32,
        print: actor.prints,
        at: now(),
        exact,
        skeleton,
    };
    let parts = [
        Part { start: &raw const head as *const c_void, bytes: size_of::<Head>() },
        Part { start: actor.path.as_ptr() as *const c_void, bytes: actor.length },
        Part { start: text.as_ptr() as *const c_void, bytes: text.len() },
    ];
    if let Some(file) = log_file() {
        // Behind what others write, all at once (O_APPEND).
        unsafe { writev(file, parts.as_ptr(), 3) };
    }
}

/// The log, opened anew where the program has closed it, and never what it has opened in its place.
fn log_file() -> Option<c_int> {
    let file = LOG.load(SeqCst);
    if file != u32::MAX {
        let then = (LOG_DEVICE.load(SeqCst), LOG_INODE.load(SeqCst));
        if identity(file as c_int) == Some(then) {
            return Some(file as c_int);
        }
    }
    let opened = open_in_folder(b"/log", 0o1 | 0o2000 | 0o2000000);
    if opened < 0 {
        return None;
    }
    // High, where no program looks for its own (F_DUPFD_CLOEXEC).
    let high = unsafe { fcntl(opened, 1030, 800 as c_int) };
    let file = if high < 0 { opened } else { high };
    if file == high {
        unsafe { close(opened) };
    }
    let (device, inode) = identity(file)?;
    LOG_DEVICE.store(device, SeqCst);
    LOG_INODE.store(inode, SeqCst);
    LOG.store(file as u32, SeqCst);
    Some(file)
}

fn identity(file: c_int) -> Option<(u64, u64)> {
    let mut status = FileStatus { device: 0, inode: 0, rest: [0; 30] };
    let is_there = unsafe { fstat(file, &mut status) } == 0;
    is_there.then_some((status.device, status.inode))
}

fn open_in_folder(name: &[u8], how: c_int) -> c_int {
    let mut path = [0; 600];
    unsafe {
        let folder = CStr::from_ptr(&raw const FOLDER as *const c_char).to_bytes();
        keep(path.as_mut_ptr(), path.len(), &[folder, name]);
        open(path.as_ptr() as *const c_char, how)
    }
}

unsafe fn real<F: Copy>(name: &CStr) -> F {
    unsafe {
        // RTLD_NEXT
        let found = dlsym(-1isize as *mut c_void, name.as_ptr());
        if found.is_null() {
            abort();
        }
        (&raw const found as *const F).read()
    }
}

/// What is really written, and to which stream, also through other descriptors.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, text: *const c_void, bytes: usize) -> isize {
    unsafe {
        if let (Some(control), Some(actor)) = (control(), actor())
            && let Some((device, inode)) = identity(file)
        {
            let is = |stream: usize| {
                control.files[stream * 2].load(SeqCst) == device && control.files[stream * 2 + 1].load(SeqCst) == inode
            };
            let stream = if is(0) { 1 } else { 2 };
            if is(0) || is(1) {
                let errno = *__errno_location();
                log(b'W', stream, actor, (0, 0), core::slice::from_raw_parts(text as *const u8, bytes));
                *__errno_location() = errno;
            }
        }
        let write: unsafe extern "C" fn(c_int, *const c_void, usize) -> isize = real(c"write");
        write(file, text, bytes)
    }
}

type Main = extern "C" fn(*mut c_void) -> *mut c_void;

/// A thread that is about to start.
#[repr(C)]
struct Start {
    main: Main,
    argument: *mut c_void,
    actor: Actor,
}

extern "C" fn run_thread(start: *mut c_void) -> *mut c_void {
    // It lives as long as the process: a thread may print to its very end.
    let start = unsafe { &mut *(start as *mut Start) };
    unsafe { pthread_setspecific(KEY.load(SeqCst), &raw const start.actor as *const c_void) };
    log(b'T', 0, &start.actor, (0, 0), &[]);
    if let Some(control) = control() {
        delay(control, &mut start.actor);
        hold(control, &mut start.actor, 4, 0, 0);
    }
    (start.main)(start.argument)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(thread: *mut c_void, how: *const c_void, main: Main, argument: *mut c_void) -> c_int {
    unsafe {
        let create: unsafe extern "C" fn(*mut c_void, *const c_void, Main, *mut c_void) -> c_int = real(c"pthread_create");
        let Some(parent) = actor() else {
            return create(thread, how, main, argument);
        };
        let start = malloc(size_of::<Start>()) as *mut Start;
        if start.is_null() {
            return create(thread, how, main, argument);
        }
        let actor = Actor { path: [0; PATH], length: 0, threads: 0, processes: 0, prints: 0, depth: 0, random: 0, delayed: 0 };
        start.write(Start { main, argument, actor });
        let mut room = [0; 10];
        set_path(&mut (*start).actor, &[&parent.path[..parent.length], b".", digits(parent.threads, &mut room)]);
        parent.threads += 1;
        create(thread, how, run_thread, start as *mut c_void)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fork() -> c_int {
    unsafe {
        let fork: unsafe extern "C" fn() -> c_int = real(c"fork");
        let Some(parent) = actor() else { return fork() };
        let child = fork();
        let mut room = [0; 10];
        let number = digits(parent.processes, &mut room);
        if child == 0 {
            let path = (parent.path, parent.length);
            set_path(parent, &[&path.0[..path.1], b"/", number]);
            (parent.threads, parent.processes, parent.prints) = (0, 0, 0);
            log(b'C', 0, parent, (0, 0), &[]);
        } else {
            parent.processes += 1;
        }
        child
    }
}

/// An environment with what the next program needs to be observed too.
struct Environment {
    entries: *mut *const c_char,
    own: [u8; 700],
}

impl Environment {
    /// `suffix`: behind the actor's own path.
    unsafe fn with(theirs: *const *const c_char, actor: &Actor, suffix: &[&[u8]]) -> Option<Environment> {
        unsafe {
            let mut count = 0;
            while !theirs.is_null() && !(*theirs.add(count)).is_null() {
                count += 1;
            }
            let entries = malloc((count + 4) * size_of::<*const c_char>()) as *mut *const c_char;
            if entries.is_null() {
                return None;
            }
            for at in 0..count {
                entries.add(at).write(*theirs.add(at));
            }
            let mut own = [0; 700];
            let folder = CStr::from_ptr(&raw const FOLDER as *const c_char).to_bytes();
            let none: &[u8] = b"";
            let (first, second) = (suffix.first().unwrap_or(&none), suffix.get(1).unwrap_or(&none));
            let parts = [VARIABLE.to_bytes(), b"=", &actor.path[..actor.length], first, second, b" ", folder];
            if !keep(own.as_mut_ptr(), own.len(), &parts) {
                free(entries as *mut c_void);
                return None;
            }
            entries.add(count).write(&raw const PRELOAD as *const c_char);
            entries.add(count + 1).write(&raw const LIBRARIES as *const c_char);
            entries.add(count + 3).write(null());
            Some(Environment { entries, own })
        }
    }

    /// Where it is now, it stays: then it can be pointed to.
    unsafe fn entries(&self) -> *const *const c_char {
        unsafe {
            let mut at = 0;
            while *self.entries.add(at) != &raw const LIBRARIES as *const c_char {
                at += 1;
            }
            self.entries.add(at + 1).write(self.own.as_ptr() as *const c_char);
        }
        self.entries
    }
}

type Spawn = unsafe extern "C" fn(*mut c_int, *const c_char, *const c_void, *const c_void, *const *const c_char, *const *const c_char) -> c_int;

macro_rules! spawns {
    ($($name:ident $text:literal)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            child: *mut c_int,
            program: *const c_char,
            files: *const c_void,
            how: *const c_void,
            arguments: *const *const c_char,
            environment: *const *const c_char,
        ) -> c_int {
            unsafe {
                let spawn: Spawn = real($text);
                let Some(parent) = actor() else {
                    return spawn(child, program, files, how, arguments, environment);
                };
                let mut room = [0; 10];
                let number = digits(parent.processes, &mut room);
                let Some(ours) = Environment::with(environment, parent, &[b"/", number]) else {
                    return spawn(child, program, files, how, arguments, environment);
                };
                let spawned = spawn(child, program, files, how, arguments, ours.entries());
                free(ours.entries as *mut c_void);
                parent.processes += 1;
                spawned
            }
        }
    )* };
}
spawns! { posix_spawn c"posix_spawn" posix_spawnp c"posix_spawnp" }

type Execute = unsafe extern "C" fn(*const c_char, *const *const c_char, *const *const c_char) -> c_int;

unsafe fn execute(real_one: &CStr, program: *const c_char, arguments: *const *const c_char, environment: *const *const c_char) -> c_int {
    unsafe {
        let execute: Execute = real(real_one);
        match actor().and_then(|actor| Environment::with(environment, actor, &[])) {
            Some(ours) => {
                let failed = execute(program, arguments, ours.entries());
                free(ours.entries as *mut c_void);
                failed
            }
            None => execute(program, arguments, environment),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execvp(program: *const c_char, arguments: *const *const c_char) -> c_int {
    unsafe { execute(c"execvpe", program, arguments, environ) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execv(program: *const c_char, arguments: *const *const c_char) -> c_int {
    unsafe { execute(c"execve", program, arguments, environ) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execve(program: *const c_char, arguments: *const *const c_char, environment: *const *const c_char) -> c_int {
    unsafe { execute(c"execve", program, arguments, environment) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execvpe(program: *const c_char, arguments: *const *const c_char, environment: *const *const c_char) -> c_int {
    unsafe { execute(c"execvpe", program, arguments, environment) }
}

/// A text of any length.
struct Text {
    start: *mut u8,
    bytes: usize,
    room: usize,
}

impl Text {
    /// What these arguments say. They are formatted once, for what they call may have effects.
    fn of(arguments: fmt::Arguments<'_>) -> (Text, fmt::Result) {
        let mut text = Text { start: null_mut(), bytes: 0, room: 0 };
        let formatted = text.write_fmt(arguments);
        (text, formatted)
    }

    fn as_str(&self) -> &str {
        if self.bytes == 0 {
            return "";
        }
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.start, self.bytes)) }
    }
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        unsafe {
            if self.bytes + part.len() > self.room {
                let room = (self.bytes + part.len()) * 2;
                let start = realloc(self.start as *mut c_void, room) as *mut u8;
                if start.is_null() {
                    return Err(fmt::Error);
                }
                (self.start, self.room) = (start, room);
            }
            self.start.add(self.bytes).copy_from_nonoverlapping(part.as_ptr(), part.len());
        }
        self.bytes += part.len();
        Ok(())
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        unsafe { free(self.start as *mut c_void) };
    }
}

/// What a function that cannot be called gives back as an `io::Result`: a pointer, where null is `Ok(())`.
type Outcome = *mut c_void;

/// `fn(fmt::Arguments)`: `_print`, `_eprint`.
macro_rules! prints {
    ($name:ident $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(arguments: fmt::Arguments<'_>) {
            let print: fn(fmt::Arguments<'_>) = unsafe { real($c) };
            if actor().is_none_or(|actor| actor.depth > 0) {
                return print(arguments);
            }
            let (text, formatted) = Text::of(arguments);
            printing(text.as_str().as_bytes(), || match formatted {
                Ok(()) => print(format_args!("{}", text.as_str())),
                Err(_) => print(arguments),
            })
        }
    };
}

/// `fn(&Stdout) -> StdoutLock`: what it gives back is one pointer.
macro_rules! locks {
    ($name:ident $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *const c_void) -> *const c_void {
            let lock: fn(*const c_void) -> *const c_void = unsafe { real($c) };
            printing(b"", || lock(stream))
        }
    };
}

/// `fn(&mut Stdout, &[u8]) -> io::Result<()>`.
macro_rules! writes_all {
    ($name:ident $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut c_void, text: &[u8]) -> Outcome {
            let write: fn(*mut c_void, &[u8]) -> Outcome = unsafe { real($c) };
            printing(text, || write(stream, text))
        }
    };
}

/// `fn(&mut Stdout, &[u8]) -> io::Result<usize>`: two words.
macro_rules! writes {
    ($name:ident $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut c_void, text: &[u8]) -> Result<usize, core::ptr::NonNull<c_void>> {
            let write: fn(*mut c_void, &[u8]) -> Result<usize, core::ptr::NonNull<c_void>> = unsafe { real($c) };
            printing(text, || write(stream, text))
        }
    };
}

/// `fn(&mut Stdout, fmt::Arguments) -> io::Result<()>`.
macro_rules! writes_formatted {
    ($name:ident $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut c_void, arguments: fmt::Arguments<'_>) -> Outcome {
            let write: fn(*mut c_void, fmt::Arguments<'_>) -> Outcome = unsafe { real($c) };
            if actor().is_none_or(|actor| actor.depth > 0) {
                return write(stream, arguments);
            }
            let (text, formatted) = Text::of(arguments);
            printing(text.as_str().as_bytes(), || match formatted {
                Ok(()) => write(stream, format_args!("{}", text.as_str())),
                Err(_) => write(stream, arguments),
            })
        }
    };
}
