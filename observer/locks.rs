//! The locks of the C library under a schedule: mutexes, condition variables, locks for readers and a writer,
//! semaphores, barriers. Std has its own on Linux; programs in other languages, and crates that call the C library,
//! use these.
//!
//! A lock is tried until it is free: meanwhile its thread waits in the table at the lock's address. A condition
//! variable and a barrier are used as memory of the observer's own, for the C library's functions would block.

use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::children::STEP;
use crate::clocks::on_virtual;
use crate::futexes::{key, wake};
use crate::scheduled::{End, Scheduled, scheduled};
use crate::system::{EAGAIN, EBUSY, EDEADLK, EINTR, EINVAL, ETIMEDOUT};
use crate::system::{Time, errno, instead_of, nap, real, set_errno, thread_id};
use crate::token::thread::{Awaited, NEVER, ROBUST, State, Wait};

const CLOCK_REALTIME: c_int = 0;
const CLOCK_MONOTONIC: c_int = 1;

type Lock = unsafe extern "C" fn(*mut c_void) -> c_int;
type Attribute = unsafe extern "C" fn(*const c_void, *mut c_int) -> c_int;

/// A lock of glibc: its words of 32 bits that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mutex,
    ReadersAndWriter,
    Semaphore,
}

impl Kind {
    /// A word of a lock of this kind.
    ///
    /// # Safety
    /// It is one.
    unsafe fn word(lock: *mut c_void, index: usize) -> u32 {
        // SAFETY: the caller guarantees it: all have so many words.
        unsafe { &*lock.cast::<AtomicU32>().add(index) }.load(SeqCst)
    }

    /// Whether processes may share the lock.
    ///
    /// # Safety
    /// It is one of this kind.
    unsafe fn is_shared(self, lock: *mut c_void) -> bool {
        /// PTHREAD_MUTEX_PSHARED_BIT
        const SHARED: u32 = 128;
        // SAFETY: the caller guarantees it.
        unsafe {
            match self {
                Kind::Mutex => Kind::word(lock, 4) & SHARED != 0,
                Kind::ReadersAndWriter => Kind::word(lock, 7) != 0,
                Kind::Semaphore => Kind::word(lock, 2) != 0,
            }
        }
    }

    /// The key of the lock in the table.
    ///
    /// # Safety
    /// It is one of this kind.
    unsafe fn key(self, lock: *mut c_void) -> u64 {
        // SAFETY: the caller guarantees it.
        key(lock as u64, !unsafe { self.is_shared(lock) })
    }

    /// The thread that has the lock, if one alone can have it; 0: it is not known.
    ///
    /// # Safety
    /// It is one of this kind.
    unsafe fn owner(self, lock: *mut c_void) -> u32 {
        // SAFETY: the caller guarantees it.
        unsafe {
            match self {
                _ if !cfg!(target_env = "gnu") => 0,
                Kind::Mutex => Kind::word(lock, 2),
                Kind::ReadersAndWriter => Kind::word(lock, 6),
                Kind::Semaphore => 0,
            }
        }
    }

    /// Whether the calling thread has the lock already, and a wait for it is to fail with EDEADLK.
    ///
    /// # Safety
    /// It is one of this kind.
    unsafe fn is_own(self, lock: *mut c_void) -> bool {
        /// PTHREAD_MUTEX_ERRORCHECK
        const CHECKS: u32 = 2;
        // SAFETY: the caller guarantees it.
        unsafe {
            match self {
                Kind::Mutex => {
                    Kind::word(lock, 4) & 3 == CHECKS && Kind::word(lock, 2) == thread_id()
                }
                Kind::ReadersAndWriter => Kind::word(lock, 6) == thread_id(),
                Kind::Semaphore => false,
            }
        }
    }

