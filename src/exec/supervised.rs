//! A running program below its supervisor, as seen from this process.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::folder::copy;
use super::helper::helper;
use super::job::{Channel, CpuUsage, Job, Limits, Message, Processors, Report};
use super::launch::Launch;
use super::outcome::{Finished, RunError, from_report};
use super::program::kill_group;
use super::supervisor;
use super::temporary::TemporaryFolder;
use crate::lesson::shell::script;
use crate::plan::Origin;

/// A running program below its supervisor. Dropping this value ends the program and every process that it
/// has started.
#[derive(Debug)]
pub struct Supervised {
    supervisor: Option<Process>,
    /// The supervisor's streams, as soon as it can get its next job.
    ready: Arc<Mutex<Option<Streams>>>,
    idle: Idle,
    /// Removed by the supervisor, and here in case the supervisor was killed.
    _folder: TemporaryFolder,
}

/// Supervisors that wait for their next job. They end with the last copy of this value.
#[derive(Debug, Clone, Default)]
pub struct Idle(Arc<Mutex<Vec<(Process, Streams)>>>);

/// A supervisor's process. Dropping this value ends it, with its program.
#[derive(Debug)]
struct Process {
    process: Child,
    /// The process group of its program; 0 if none is running.
    program: Arc<AtomicU32>,
    /// Its stdin: closing it tells it to stop everything.
    lifeline: Option<ChildStdin>,
    /// The number of jobs that it has got.
    jobs: u32,
}

/// The streams that a supervisor writes to.
#[derive(Debug)]
struct Streams {
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

/// The number of jobs after which a supervisor ends: it keeps the memory of each schedule.
const MOST_JOBS: u32 = 50;

/// An update from a supervisor.
#[derive(Debug)]
pub enum Update {
    /// The program has used a processor.
    Used(CpuUsage),
    /// The program has ended. The last update.
    Ended(Box<Result<Finished, RunError>>),
}

impl Supervised {
    /// Starts an execution, below an idle supervisor if there is one and the execution is seeded. A thread calls `notify`
    /// with each update until the execution has ended.
    ///
    /// # Errors
    /// The supervisor cannot be started, or the program's folder cannot be created.
    pub fn start(
        launch: Launch<'_>,
        channel: Channel,
        idle: &Idle,
        notify: impl Fn(Update) + Send + 'static,
    ) -> Result<Supervised, RunError> {
        Supervised::try_start(launch, channel, idle, notify).map_err(RunError::NoSupervisor)
    }

    fn try_start(
        launch: Launch<'_>,
        channel: Channel,
        idle: &Idle,
        notify: impl Fn(Update) + Send + 'static,
    ) -> io::Result<Supervised> {
        let folder = TemporaryFolder::create()?;
        for file in &launch.run.attributes.files {
            copy(&launch.home.join(file), &folder.path().join(file))?;
        }
        let job = job(launch, channel, folder.path())?;
        let mut line = serde_json::to_vec(&job)?;
        line.push(b'\n');

        // A supervisor counts what its processes have used, and may be restricted to one processor: a native execution
        // gets one of its own.
        let is_seeded = job.seeded.is_some();
        let idle_one = is_seeded.then(|| idle.take()).flatten();
        let (mut supervisor, mut streams) = idle_one.map_or_else(Process::start, Ok)?;
        supervisor.jobs += 1;
        let goes_on =
            is_seeded && job.processors == Processors::default() && supervisor.jobs < MOST_JOBS;
        let ready = Arc::new(Mutex::new(None));
        let given_back = Arc::clone(&ready);
        let program = Arc::clone(&supervisor.program);
        let limits = launch.limits;
        thread::spawn(move || {
            let outcome = outcome(&mut streams, limits, &program, &notify);
            if goes_on && !matches!(outcome, Err(RunError::NoSupervisor(_))) {
                *locked(&given_back) = Some(streams);
            }
            notify(Update::Ended(Box::new(outcome)));
        });
        if let Some(lifeline) = &mut supervisor.lifeline {
            lifeline.write_all(&line)?;
        }
        Ok(Supervised {
            supervisor: Some(supervisor),
            ready,
            idle: idle.clone(),
            _folder: folder,
        })
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // Otherwise it has not ended, and ends now.
        if let Some(streams) = locked(&self.ready).take()
            && let Some(supervisor) = self.supervisor.take()
        {
            locked(&self.idle.0).push((supervisor, streams));
        }
    }
}

impl Idle {
    fn take(&self) -> Option<(Process, Streams)> {
        locked(&self.0).pop()
    }
}

/// A thread that panics leaves nothing half done in these.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    fn start() -> io::Result<(Process, Streams)> {
        let mut process = helper(supervisor::COMMAND)?.spawn()?;
        let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
        let streams = stdout.zip(stderr).map(|(stdout, stderr)| Streams {
            stdout: BufReader::new(stdout),
            stderr,
        });
        let lifeline = process.stdin.take();
        let supervisor = Process {
            process,
            program: Arc::default(),
            lifeline,
            jobs: 0,
        };
        let streams = streams.ok_or_else(|| io::Error::other("the supervisor has no streams"))?;
        Ok((supervisor, streams))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.lifeline = None;
        // Returns as soon as the supervisor has ended its program.
        let has_ended_it = self.process.wait().is_ok_and(|status| status.success());
        if !has_ended_it {
            // It was killed, and the kernel has killed no more than the program's first process.
            kill_group(self.program.load(Relaxed));
        }
    }
}

