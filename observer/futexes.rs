//! futex(2), on which std's locks, channels and parked threads wait, under a schedule. All of it is done in the table:
//! the kernel's own queue is not used.

use core::ffi::{c_int, c_long};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::clocks::on_virtual;
use crate::numbers::futex::{
    BY_TIME_OF_DAY, CMP_REQUEUE, OPERATION, PRIVATE, REQUEUE, WAIT, WAIT_BITSET, WAKE, WAKE_BITSET,
};
use crate::scheduled::{End, Scheduled};
use crate::system::{EAGAIN, ETIMEDOUT, Time, process_id, set_errno};
use crate::token::table::Asking;
use crate::token::thread::{Awaited, NEVER, Wait};

/// The bits of an address.
const ADDRESS_BITS: u32 = 47;

/// The address that a key stands for.
pub(crate) fn address_of(key: u64) -> u64 {
    key & ((1 << ADDRESS_BITS) - 1)
}

/// The key of an address in the table: other processes have other memory there, unless they share it.
pub(crate) fn key(address: u64, is_private: bool) -> u64 {
    if is_private {
        // No address of a program has more bits.
        address ^ (u64::from(process_id()) << ADDRESS_BITS)
    } else {
        address
    }
}

/// The arguments of futex(2): the address, the operation, and four more.
pub(crate) type Arguments = [c_long; 6];

/// Does an operation; `None`: it is not emulated.
///
/// # Safety
/// The arguments obey the rules of futex(2).
pub(crate) unsafe fn futex(scheduled: Scheduled, arguments: Arguments) -> Option<c_long> {
    let [address, how, value, time, other, bits] = arguments;
    let key_of = |address: c_long| key(address as u64, how & PRIVATE != 0);
    let (here, number) = (key_of(address), value as u32);
    match how & OPERATION {
        operation @ (WAIT | WAIT_BITSET) => {
            // SAFETY: the caller guarantees it.
            let deadline = unsafe { deadline(scheduled, time as *const Time, how) }?;
            let bits = if operation == WAIT {
                u32::MAX
            } else {
                bits as u32
            };
            let wait = Wait {
                bits,
                ..Wait::for_(Awaited::Word, here)
            }
            .with_deadline(deadline);
            // SAFETY: the caller passes the address of a number.
            let word = unsafe { &*(address as *const AtomicU32) };
            Some(wait_at(scheduled, word, number, wait))
        }
        WAKE => Some(wake(scheduled, here, number, u32::MAX)),
        WAKE_BITSET => Some(wake(scheduled, here, number, bits as u32)),
        operation @ (REQUEUE | CMP_REQUEUE) => {
            let mut table = scheduled.table()?;
            // SAFETY: the caller passes the address of a number.
            let current = unsafe { &*(address as *const AtomicU32) }.load(SeqCst);
            if operation == CMP_REQUEUE && current != bits as u32 {
                drop(table);
                return Some(failed(EAGAIN));
            }
            let woken = table.wake(here, number, u32::MAX);
            let moved = table.requeue(here, key_of(other), time as u32);
            drop(table);
            scheduled.point(Asking::Plainly);
            Some((woken + moved).into())
        }
        _ => None,
    }
}

fn failed(number: c_int) -> c_long {
    set_errno(number);
    -1
}

/// The deadline of a wait with this time; `None`: there is no such time, as the real call will report.
///
/// # Safety
/// The time is null or can be read.
unsafe fn deadline(scheduled: Scheduled, time: *const Time, how: c_long) -> Option<u64> {
    if time.is_null() {
        return Some(NEVER);
    }
    // SAFETY: the caller guarantees it.
    let nanos = unsafe { *time }.to_nanos()?;
    let mut table = scheduled.table()?;
    Some(match how & OPERATION {
        WAIT => table.deadline_in(nanos),
        _ => {
            let clock = c_int::from(how & BY_TIME_OF_DAY == 0);
            table.late(on_virtual(clock, nanos))
        }
    })
}

/// Waits at a word while it has this value.
fn wait_at(scheduled: Scheduled, word: &AtomicU32, value: u32, wait: Wait) -> c_long {
    let Some(table) = scheduled.table() else {
        return failed(EAGAIN);
    };
    if word.load(SeqCst) != value {
        drop(table);
        return failed(EAGAIN);
    }
    match scheduled.wait(table, wait) {
        End::Come => 0,
        End::TimedOut => failed(ETIMEDOUT),
    }
}

/// Wakes threads that wait at an address, and lets them run.
pub(crate) fn wake(scheduled: Scheduled, key: u64, most: u32, bits: u32) -> c_long {
    let Some(mut table) = scheduled.table() else {
        return 0;
    };
    let woken = table.wake(key, most, bits);
    drop(table);
    if woken > 0 {
        scheduled.point(Asking::Plainly);
    }
    woken.into()
}
