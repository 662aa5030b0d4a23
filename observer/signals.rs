//! Signals under a schedule: they are the kernel's, but have their effect before their sender goes on. A process that
//! they end is dead, one that they stop has stopped, and a thread that is to handle one has noted it (see `handlers`).
//! Waits for signals are emulated.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use crate::actor::Digits;
use crate::children::{STEP, is_dead, parent, read_about, state};
use crate::ids;
use crate::memory::{List, joined};
use crate::scheduled::{End, Scheduled, Table, scheduled, until};
use crate::system::{
    EAGAIN, EINTR, ESRCH, KeptErrno, Time, errno, instead_of, process_id, pthread_self, real,
    set_errno, thread_id,
};
use crate::threads::place_of;
use crate::token::effect::{CHILD, CONTINUE, Effect, effect_by, effect_of_pending, is_running};
use crate::token::table::{Asking, Obstacle};
use crate::token::thread::{Awaited, NEVER, Wait};

/// The effect of a signal on a process: its first thread gets the signal, or another one that does not block it.
fn effect(table: &Table, process: u32, signal: c_int) -> Effect {
    if table.delays_signal(process, signal) {
        return Effect::Waits;
    }
    let mut effect = effect_on(process, process, signal);
    for (_, thread) in table.threads() {
        if effect == Effect::Waits && thread.process == process && thread.id != 0 {
            effect = effect_on(process, thread.id, signal);
        }
    }
    effect
}

