//! Signals and timers under a schedule.
//!
//! A signal that ends a process does so before its sender goes on. One whose handler would run in a thread without the
//! token cannot be emulated, nor can a timer of the kernel's: then the execution is given up. Waits for blocked signals
//! are emulated.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null_mut;

use crate::children::{STEP, is_dead, read_about};
use crate::ids;
use crate::memory::List;
use crate::scheduled::{Scheduled, Table, scheduled, until};
use crate::system::{
    EAGAIN, ESRCH, KeptErrno, Time, errno, instead_of, process_id, pthread_self, real, set_errno,
    thread_id,
};
use crate::threads::place_of;
use crate::token::table::{Asking, Obstacle};
use crate::token::thread::{Awaited, NEVER, State, Wait};

/// The effect of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It is ignored, or waits until it is asked for.
    Nothing,
    Ends,
    /// A handler runs, or the process stops or goes on.
    Interrupts,
}

/// The effect of a signal by what /proc/…/status says of its receiver (proc_pid_status(5)).
fn effect_by(status: &[u8], signal: c_int) -> Effect {
    const SIGKILL: c_int = 9;
    const SIGSTOP: c_int = 19;
    // SIGCHLD, SIGCONT, SIGURG, SIGWINCH
    const IGNORED: [c_int; 4] = [17, 18, 23, 28];
    // SIGTSTP, SIGTTIN, SIGTTOU
    const STOPPING: [c_int; 3] = [20, 21, 22];
    let is_among = |name: &[u8]| {
        let mut lines = status.split(|&byte| byte == b'\n');
        let digits = lines.find_map(|line| line.strip_prefix(name));
        let digits = digits.and_then(|digits| core::str::from_utf8(digits).ok());
        let set = digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
        set.is_some_and(|set| set >> (signal - 1) & 1 == 1)
    };
    match signal {
        SIGKILL => Effect::Ends,
        SIGSTOP => Effect::Interrupts,
        ..=0 | 65.. => Effect::Nothing,
        _ if is_among(b"SigIgn:") || is_among(b"SigBlk:") => Effect::Nothing,
        _ if is_among(b"SigCgt:") || STOPPING.contains(&signal) => Effect::Interrupts,
        _ if IGNORED.contains(&signal) => Effect::Nothing,
        _ => Effect::Ends,
    }
}

/// The effect of a signal on a process or thread.
fn effect(receiver: u32, signal: c_int) -> Effect {
    let mut room = [0; 4096];
    read_about(receiver, b"status", &mut room)
        .map_or(Effect::Nothing, |status| effect_by(status, signal))
}

/// The processes of the run to which kill(2) with this number sends.
fn receivers(table: &Table, to: c_int) -> List<u32> {
    type Group = unsafe extern "C" fn(c_int) -> c_int;
    // SAFETY: the function has this type, and accepts any number.
    let group_of = |process: u32| unsafe { real!(getpgid as Group)(process as c_int) };
    let group = match to {
        0 => group_of(0),
        _ => to.wrapping_neg(),
    };
    let mut receivers = List::new();
    for (_, thread) in table.threads() {
        let receives = match to {
            1.. => thread.process == to.unsigned_abs(),
            -1 => true,
            _ => group_of(thread.process) == group,
        };
        if receives
            && !receivers.contains(&thread.process)
            && receivers.push(thread.process).is_err()
        {
            break;
        }
    }
    receivers
}

/// The number of steps for which a killed process may take to die.
const DYING: u32 = 20_000;

/// Sends a signal by `call`, as kill(2) with this number does. The sender goes on when the processes that it kills are
/// dead. Nobody may die with the lock of the table, so the sender holds it until then.
fn sending(scheduled: Scheduled, to: c_int, signal: c_int, call: impl FnOnce() -> c_int) -> c_int {
    let Some(mut table) = scheduled.table() else {
        return call();
    };
    let me = process_id();
    let receivers = receivers(&table, to);
    let mut killed = List::new();
    for &receiver in receivers.iter() {
        match effect(receiver, signal) {
            Effect::Nothing => {}
            Effect::Ends => {
                killed.push(receiver).ok();
            }
            // The handler runs in the only thread, before the call returns.
            Effect::Interrupts if receiver == me && is_alone(&table, me) => {}
            Effect::Interrupts => {
                table.give_up(Obstacle::Signal);
                table.call_supervisor();
            }
        }
    }
    if receivers.contains(&me) {
        drop(table);
        return call();
    }
    table.thread_mut(scheduled.place).is_busy = true;
    let failed = call();
    let _errno = KeptErrno::new();
    for &process in killed.iter().filter(|_| failed == 0) {
        if until(STEP, DYING, || is_dead(process)) {
            table.bury(process);
        }
    }
    // Somebody may wait for a blocked one.
    table.note_child_event();
    table.thread_mut(scheduled.place).is_busy = false;
    drop(table);
    scheduled.point(Asking::Plainly);
    failed
}

