//! One binary → one transcript.
//!
//! ```text
//!  us ── job ──▶ supervisor ── starts ──▶ program ── starts ──▶ …
//!     ◀ usage ─            ◀── output ───         ◀─ output ──
//!     ◀ report ─           ─── kills ───▶ all of them
//! ```
//!
//! Between us and each program stands a [`supervisor`], so that nothing a program starts outlives it,
//! whatever it does, and whatever happens to us.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::lesson::shell::script;
use crate::plan::{Origin, Run};
use crate::progress::Progress;
use crate::transcript::{Line, Timing, Transcript};

pub mod account;
pub mod events;
pub mod family;
pub mod folder;
pub mod job;
#[cfg(target_os = "linux")]
pub mod list;
pub mod output;
#[cfg(target_os = "linux")]
pub mod procfs;
pub mod program;
pub mod sampler;
pub mod schedule;
#[cfg(target_os = "linux")]
pub mod stamped;
pub mod supervisor;
#[cfg(target_os = "linux")]
pub mod with_parent;

pub use job::{Channel, Excess, Limits, Processors, Usage};
use job::{End, Job, Message, Report};

/// A run to make.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// The run.
    pub run: &'a Run,
    /// Where those programs lie that it finds by their names, if it is a shell.
    pub programs: Option<&'a Path>,
    /// What it may use.
    pub limits: Limits,
    /// What is done to it; `None`: it is run as it is.
    pub disturbed: Option<&'a Disturbed>,
}

/// What is done to a run to see what stays.
#[derive(Debug, Clone, Default)]
pub struct Disturbed {
    /// What is added to its environment.
    pub env: BTreeMap<String, String>,
    /// Which processors it may use.
    pub processors: Processors,
    /// Where the observer reads and writes; removed with the run should we be killed.
    pub folder: Option<PathBuf>,
}

/// A run that was made.
#[derive(Debug)]
pub struct Made {
    /// What it printed and how it ended.
    pub transcript: Transcript,
    /// The longest that one of its threads was ready to run and had no processor.
    pub delay: Duration,
    /// When it was started, by the system's monotonic clock; elsewhere than on Unix nothing.
    pub start: Duration,
}

/// Why there is no transcript. Each holds what was printed until then.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not be started, or not be watched.
    #[error("{0}")]
    Failed(String),
    /// There is no supervisor for it.
    #[error("failed to start a supervisor for it: {0}")]
    NoSupervisor(#[source] io::Error),
    /// It used too much of something and was stopped.
    #[error("{}", too_much(*excess, limits))]
    Stopped {
        /// What it used too much of.
        excess: Excess,
        /// What it may use.
        limits: Limits,
        /// What it had printed.
        printed: Vec<Line>,
        /// The longest that one of its threads was ready to run and had no processor.
        delay: Duration,
    },
    /// It ended and left processes running. They were stopped.
    #[error("left running: {}", quoted(names))]
    Left {
        /// Their names, each once.
        names: Vec<String>,
        /// What it printed.
        printed: Vec<Line>,
    },
    /// We were asked to stop.
    #[error("interrupted")]
    Interrupted,
}