    /// The thread that has a robust mutex (pthread_mutexattr_setrobust(3)), which the kernel takes from it at its end;
    /// 0: it is about to give it away. `None`: it is no such lock.
    ///
    /// # Safety
    /// It is a lock of this kind.
    unsafe fn robust_owner(self, lock: *mut c_void) -> Option<u32> {
        /// PTHREAD_MUTEX_ROBUST_NORMAL_NP
        const IS_ROBUST: u32 = 16;
        /// FUTEX_TID_MASK
        const ID: u32 = 0x3fff_ffff;
        // SAFETY: the caller guarantees it.
        unsafe {
            let is_robust = self == Kind::Mutex && Kind::word(lock, 4) & IS_ROBUST != 0;
            is_robust.then(|| Kind::word(lock, 0) & ID)
        }
    }
}

/// Whether a thread that has a robust lock may still give it away itself.
fn has_not_ended(table: &crate::scheduled::Table, owner: u32) -> bool {
    let its = |thread: &crate::token::thread::Thread| thread.id == owner;
    table
        .threads()
        .any(|(_, thread)| its(thread) && thread.state != State::Ended)
}

/// Tries to get a lock until it succeeds, fails for another reason than that the lock is taken, or times out.
///
/// # Safety
/// It is a lock of this kind.
unsafe fn trying(
    scheduled: Scheduled,
    (kind, lock): (Kind, *mut c_void),
    deadline: u64,
    attempt: impl Fn() -> c_int,
) -> c_int {
    let mut naps = 0;
    loop {
        let result = attempt();
        if result != EBUSY {
            return result;
        }
        // SAFETY: the caller guarantees it.
        let (key, is_own) = unsafe { (kind.key(lock), kind.is_own(lock)) };
        if is_own {
            return EDEADLK;
        }
        let mut wait = Wait::for_(Awaited::Word, key).with_deadline(deadline);
        // SAFETY: the caller guarantees it.
        wait.owner = unsafe { kind.owner(lock) };
        let Some(table) = scheduled.table() else {
            return EBUSY;
        };
        // SAFETY: the caller guarantees it.
        if let Some(owner) = unsafe { kind.robust_owner(lock) } {
            wait.bits = ROBUST;
            if naps < NAPS && !has_not_ended(&table, owner) {
                // The kernel is about to take it from its owner.
                drop(table);
                naps += 1;
                scheduled.keeping(|| nap(STEP));
                continue;
            }
        }
        match scheduled.wait(table, wait) {
            End::TimedOut => return ETIMEDOUT,
            End::Interrupted { restarts } => {
                let restarts = restarts && deadline == NEVER;
                if kind == Kind::Semaphore && !restarts {
                    return match attempt() {
                        EBUSY => EINTR,
                        result => result,
                    };
                }
            }
            End::Come => {}
        }
    }
}

/// The number of steps for which a thread waits for the kernel to take a lock from a thread that has ended.
const NAPS: u32 = 5000;

/// Releases a lock by `call`, and wakes so many of the threads that wait for it.
///
/// # Safety
/// It is a lock of this kind.
unsafe fn releasing(
    (kind, lock): (Kind, *mut c_void),
    most: u32,
    call: impl FnOnce() -> c_int,
) -> c_int {
    let Some(scheduled) = scheduled() else {
        return call();
    };
    // After the call, another thread may free the lock.
    // SAFETY: the caller guarantees it.
    let key = unsafe { kind.key(lock) };
    let result = call();
    if result == 0 {
        wake(scheduled, key, most, u32::MAX);
    }
    result
}

