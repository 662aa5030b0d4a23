//! The program's threads and processes, as the kernel sees them.

use std::time::Duration;

use crate::exec::procfs::{self, stat};

/// A thread of the program, as the kernel sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    /// The letter of its state (proc_pid_stat(5)); `X`: it has ended. The first thread of a process stays a zombie while
    /// the process goes on without it.
    pub(super) state: char,
    /// The processor time that it has used.
    pub(super) cpu: Duration,
}

impl Task {
    pub(super) fn of(process: u32, thread: u32) -> Task {
        let folder = format!("/proc/{process}/task/{thread}");
        let cpu = procfs::read(&format!("{folder}/schedstat"));
        let cpu = cpu.and_then(|text| text.split(' ').next()?.parse().ok());
        let stat = procfs::read(&format!("{folder}/stat"));
        let state = stat.and_then(|stat| stat::state(stat.as_bytes()));
        Task {
            state: match state {
                None | Some(b'Z') => 'X',
                Some(letter) => letter.into(),
            },
            cpu: Duration::from_nanos(cpu.unwrap_or(0)),
        }
    }

    /// Whether a thread that looked like this still sleeps, and has done nothing meanwhile.
    pub(super) fn is_still(self, process: u32, thread: u32) -> bool {
        !is_queued(process, thread) && Task::of(process, thread) == self
    }
}

/// Whether a thread is known to wait for a processor: it may have been preempted while it was going to sleep, and has the
/// state of a sleeping one until it runs again.
fn is_queued(process: u32, thread: u32) -> bool {
    // The kernel waits until the thread runs or sleeps (wait_task_inactive in core.c).
    let call = procfs::read(&format!("/proc/{process}/task/{thread}/syscall"));
    call.is_some_and(|call| call.starts_with("running"))
}

/// Reads the file `stat` of a process or thread; `None`: it is gone.
fn with_stat<T>(id: u32, read: impl FnOnce(&[u8]) -> T) -> Option<T> {
    procfs::read(&format!("/proc/{id}/stat")).map(|stat| read(stat.as_bytes()))
}

/// Whether a process is dead, so that its files are closed and its parent can reap it.
pub(super) fn is_dead(process: u32) -> bool {
    with_stat(process, stat::has_ended).unwrap_or(true)
}

/// Whether a thread has ended; its process may go on.
pub(super) fn is_gone(thread: u32) -> bool {
    let state = with_stat(thread, stat::state).flatten();
    matches!(state, None | Some(b'Z' | b'X'))
}

/// The parent of a process.
pub(super) fn parent(process: u32) -> Option<u32> {
    with_stat(process, stat::parent)?
}
