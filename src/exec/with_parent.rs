//! A child that ends when we do.

#![expect(
    unsafe_code,
    reason = "what a child does between fork and exec cannot be said in safe code"
)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

/// Has the kernel kill the command's process when the thread that starts it ends, however that
/// comes (PR_SET_PDEATHSIG, prctl(2)).
pub fn end_with_parent(command: &mut Command) {
    let us = getpid();
    let ask = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have ended before the kernel was asked.
        match getppid() == Some(us) {
            true => Ok(()),
            false => Err(io::ErrorKind::BrokenPipe.into()),
        }
    };
    // SAFETY: between fork and exec only what is async-signal-safe may be called. This makes two
    // system calls and neither allocates nor locks; the error is made of a constant.
    unsafe { command.pre_exec(ask) };
}
