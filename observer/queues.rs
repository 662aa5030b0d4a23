//! Message queues, and the semaphores and messages of System V, under a schedule. A thread tries, without a wait, and waits in
//! the table until somebody else has used one.

use core::ffi::{c_char, c_int, c_long, c_uint, c_void};

use crate::clocks::on_virtual;
use crate::files::note_event;
use crate::scheduled::{End, scheduled};
use crate::system::{
    EAGAIN, EINTR, ENOMSG, ETIMEDOUT, KeptErrno, Time, errno, instead_of, real, set_errno,
};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, NEVER, Wait};

/// The flag of operations that do not wait.
const IPC_NOWAIT: c_int = 0o4000;

/// Passes on the result of an operation that did not wait. Others may find something changed after it; a thread that repeats
/// it in vain waits for that.
fn used<T: From<i8> + PartialOrd>(result: T) -> T {
    let _errno = KeptErrno::new();
    match scheduled() {
        None => {}
        Some(scheduled) if result < T::from(0) => scheduled.look_in_vain(),
        Some(scheduled) => {
            note_event();
            scheduled.point(Asking::Plainly);
        }
    }
    result
}

/// Does an operation by attempts, of which each fails with `vain` instead of waiting, until this deadline. Then it fails with
/// `late`.
fn trying<T: From<i8> + PartialOrd>(
    (deadline, late): (u64, c_int),
    vain: c_int,
    call: impl FnOnce() -> T,
    mut attempt: impl FnMut() -> T,
) -> T {
    let failed = |number| {
        set_errno(number);
        Some(T::from(-1))
    };
    let mut emulated = || {
        let scheduled = scheduled()?;
        loop {
            let result = attempt();
            if result >= T::from(0) || errno() != vain {
                return Some(used(result));
            }
            let table = scheduled.table()?;
            if table.now() >= deadline {
                return failed(late);
            }
            let wait = Wait::for_(Awaited::Files, 0).with_deadline(deadline);
            if let End::Interrupted { restarts } = scheduled.wait(table, wait)
                && (!restarts || deadline != NEVER)
            {
                return failed(EINTR);
            }
        }
    };
    emulated().unwrap_or_else(call)
}

/// `struct sembuf`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Operation {
    semaphore: u16,
    change: i16,
    how: i16,
}

/// The most operations in one call (SEMOPM).
const OPERATIONS: usize = 500;

/// semop(2) or semtimedop(2).
///
/// # Safety
/// There are so many operations, and the time is null or can be read.
unsafe fn operate(
    semaphores: c_int,
    operations: *const Operation,
    count: usize,
    time: *const Time,
    call: impl FnOnce() -> c_int,
) -> c_int {
    type Operate = unsafe extern "C" fn(c_int, *const Operation, usize) -> c_int;
    let Some(scheduled) = scheduled().filter(|_| count <= OPERATIONS) else {
        return call();
    };
    // SAFETY: the caller guarantees it.
    let all = unsafe { core::slice::from_raw_parts(operations, count) };
    if all
        .iter()
        .any(|operation| c_int::from(operation.how) & IPC_NOWAIT != 0)
    {
        return used(call());
    }
    let mut own = [Operation {
        semaphore: 0,
        change: 0,
        how: 0,
    }; OPERATIONS];
    for (own, theirs) in own.iter_mut().zip(all) {
        *own = Operation {
            how: theirs.how | IPC_NOWAIT as i16,
            ..*theirs
        };
    }
    // SAFETY: the caller guarantees it.
    let nanos = unsafe { time.as_ref() }.and_then(|time| time.to_nanos());
    let deadline = match (nanos, scheduled.table()) {
        (Some(nanos), Some(mut table)) => table.deadline_in(nanos),
        _ => NEVER,
    };
    trying((deadline, EAGAIN), EAGAIN, call, || {
        // SAFETY: the function has this type, and there are so many operations.
        unsafe { real!(semop as Operate)(semaphores, own.as_ptr(), count) }
    })
}

instead_of! {
    /// semop(2).
    fn semop(semaphores: c_int, operations: *const Operation, count: usize) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        unsafe { operate(semaphores, operations, count, core::ptr::null(), call) }
    }
}

instead_of! {
    /// semtimedop(2).
    fn semtimedop(semaphores: c_int, operations: *const Operation, count: usize, time: *const Time) -> c_int = |call| {
        // SAFETY: the arguments are the caller's.
        unsafe { operate(semaphores, operations, count, time, call) }
    }
}

