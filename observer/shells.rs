//! The shell that system(3) starts, under a schedule.

use core::ffi::{c_char, c_int};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

use crate::handlers::{Action, sigaction};
use crate::pauses::waitpid;
use crate::starts::{execv, fork};
use crate::system::{errno, real};

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

/// system(3): meanwhile, SIGCHLD is blocked, SIGINT and SIGQUIT are ignored.
///
/// # Safety
/// The command is a text.
pub(crate) unsafe fn system(command: *const c_char) -> c_int {
    const EINTR: c_int = 4;
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
        let arguments = [c"sh".as_ptr(), c"-c".as_ptr(), command, null()];
        // SAFETY: the arguments end with null; a child that has no shell ends as system(3) has it.
        unsafe {
            execv(c"/bin/sh".as_ptr(), arguments.as_ptr());
            crate::begin::_exit(127);
        }
    }
    let mut status = -1;
    // SAFETY: the status can be written.
    while child > 0 && unsafe { waitpid(child, &mut status, 0) } < 0 && errno() == EINTR {}
    restore(&actions);
    status
}