fn is_alone(table: &Table, process: u32) -> bool {
    let its = table
        .threads()
        .filter(|(_, thread)| thread.process == process && thread.state != State::Ended);
    its.count() == 1
}

/// Sends a signal to a thread by `call`.
fn sending_to_thread(
    scheduled: Scheduled,
    id: u32,
    signal: c_int,
    call: impl FnOnce() -> c_int,
) -> c_int {
    if effect(id, signal) == Effect::Interrupts {
        scheduled.give_up(Obstacle::Signal);
    }
    let result = call();
    let _errno = KeptErrno::new();
    if let Some(mut table) = scheduled.table() {
        table.note_child_event();
    }
    scheduled.point(Asking::Plainly);
    result
}

instead_of! {
    /// kill(2).
    fn kill(process: c_int, signal: c_int) -> c_int = unsafe |real| {
        let Some(process) = ids::kernels_receiver(process) else {
            return ids::fails(ESRCH);
        };
        // SAFETY: the function has this type, and accepts any numbers.
        let call = || unsafe { real(process, signal) };
        match scheduled() {
            Some(scheduled) => sending(scheduled, process, signal, call),
            None => call(),
        }
    }
}

instead_of! {
    /// killpg(3).
    fn killpg(group: c_int, signal: c_int) -> c_int = unsafe |real| {
        let Some(group) = ids::kernels_group(group) else {
            return ids::fails(ESRCH);
        };
        // SAFETY: the function has this type, and accepts any numbers.
        let call = || unsafe { real(group, signal) };
        match scheduled() {
            Some(scheduled) => sending(scheduled, group.wrapping_neg(), signal, call),
            None => call(),
        }
    }
}

instead_of! {
    /// sigqueue(3). `union sigval` is passed like a pointer.
    fn sigqueue(process: c_int, signal: c_int, value: *mut c_void) -> c_int = unsafe |real| {
        let Some(process) = ids::kernels(process) else {
            return ids::fails(ESRCH);
        };
        // SAFETY: the arguments are the caller's, but for the id.
        let call = || unsafe { real(process, signal, value) };
        match scheduled() {
            Some(scheduled) => sending(scheduled, process, signal, call),
            None => call(),
        }
    }
}

instead_of! {
    /// tgkill(2).
    fn tgkill(process: c_int, thread: c_int, signal: c_int) -> c_int = unsafe |real| {
        let (Some(process), Some(thread)) = (ids::kernels(process), ids::kernels(thread)) else {
            return ids::fails(ESRCH);
        };
        // SAFETY: the function has this type, and accepts any numbers.
        let call = || unsafe { real(process, thread, signal) };
        let id = thread.unsigned_abs();
        match scheduled().filter(|_| id != thread_id() && signal != 0) {
            Some(scheduled) => sending_to_thread(scheduled, id, signal, call),
            None => call(),
        }
    }
}

instead_of! {
    /// pthread_kill(3).
    fn pthread_kill(thread: usize, signal: c_int) -> c_int = |call| {
        let Some(scheduled) = scheduled().filter(|_| thread != pthread_self() && signal != 0) else {
            return call();
        };
        let id = scheduled.table().map(|table| {
            // The first thread has no handle in the table; its id is that of the process.
            place_of(&table, thread).map_or(process_id(), |place| table.thread(place).id)
        });
        match id {
            Some(id) => sending_to_thread(scheduled, id, signal, call),
            None => call(),
        }
    }
}

instead_of! {
    /// pthread_cancel(3).
    fn pthread_cancel(thread: usize) -> c_int = |call| {
        if let Some(scheduled) = scheduled() {
            scheduled.give_up(Obstacle::Cancel);
        }
        call()
    }
}

/// Gives the execution up if a timer is set.
fn setting(is_set: bool) {
    if let Some(scheduled) = scheduled().filter(|_| is_set) {
        scheduled.give_up(Obstacle::Timer);
    }
}

/// `struct itimerspec` or `struct itimerval`: the interval, and the first time.
type Timer = [Time; 2];

/// Whether a timer is set rather than disarmed.
///
/// # Safety
/// The pointer is null or leads to a timer.
unsafe fn is_set(timer: *const Timer) -> bool {
    // SAFETY: the caller guarantees it.
    let first = unsafe { timer.as_ref() }.map(|[_, first]| *first);
    first.is_some_and(|first| first.seconds != 0 || first.nanos != 0)
}

instead_of! {
    /// alarm(2).
    fn alarm(seconds: c_uint) -> c_uint = |call| {
        setting(seconds != 0);
        call()
    }
}

