#!/usr/bin/env bash
# A periodic timerfd gives an edge-triggered epoll one edge, and no further one until it is read.
#
# With EPOLLET, a new event comes when something new happens at the file, so a timer that expires every 10 ms looks as
# if it woke its waiter every 10 ms whether or not anybody reads the count. But the kernel arms a periodic timer anew
# only when its file is read: after the first expiration, nothing happens any more. The count that a later read returns
# has all expirations nevertheless, because it is computed from the time that has passed. A waiter that counts events
# instead of reading them waits forever.
#
# Seen with Linux 6.18 and the crate libc 0.2.174. Output:
#     1 event in 200 ms without a read
#     at least 15 expirations in one read
#     at least 15 events in 200 ms with reads
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
uname -sr
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "edges"
edition = "2024"
[dependencies]
libc = "=0.2.174"
[workspace]
TOML
cat > src/main.rs <<'RUST'
use std::time::{Duration, Instant};

/// The number of events until 200 ms have passed.
fn events(epoll: i32, timer: i32, is_read: bool) -> u32 {
    let end = Instant::now() + Duration::from_millis(200);
    let mut events = 0;
    while Instant::now() < end {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        events += unsafe { libc::epoll_wait(epoll, &mut event, 1, 20) } as u32;
        if is_read {
            expirations(timer);
        }
    }
    events
}

fn expirations(timer: i32) -> u64 {
    let mut count = 0_u64;
    unsafe { libc::read(timer, (&raw mut count).cast(), 8) };
    count
}

fn at_least_15(count: u64) -> String {
    if count >= 15 { "at least 15".to_owned() } else { count.to_string() }
}

fn main() {
    unsafe {
        let timer = libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK);
        let every = libc::timespec { tv_sec: 0, tv_nsec: 10_000_000 };
        let times = libc::itimerspec { it_interval: every, it_value: every };
        assert_eq!(libc::timerfd_settime(timer, 0, &times, std::ptr::null_mut()), 0);
        let epoll = libc::epoll_create1(0);
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLET) as u32, u64: 0 };
        assert_eq!(libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, timer, &mut event), 0);
        println!("{} event in 200 ms without a read", events(epoll, timer, false));
        println!("{} expirations in one read", at_least_15(expirations(timer)));
        println!("{} events in 200 ms with reads", at_least_15(events(epoll, timer, true).into()));
    }
}
RUST
cargo run --quiet | tee printed
expected='1 event in 200 ms without a read
at least 15 expirations in one read
at least 15 events in 200 ms with reads'
if [ "$(cat printed)" != "$expected" ]; then
    echo "changed: an unread periodic timer gives another number of edges" >&2
    exit 1
fi
