//! Timers that are files (timerfd_create(2)), under a schedule. The kernel's timer is never set for a time: a thread
//! that is about to look at files first makes it expire, if its time has come by the virtual clock.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};

use crate::clocks::on_virtual_of;
use crate::files::{note_event, returns_at_once};
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{Time, instead_of, real, set_errno};
use crate::token::table::Obstacle;
use crate::token::thread::{Awaited, NEVER, Wait};

/// `struct itimerspec`: the interval, and the first time.
type Spec = [Time; 2];

/// A timer of this process. Only the thread with the token uses it.
struct Timer {
    /// Its file; -1: there is no timer here.
    file: AtomicI32,
    /// The time of its first expiration that was not read.
    deadline: AtomicU64,
    interval: AtomicU64,
    /// The same, until the kernel's timer has expired.
    next: AtomicU64,
}

static TIMERS: [Timer; 32] = [const {
    Timer {
        file: AtomicI32::new(-1),
        deadline: AtomicU64::new(NEVER),
        interval: AtomicU64::new(0),
        next: AtomicU64::new(NEVER),
    }
}; 32];

impl Timer {
    fn of(file: c_int) -> Option<&'static Timer> {
        let is_its = |timer: &&Timer| timer.file.load(Relaxed) == file;
        TIMERS.iter().find(is_its).filter(|_| file >= 0)
    }

    fn set(&self, deadline: u64, interval: u64) {
        self.deadline.store(deadline, Relaxed);
        self.interval.store(interval, Relaxed);
        self.next.store(deadline, Relaxed);
    }

    /// The number of expirations from a time on until now.
    fn expirations(&self, first: u64, now: u64) -> u64 {
        match self.interval.load(Relaxed) {
            _ if first > now => 0,
            0 => 1,
            interval => 1 + (now - first) / interval,
        }
    }

    /// The time of the first expiration after so many.
    fn after(&self, first: u64, count: u64) -> u64 {
        match self.interval.load(Relaxed) {
            _ if count == 0 => first,
            0 => NEVER,
            interval => first.saturating_add(count.saturating_mul(interval)),
        }
    }

    /// The interval, and the time until the next expiration.
    fn rest(&self, now: u64) -> [u64; 2] {
        let deadline = self.deadline.load(Relaxed);
        let next = self.after(deadline, self.expirations(deadline, now));
        match next {
            NEVER => [0, 0],
            next => [self.interval.load(Relaxed), next - now],
        }
    }
}

type Set = unsafe extern "C" fn(c_int, c_int, *const Spec, *mut Spec) -> c_int;

/// Lets the kernel's timer expire now, or never.
fn set_kernel(file: c_int, expires: bool) -> c_int {
    let spec = [Time::ZERO, Time::of_nanos(expires.into())];
    // SAFETY: the function has this type; the old times are not wanted.
    unsafe { real!(timerfd_settime as Set)(file, 0, &spec, core::ptr::null_mut()) }
}

/// Lets the timers expire whose time has come. Returns the time of the next expiration; [`NEVER`]: there is none.
pub(crate) fn expire(scheduled: Scheduled) -> u64 {
    let mut earliest = NEVER;
    for timer in &TIMERS {
        let (file, next) = (timer.file.load(Relaxed), timer.next.load(Relaxed));
        if file < 0 || next == NEVER {
            continue;
        }
        let Some(now) = scheduled.table().map(|table| table.now()) else {
            continue;
        };
        let count = timer.expirations(next, now);
        if count > 0 {
            if set_kernel(file, true) != 0 {
                timer.file.store(-1, Relaxed);
                continue;
            }
            crate::files::wait_for_kernel(file);
            // It expires again when this was read (timerfd_create(2)).
            timer.next.store(NEVER, Relaxed);
        }
        earliest = earliest.min(timer.next.load(Relaxed));
    }
    earliest
}

/// Forgets the timer of a file that is closed.
pub(crate) fn forget(file: c_int) {
    if let Some(timer) = Timer::of(file) {
        timer.file.store(-1, Relaxed);
    }
}

/// read(2) of a timer; `None`: the file is none.
///
/// # Safety
/// So many bytes can be written.
pub(crate) unsafe fn read(file: c_int, into: *mut c_void, bytes: usize) -> Option<isize> {
    let timer = Timer::of(file)?;
    let scheduled = scheduled()?;
    let failed = |number| {
        set_errno(number);
        Some(-1)
    };
    if bytes < 8 {
        return failed(22);
    }
    loop {
        let first = timer.deadline.load(Relaxed);
        let table = scheduled.table()?;
        let count = timer.expirations(first, table.now());
        if count > 0 {
            drop(table);
            timer.deadline.store(timer.after(first, count), Relaxed);
            timer.next.store(timer.after(first, count), Relaxed);
            set_kernel(file, false);
            // SAFETY: the caller guarantees it.
            unsafe { into.cast::<u64>().write_unaligned(count) };
            note_event();
            return Some(8);
        }
        if returns_at_once(file) {
            drop(table);
            scheduled.look_in_vain();
            return failed(11);
        }
        let wait = Wait::for_(Awaited::Files, file.unsigned_abs().into()).with_deadline(first);
        if scheduled.wait(table, wait) == (End::Interrupted { restarts: false }) {
            return failed(4);
        }
    }
}

/// Writes the times of a timer.
///
/// # Safety
/// `into` is null or can be written.
unsafe fn tell(into: *mut Spec, times: [u64; 2]) {
    // SAFETY: the caller guarantees it.
    if let Some(into) = unsafe { into.as_mut() } {
        *into = times.map(Time::of_nanos);
    }
}

instead_of! {
    /// timerfd_settime(2).
    fn timerfd_settime(file: c_int, how: c_int, new: *const Spec, old: *mut Spec) -> c_int = |call| {
        const ABSOLUTE: c_int = 1;
        let emulated = || {
            let scheduled = scheduled()?;
            // SAFETY: the caller passes a timer or null.
            let [interval, first] = unsafe { new.as_ref() }?.map(Time::to_nanos);
            let (interval, first) = (interval?, first?);
            let failed = set_kernel(file, false);
            if failed != 0 {
                return Some(failed);
            }
            let mut table = scheduled.table()?;
            let before = Timer::of(file).map_or([0, 0], |timer| timer.rest(table.now()));
            let deadline = match first {
                0 => NEVER,
                first if how & ABSOLUTE != 0 => {
                    let deadline = on_virtual_of(first, table.now());
                    table.late(deadline)
                }
                first => table.deadline_in(first),
            };
            let free = || TIMERS.iter().find(|timer| timer.file.load(Relaxed) < 0);
            match Timer::of(file).or_else(free) {
                Some(timer) => {
                    timer.file.store(file, Relaxed);
                    timer.set(deadline, interval);
                }
                None => {
                    table.give_up(Obstacle::Timer);
                    table.call_supervisor();
                }
            }
            // A thread that waits for it may wait for another time now.
            table.note_file_event();
            // SAFETY: the caller lets the function write there, or passes null.
            unsafe { tell(old, before) };
            Some(0)
        };
        emulated().unwrap_or_else(call)
    }
}

instead_of! {
    /// timerfd_gettime(2).
    fn timerfd_gettime(file: c_int, into: *mut Spec) -> c_int = |call| {
        let emulated = || {
            let timer = Timer::of(file)?;
            let now = scheduled()?.table()?.now();
            // SAFETY: the caller lets the function write there.
            unsafe { tell(into, timer.rest(now)) };
            Some(0)
        };
        emulated().unwrap_or_else(call)
    }
}