/// Tries to get a lock by `call`, which does not wait.
fn looking(call: impl FnOnce() -> c_int, is_vain: impl Fn(c_int) -> bool) -> c_int {
    let result = call();
    if is_vain(result)
        && let Some(scheduled) = scheduled()
    {
        scheduled.look_in_vain();
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
    ($kind:ident: $name:ident by $attempt:ident) => {
        instead_of! {
            /// A function that locks.
            fn $name(lock: *mut c_void) -> c_int = |call| {
                let Some(scheduled) = scheduled() else {
                    return call();
                };
                // SAFETY: the functions have these types, and the lock is the caller's.
                unsafe { trying(scheduled, (Kind::$kind, lock), NEVER, || real!($attempt as Lock)(lock)) }
            }
        }
    };
    ($kind:ident: $name:ident($([$clock:ident])? until $time:ident) by $attempt:ident) => {
        instead_of! {
            /// A function that locks, at the latest at a time, which is one of day if no clock is given.
            fn $name(lock: *mut c_void, $($clock: c_int,)? $time: *const Time) -> c_int = |call| {
                let clock = waits_for_lock!(clock $($clock)?);
                // SAFETY: the caller passes a time.
                let with = |scheduled| Some((scheduled, unsafe { deadline(scheduled, clock, $time) }?));
                let Some((scheduled, deadline)) = scheduled().and_then(with) else {
                    return call();
                };
                // SAFETY: the functions have these types, and the lock is the caller's.
                unsafe { trying(scheduled, (Kind::$kind, lock), deadline, || real!($attempt as Lock)(lock)) }
            }
        }
    };
    (clock) => { CLOCK_REALTIME };
    (clock $clock:ident) => { $clock };
    (never $name:ident) => {
        instead_of! {
            /// A function that locks if it need not wait.
            fn $name(lock: *mut c_void) -> c_int = |call| looking(call, |result| result == EBUSY)
        }
    };
}

waits_for_lock! { Mutex: pthread_mutex_lock by pthread_mutex_trylock }
waits_for_lock! { Mutex: pthread_mutex_timedlock(until time) by pthread_mutex_trylock }
waits_for_lock! { Mutex: pthread_mutex_clocklock([clock] until time) by pthread_mutex_trylock }
waits_for_lock! { never pthread_mutex_trylock }
waits_for_lock! { ReadersAndWriter: pthread_rwlock_rdlock by pthread_rwlock_tryrdlock }
waits_for_lock! { ReadersAndWriter: pthread_rwlock_wrlock by pthread_rwlock_trywrlock }
waits_for_lock! { ReadersAndWriter: pthread_rwlock_timedrdlock(until time) by pthread_rwlock_tryrdlock }
waits_for_lock! { ReadersAndWriter: pthread_rwlock_timedwrlock(until time) by pthread_rwlock_trywrlock }
waits_for_lock! { ReadersAndWriter: pthread_rwlock_clockrdlock([clock] until time) by pthread_rwlock_tryrdlock }
waits_for_lock! { ReadersAndWriter: pthread_rwlock_clockwrlock([clock] until time) by pthread_rwlock_trywrlock }
waits_for_lock! { never pthread_rwlock_tryrdlock }
waits_for_lock! { never pthread_rwlock_trywrlock }

instead_of! {
    /// pthread_mutex_unlock(3).
    fn pthread_mutex_unlock(lock: *mut c_void) -> c_int = |call| {
        // SAFETY: the lock is the caller's.
        unsafe { releasing((Kind::Mutex, lock), 1, call) }
    }
}

instead_of! {
    /// pthread_rwlock_unlock(3).
    fn pthread_rwlock_unlock(lock: *mut c_void) -> c_int = |call| {
        // SAFETY: the lock is the caller's.
        unsafe { releasing((Kind::ReadersAndWriter, lock), u32::MAX, call) }
    }
}

/// Waits for a semaphore, and returns the result as its functions do.
///
/// # Safety
/// It is one.
unsafe fn waiting_for_semaphore(
    scheduled: Scheduled,
    semaphore: *mut c_void,
    deadline: u64,
) -> c_int {
    // SAFETY: the function has this type, and the caller guarantees the rest.
    let attempt = || match unsafe { real!(sem_trywait as Lock)(semaphore) } {
        0 => 0,
        _ if errno() == EAGAIN => EBUSY,
        _ => errno(),
    };
    // SAFETY: the caller guarantees it.
    match unsafe { trying(scheduled, (Kind::Semaphore, semaphore), deadline, attempt) } {
        0 => 0,
        failed => {
            set_errno(failed);
            -1
        }
    }
}

instead_of! {
    /// sem_wait(3).
    fn sem_wait(semaphore: *mut c_void) -> c_int = |call| {
        match scheduled() {
            // SAFETY: the semaphore is the caller's.
            Some(scheduled) => unsafe { waiting_for_semaphore(scheduled, semaphore, NEVER) },
            None => call(),
        }
    }
}

instead_of! {
    /// sem_timedwait(3).
    fn sem_timedwait(semaphore: *mut c_void, time: *const Time) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        let with = |scheduled| unsafe {
            let deadline = deadline(scheduled, CLOCK_REALTIME, time)?;
            Some(waiting_for_semaphore(scheduled, semaphore, deadline))
        };
        scheduled().and_then(with).unwrap_or_else(call)
    }
}

