#!/usr/bin/env bash
# While a signal handler runs, /proc shows the handler's signal as blocked, exactly as if the program had blocked it.
#
# `SigBlk` in /proc/PID/task/TID/status is the mask of the moment, and the kernel adds a handler's own signal to it until
# the handler returns (unless it has SA_NODEFER). Whoever reads from it that a program has blocked a signal, and that a
# signal therefore stays pending, is wrong in that moment: nothing is pending, the program never called
# pthread_sigmask(3), and the handler that was waited for is already running. The only difference in the file is the
# state: a thread that has blocked the signal and waits is `S`, one in a handler is `R` (or sleeps in its handler, which
# cannot be told apart at all). A watcher that must know has to look until the thread does not run.
#
# Seen with the crates procfs 0.18.0 and signal-hook-registry 1.4.6, which registers the handler, on Linux x86-64. Output:
#     before: blocked false, pending false
#     in the handler: blocked true, pending false, state R
#     after: blocked false, pending false
#     blocked by the program: blocked true, pending true
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
rustc --version
mkdir src
cat > Cargo.toml <<'MANIFEST'
[package]
name = "looks"
version = "0.1.0"
edition = "2024"

[dependencies]
libc = "=0.2.177"
procfs = { version = "=0.18.0", default-features = false }
signal-hook-registry = "=1.4.6"
MANIFEST
cat > src/main.rs <<'PROGRAM'
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, sleep};
use std::time::Duration;

use procfs::process::{Process, Status};

static IS_RUNNING: AtomicBool = AtomicBool::new(false);
static MAY_END: AtomicBool = AtomicBool::new(false);
const BIT: u64 = 1 << (libc::SIGUSR1 - 1);

/// The main thread's file, as another thread reads it.
fn status() -> Status {
    let looked = thread::spawn(|| {
        // While it starts a thread, the C library blocks all signals, too.
        sleep(Duration::from_millis(50));
        let process = Process::myself().unwrap();
        process.task_from_tid(process.pid()).unwrap().status().unwrap()
    });
    looked.join().unwrap()
}

fn line(when: &str, status: &Status) -> String {
    let pending = (status.sigpnd | status.shdpnd) & BIT != 0;
    format!("{when}: blocked {}, pending {pending}", status.sigblk & BIT != 0)
}

fn main() {
    let handler = || {
        IS_RUNNING.store(true, SeqCst);
        while !MAY_END.load(SeqCst) {
            std::hint::spin_loop();
        }
    };
    // SAFETY: the handler only reads and writes atomics.
    unsafe { signal_hook_registry::register(libc::SIGUSR1, handler) }.unwrap();
    println!("{}", line("before", &status()));

    let looker = thread::spawn(|| {
        while !IS_RUNNING.load(SeqCst) {
            sleep(Duration::from_millis(1));
        }
        let status = status();
        MAY_END.store(true, SeqCst);
        status
    });
    // SAFETY: the signal is for the calling thread, which has a handler.
    unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGUSR1) };
    let seen = looker.join().unwrap();
    println!("{}, state {}", line("in the handler", &seen), &seen.state[..1]);
    println!("{}", line("after", &status()));

    // SAFETY: the set is initialized before it is used.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGUSR1);
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        libc::pthread_kill(libc::pthread_self(), libc::SIGUSR1);
    }
    println!("{}", line("blocked by the program", &status()));
}
PROGRAM
cargo build --quiet
./target/debug/looks | tee printed
diff printed - <<'EXPECTED' || { echo "changed: /proc shows another mask" >&2; exit 1; }
before: blocked false, pending false
in the handler: blocked true, pending false, state R
after: blocked false, pending false
blocked by the program: blocked true, pending true
EXPECTED
