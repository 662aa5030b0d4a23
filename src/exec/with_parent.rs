//! A child process that ends with its parent.

#![expect(unsafe_code, reason = "code between fork and exec is unsafe by nature")]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::personality::{self, Persona};
use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

/// Makes the kernel kill the command's process when the thread that starts it ends for any reason
/// (PR_SET_PDEATHSIG, prctl(2)).
pub fn end_with_parent(command: &mut Command) {
    let parent = getpid();
    let request = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have ended before the request.
        if getppid() == Some(parent) {
            Ok(())
        } else {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    };
    // SAFETY: between fork and exec only async-signal-safe functions may be called. The closure makes two
    // system calls and neither allocates nor locks; its error is a constant.
    unsafe { command.pre_exec(request) };
}

/// Makes the kernel load the command's program, and those that it starts, at the same addresses each time: a program may
/// print an address, or sort by one.
pub fn fix_addresses(command: &mut Command) {
    let request = || {
        // A container may forbid it. Then addresses vary, as they do natively.
        let now = personality::get();
        now.and_then(|now| personality::set(now | Persona::ADDR_NO_RANDOMIZE))
            .ok();
        Ok(())
    };
    // SAFETY: the closure makes two system calls and neither allocates nor locks.
    unsafe { command.pre_exec(request) };
}
