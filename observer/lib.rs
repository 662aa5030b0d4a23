//! The observer: an object that is preloaded into a program. It delays and holds threads as the tool asks, and
//! keeps a log of prints, writes, waits, and started threads and processes.
//!
//! The tool embeds these sources and compiles them, with `--cfg preloaded`, by the compiler that builds the
//! programs, because it replaces functions of std, whose ABI depends on the compiler. In a program that is not built
//! for it (with `-C prefer-dynamic`), the observer sees only the functions of the C library. It is `no_std`, so
//! that programs in other languages, which inherit the preload, can start under it.
//!
//! ```text
//! begin ─ process ─ actor       the observed process, and the state of each of its threads
//! hold                          delays and holds, before std locks a stream: a thread that is held with the
//!                               lock would also delay all other prints
//! log                           the records, and write(2)
//! prints, std_functions         std's printing functions
//! starts, pauses, frames, waits the C library's functions that start, sleep, wait and wake
//! ids, peers                    virtual ids of processes and threads, if the tool asks for a schedule
//! token                         who of the threads runs, if the tool asks for a schedule
//! scheduled                     a thread's part in it: scheduling points and waits
//! clocks, futexes, locks        what threads wait for, emulated under a schedule:
//! files, fifos, streams, transfers, timerfds   files
//! queues                          message queues, semaphores and messages of System V
//! children, threads, shells, stat the ends of processes and threads
//! signals, handlers, timers       signals
//! layout                        the bytes that the tool and the observer exchange
//! system, memory                the C library as safe functions, memory that needs no allocator of Rust's
//! numbers                       the kernel's numbers of system calls and futex operations
//! ```
#![no_std]
#![cfg_attr(
    not(preloaded),
    expect(unsafe_code, reason = "it stands between a program and the C library")
)]
#![cfg_attr(
    test,
    expect(clippy::unwrap_used, reason = "a test that fails says where")
)]
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

#[cfg(test)]
extern crate std;

mod actor;
pub mod begin;
pub mod children;
pub mod clocks;
pub mod fifos;
pub mod files;
mod frames;
mod futexes;
pub mod handlers;
mod hold;
pub mod ids;
pub mod layout;
pub mod locks;
pub mod log;
mod memory;
mod numbers;
pub mod pauses;
pub mod peers;
mod prints;
mod process;
pub mod queues;
mod scheduled;
pub mod shells;
pub mod signals;
pub mod starts;
pub mod stat;
mod std_functions;
pub mod streams;
mod system;
pub mod threads;
pub mod timerfds;
pub mod timers;
pub mod token;
pub mod transfers;
pub mod waits;

#[cfg(test)]
mod model;
#[cfg(test)]
mod story;
#[cfg(test)]
mod turns;

/// Aborts on a panic: a `no_std` crate needs a panic handler.
#[cfg(preloaded)]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    system::abort()
}