/// The effect of a signal on a thread. One that blocks the signal may just run its handler: it blocks the signal for long if it
/// has not run in two looks, or is the calling one.
fn effect_on(process: u32, thread: u32, signal: c_int) -> Effect {
    let mut room = [0; 4096];
    let Ok(file) = joined(&[b"task/", Digits::of(thread).as_bytes(), b"/status"]) else {
        return Effect::Nothing;
    };
    let (mut effect, mut asleep) = (Effect::Nothing, 0);
    until(STEP, NOTICING, || {
        let Some(status) = read_about(process, &file, &mut room) else {
            effect = Effect::Nothing;
            return true;
        };
        effect = match effect_by(status, signal) {
            Effect::Nothing if signal == CONTINUE => effect_of_pending(status),
            effect => effect,
        };
        asleep = if is_running(status) { 0 } else { asleep + 1 };
        effect != Effect::Waits || asleep == 2 || thread == thread_id()
    });
    effect
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

/// The number of steps for which a killed process may take to die, and one that gets a signal to notice it.
const DYING: u32 = 20_000;
const NOTICING: u32 = 5000;

/// Sends a signal by `call`, as kill(2) with this number does. The sender goes on when all effects are there. Nobody may
/// die with the lock of the table, so the sender holds it until then.
fn sending(scheduled: Scheduled, to: c_int, signal: c_int, call: impl FnOnce() -> c_int) -> c_int {
    let Some(mut table) = scheduled.table() else {
        return call();
    };
    let mut effects = List::new();
    for &receiver in receivers(&table, to).iter() {
        let effect = effect(&table, receiver, signal);
        let parent = parent(receiver).filter(|_| matches!(effect, Effect::Ends | Effect::Stops));
        effects.push((receiver, effect, parent)).ok();
    }
    let me = process_id();
    let is_own = |wanted| {
        move |&(receiver, effect, _): &(u32, Effect, _)| receiver == me && effect == wanted
    };
    if effects.iter().any(is_own(Effect::Ends)) {
        drop(table);
        return call();
    }
    if effects.iter().any(is_own(Effect::Stops)) {
        table.give_up(Obstacle::Signal);
        table.call_supervisor();
        drop(table);
        return call();
    }
    table.interrupt(None);
    table.thread_mut(scheduled.place).is_busy = true;
    let failed = call();
    let kept = KeptErrno::new();
    for &(receiver, effect, parent) in effects.iter().filter(|_| failed == 0) {
        take_effect(&mut table, (receiver, signal), effect);
        if let Some(parent) = parent {
            tell_parent(&mut table, parent, scheduled.are_children_handled());
        }
    }
    // Somebody may wait for a blocked one.
    table.note_child_event();
    if table.obstacle() != Obstacle::None {
        table.call_supervisor();
    }
    table.thread_mut(scheduled.place).is_busy = false;
    drop(table);
    scheduled.handle_signals();
    drop(kept);
    scheduled.point(Asking::Plainly);
    failed
}

/// Waits until a signal has had its effect on a process.
fn take_effect(table: &mut Table, (receiver, signal): (u32, c_int), effect: Effect) {
    match effect {
        Effect::Ends => {
            table.stop(receiver, false);
            if until(STEP, DYING, || is_dead(receiver)) {
                table.bury(receiver);
            }
        }
        Effect::Stops => {
            if until(STEP, NOTICING, || state(receiver) == Some(b'T')) {
                table.stop(receiver, true);
            } else {
                table.give_up(Obstacle::Signal);
            }
        }
        Effect::Nothing | Effect::Waits | Effect::Interrupts => {
            if signal == CONTINUE {
                table.stop(receiver, false);
            }
            if effect == Effect::Interrupts
                && !until(STEP, NOTICING, || table.interrupt(Some(receiver)))
            {
                table.give_up(Obstacle::Signal);
            }
        }
    }
}

/// Waits until the handler of a parent has noted the end or stop of a child.
fn tell_parent(table: &mut Table, parent: u32, is_handled: bool) {
    if is_handled && effect(table, parent, CHILD) == Effect::Interrupts {
        until(STEP, NOTICING / 100, || table.interrupt(Some(parent)));
    }
}

/// Sends a signal by `call` to the thread with this id, of any process.
fn to_thread(scheduled: Scheduled, id: u32, signal: c_int, call: impl FnOnce() -> c_int) -> c_int {
    let process = scheduled.table().and_then(|table| {
        let mut threads = table.threads().map(|(_, thread)| thread);
        Some(threads.find(|thread| thread.id == id)?.process)
    });
    match process {
        _ if signal == 0 => call(),
        Some(process) if process == process_id() => sending_to_thread(scheduled, id, signal, call),
        Some(process) => sending(scheduled, process as c_int, signal, call),
        None => call(),
    }
}

/// Sends a signal by `call` to the process of a file, as pidfd_send_signal(2) does.
pub(crate) fn to_file(
    scheduled: Scheduled,
    file: c_int,
    signal: c_int,
    call: impl FnOnce() -> c_int,
) -> c_int {
    let mut room = [0; 512];
    let about = joined(&[b"fdinfo/", Digits::of(file.unsigned_abs()).as_bytes()]).ok();
    let about = about.and_then(|about| read_about(process_id(), &about, &mut room));
    let process = about.and_then(|text| {
        let mut lines = text.split(|&byte| byte == b'\n');
        let digits = lines.find_map(|line| line.strip_prefix(b"Pid:\t"))?;
        core::str::from_utf8(digits).ok()?.parse().ok()
    });
    match process {
        Some(process @ 1..) => sending(scheduled, process, signal, call),
        _ => call(),
    }
}

/// Sends a signal to a thread of this process by `call`.
fn sending_to_thread(
    scheduled: Scheduled,
    id: u32,
    signal: c_int,
    call: impl FnOnce() -> c_int,
) -> c_int {
    let Some(mut table) = scheduled.table() else {
        return call();
    };
    let me = process_id();
    let effect = effect_on(me, id, signal);
    if matches!(effect, Effect::Ends | Effect::Stops) {
        drop(table);
        return call();
    }
    table.interrupt(None);
    table.thread_mut(scheduled.place).is_busy = true;
    let result = call();
    let kept = KeptErrno::new();
    take_effect(&mut table, (me, signal), effect);
    table.note_child_event();
    if table.obstacle() != Obstacle::None {
        table.call_supervisor();
    }
    table.thread_mut(scheduled.place).is_busy = false;
    drop(table);
    scheduled.handle_signals();
    drop(kept);
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
            Some(scheduled) => to_thread(scheduled, id, signal, call),
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
            if let End::Interrupted { .. } = scheduled.wait(table, wait) {
                set_errno(EINTR);
                return Some(-1);
            }
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
    /// pause(2).
    fn pause() -> c_int = |call| {
        type Mask = unsafe extern "C" fn(c_int, *const c_void, *mut [u64; 16]) -> c_int;
        if scheduled().is_none() {
            return call();
        }
        let mut mask = [0; 16];
        // SAFETY: the function has this type, and changes nothing without a new mask. sigsuspend(2) with the present mask
        // is the same as pause(2).
        unsafe {
            real!(pthread_sigmask as Mask)(0, core::ptr::null(), &mut mask);
            sigsuspend(mask.as_ptr().cast())
        }
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
