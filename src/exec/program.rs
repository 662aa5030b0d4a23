//! A started program: a clean environment, a folder and a process group of its own.

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

/// What a program keeps of our environment. Everything else could change what it prints.
const KEPT: &[&str] = if cfg!(windows) {
    &["PATH", "SystemRoot", "USERPROFILE"]
} else {
    &["PATH", "HOME"]
};

/// A program that was started.
#[derive(Debug)]
pub struct Program {
    /// Its first process. On Unix nobody waits for it by this.
    pub child: Child,
    /// When it was started.
    pub start: Instant,
    /// The same on the clock that the kernel stamps with.
    pub started_at: SystemTime,
    /// The same on the clock that the observer reads.
    pub monotonic: Duration,
    /// Where its output comes from.
    pub sources: Vec<Source>,
}

impl Program {
    /// Starts a program. It must be called by a thread that lives on: on Linux the program ends with it.
    ///
    /// # Errors
    /// The system does not start it.
    pub fn start(job: &Job) -> io::Result<Program> {
        if job.processors == Processors::One {
            keep_to_one_processor()?;
        }
        let (sources, [stdout, stderr]) = Source::both(job.channel)?;
        let mut command = Command::new(&job.binary);
        command
            .args(&job.args)
            .current_dir(&job.folder)
            .env_clear()
            .envs(
                KEPT.iter()
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
        let (start, started_at, monotonic) = (Instant::now(), SystemTime::now(), monotonic());
        let child = command.spawn()?;
        // Our copies of the ends that the program writes to go with `command`: else they never close.
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

/// What the system's monotonic clock says, which `Instant` keeps to itself.
fn monotonic() -> Duration {
    #[cfg(unix)]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Duration::try_from(now).unwrap_or_default()
    }
    #[cfg(not(unix))]
    Duration::ZERO
}

/// Lets this thread, and all that it starts, use only one of the processors that it may use.
fn keep_to_one_processor() -> io::Result<()> {
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

/// Waits until a program's first process has ended. It is not waited for in wait(2)'s sense, so that its process
/// group cannot become another's.
///
/// # Errors
/// The system does not tell.
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

/// How a program has ended; `None`: it has not.
///
/// # Errors
/// The system does not tell.
#[cfg(not(unix))]
pub fn has_ended(child: &mut Child) -> io::Result<Option<Exit>> {
    let status = child.try_wait()?;
    Ok(status.map(|status| Exit::Code(status.code().unwrap_or_default())))
}

/// Asks a program to end, where one can ask; elsewhere it is killed.
pub fn ask_to_end(child: &mut Child) {
    #[cfg(unix)]
    send(child, Signal::TERM);
    #[cfg(not(unix))]
    kill(child);
}

/// Kills a program, and its process group where there are such.
pub fn kill(child: &mut Child) {
    #[cfg(unix)]
    send(child, Signal::KILL);
    #[cfg(not(unix))]
    child.kill().ok();
}

/// To the group, and to the process itself, which may have left it. It fails where they have ended,
/// which is what is wanted.
#[cfg(unix)]
fn send(child: &Child, signal: Signal) {
    use rustix::process::{kill_process, kill_process_group};
    let pid = Pid::from_child(child);
    kill_process_group(pid, signal).ok();
    kill_process(pid, signal).ok();
}

/// A standard input that holds this text: a file, for a pipe would want somebody to fill it.
fn stdin(text: &str) -> io::Result<Stdio> {
    if text.is_empty() {
        return Ok(Stdio::null());
    }
    let mut file: File = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}