instead_of! {
    /// ualarm(3).
    fn ualarm(micros: c_uint, interval: c_uint) -> c_uint = |call| {
        setting(micros != 0);
        call()
    }
}

instead_of! {
    /// setitimer(2).
    fn setitimer(which: c_int, new: *const Timer, old: *mut Timer) -> c_int = |call| {
        // SAFETY: the caller passes a timer or null.
        setting(unsafe { is_set(new) });
        call()
    }
}

instead_of! {
    /// timer_settime(2).
    fn timer_settime(timer: *mut c_void, how: c_int, new: *const Timer, old: *mut Timer) -> c_int = |call| {
        // SAFETY: the caller passes a timer or null.
        setting(unsafe { is_set(new) });
        call()
    }
}

instead_of! {
    /// timerfd_settime(2).
    fn timerfd_settime(file: c_int, how: c_int, new: *const Timer, old: *mut Timer) -> c_int = |call| {
        // SAFETY: the caller passes a timer or null.
        setting(unsafe { is_set(new) });
        call()
    }
}

/// Waits until a signal comes, as the end of a child sends one. `attempt` does not wait; it returns -1 and sets `errno`
/// otherwise than to `none` if there was a signal.
fn waiting_for_signal(
    call: impl FnOnce() -> c_int,
    none: c_int,
    deadline: u64,
    mut attempt: impl FnMut() -> c_int,
) -> c_int {
    let mut emulated = || {
        let scheduled = scheduled()?;
        loop {
            let result = attempt();
            if result > 0 || (result < 0 && errno() != none) {
                return Some(result);
            }
            let table = scheduled.table()?;
            if table.now() >= deadline {
                set_errno(EAGAIN);
                return Some(-1);
            }
            let wait = Wait::for_(Awaited::Children, 0).with_deadline(deadline);
            scheduled.wait(table, wait);
        }
    };
    emulated().unwrap_or_else(call)
}

const AT_ONCE: Time = Time::ZERO;

instead_of! {
    /// sigsuspend(2), in which shells wait for their children.
    fn sigsuspend(mask: *const c_void) -> c_int = |call| {
        type Ppoll = unsafe extern "C" fn(*mut c_void, u64, *const Time, *const c_void) -> c_int;
        // SAFETY: the function has this type; without files it only lets signals through, and returns 0 if none came.
        let attempt = || unsafe { real!(ppoll as Ppoll)(null_mut(), 0, &AT_ONCE, mask) };
        waiting_for_signal(call, 0, NEVER, attempt)
    }
}

instead_of! {
    /// sigtimedwait(2).
    fn sigtimedwait(signals: *const c_void, told: *mut c_void, time: *const Time) -> c_int = unsafe |real| {
        let wait = |time| {
            // SAFETY: the arguments are the caller's. The call tells of the signal, if one has come.
            unsafe {
                let came = real(signals, told, time);
                if came > 0 {
                    ids::translate_sender(told.cast());
                }
                came
            }
        };
        let call = || wait(time);
        let attempt = || wait(&AT_ONCE);
        // SAFETY: the caller passes a time or null.
        let nanos = unsafe { time.as_ref() }.map(|time| time.to_nanos());
        let deadline = match (nanos, scheduled().and_then(|scheduled| scheduled.table())) {
            (None, _) => NEVER,
            (Some(Some(nanos)), Some(mut table)) => table.deadline_in(nanos),
            _ => return call(),
        };
        waiting_for_signal(call, EAGAIN, deadline, attempt)
    }
}

instead_of! {
    /// sigwaitinfo(2).
    fn sigwaitinfo(signals: *const c_void, told: *mut c_void) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        // SAFETY: the arguments are the caller's; without a time, sigtimedwait(2) is the same.
        unsafe { sigtimedwait(signals, told, core::ptr::null()) }
    }
}

instead_of! {
    /// sigwait(3).
    fn sigwait(signals: *const c_void, signal: *mut c_int) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        let _errno = KeptErrno::new();
        // SAFETY: the arguments are the caller's.
        match unsafe { sigtimedwait(signals, null_mut(), core::ptr::null()) } {
            // SAFETY: the caller lets the function write there.
            came @ 1.. => unsafe {
                *signal = came;
                0
            },
            _ => errno(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect_by};

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
            (10, Effect::Nothing),
            (13, Effect::Nothing),
            (17, Effect::Interrupts),
            (1, Effect::Ends),
            (18, Effect::Nothing),
            (19, Effect::Interrupts),
            (20, Effect::Interrupts),
            (64, Effect::Ends),
        ] {
            assert_eq!(effect_by(STATUS, signal), effect, "{signal}");
        }
    }
}
