//! A test that observes its own process, without a preload: it calls the replacements of the C library's functions,
//! and reads the log that the tool would read.

use core::ffi::{c_int, c_void};
use core::fmt::{self, Display, Write as _};
use core::ptr::{null, null_mut};
use core::sync::atomic::Ordering::SeqCst;
use std::fs::{self, File};
use std::os::fd::{AsRawFd, OwnedFd};
use std::string::String;
use std::vec::Vec;
use std::{env, format, io};

use crate::layout::{ControlFile, RecordHead, held, kind};
use crate::system::{FileStatus, Time, program};
use crate::{begin, clocks, files, log, pauses, prints, starts, waits};

// SAFETY: the type is that of the C library's function, which accepts any argument.
unsafe extern "C" {
    safe fn _exit(status: c_int) -> !;
}

/// The events of a thread: kind, number of prints, and text. `#` precedes a detail and `@` a number; each number
/// is replaced by a letter, from `a` on, in order of appearance.
fn events(mut log: &[u8], of: &str) -> String {
    let mut events = String::new();
    let mut numbers = Vec::new();
    while let Some(head) = RecordHead::read(log) {
        let (record, rest) = log.split_at(head.length as usize);
        let (path, text) = record[size_of::<RecordHead>()..].split_at(head.path.into());
        log = rest;
        // The path of the executable is another one on each machine.
        if path != of.as_bytes() || head.kind == kind::EXECUTABLE {
            continue;
        }
        write!(events, "{} {}", char::from(head.kind), head.prints).unwrap();
        if head.detail > 0 {
            write!(events, " #{}", head.detail).unwrap();
        }
        match head.kind {
            kind::PROCESS => assert_eq!(text, program()),
            kind::THREAD => assert_eq!(text.len(), 4),
            kind::HANDLE | kind::PAUSES | kind::GOES_ON | kind::WAKES | kind::FEEDS => {
                for number in text.chunks(8) {
                    let known = numbers.iter().position(|known| *known == number);
                    let letter = known.unwrap_or(numbers.len()) as u8;
                    if known.is_none() {
                        numbers.push(number);
                    }
                    write!(events, " @{}", char::from(b'a' + letter)).unwrap();
                }
            }
            _ => write!(events, " {}", text.escape_ascii()).unwrap(),
        }
        events.push('\n');
    }
    events
}

fn write(file: c_int, text: &str) {
    // SAFETY: so many bytes are borrowed.
    let written = unsafe { log::write(file, text.as_ptr().cast(), text.len()) };
    assert_eq!(written, text.len() as isize);
}

/// A text that prints another while it is formatted.
struct PrintsToo(c_int);

impl Display for PrintsToo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, format_args!("inner\n"));
        f.write_str("outer")
    }
}

/// Prints as std's `_print` does.
fn print(file: c_int, arguments: fmt::Arguments<'_>) {
    prints::formatted(file, arguments, |arguments| {
        write(file, &format!("{arguments}"))
    });
}

unsafe extern "C" fn thread(file: *mut c_void) -> *mut c_void {
    print(file as usize as c_int, format_args!("from a thread\n"));
    null_mut()
}

/// Starts a printing thread, and joins it.
fn start_thread(file: c_int) {
    let mut handle = 0;
    // SAFETY: `thread` accepts any argument, and the handle can be joined.
    unsafe {
        let argument = file as usize as *mut c_void;
        assert_eq!(
            starts::pthread_create(&mut handle, null(), thread, argument),
            0
        );
        assert_eq!(pauses::pthread_join(handle, null_mut()), 0);
    }
}

/// Forks a printing process, and waits for it.
fn fork(file: c_int) {
    // SAFETY: the child calls only functions of the observer, and ends without access to the state of other threads.
    let child = unsafe { starts::fork() };
    if child == 0 {
        print(file, format_args!("from a child\n"));
        begin::end();
        _exit(0);
    }
    // SAFETY: a null pointer means that the status is not needed.
    assert_eq!(unsafe { pauses::waitpid(child, null_mut(), 0) }, child);
}

/// Spawns a program that prints its environment, and waits for it.
fn spawn() {
    let command = c"test \"$OTHER${LD_PRELOAD+b}$LD_LIBRARY_PATH\" = abc && echo \"$TRANSCRIPT_OBSERVER\" >\"$OUT\"";
    let out = format!("OUT={}/environment\0", folder());
    let arguments = [c"sh".as_ptr(), c"-c".as_ptr(), command.as_ptr(), null()];
    let environment = [c"OTHER=a".as_ptr(), out.as_ptr().cast(), null()];
    let (mut child, mut status) = (0, 1);
    // SAFETY: the lists end with a null pointer, and their texts with a NUL.
    unsafe {
        let (arguments, environment) = (arguments.as_ptr(), environment.as_ptr());
        let shell = c"/bin/sh".as_ptr();
        let failed = starts::posix_spawn(&mut child, shell, null(), null(), arguments, environment);
        assert_eq!(failed, 0);
        assert_eq!(pauses::waitpid(child, &mut status, 0), child);
    }
    assert_eq!(status, 0);
}

