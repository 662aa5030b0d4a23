//! The locks of the C library under a schedule: mutexes, condition variables, locks for readers and a writer,
//! semaphores, barriers. Std has its own on Linux; programs in other languages, and crates that call the C library,
//! use these.
//!
//! A lock is tried until it is free: meanwhile its thread waits in the table at the lock's address. A condition
//! variable and a barrier are used as memory of the observer's own, for the C library's functions would block.

use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::clocks::on_virtual;
use crate::futexes::{key, wake};
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{Time, errno, instead_of, real, set_errno};
use crate::token::thread::{Awaited, NEVER, Wait};

const EAGAIN: c_int = 11;
const EBUSY: c_int = 16;
const EINVAL: c_int = 22;
const ETIMEDOUT: c_int = 110;
const CLOCK_REALTIME: c_int = 0;
const CLOCK_MONOTONIC: c_int = 1;

type Lock = unsafe extern "C" fn(*mut c_void) -> c_int;

/// Tries to get a lock until it succeeds, fails for another reason than that the lock is taken, or times out.
fn trying(
    scheduled: Scheduled,
    lock: *mut c_void,
    deadline: u64,
    attempt: impl Fn() -> c_int,
) -> c_int {
    loop {
        let result = attempt();
        if result != EBUSY {
            return result;
        }
        let wait = Wait::for_(Awaited::Word, key(lock as u64, true)).with_deadline(deadline);
        let Some(table) = scheduled.table() else {
            return EBUSY;
        };
        if scheduled.wait(table, wait) == End::TimedOut {
            return ETIMEDOUT;
        }
    }
}

/// Wakes so many of the threads that wait for a lock which was released.
fn released(result: c_int, lock: *mut c_void, most: u32) -> c_int {
    if let (0, Some(scheduled)) = (result, scheduled()) {
        wake(scheduled, key(lock as u64, true), most, u32::MAX);
    }
    result
}

/// The deadline at which this clock shows this time.
///
/// # Safety
/// The time can be read.
unsafe fn deadline(scheduled: Scheduled, clock: c_int, time: *const Time) -> Option<u64> {
    // SAFETY: the caller guarantees it.
    let nanos = unsafe { *time }.to_nanos()?;
    Some(scheduled.table()?.late(on_virtual(clock, nanos)))
}

/// A function that waits for a lock by one that does not.
macro_rules! waits_for_lock {
    ($name:ident by $attempt:ident) => {
        instead_of! {
            /// A function that locks.
            fn $name(lock: *mut c_void) -> c_int = |call| {
                let Some(scheduled) = scheduled() else {
                    return call();
                };
                // SAFETY: the function has this type, and the lock is the caller's.
                trying(scheduled, lock, NEVER, || unsafe { real!($attempt as Lock)(lock) })
            }
        }
    };
    ($name:ident until $time:ident by $attempt:ident) => {
        instead_of! {
            /// A function that locks, at the latest at a time of day.
            fn $name(lock: *mut c_void, $time: *const Time) -> c_int = |call| {
                // SAFETY: the caller passes a time.
                let with = |scheduled| Some((scheduled, unsafe { deadline(scheduled, CLOCK_REALTIME, $time) }?));
                let Some((scheduled, deadline)) = scheduled().and_then(with) else {
                    return call();
                };
                // SAFETY: the function has this type, and the lock is the caller's.
                trying(scheduled, lock, deadline, || unsafe { real!($attempt as Lock)(lock) })
            }
        }
    };
}

waits_for_lock! { pthread_mutex_lock by pthread_mutex_trylock }
waits_for_lock! { pthread_mutex_timedlock until time by pthread_mutex_trylock }
waits_for_lock! { pthread_rwlock_rdlock by pthread_rwlock_tryrdlock }
waits_for_lock! { pthread_rwlock_wrlock by pthread_rwlock_trywrlock }
waits_for_lock! { pthread_rwlock_timedrdlock until time by pthread_rwlock_tryrdlock }
waits_for_lock! { pthread_rwlock_timedwrlock until time by pthread_rwlock_trywrlock }

instead_of! {
    /// pthread_mutex_unlock(3).
    fn pthread_mutex_unlock(lock: *mut c_void) -> c_int = |call| released(call(), lock, 1)
}

instead_of! {
    /// pthread_rwlock_unlock(3).
    fn pthread_rwlock_unlock(lock: *mut c_void) -> c_int = |call| released(call(), lock, u32::MAX)
}

