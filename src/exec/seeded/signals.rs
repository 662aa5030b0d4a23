//! Signals that the supervisor sends for the virtual clock, and those that a dead process leaves.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::memory::Kernel;
use super::task::{is_dead, parent};
use super::token::effect::{CHILD, Effect, effect_by, is_running};
use super::token::shared::Locked;
use super::token::table::Obstacle;
use super::token::thread::{State, Thread};
use super::token::timers::Timer;
use crate::exec::procfs;

type Table = Locked<'static, Kernel>;

/// The time between two looks at the effect of a signal.
const STEP: Duration = Duration::from_micros(20);
/// The number of looks until a process should have noticed a signal, or be dead.
const NOTICING: u32 = 5000;

/// Looks until something is so. Returns whether it is.
fn until(mut is_so: impl FnMut() -> bool) -> bool {
    for _ in 0..NOTICING {
        if is_so() {
            return true;
        }
        std::thread::sleep(STEP);
    }
    false
}

/// The effect of a signal on a process: its first thread gets the signal, or another one that does not block it.
fn effect(table: &Table, process: u32, signal: i32) -> Effect {
    if table.delays_signal(process, signal) {
        return Effect::Waits;
    }
    let others = table.threads().map(|(_, thread)| thread);
    let others = others.filter(|thread| thread.process == process && thread.id != process);
    let mut effects = std::iter::once(process)
        .chain(others.map(|thread| thread.id))
        .map(|thread| effect_on(process, thread, signal));
    let first = effects.next().unwrap_or(Effect::Nothing);
    match first {
        Effect::Waits => effects
            .find(|effect| *effect != Effect::Waits)
            .unwrap_or(first),
        _ => first,
    }
}

/// The effect of a signal on a thread. One that blocks the signal may just run its handler: it blocks the signal for
/// long if it has not run in two looks.
fn effect_on(process: u32, thread: u32, signal: i32) -> Effect {
    let (mut effect, mut asleep) = (Effect::Nothing, 0);
    until(|| {
        let status = procfs::read(&format!("/proc/{process}/task/{thread}/status"));
        let Some(status) = status else {
            effect = Effect::Nothing;
            return true;
        };
        effect = effect_by(status.as_bytes(), signal);
        asleep = match is_running(status.as_bytes()) {
            true => 0,
            false => asleep + 1,
        };
        effect != Effect::Waits || asleep == 2
    });
    effect
}

/// Whether a signal has come for a thread of a process that has not run since: an earlier look has found it.
fn is_interrupted(table: &Table, process: u32) -> bool {
    let is_its = |thread: &Thread| thread.is_interrupted && thread.state == State::Waiting;
    table.find(process, is_its).is_some()
}

/// Removes a process that is dead, and waits until the handler of its parent has noted that.
pub(super) fn bury(table: &mut Table, process: u32, are_children_handled: bool) {
    let parent = are_children_handled.then(|| parent(process)).flatten();
    table.bury(process);
    if let Some(parent) = parent
        && parent != std::process::id()
        && effect(table, parent, CHILD) == Effect::Interrupts
        && !until(|| table.interrupt(Some(parent)) || is_interrupted(table, parent))
    {
        // A handler that the observer does not know has run, or will run.
        table.counts.blocked += 1;
    }
}

/// Sends the signal of a timer that has ended, and waits until it has had its effect.
pub(super) fn send(table: &mut Table, timer: Timer, are_children_handled: bool) {
    let Timer {
        process, signal, ..
    } = timer;
    let receiver = Pid::from_raw(process as i32);
    let (Some(receiver), Some(named)) = (receiver, Signal::from_named_raw(signal)) else {
        return;
    };
    let effect = effect(table, process, signal);
    table.interrupt(None);
    kill_process(receiver, named).ok();
    let has_effect = match effect {
        Effect::Nothing | Effect::Waits => true,
        Effect::Interrupts => until(|| table.interrupt(Some(process))),
        Effect::Ends => until(|| is_dead(process)),
        Effect::Stops => false,
    };
    if !has_effect {
        table.give_up(Obstacle::Signal);
    } else if effect == Effect::Ends {
        bury(table, process, are_children_handled);
    }
    // Somebody may wait for a blocked one.
    table.note_child_event();
}
