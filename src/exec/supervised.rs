//! A running program below its supervisor, as seen from this process.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::thread;

use super::folder::copy;
use super::helper::helper;
use super::job::{Channel, CpuUsage, Job, Limits, Message, Report};
use super::launch::Launch;
use super::outcome::{Finished, RunError, from_report};
use super::supervisor;
use super::temporary::TemporaryFolder;
use crate::lesson::shell::script;
use crate::plan::Origin;

/// A running program below its supervisor. Dropping this value ends the program and every process that it
/// has started.
#[derive(Debug)]
pub struct Supervised {
    supervisor: Child,
    /// The supervisor's stdin: closing it tells the supervisor to stop everything.
    lifeline: Option<ChildStdin>,
    /// Removed by the supervisor, and here in case the supervisor was killed.
    _folder: TemporaryFolder,
}

/// An update from a supervisor.
#[derive(Debug)]
pub enum Update {
    /// The program has used a processor.
    Used(CpuUsage),
    /// The program has ended. The last update.
    Ended(Box<Result<Finished, RunError>>),
}

impl Supervised {
    /// Starts an execution. A thread calls `notify` with each update until the execution has ended.
    ///
    /// # Errors
    /// The supervisor cannot be started, or the program's folder cannot be created.
    pub fn start(
        launch: Launch<'_>,
        channel: Channel,
        notify: impl Fn(Update) + Send + 'static,
    ) -> Result<Supervised, RunError> {
        Supervised::try_start(launch, channel, notify).map_err(RunError::NoSupervisor)
    }

    fn try_start(
        launch: Launch<'_>,
        channel: Channel,
        notify: impl Fn(Update) + Send + 'static,
    ) -> io::Result<Supervised> {
        let folder = TemporaryFolder::create()?;
        for file in &launch.run.attributes.files {
            copy(&launch.home.join(file), &folder.path().join(file))?;
        }
        let mut job = serde_json::to_vec(&job(launch, channel, folder.path())?)?;
        job.push(b'\n');

        let mut supervisor = helper(supervisor::COMMAND)?.spawn()?;
        let lifeline = supervisor.stdin.take();
        let stdout = supervisor.stdout.take();
        let stderr = supervisor.stderr.take();
        let limits = launch.limits;
        thread::spawn(move || {
            let outcome = outcome(stdout, stderr, limits, &notify);
            notify(Update::Ended(Box::new(outcome)));
        });
        let mut supervised = Supervised {
            supervisor,
            lifeline,
            _folder: folder,
        };
        if let Some(lifeline) = &mut supervised.lifeline {
            lifeline.write_all(&job)?;
        }
        Ok(supervised)
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.lifeline = None;
        // Returns as soon as the supervisor has ended its program.
        self.supervisor.wait().ok();
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

/// Passes on the supervisor's updates and waits for its report.
fn outcome(
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    limits: Limits,
    notify: &impl Fn(Update),
) -> Result<Finished, RunError> {
    let report = stdout.map(|stdout| read_report(stdout, notify));
    match report {
        Some(Ok(Some(report))) => from_report(report, limits),
        Some(Err(error)) => Err(RunError::NoSupervisor(error)),
        Some(Ok(None)) | None => {
            let mut output = String::new();
            stderr.map(|mut stderr| stderr.read_to_string(&mut output));
            let message = format!(
                "the supervisor ended before the program did: {}",
                output.trim()
            );
            Err(RunError::NoSupervisor(io::Error::other(message)))
        }
    }
}

/// Reads a supervisor's messages up to its report; `None`: it ended without one.
fn read_report(stdout: impl Read, notify: &impl Fn(Update)) -> io::Result<Option<Report>> {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        if stdout.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        match serde_json::from_slice(&line)? {
            Message::Used(usage) => notify(Update::Used(usage)),
            Message::Ended(report) => return Ok(Some(*report)),
        }
    }
}
