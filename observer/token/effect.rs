//! The effect of a signal on a process or thread.

/// The effect of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is ignored.
    Nothing,
    /// It is blocked, and waits until it is asked for.
    Waits,
    /// The process ends.
    Ends,
    /// The process stops until it is told to go on.
    Stops,
    /// A handler runs.
    Interrupts,
}

/// SIGCHLD
pub const CHILD: i32 = 17;
/// SIGCONT
pub const CONTINUE: i32 = 18;

/// The effect of all signals that a process gets when it goes on after a stop, by the same file.
pub fn effect_of_pending(status: &[u8]) -> Effect {
    let pending = set(status, b"SigPnd:") | set(status, b"ShdPnd:");
    let pending = (1..=64).filter(|signal| pending >> (signal - 1) & 1 == 1);
    let mut effect = Effect::Nothing;
    for signal in pending {
        match effect_by(status, signal) {
            Effect::Ends => return Effect::Ends,
            Effect::Interrupts => effect = Effect::Interrupts,
            Effect::Nothing | Effect::Waits | Effect::Stops => {}
        }
    }
    effect
}

/// Whether the thread of such a file runs, at least in the kernel.
///
/// While a thread runs a handler, the kernel blocks the handler's signal. So a blocked signal waits until the program asks for it
/// only if its receiver doesn't run.
pub fn is_running(status: &[u8]) -> bool {
    let mut lines = status.split(|&byte| byte == b'\n');
    let state = lines.find_map(|line| line.strip_prefix(b"State:\t"));
    state.is_some_and(|state| matches!(state.first(), Some(b'R' | b'D')))
}

/// A set of signals in the file, as bits.
fn set(status: &[u8], name: &[u8]) -> u64 {
    let mut lines = status.split(|&byte| byte == b'\n');
    let digits = lines.find_map(|line| line.strip_prefix(name));
    let digits = digits.and_then(|digits| core::str::from_utf8(digits).ok());
    let set = digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    set.unwrap_or(0)
}

/// The effect of a signal by the file `status` in /proc of its receiver (proc_pid_status(5)).
pub fn effect_by(status: &[u8], signal: i32) -> Effect {
    const SIGKILL: i32 = 9;
    const SIGSTOP: i32 = 19;
    // SIGCHLD, SIGCONT, SIGURG, SIGWINCH
    const IGNORED: [i32; 4] = [CHILD, CONTINUE, 23, 28];
    // SIGTSTP, SIGTTIN, SIGTTOU
    const STOPPING: [i32; 3] = [20, 21, 22];
    let is_among = |name| set(status, name) >> (signal - 1) & 1 == 1;
    match signal {
        SIGKILL => Effect::Ends,
        SIGSTOP => Effect::Stops,
        ..=0 | 65.. => Effect::Nothing,
        _ if is_among(b"SigIgn:") => Effect::Nothing,
        _ if is_among(b"SigBlk:") => Effect::Waits,
        _ if is_among(b"SigCgt:") => Effect::Interrupts,
        _ if STOPPING.contains(&signal) => Effect::Stops,
        _ if IGNORED.contains(&signal) => Effect::Nothing,
        _ => Effect::Ends,
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect_by, is_running};

    const STATUS: &[u8] =
        b"Name:\tx\nSigQ:\t0/1\nSigPnd:\tffffffffffffffff\nSigBlk:\t0000000000000200\n\
        SigIgn:\t0000000000001000\nSigCgt:\t0000000000014a02\n";

    #[test]
    fn effects_follow_from_the_sets_of_the_receiver() {
        for (signal, effect) in [
            (0, Effect::Nothing),
            (9, Effect::Ends),
            (15, Effect::Interrupts),
            (2, Effect::Interrupts),
            // Blocked, and ignored.
            (10, Effect::Waits),
            (13, Effect::Nothing),
            (17, Effect::Interrupts),
            (1, Effect::Ends),
            (18, Effect::Nothing),
            (19, Effect::Stops),
            (20, Effect::Stops),
            (64, Effect::Ends),
        ] {
            assert_eq!(effect_by(STATUS, signal), effect, "{signal}");
        }
    }

    #[test]
    fn a_thread_runs_or_sleeps() {
        for (status, expected) in [
            ("Name:\tx\nState:\tR (running)\nTgid:\t1\n", true),
            ("Name:\tx\nState:\tD (disk sleep)\n", true),
            ("Name:\tx\nState:\tS (sleeping)\n", false),
            ("Name:\tState:\nState:\tt (tracing stop)\n", false),
            ("Name:\tx\n", false),
        ] {
            assert_eq!(is_running(status.as_bytes()), expected, "{status}");
        }
    }
}