/// Functions after which another thread may find a semaphore or a queue changed.
macro_rules! changing {
    ($($name:ident($($argument:ident: $type:ty),*);)+) => {$(
        instead_of! {
            /// A function that changes a semaphore, or removes a queue.
            fn $name($($argument: $type),*) -> c_int = |call| {
                used(call())
            }
        }
    )+};
}

changing! {
    semctl(semaphores: c_int, number: c_int, command: c_int, argument: c_long);
    msgctl(queue: c_int, command: c_int, argument: *mut c_void);
}

instead_of! {
    /// msgsnd(2).
    fn msgsnd(queue: c_int, message: *const c_void, bytes: usize, how: c_int) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        let call = |how| move || unsafe { real(queue, message, bytes, how) };
        if how & IPC_NOWAIT != 0 {
            return used(call(how)());
        }
        trying((NEVER, EAGAIN), EAGAIN, call(how), call(how | IPC_NOWAIT))
    }
}

instead_of! {
    /// msgrcv(2).
    fn msgrcv(queue: c_int, into: *mut c_void, bytes: usize, kind: c_long, how: c_int) -> isize = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        let call = |how| move || unsafe { real(queue, into, bytes, kind, how) };
        if how & IPC_NOWAIT != 0 {
            return used(call(how)());
        }
        trying((NEVER, ENOMSG), ENOMSG, call(how), call(how | IPC_NOWAIT))
    }
}

/// The deadline of a call with this time of day.
///
/// # Safety
/// The time can be read.
unsafe fn until(time: *const Time) -> u64 {
    const CLOCK_REALTIME: c_int = 0;
    // SAFETY: the caller guarantees it. The real call reports an invalid time.
    let nanos = unsafe { *time }.to_nanos().unwrap_or(0);
    let table = scheduled().and_then(|scheduled| scheduled.table());
    table.map_or(NEVER, |mut table| {
        table.late(on_virtual(CLOCK_REALTIME, nanos))
    })
}

type Receive = unsafe extern "C" fn(c_int, *mut c_char, usize, *mut c_uint, *const Time) -> isize;
type Send = unsafe extern "C" fn(c_int, *const c_char, usize, c_uint, *const Time) -> c_int;

instead_of! {
    /// mq_receive(3).
    fn mq_receive(queue: c_int, into: *mut c_char, bytes: usize, priority: *mut c_uint) -> isize = |call| {
        // SAFETY: the function has this type, and the arguments are the caller's. The time is long over.
        let attempt = || unsafe { real!(mq_timedreceive as Receive)(queue, into, bytes, priority, &Time::ZERO) };
        trying((NEVER, ETIMEDOUT), ETIMEDOUT, call, attempt)
    }
}

instead_of! {
    /// mq_timedreceive(3).
    fn mq_timedreceive(queue: c_int, into: *mut c_char, bytes: usize, priority: *mut c_uint, time: *const Time) -> isize = unsafe |real| {
        // SAFETY: the arguments are the caller's, but for the time, which is long over.
        let attempt = || unsafe { real(queue, into, bytes, priority, &Time::ZERO) };
        // SAFETY: the arguments are the caller's.
        let call = || unsafe { real(queue, into, bytes, priority, time) };
        // SAFETY: the caller passes a time.
        trying((unsafe { until(time) }, ETIMEDOUT), ETIMEDOUT, call, attempt)
    }
}

instead_of! {
    /// mq_send(3).
    fn mq_send(queue: c_int, from: *const c_char, bytes: usize, priority: c_uint) -> c_int = |call| {
        // SAFETY: the function has this type, and the arguments are the caller's. The time is long over.
        let attempt = || unsafe { real!(mq_timedsend as Send)(queue, from, bytes, priority, &Time::ZERO) };
        trying((NEVER, ETIMEDOUT), ETIMEDOUT, call, attempt)
    }
}

instead_of! {
    /// mq_timedsend(3).
    fn mq_timedsend(queue: c_int, from: *const c_char, bytes: usize, priority: c_uint, time: *const Time) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's, but for the time, which is long over.
        let attempt = || unsafe { real(queue, from, bytes, priority, &Time::ZERO) };
        // SAFETY: the arguments are the caller's.
        let call = || unsafe { real(queue, from, bytes, priority, time) };
        // SAFETY: the caller passes a time.
        trying((unsafe { until(time) }, ETIMEDOUT), ETIMEDOUT, call, attempt)
    }
}
