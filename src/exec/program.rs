//! A started program, with a clean environment, a working directory and a process group of its own.

use std::env;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

#[cfg(unix)]
use rustix::process::{Pid, Signal};

use super::job::{Job, Processors};
use super::output::Source;
use crate::transcript::Exit;

/// The environment variables that a program inherits. Any other could change its output.
const INHERITED: &[&str] = if cfg!(windows) {
    &["PATH", "SystemRoot", "USERPROFILE"]
} else {
    &["PATH", "HOME"]
};

/// A started program.
#[derive(Debug)]
pub struct Program {
    /// The first process. On Unix, [`wait`] waits for it, not this handle, because it must not be reaped early.
    pub child: Child,
    /// The time of the start.
    pub start: Instant,
    /// The same by the clock of the kernel's timestamps on writes.
    pub started_at: SystemTime,
    /// The same by the clock that the observer reads.
    pub monotonic: Duration,
    /// The sources of the output.
    pub sources: Vec<Source>,
}

impl Program {
    /// Starts a program. On Linux the program ends with the thread that calls this.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(job: &Job) -> io::Result<Program> {
        if job.processors == Processors::One {
            restrict_to_one_processor()?;
        }
        let (sources, [stdout, stderr]) = Source::pair(job.channel)?;
        let mut command = Command::new(&job.binary);
        command
            .args(&job.args)
            .current_dir(&job.folder)
            .env_clear()
            .envs(
                INHERITED
                    .iter()
                    .filter_map(|name| Some((name, env::var_os(name)?))),
            )
            .env("LANG", "C.UTF-8")
            .env("TMPDIR", &job.folder)
            .envs(&job.env)
            .stdin(stdin(&job.stdin)?)
            .stdout(stdout)
            .stderr(stderr);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(target_os = "linux")]
        super::with_parent::end_with_parent(&mut command);
        #[cfg(target_os = "linux")]
        if job.seeded.is_some() {
            super::with_parent::fix_addresses(&mut command);
        }
        let (start, started_at, monotonic) = (Instant::now(), SystemTime::now(), monotonic());
        let child = command.spawn()?;
        // `command` owns copies of the ends that the program writes to; open copies would hide their closing.
        drop(command);
        Ok(Program {
            child,
            start,
            started_at,
            monotonic,
            sources,
        })
    }
}

/// The time by the system's monotonic clock, which `Instant` does not reveal.
fn monotonic() -> Duration {
    #[cfg(unix)]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Duration::try_from(now).unwrap_or_default()
    }
    #[cfg(not(unix))]
    Duration::ZERO
}

/// Restricts this thread, and every thread and process that it starts, to one processor.
fn restrict_to_one_processor() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let all = sched_getaffinity(None)?;
        let last = (0..CpuSet::MAX_CPU).rev().find(|&cpu| all.is_set(cpu));
        let mut one = CpuSet::new();
        one.set(last.unwrap_or(0));
        sched_setaffinity(None, &one)?;
    }
    Ok(())
}

/// Waits until a program's first process has ended, without reaping it, so that the kernel cannot reuse the
/// number of its process group.
///
/// # Errors
/// waitid(2) fails.
#[cfg(unix)]
pub fn wait(pid: Pid) -> io::Result<Exit> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    loop {
        match waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        ) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
            Ok(status) => {
                let signal = status
                    .as_ref()
                    .and_then(|status| status.terminating_signal());
                let code = status.and_then(|status| status.exit_status());
                return Ok(match signal {
                    Some(signal) => Exit::Signal(signal),
                    None => Exit::Code(code.unwrap_or_default()),
                });
            }
        }
    }
}

/// Returns how a program has ended; `None`: it is still running.
///
/// # Errors
/// The system cannot query the process.
#[cfg(not(unix))]
pub fn has_ended(child: &mut Child) -> io::Result<Option<Exit>> {
    let status = child.try_wait()?;
    Ok(status.map(|status| Exit::Code(status.code().unwrap_or_default())))
}

/// Asks a program to end, with SIGTERM on Unix; elsewhere kills it.
pub fn terminate(child: &mut Child) {
    #[cfg(unix)]
    send(child, Signal::TERM);
    #[cfg(not(unix))]
    kill(child);
}

/// Kills a program, on Unix with its process group.
pub fn kill(child: &mut Child) {
    #[cfg(unix)]
    send(child, Signal::KILL);
    #[cfg(not(unix))]
    child.kill().ok();
}

/// Kills the processes of a group on Unix; none if its number is 0. Errors are ignored: they mean that the group has ended.
pub fn kill_group(group: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        rustix::process::kill_process_group(group, Signal::KILL).ok();
    }
    #[cfg(not(unix))]
    let _ = group;
}

/// Sends a signal to the process group and to the process, which may have left the group. Errors are ignored: they
/// mean that the processes have ended.
#[cfg(unix)]
fn send(child: &Child, signal: Signal) {
    use rustix::process::{kill_process, kill_process_group};
    let pid = Pid::from_child(child);
    kill_process_group(pid, signal).ok();
    kill_process(pid, signal).ok();
}

/// Creates stdin with this text: a file, because a pipe would need a thread to fill it.
fn stdin(text: &str) -> io::Result<Stdio> {
    if text.is_empty() {
        return Ok(Stdio::null());
    }
    let mut file: File = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}