/// Sleeps, and wakes the waiters of a lock that has none.
fn pause() {
    let lock = 7_u32;
    let mut time = Time {
        seconds: 0,
        nanos: 1000,
    };
    // SAFETY: both pointers can be read and written. FUTEX_WAKE, private, reads nothing at the address.
    unsafe {
        assert_eq!(clocks::nanosleep(&time, &mut time), 0);
        assert_eq!(
            waits::syscall(202, &raw const lock as i64, 129, 1, 0, 0, 0),
            0
        );
    }
}

/// Reads from a pipe after a write to it.
fn receive(from: &OwnedFd, to: &OwnedFd) {
    let mut bytes = [0; 2];
    write(to.as_raw_fd(), "ab");
    // SAFETY: there is room for two bytes.
    let read = unsafe { files::read(from.as_raw_fd(), bytes.as_mut_ptr().cast(), 2) };
    assert_eq!((read, bytes), (2, *b"ab"));
}

fn folder() -> String {
    format!(
        "{}/observer {}",
        env::temp_dir().display(),
        std::process::id()
    )
}

#[test]
#[cfg(target_arch = "x86_64")]
fn an_observed_process_logs_what_it_does() {
    let folder = folder();
    fs::create_dir_all(&folder).unwrap();
    let mut control = ControlFile::idle();
    control.held = held::PRINT;
    control.held_for = 2000;
    control.held_from = 1;
    control.name[..1].copy_from_slice(b"0");
    control.name_length = 1;
    control.pauses = 100.into();
    fs::write(format!("{folder}/control"), control.to_bytes()).unwrap();
    fs::write(format!("{folder}/log"), "").unwrap();
    let out = File::create(format!("{folder}/out")).unwrap();
    let file = out.as_raw_fd();
    let (reader, writer) = io::pipe().unwrap();
    let (reader, writer): (OwnedFd, OwnedFd) = (reader.into(), writer.into());

    // Nothing is observed yet.
    print(file, format_args!("before\n"));
    let loader = [c"LD_PRELOAD=", c"LD_LIBRARY_PATH=c"];
    assert!(begin::open(b"0", b"/nowhere", loader).is_none());
    let (process, first) = begin::open(b"0", folder.as_bytes(), loader).unwrap();
    // The observed stream is a file, not this test's stdout.
    let [stdout, stderr] = &process.control.files;
    let status = FileStatus::of(file).unwrap();
    stdout.device.store(status.device, SeqCst);
    stdout.inode.store(status.inode, SeqCst);
    stderr.inode.store(0, SeqCst);

    begin::first_starts(process, first);
    print(file, format_args!("{}\n", "one"));
    print(file, format_args!("{}\n", PrintsToo(file)));
    start_thread(file);
    fork(file);
    spawn();
    pause();
    receive(&reader, &writer);
    begin::end();

    let log = fs::read(format!("{folder}/log")).unwrap();
    let printed = fs::read_to_string(format!("{folder}/out")).unwrap();
    let environment = fs::read_to_string(format!("{folder}/environment")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        printed,
        "before\none\ninner\nouter\nfrom a thread\nfrom a child\n"
    );
    assert_eq!(environment, format!("0/1 {folder}\n"));
    assert_ne!(process.control.until.load(SeqCst), 0);
    assert_eq!(process.control.arrived.load(SeqCst), 1);
    assert_eq!(events(&log, "0"), FIRST_THREAD);
    assert_eq!(
        events(&log, "0.0"),
        "T 0\nP 0 from a thread\\n\nW 1 #1 from a thread\\n\nX 1 \n"
    );
    assert_eq!(
        events(&log, "0/0"),
        "C 0\nP 0 from a child\\n\nW 1 #1 from a child\\n\nX 1 \n"
    );
}

/// The events of the first thread, a paragraph for each action.
const FIRST_THREAD: &str = concat!(
    "C 0\n",
    "P 0 one\\n\nW 1 #1 one\\n\n",
    // The inner print, during the formatting of the outer one, counts by itself. It is the held one.
    "P 1 inner\\n\nH 1 \nR 1 \nW 2 #1 inner\\n\n",
    "P 2 outer\\n\nW 3 #1 outer\\n\n",
    // The thread's handle and number, and the handle again.
    "N 3 0.0\nK 3 @a @b\nB 3 #2 @a\nE 3 #2 @a\n",
    // A child: 0 while it is unknown, and its id when its end is known.
    "F 3 0\nB 3 #3 @b\nD 3 \nE 3 #3 @c\n",
    "F 3 1\nB 3 #3 @b\nD 3 \nE 3 #3 @d\n",
    // A sleep, a lock, and a pipe.
    "B 3 @b\nE 3 @b\n",
    "U 3 @e\n",
    "Y 3 @f\nV 3 \nB 3 #4 @f\nE 3 #4 @f\n",
    "X 3 \n",
);