instead_of! {
    /// sem_clockwait(3).
    fn sem_clockwait(semaphore: *mut c_void, clock: c_int, time: *const Time) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        let with = |scheduled| unsafe {
            let deadline = deadline(scheduled, clock, time)?;
            Some(waiting_for_semaphore(scheduled, semaphore, deadline))
        };
        scheduled().and_then(with).unwrap_or_else(call)
    }
}

instead_of! {
    /// sem_trywait(3).
    fn sem_trywait(semaphore: *mut c_void) -> c_int = |call| {
        looking(call, |result| result != 0 && errno() == EAGAIN)
    }
}

instead_of! {
    /// sem_post(3).
    fn sem_post(semaphore: *mut c_void) -> c_int = |call| {
        // SAFETY: the semaphore is the caller's.
        unsafe { releasing((Kind::Semaphore, semaphore), 1, call) }
    }
}

/// The memory of a condition variable, as the observer uses it: zero bytes are one.
#[repr(C)]
struct Condition {
    /// The number of wake-ups.
    signals: AtomicU32,
    clock: AtomicU32,
    is_shared: AtomicU32,
}

/// The key of a condition variable in the table.
///
/// # Safety
/// It is one.
unsafe fn key_of(condition: *mut c_void) -> u64 {
    // SAFETY: the caller guarantees it.
    let is_shared = unsafe { &(*condition.cast::<Condition>()).is_shared }.load(SeqCst);
    key(condition as u64, is_shared == 0)
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
    // SAFETY: as above.
    let now = || unsafe { &(*condition.cast::<Condition>()).signals }.load(SeqCst);
    while now() == signals
        && let Some(table) = scheduled.table()
    {
        // SAFETY: as above.
        let wait = Wait::for_(Awaited::Word, unsafe { key_of(condition) });
        end = scheduled.wait(table, wait.with_deadline(deadline));
        if !matches!(end, End::Interrupted { .. }) {
            break;
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
        let made = call();
        if made == 0 && scheduled().is_some() {
            let (mut clock, mut is_shared) = (CLOCK_REALTIME, 0);
            if !how.is_null() {
                // SAFETY: the functions have this type, and the attributes are the caller's.
                unsafe {
                    real!(pthread_condattr_getclock as Attribute)(how, &mut clock);
                    real!(pthread_condattr_getpshared as Attribute)(how, &mut is_shared);
                }
            }
            let is_monotonic = u32::from(clock == CLOCK_MONOTONIC);
            // SAFETY: the memory is that of a condition variable, which nobody uses yet.
            unsafe {
                condition.cast::<Condition>().write(Condition {
                    signals: AtomicU32::new(0),
                    clock: AtomicU32::new(is_monotonic),
                    is_shared: AtomicU32::new(is_shared as u32),
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
    // SAFETY: the caller guarantees it.
    wake(scheduled, unsafe { key_of(condition) }, most, u32::MAX);
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
    is_shared: AtomicU32,
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
        let mut is_shared = 0;
        if !how.is_null() {
            // SAFETY: the function has this type, and the attributes are the caller's.
            unsafe { real!(pthread_barrierattr_getpshared as Attribute)(how, &mut is_shared) };
        }
        // SAFETY: the memory is that of a barrier, which is larger and which nobody uses yet.
        unsafe {
            barrier.cast::<Barrier>().write(Barrier {
                count: AtomicU32::new(count),
                arrived: AtomicU32::new(0),
                rounds: AtomicU32::new(0),
                is_shared: AtomicU32::new(is_shared as u32),
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
        let here = key(barrier as u64, its.is_shared.load(SeqCst) == 0);
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