/// The status of sem_trywait(3) as that of a lock.
fn try_semaphore(semaphore: *mut c_void) -> c_int {
    // SAFETY: the function has this type, and the semaphore is the caller's.
    match unsafe { real!(sem_trywait as Lock)(semaphore) } {
        0 => 0,
        _ if errno() == EAGAIN => EBUSY,
        _ => errno(),
    }
}

/// A result as the functions for semaphores return it.
fn by_errno(result: c_int) -> c_int {
    if result == 0 {
        return 0;
    }
    set_errno(result);
    -1
}

instead_of! {
    /// sem_wait(3).
    fn sem_wait(semaphore: *mut c_void) -> c_int = |call| {
        match scheduled() {
            Some(scheduled) => by_errno(trying(scheduled, semaphore, NEVER, || try_semaphore(semaphore))),
            None => call(),
        }
    }
}

instead_of! {
    /// sem_timedwait(3).
    fn sem_timedwait(semaphore: *mut c_void, time: *const Time) -> c_int = |call| {
        // SAFETY: the caller passes a time.
        let with = |scheduled| Some((scheduled, unsafe { deadline(scheduled, CLOCK_REALTIME, time) }?));
        match scheduled().and_then(with) {
            Some((scheduled, deadline)) => {
                by_errno(trying(scheduled, semaphore, deadline, || try_semaphore(semaphore)))
            }
            None => call(),
        }
    }
}

instead_of! {
    /// sem_post(3).
    fn sem_post(semaphore: *mut c_void) -> c_int = |call| released(call(), semaphore, 1)
}

/// The memory of a condition variable, as the observer uses it: zero bytes are one.
#[repr(C)]
struct Condition {
    /// The number of wake-ups.
    signals: AtomicU32,
    clock: AtomicU32,
}

/// Waits for a condition variable until this deadline.
///
/// # Safety
/// Both pointers are those of pthread_cond_wait(3).
unsafe fn wait_for(
    scheduled: Scheduled,
    condition: *mut c_void,
    lock: *mut c_void,
    deadline: u64,
) -> c_int {
    // SAFETY: the caller guarantees it: a condition variable is larger and lives during the call.
    let signals = unsafe { &(*condition.cast::<Condition>()).signals }.load(SeqCst);
    // SAFETY: the caller guarantees it.
    let failed = unsafe { pthread_mutex_unlock(lock) };
    if failed != 0 {
        return failed;
    }
    let mut end = End::Come;
    if let Some(table) = scheduled.table() {
        // SAFETY: as above.
        let now = unsafe { &(*condition.cast::<Condition>()).signals }.load(SeqCst);
        if now == signals {
            let wait = Wait::for_(Awaited::Word, key(condition as u64, true));
            end = scheduled.wait(table, wait.with_deadline(deadline));
        }
    }
    // SAFETY: the caller guarantees it.
    match unsafe { pthread_mutex_lock(lock) } {
        0 if end == End::TimedOut => ETIMEDOUT,
        locked => locked,
    }
}

/// The clock of a condition variable.
///
/// # Safety
/// It is one.
unsafe fn clock_of(condition: *mut c_void) -> c_int {
    // SAFETY: the caller guarantees it.
    unsafe { &(*condition.cast::<Condition>()).clock }.load(SeqCst) as c_int
}

instead_of! {
    /// pthread_cond_init(3).
    fn pthread_cond_init(condition: *mut c_void, how: *const c_void) -> c_int = |call| {
        type ClockOf = unsafe extern "C" fn(*const c_void, *mut c_int) -> c_int;
        let made = call();
        if made == 0 && scheduled().is_some() {
            let mut clock = CLOCK_REALTIME;
            if !how.is_null() {
                // SAFETY: the function has this type, and the attributes are the caller's.
                unsafe { real!(pthread_condattr_getclock as ClockOf)(how, &mut clock) };
            }
            let is_monotonic = u32::from(clock == CLOCK_MONOTONIC);
            // SAFETY: the memory is that of a condition variable, which nobody uses yet.
            unsafe {
                condition.cast::<Condition>().write(Condition {
                    signals: AtomicU32::new(0),
                    clock: AtomicU32::new(is_monotonic),
                });
            }
        }
        made
    }
}

instead_of! {
    /// pthread_cond_destroy(3), which would wait for threads that the C library counts.
    fn pthread_cond_destroy(condition: *mut c_void) -> c_int = |call| {
        if scheduled().is_some() { 0 } else { call() }
    }
}