fn too_much(excess: Excess, limits: &Limits) -> String {
    let bytes = |bytes| {
        let size = bytesize::ByteSize(bytes).display().iec().to_string();
        size.replace(".0 ", " ")
    };
    match excess {
        Excess::Time => format!(
            "still running after {}",
            humantime::format_duration(limits.timeout)
        ),
        Excess::Output => format!("printed more than {}", bytes(limits.output)),
        Excess::Line => format!("printed a line of more than {}", bytes(limits.line)),
        Excess::Disk => format!("wrote more than {} into its folder", bytes(limits.disk)),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A program that is running, below its supervisor. When this value goes, so does the program, and
/// everything that it has started.
#[derive(Debug)]
pub struct Supervised {
    supervisor: Child,
    /// The end of its standard input is its sign to stop everything.
    bond: Option<ChildStdin>,
    /// Removed by the supervisor, and by us should that have been killed.
    _folder: TempDir,
}

/// What comes from a supervisor.
#[derive(Debug)]
pub enum Told {
    /// The program has used a processor.
    Used(Usage),
    /// It has ended. Nothing comes behind it.
    Ended(Result<Made, RunError>),
}

impl Supervised {
    /// Starts a run. `tell` is called from a thread, to the run's end.
    ///
    /// # Errors
    /// There is no supervisor, or no room for the program's folder.
    pub fn start(
        task: Task<'_>,
        channel: Channel,
        tell: impl Fn(Told) + Send + 'static,
    ) -> Result<Supervised, RunError> {
        Supervised::try_start(task, channel, tell).map_err(RunError::NoSupervisor)
    }

    fn try_start(
        task: Task<'_>,
        channel: Channel,
        tell: impl Fn(Told) + Send + 'static,
    ) -> io::Result<Supervised> {
        let folder = tempfile::Builder::new().prefix("transcript-").tempdir()?;
        let attributes = &task.run.attributes;
        let mut env = attributes.env.clone();
        if let Some(programs) = task.programs {
            env.entry("PATH".to_owned())
                .or_insert(first_on_the_path(programs)?);
        }
        if let Some(disturbed) = task.disturbed {
            env.extend(disturbed.env.clone());
        }
        let processors = task.disturbed.map(|disturbed| disturbed.processors);
        let mut job = serde_json::to_vec(&Job {
            binary: task.binary.to_owned(),
            args: match &task.run.origin {
                Origin::Shell { commands, .. } => vec!["-c".to_owned(), script(commands)],
                Origin::Target | Origin::Page { .. } => attributes.args.clone(),
            },
            env,
            stdin: attributes.stdin.clone(),
            folder: folder.path().to_owned(),
            channel,
            limits: task.limits,
            processors: processors.unwrap_or_default(),
            observed_in: task
                .disturbed
                .and_then(|disturbed| disturbed.folder.clone()),
        })?;
        job.push(b'\n');

        let mut command = Command::new(this_program()?);
        command
            .arg(supervisor::COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Not in the group that a terminal's Ctrl-C goes to: it is for us to say when to stop.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut supervisor = command.spawn()?;
        let bond = supervisor.stdin.take();
        let stdout = supervisor.stdout.take();
        let stderr = supervisor.stderr.take();
        let limits = task.limits;
        thread::spawn(move || {
            let report = stdout.map(|stdout| listen(stdout, &tell));
            let made = match report {
                Some(Ok(Some(report))) => made(report, limits),
                Some(Err(error)) => Err(RunError::NoSupervisor(error)),
                Some(Ok(None)) | None => {
                    let mut said = String::new();
                    stderr.map(|mut stderr| stderr.read_to_string(&mut said));
                    let said = format!("it ended before the program did: {}", said.trim());
                    Err(RunError::NoSupervisor(io::Error::other(said)))
                }
            };
            tell(Told::Ended(made));
        });
        let mut supervised = Supervised {
            supervisor,
            bond,
            _folder: folder,
        };
        if let Some(bond) = &mut supervised.bond {
            bond.write_all(&job)?;
        }
        Ok(supervised)
    }
}

/// Makes one run, whatever else runs.
///
/// # Errors
/// It did not run to its end, or we were asked to stop.
pub fn run(task: Task<'_>, progress: &dyn Progress) -> Result<Made, RunError> {
    /// How often we look whether we are asked to stop.
    const TICK: Duration = Duration::from_millis(50);
    let mut channel = Channel::best();
    loop {
        if progress.is_interrupted() {
            return Err(RunError::Interrupted);
        }
        let (sender, told) = mpsc::channel();
        let tell = move |what| {
            // Refused: we were asked to stop.
            sender.send(what).ok();
        };
        let _supervised = Supervised::start(task, channel, tell)?;
        let made = loop {
            match told.recv_timeout(TICK) {
                Ok(Told::Ended(made)) => break made,
                Err(RecvTimeoutError::Disconnected) => return Err(RunError::Interrupted),
                Ok(Told::Used(_)) | Err(RecvTimeoutError::Timeout) => {}
            }
            if progress.is_interrupted() {
                return Err(RunError::Interrupted);
            }
        };
        if channel == Channel::Pipes || !has_missed_a_pipe(&made) {
            return made;
        }
        channel = Channel::Pipes;
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.bond = None;
        // It needs no more than its program's end, which it brings about by now.
        self.supervisor.wait().ok();
    }
}

/// Our PATH, with this folder before all others.
fn first_on_the_path(folder: &Path) -> io::Result<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let joined = env::join_paths(folders).map_err(io::Error::other)?;
    let is_no_text = |_| io::Error::other("the PATH is no UTF-8");
    joined.into_string().map_err(is_no_text)
}

/// This very binary, also when another has been put in its place since we were started.
fn this_program() -> io::Result<PathBuf> {
    match cfg!(target_os = "linux") {
        true => Ok(PathBuf::from("/proc/self/exe")),
        false => env::current_exe(),
    }
}

/// The report of a supervisor; `None`: it ended without one.
fn listen(stdout: impl Read, tell: &impl Fn(Told)) -> io::Result<Option<Report>> {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        if stdout.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        match serde_json::from_slice(&line)? {
            Message::Used(usage) => tell(Told::Used(usage)),
            Message::Ended(report) => return Ok(Some(report)),
        }
    }
}

fn made(report: Report, limits: Limits) -> Result<Made, RunError> {
    if let Some(error) = report.folder {
        tracing::warn!("failed to remove a program's temporary folder: {error}");
    }
    let observed = report.observed;
    match report.end {
        End::Failed(why) => Err(RunError::Failed(why)),
        End::Stopped(excess) => Err(RunError::Stopped {
            excess,
            limits,
            printed: report.lines,
            delay: observed.delay,
        }),
        End::Exit(_) if !report.left.is_empty() => Err(RunError::Left {
            names: report.left,
            printed: report.lines,
        }),
        End::Exit(exit) => Ok(Made {
            transcript: Transcript {
                lines: report.lines,
                exit,
                wall: report.wall,
                threads: observed.threads,
                processes: observed.processes,
                cpu: observed.cpu,
                memory: observed.memory,
                timing: Timing::Clean,
                replaced: report.replaced,
                tracks: Vec::new(),
            },
            delay: observed.delay,
            start: report.start,
        }),
    }
}

/// Whether a program says that it could not do on a socket what it can do on a pipe: write more at once
/// than a socket takes (EMSGSIZE), or open `/dev/stdout` (ENXIO). The kernel tells nobody else.
pub fn has_missed_a_pipe(result: &Result<Made, RunError>) -> bool {
    const WORDS: [&str; 4] = [
        "os error 90",
        "Message too long",
        "os error 6)",
        "No such device or address",
    ];
    let lines: &[Line] = match result {
        Ok(made) => &made.transcript.lines,
        Err(RunError::Stopped { printed, .. } | RunError::Left { printed, .. }) => printed,
        Err(_) => &[],
    };
    lines
        .iter()
        .any(|line| WORDS.iter().any(|words| line.text.contains(words)))
}
