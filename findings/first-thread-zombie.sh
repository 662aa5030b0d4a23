#!/usr/bin/env bash
# A process whose first thread has ended is a zombie in /proc, for procfs and for sysinfo, and goes on all the same.
#
# /proc/PID/stat has the state of the first thread, and a thread that has ended stays a zombie until the whole process can be
# reaped. As long as another thread runs, the process reads, prints and chooses its exit status, and waitpid(2) with WNOHANG
# reports nothing. A supervisor that takes the state `Z` for "dead, files closed, ready to be reaped" is wrong in this case, and
# for a moment in a common one: when a process with threads is killed, its first thread may be the first to end, and
# whoever looks at that moment and then calls waitpid(2) once gets no answer. Field 20, the number of threads, tells:
# it is 1 when all others have ended.
#
# Seen with procfs 0.17.0 and sysinfo 0.33.1 on Linux 6.18. Output:
#     procfs: Zombie with 2 threads
#     sysinfo: Zombie, command []
#     try_wait: None
#     the other thread has read A LINE
#     wait: exit status: 7
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
uname -sr
rustc --version
mkdir src

cat > Cargo.toml <<'TOML'
[package]
name = "first-thread"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
libc = "=0.2.177"
procfs = { version = "=0.17.0", default-features = false }
sysinfo = { version = "=0.33.1", default-features = false, features = ["system"] }
TOML
cat > src/main.rs <<'RUST'
use std::io::{Read, Write};
use std::process::{Command, Stdio, exit};
use std::thread::{sleep, spawn};
use std::time::Duration;

use procfs::process::Process;
use sysinfo::{Pid, ProcessesToUpdate, System};

fn child() -> ! {
    spawn(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        print!("the other thread has read {}", line.to_uppercase());
        std::io::stdout().flush().unwrap();
        exit(7);
    });
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    unreachable!()
}

fn main() {
    if std::env::args().nth(1).is_some() {
        child();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("child").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut started = command.spawn().unwrap();
    sleep(Duration::from_millis(300));

    let stat = Process::new(started.id() as i32).unwrap().stat().unwrap();
    println!("procfs: {:?} with {} threads", stat.state().unwrap(), stat.num_threads);
    let mut system = System::new();
    let id = Pid::from_u32(started.id());
    system.refresh_processes(ProcessesToUpdate::Some(&[id]), true);
    let process = system.process(id).unwrap();
    println!("sysinfo: {:?}, command {:?}", process.status(), process.cmd());
    println!("try_wait: {:?}", started.try_wait().unwrap());

    started.stdin.take().unwrap().write_all(b"a line\n").unwrap();
    let mut text = String::new();
    started.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    print!("{text}");
    println!("wait: {}", started.wait().unwrap());
}
RUST

cargo run --quiet | tee printed
diff printed - <<'EXPECTED' || { echo "changed: another view of a process without its first thread" >&2; exit 1; }
procfs: Zombie with 2 threads
sysinfo: Zombie, command []
try_wait: None
the other thread has read A LINE
wait: exit status: 7
EXPECTED