instead_of! {
    /// pthread_cond_wait(3).
    fn pthread_cond_wait(condition: *mut c_void, lock: *mut c_void) -> c_int = |call| {
        match scheduled() {
            // SAFETY: the arguments are the caller's.
            Some(scheduled) => unsafe { wait_for(scheduled, condition, lock, NEVER) },
            None => call(),
        }
    }
}

instead_of! {
    /// pthread_cond_timedwait(3).
    fn pthread_cond_timedwait(condition: *mut c_void, lock: *mut c_void, time: *const Time) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        let with = |scheduled| unsafe {
            let deadline = deadline(scheduled, clock_of(condition), time);
            Some(wait_for(scheduled, condition, lock, deadline?))
        };
        scheduled().and_then(with).unwrap_or_else(call)
    }
}

instead_of! {
    /// pthread_cond_clockwait(3).
    fn pthread_cond_clockwait(
        condition: *mut c_void,
        lock: *mut c_void,
        clock: c_int,
        time: *const Time
    ) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        let with = |scheduled| unsafe {
            let deadline = deadline(scheduled, clock, time);
            Some(wait_for(scheduled, condition, lock, deadline?))
        };
        scheduled().and_then(with).unwrap_or_else(call)
    }
}

/// Signals a condition variable to at most so many threads.
///
/// # Safety
/// It is one.
unsafe fn signal(scheduled: Scheduled, condition: *mut c_void, most: u32) -> c_int {
    // SAFETY: the caller guarantees it.
    unsafe { &(*condition.cast::<Condition>()).signals }.fetch_add(1, SeqCst);
    wake(scheduled, key(condition as u64, true), most, u32::MAX);
    0
}

instead_of! {
    /// pthread_cond_signal(3).
    fn pthread_cond_signal(condition: *mut c_void) -> c_int = |call| {
        match scheduled() {
            // SAFETY: the condition variable is the caller's.
            Some(scheduled) => unsafe { signal(scheduled, condition, 1) },
            None => call(),
        }
    }
}

instead_of! {
    /// pthread_cond_broadcast(3).
    fn pthread_cond_broadcast(condition: *mut c_void) -> c_int = |call| {
        match scheduled() {
            // SAFETY: the condition variable is the caller's.
            Some(scheduled) => unsafe { signal(scheduled, condition, u32::MAX) },
            None => call(),
        }
    }
}

/// The memory of a barrier, as the observer uses it.
#[repr(C)]
struct Barrier {
    count: AtomicU32,
    arrived: AtomicU32,
    rounds: AtomicU32,
}

instead_of! {
    /// pthread_barrier_init(3).
    fn pthread_barrier_init(barrier: *mut c_void, how: *const c_void, count: c_uint) -> c_int = |call| {
        if scheduled().is_none() {
            return call();
        }
        if count == 0 {
            return EINVAL;
        }
        // SAFETY: the memory is that of a barrier, which is larger and which nobody uses yet.
        unsafe {
            barrier.cast::<Barrier>().write(Barrier {
                count: AtomicU32::new(count),
                arrived: AtomicU32::new(0),
                rounds: AtomicU32::new(0),
            });
        }
        0
    }
}

instead_of! {
    /// pthread_barrier_wait(3).
    fn pthread_barrier_wait(barrier: *mut c_void) -> c_int = |call| {
        /// The result for one of the threads.
        const SERIAL_THREAD: c_int = -1;
        let Some(scheduled) = scheduled() else {
            return call();
        };
        // SAFETY: the barrier is the caller's, made by the function above.
        let its = unsafe { &*barrier.cast::<Barrier>() };
        let round = its.rounds.load(SeqCst);
        let here = key(barrier as u64, true);
        if its.arrived.fetch_add(1, SeqCst) + 1 == its.count.load(SeqCst) {
            its.arrived.store(0, SeqCst);
            its.rounds.fetch_add(1, SeqCst);
            wake(scheduled, here, u32::MAX, u32::MAX);
            return SERIAL_THREAD;
        }
        while its.rounds.load(SeqCst) == round {
            let Some(table) = scheduled.table() else {
                return call();
            };
            scheduled.wait(table, Wait::for_(Awaited::Word, here));
        }
        0
    }
}

instead_of! {
    /// pthread_barrier_destroy(3).
    fn pthread_barrier_destroy(barrier: *mut c_void) -> c_int = |call| {
        if scheduled().is_some() { 0 } else { call() }
    }
}
