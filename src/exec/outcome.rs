//! The outcome of a launch: an execution, or the reason why there is none.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use super::job::{End, Excess, Limits, Report};
use super::launch::Launch;
use super::seeded::{self, SeededReport, Waiting};
use crate::lesson::shell::echo;
use crate::plan::{Origin, Run};
use crate::transcript::{Line, Timing, Transcript};

/// A finished execution.
#[derive(Debug)]
pub struct Finished {
    /// The output and the outcome.
    pub transcript: Transcript,
    /// The longest time that one of the program's threads was ready to run without a processor.
    pub delay: Duration,
    /// The start by the clock that the program's threads read: the system's monotonic one, or the virtual one of a seeded
    /// execution; zero on systems other than Unix.
    pub start: Duration,
    /// The account of a seeded execution.
    pub seeded: Option<SeededReport>,
}

/// The reason why an execution has no transcript, with the output until then.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The program could not be started or supervised.
    #[error("{0}")]
    Failed(String),
    /// The supervisor could not be started, or failed.
    #[error("failed to supervise the program: {0}")]
    NoSupervisor(#[source] io::Error),
    /// The program exceeded a limit and was stopped.
    #[error("{}", exceeded(*excess, limits))]
    Stopped {
        /// The limit that was exceeded.
        excess: Excess,
        /// All limits of the execution.
        limits: Limits,
        /// The lines printed until then.
        printed: Vec<Line>,
        /// The longest time that one of the program's threads was ready to run without a processor.
        delay: Duration,
    },
    /// The program ended and left processes running, which were killed.
    #[error("left processes running: {}", quoted(names))]
    LeftRunning {
        /// The processes' names, each once.
        names: Vec<String>,
        /// The lines printed by the program.
        printed: Vec<Line>,
    },
    /// In a seeded execution, the program's threads waited for each other.
    #[error("deadlock: each thread waits for another")]
    Deadlock {
        /// The threads.
        waiting: Vec<Waiting>,
        /// The lines printed until then.
        printed: Vec<Line>,
    },
    /// The user interrupted the command.
    #[error("interrupted")]
    Interrupted,
}

fn exceeded(excess: Excess, limits: &Limits) -> String {
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
        Excess::Line => format!("printed a line longer than {}", bytes(limits.line)),
        Excess::Disk => format!("wrote more than {} into its folder", bytes(limits.disk)),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Converts a supervisor's report of an execution with these limits.
pub(super) fn from_report(report: Report, limits: Limits) -> Result<Finished, RunError> {
    if let Some(error) = report.folder_error {
        tracing::warn!("failed to remove a program's temporary folder: {error}");
    }
    let resources = report.resources;
    match report.end {
        End::Failed(reason) => Err(RunError::Failed(reason)),
        End::Stopped(excess) => Err(RunError::Stopped {
            excess,
            limits,
            printed: report.printed.lines,
            delay: resources.delay,
        }),
        End::Deadlock => Err(RunError::Deadlock {
            waiting: report.seeded.map(|its| its.deadlock).unwrap_or_default(),
            printed: report.printed.lines,
        }),
        End::Exit(_) if !report.left_running.is_empty() => Err(RunError::LeftRunning {
            names: report.left_running,
            printed: report.printed.lines,
        }),
        End::Exit(exit) => Ok(Finished {
            transcript: Transcript {
                lines: report.printed.lines,
                fragments: report.printed.fragments,
                exit,
                wall: report.wall,
                threads: resources.threads,
                processes: resources.processes,
                cpu: resources.cpu,
                memory: resources.memory,
                timing: Timing::Clean,
                replaced: report.printed.replaced,
                processors: None,
                tracks: Vec::new(),
            },
            delay: resources.delay,
            start: match report.seeded {
                Some(_) => seeded::START,
                None => report.start,
            },
            seeded: report.seeded,
        }),
    }
}

/// Replaces the names of this machine's folders in the output, but not in the commands of a shell session, which the
/// author wrote.
pub(super) fn as_shown(
    mut result: Result<Finished, RunError>,
    launch: &Launch<'_>,
) -> Result<Finished, RunError> {
    let prompts: Vec<String> = match &launch.run.origin {
        Origin::Shell { commands, .. } => {
            commands.iter().flat_map(|command| echo(command)).collect()
        }
        Origin::Target | Origin::Snippet { .. } => Vec::new(),
    };
    let (lines, fragments) = match &mut result {
        Ok(Finished { transcript, .. }) => (&mut *transcript.lines, &mut *transcript.fragments),
        Err(
            RunError::Stopped { printed, .. }
            | RunError::LeftRunning { printed, .. }
            | RunError::Deadlock { printed, .. },
        ) => (&mut **printed, &mut [] as &mut [_]),
        Err(_) => return result,
    };
    let lines = lines.iter_mut().map(|line| &mut line.text);
    let fragments = fragments.iter_mut().map(|fragment| &mut fragment.text);
    for text in lines.chain(fragments) {
        show(text, &prompts, launch);
    }
    result
}

/// Replaces the names of folders in a line, or in a fragment of one, but not in a prompt at its end.
fn show(text: &mut String, prompts: &[String], launch: &Launch<'_>) {
    // Output without a newline is on the same line, before the prompt.
    let prompt = prompts.iter().find(|prompt| text.ends_with(*prompt));
    let prompt = prompt.map_or("", |prompt| prompt);
    let output = text.strip_suffix(prompt).unwrap_or_default();
    if let Cow::Owned(shown) = launch.folders.show(output) {
        *text = shown + prompt;
    }
}

/// Returns how an execution failed; `None`: it ended as declared.
pub fn failure(run: &Run, result: Result<&Transcript, &RunError>) -> Option<String> {
    match result {
        Ok(transcript) if run.ends_as_declared(transcript) => None,
        Ok(transcript) => Some(format!("ended with {}", transcript.exit.in_words())),
        Err(error) => Some(format!("failed ({error})")),
    }
}

/// Warns of the failure of an execution that was repeated because other programs had kept the machine busy, if the last
/// execution succeeded: nothing else would tell of it.
pub fn warn_of_failure(run: &Run, failed: &str, last: Result<&Transcript, &RunError>) {
    if failure(run, last).is_none() {
        tracing::warn!(
            "`{}` {failed} when other programs kept the machine busy, and not when it was executed again: it may fail \
             on such a machine",
            run.called()
        );
    }
}

/// Returns whether the output suggests that the program failed because its stdout or stderr is a socket and
/// not a pipe: it wrote more at once than a socket takes (EMSGSIZE), or opened `/dev/stdout` (ENXIO). The
/// kernel reports these errors to the program alone.
pub(super) fn needs_pipes(result: &Result<Finished, RunError>) -> bool {
    const MESSAGES: [&str; 4] = [
        "os error 90",
        "Message too long",
        "os error 6)",
        "No such device or address",
    ];
    let lines: &[Line] = match result {
        Ok(finished) => &finished.transcript.lines,
        Err(RunError::Stopped { printed, .. } | RunError::LeftRunning { printed, .. }) => printed,
        Err(_) => &[],
    };
    lines
        .iter()
        .any(|line| MESSAGES.iter().any(|message| line.text.contains(message)))
}
