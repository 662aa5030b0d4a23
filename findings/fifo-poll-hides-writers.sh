#!/usr/bin/env bash
# poll(2) does not tell whether a FIFO has a writer that has not written yet; tee(2) does.
#
# A FIFO that is opened for reading without blocking looks as if poll could say whether its other end is open: a pipe
# whose writers are gone reports POLLHUP. But a FIFO that never had a writer reports nothing, exactly like one with a
# silent writer, and `read` would consume what it finds. tee(2) into another pipe, with SPLICE_F_NONBLOCK, tells them
# apart and consumes nothing: it returns 0 without a writer, and fails with EAGAIN as long as there is one.
#
# Seen with Linux 6.18 and the crate libc 0.2.174. Output:
#     no writer yet:   poll 0 of 0, tee Ok(0)
#     a silent writer: poll 0 of 0, tee Err(EAGAIN)
#     no writer left:  poll 1 of POLLHUP, tee Ok(0)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
uname -sr
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "writers"
edition = "2024"
[dependencies]
libc = "=0.2.174"
[workspace]
TOML
cat > src/main.rs <<'RUST'
use std::fs::{File, OpenOptions};
use std::io::Error;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

fn show(when: &str, fifo: &File, into: i32) {
    let mut asked = libc::pollfd { fd: fifo.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let ready = unsafe { libc::poll(&mut asked, 1, 0) };
    let told = match asked.revents {
        libc::POLLHUP => "POLLHUP".to_owned(),
        events => events.to_string(),
    };
    let copied = unsafe { libc::tee(fifo.as_raw_fd(), into, 1, libc::SPLICE_F_NONBLOCK) };
    let copied = match copied {
        -1 if Error::last_os_error().raw_os_error() == Some(libc::EAGAIN) => "Err(EAGAIN)".to_owned(),
        -1 => format!("Err({})", Error::last_os_error()),
        count => format!("Ok({count})"),
    };
    println!("{when} poll {ready} of {told}, tee {copied}");
}

fn main() {
    let mut pipe = [0; 2];
    unsafe {
        assert_eq!(libc::mkfifo(c"fifo".as_ptr(), 0o600), 0);
        assert_eq!(libc::pipe(pipe.as_mut_ptr()), 0);
    }
    let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open("fifo").unwrap();
    show("no writer yet:  ", &reader, pipe[1]);
    let writer = OpenOptions::new().write(true).open("fifo").unwrap();
    show("a silent writer:", &reader, pipe[1]);
    drop(writer);
    show("no writer left: ", &reader, pipe[1]);
}
RUST
cargo run --quiet | tee printed
expected='no writer yet:   poll 0 of 0, tee Ok(0)
a silent writer: poll 0 of 0, tee Err(EAGAIN)
no writer left:  poll 1 of POLLHUP, tee Ok(0)'
if [ "$(cat printed)" != "$expected" ]; then
    echo "changed: poll or tee tells something else about a FIFO's writers" >&2
    exit 1
fi