fn job(launch: Launch<'_>, channel: Channel, folder: &Path) -> io::Result<Job> {
    let Launch {
        binary,
        run,
        programs,
        home: _,
        limits,
        instrumentation,
        demand: _,
        folders: _,
    } = launch;
    let attributes = &run.attributes;
    let mut env = attributes.env.clone();
    if let Some(programs) = programs {
        env.entry("PATH".to_owned())
            .or_insert(path_starting_with(programs)?);
    }
    if let Some(instrumentation) = instrumentation {
        env.extend(instrumentation.env.clone());
    }
    Ok(Job {
        binary: binary.to_owned(),
        args: match &run.origin {
            // The first command that fails ends the session, with its exit status.
            Origin::Shell { commands, .. } => {
                vec!["-e".to_owned(), "-c".to_owned(), script(commands)]
            }
            Origin::Target | Origin::Snippet { .. } => attributes.args.clone(),
        },
        env,
        stdin: attributes.stdin.clone(),
        folder: folder.to_owned(),
        channel,
        limits,
        processors: instrumentation.map_or_else(Default::default, |its| its.processors),
        seeded: instrumentation.and_then(|its| its.seeded.clone()),
    })
}

/// Returns this process's PATH with a folder before all others.
fn path_starting_with(folder: &Path) -> io::Result<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let joined = env::join_paths(folders).map_err(io::Error::other)?;
    let not_utf8 = |_| io::Error::other("PATH is not valid UTF-8");
    joined.into_string().map_err(not_utf8)
}

/// Passes on the supervisor's updates, notes the process group of its program, and waits for its report.
fn outcome(
    streams: &mut Streams,
    limits: Limits,
    program: &AtomicU32,
    notify: &impl Fn(Update),
) -> Result<Finished, RunError> {
    match read_report(&mut streams.stdout, program, notify) {
        Ok(Some(report)) => from_report(report, limits),
        Err(error) => Err(RunError::NoSupervisor(error)),
        Ok(None) => {
            let mut output = String::new();
            streams.stderr.read_to_string(&mut output).ok();
            let message = format!(
                "the supervisor ended before the program did: {}",
                output.trim()
            );
            Err(RunError::NoSupervisor(io::Error::other(message)))
        }
    }
}

/// Reads a supervisor's messages up to its report; `None`: it ended without one.
fn read_report(
    stdout: &mut impl BufRead,
    program: &AtomicU32,
    notify: &impl Fn(Update),
) -> io::Result<Option<Report>> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if stdout.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        match serde_json::from_slice(&line)? {
            Message::Started(group) => program.store(group, Relaxed),
            Message::Used(usage) => notify(Update::Used(usage)),
            Message::Ended(report) => {
                program.store(0, Relaxed);
                return Ok(Some(*report));
            }
        }
    }
}
