//! The program's threads and processes, as the kernel sees them.

use std::time::Duration;

use crate::exec::procfs;

/// A thread of the program, as the kernel sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    /// The letter of its state (proc_pid_stat(5)); `X`: it is gone.
    pub(super) state: char,
    /// The processor time that it has used.
    pub(super) cpu: Duration,
}

impl Task {
    pub(super) fn of(process: u32, thread: u32) -> Task {
        let folder = format!("/proc/{process}/task/{thread}");
        let cpu = procfs::read(&format!("{folder}/schedstat"));
        let cpu = cpu.and_then(|text| text.split(' ').next()?.parse().ok());
        Task {
            state: procfs::read(&format!("{folder}/stat"))
                .and_then(|stat| state_in(&stat))
                .unwrap_or('X'),
            cpu: Duration::from_nanos(cpu.unwrap_or(0)),
        }
    }
}

fn state_in(stat: &str) -> Option<char> {
    // The name before it, in parentheses, may contain some.
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// Whether a process is dead, so that its files are closed.
pub(super) fn is_dead(process: u32) -> bool {
    let state = procfs::read(&format!("/proc/{process}/stat")).and_then(|stat| state_in(&stat));
    matches!(state, None | Some('Z' | 'X'))
}

/// The parent of a process.
pub(super) fn parent(process: u32) -> Option<u32> {
    let stat = procfs::read(&format!("/proc/{process}/stat"))?;
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::state_in;

    #[test]
    fn a_state_follows_the_name() {
        assert_eq!(state_in("7 (a b) S 1 7"), Some('S'));
        assert_eq!(state_in("7 (a) Z (b) R 1"), Some('R'));
        assert_eq!(state_in(""), None);
    }
}
