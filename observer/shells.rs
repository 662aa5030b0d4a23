//! The shells that system(3) and popen(3) start, under a schedule: within the C library, nobody would notice them.

use core::ffi::{CStr, c_char, c_int};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

use crate::files::{close, dup2, fclose};
use crate::handlers::{Action, sigaction};
use crate::pauses::waitpid;
use crate::scheduled::scheduled;
use crate::starts::{execv, fork};
use crate::streams::Stream;
use crate::system::{EINTR, errno, instead_of, real};

const SIGINT: c_int = 2;
const SIGQUIT: c_int = 3;
const SIGCHLD: c_int = 17;
const SIG_BLOCK: c_int = 0;
const SIG_SETMASK: c_int = 2;

type Set = [u64; 16];
type Mask = unsafe extern "C" fn(c_int, *const Set, *mut Set) -> c_int;

/// Changes the blocked signals, and returns them as they were.
fn mask(how: c_int, set: Set) -> Set {
    let mut before = [0; 16];
    // SAFETY: the function has this type, and both sets stay.
    unsafe { real!(pthread_sigmask as Mask)(how, &set, &mut before) };
    before
}

/// Continues as a shell with this command; a process that has none ends as system(3) has it.
///
/// # Safety
/// The command is a text.
unsafe fn execute(command: *const c_char) -> ! {
    let arguments = [c"sh".as_ptr(), c"-c".as_ptr(), command, null()];
    // SAFETY: the arguments end with null.
    unsafe {
        execv(c"/bin/sh".as_ptr(), arguments.as_ptr());
        crate::begin::_exit(127);
    }
    crate::system::abort()
}

/// system(3): meanwhile, SIGCHLD is blocked, SIGINT and SIGQUIT are ignored.
///
/// # Safety
/// The command is a text.
unsafe fn run(command: *const c_char) -> c_int {
    let mut set = [0; 16];
    set[0] = 1 << (SIGCHLD - 1);
    let before = mask(SIG_BLOCK, set);
    let mut actions = [const { MaybeUninit::<Action>::uninit() }; 2];
    for (signal, old) in [SIGINT, SIGQUIT].into_iter().zip(&mut actions) {
        // SAFETY: both actions stay during the call.
        unsafe { sigaction(signal, &Action::IGNORES, old.as_mut_ptr()) };
    }
    let restore = |actions: &[MaybeUninit<Action>; 2]| {
        for (signal, old) in [SIGINT, SIGQUIT].into_iter().zip(actions) {
            // SAFETY: the action was written above.
            unsafe { sigaction(signal, old.as_ptr(), null_mut()) };
        }
        mask(SIG_SETMASK, before);
    };
    // SAFETY: the child calls nothing but functions that it may call.
    let child = unsafe { fork() };
    if child == 0 {
        restore(&actions);
        // SAFETY: the caller guarantees it.
        unsafe { execute(command) };
    }
    let mut status = -1;
    // SAFETY: the status can be written.
    while child > 0 && unsafe { waitpid(child, &mut status, 0) } < 0 && errno() == EINTR {}
    restore(&actions);
    status
}

instead_of! {
    /// system(3).
    fn system(command: *const c_char) -> c_int = |call| {
        if scheduled().is_none() || command.is_null() {
            return call();
        }
        // SAFETY: the caller passes a text.
        unsafe { run(command) }
    }
}

/// The streams of popen(3), each with its process; 0: there is none.
static SHELLS: [(AtomicUsize, AtomicI32); 64] =
    [const { (AtomicUsize::new(0), AtomicI32::new(0)) }; 64];

/// popen(3). `None`: there are too many.
///
/// # Safety
/// Both are texts.
unsafe fn open(command: *const c_char, how: &[u8]) -> Option<*mut Stream> {
    type Pipe = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
    type Open = unsafe extern "C" fn(c_int, *const c_char) -> *mut Stream;
    const O_CLOEXEC: c_int = 0o2_000_000;
    let reads = how.contains(&b'r');
    let free = SHELLS.iter().find(|(stream, _)| stream.load(SeqCst) == 0)?;
    let mut files = [0; 2];
    // SAFETY: the function has this type, and writes both files.
    if unsafe { real!(pipe2 as Pipe)(files.as_mut_ptr(), O_CLOEXEC) } != 0 {
        return Some(null_mut());
    }
    let [ours, theirs] = if reads { files } else { [files[1], files[0]] };
    // SAFETY: the child calls nothing but functions that it may call; the files are this function's own.
    unsafe {
        let child = fork();
        if child == 0 {
            dup2(theirs, c_int::from(reads));
            execute(command);
        }
        close(theirs);
        let how = if reads { c"r" } else { c"w" };
        let stream = real!(fdopen as Open)(ours, how.as_ptr());
        free.0.store(stream as usize, SeqCst);
        free.1.store(child, SeqCst);
        Some(stream)
    }
}

instead_of! {
    /// popen(3).
    fn popen(command: *const c_char, how: *const c_char) -> *mut Stream = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the caller passes texts.
        let opened = unsafe { open(command, CStr::from_ptr(how).to_bytes()) };
        opened.unwrap_or_else(call)
    }
}

instead_of! {
    /// pclose(3).
    fn pclose(stream: *mut Stream) -> c_int = |call| {
        let mut shells = SHELLS.iter();
        let Some((its, child)) = shells.find(|(its, _)| its.load(SeqCst) == stream as usize) else {
            return call();
        };
        its.store(0, SeqCst);
        let mut status = -1;
        // SAFETY: the stream is the caller's, made by fdopen(3); the status can be written.
        unsafe {
            fclose(stream.cast());
            while waitpid(child.load(SeqCst), &mut status, 0) < 0 && errno() == EINTR {}
        }
        status
    }
}
